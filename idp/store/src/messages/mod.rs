//! What people are told by mail or text message: written in the transaction of the act, delivered by a job, taken by a guarded
//! lease, so that many nodes deliver each once at a time. To whom and what is sealed, and forgotten once it is over.
//!
//! Here: what delivers them. How they stand, for whoever waits or watches: `standing`.

mod standing;

pub use standing::{Listed, Standing, State, depth, language, newest, noted_since, of};

use crate::conn::on;
use crate::schema::messages as m;
use crate::{Conn, Fault, Tx};
use diesel::prelude::*;
use idp_core::membership::message::{Channel, Purpose};
use idp_core::{AccountId, UnixMillis};

/// A message to be delivered.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Row id, fresh and time-ordered.
    pub id: String,
    /// By which way.
    pub channel: Channel,
    /// What for.
    pub purpose: Purpose,
    /// Whom it concerns. Of what was asked for by a name or address that somebody typed, a keyed digest of that: whether there is such
    /// an account is looked up when it leaves.
    pub account: AccountId,
    /// BCP 47 tag of the language it is written in.
    pub language: &'static str,
    /// The address or number, or what was typed, sealed.
    pub recipient_sealed: Vec<u8>,
    /// What it says beside the words of its purpose, sealed.
    pub content_sealed: Option<Vec<u8>>,
}

/// A message that waits.
#[derive(Clone, Debug, Queryable)]
pub struct Waiting {
    /// Row id.
    pub id: String,
    channel: String,
    purpose: String,
    account_id: String,
    /// BCP 47 tag of the language it is written in.
    pub language: String,
    /// The address or number, or what was typed, sealed.
    pub recipient_sealed: Option<Vec<u8>>,
    /// What it says beside the words of its purpose, sealed.
    pub content_sealed: Option<Vec<u8>>,
    /// Attempts so far.
    pub attempts: i64,
}

impl Waiting {
    /// By which way.
    ///
    /// # Errors
    /// When a newer release wrote one that this one does not know.
    pub fn channel(&self) -> Result<Channel, Fault> {
        Channel::parse(&self.channel).ok_or_else(|| Fault::corrupt("channel of a message"))
    }

    /// What for.
    ///
    /// # Errors
    /// When a newer release wrote one that this one does not know.
    pub fn purpose(&self) -> Result<Purpose, Fault> {
        Purpose::parse(&self.purpose).ok_or_else(|| Fault::corrupt("purpose of a message"))
    }

    /// Whom it concerns.
    pub fn account_id(&self) -> AccountId {
        AccountId::from_trusted(self.account_id.as_str())
    }
}

/// Notes a message. Nothing is sent here.
///
/// # Errors
/// When the database says no.
pub fn add(tx: &mut Tx<'_>, new: &NewMessage, now: UnixMillis) -> Result<(), Fault> {
    let row = (
        m::id.eq(&new.id),
        m::channel.eq(new.channel.as_str()),
        m::purpose.eq(new.purpose.as_str()),
        m::account_id.eq(new.account.as_str()),
        m::language.eq(new.language),
        m::recipient_sealed.eq(Some(&new.recipient_sealed)),
        m::content_sealed.eq(&new.content_sealed),
        (m::attempts.eq(0), m::not_before.eq(now.0), m::leased_until.eq(0), m::state.eq(WAITING)),
    );
    on!(tx.0, |c| diesel::insert_into(m::table).values(row).execute(c)?);
    Ok(())
}

/// What is due on a channel and not leased, what has waited longest first, at most `limit`. What is for a purpose that this program
/// does not know is left to the newer one that noted it: here it would be tried in vain until it is given up.
///
/// # Errors
/// When the database cannot be read.
pub fn due(conn: &mut Conn, channel: Channel, now: UnixMillis, limit: i64) -> Result<Vec<Waiting>, Fault> {
    let query = m::table
        .filter(m::finished_at.is_null())
        .filter(m::channel.eq(channel.as_str()))
        .filter(m::purpose.eq_any(Purpose::ALL.map(Purpose::as_str)))
        .filter(m::not_before.le(now.0))
        .filter(m::leased_until.le(now.0))
        .order((m::not_before, m::id))
        .limit(limit)
        .select((
            m::id,
            m::channel,
            m::purpose,
            m::account_id,
            m::language,
            m::recipient_sealed,
            m::content_sealed,
            m::attempts,
        ));
    Ok(on!(conn, |c| query.get_results(c)?))
}

/// Takes rows for this node until `until`; counts the attempt. Gives back those it got.
///
/// # Errors
/// When the database says no.
pub fn lease(tx: &mut Tx<'_>, ids: &[String], now: UnixMillis, until: UnixMillis) -> Result<Vec<String>, Fault> {
    let which = m::table
        .filter(m::id.eq_any(ids.iter().map(String::as_str)))
        .filter(m::finished_at.is_null())
        .filter(m::not_before.le(now.0))
        .filter(m::leased_until.le(now.0));
    let row = (m::leased_until.eq(until.0), m::attempts.eq(m::attempts + 1));
    Ok(on!(tx.0, |c| diesel::update(which).set(row).returning(m::id).get_results(c)?))
}

/// What became of an attempt. The words are for the operator, and for the person who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The other side took it.
    Sent(String),
    /// The other side will never take it.
    Refused(String),
    /// It was tried often enough.
    GivenUp(String),
    /// Try again then.
    Retry(UnixMillis, String),
    /// Nothing was tried: the mailbox has had enough until then. It is no attempt.
    Held(UnixMillis),
}

/// In the row of what is held.
const HELD: &str = "waits: mailbox limit";

const WAITING: &str = "waiting";
const SENT: &str = "sent";
const REFUSED: &str = "refused";
const GIVEN_UP: &str = "given_up";

/// Notes what became of an attempt. What is over stays so, and its recipient and content are forgotten; a node whose lease was
/// over cannot free a row that another is delivering.
///
/// * `attempt`: which one, counted from 1.
///
/// # Errors
/// When the database says no.
pub fn settle(tx: &mut Tx<'_>, (id, attempt): (&str, i64), outcome: &Outcome, now: UnixMillis) -> Result<(), Fault> {
    let (state, words) = match outcome {
        Outcome::Sent(words) => (SENT, words),
        Outcome::Refused(words) => (REFUSED, words),
        Outcome::GivenUp(words) => (GIVEN_UP, words),
        Outcome::Held(at) => {
            let row = (
                (m::not_before.eq(at.0), m::leased_until.eq(0), m::detail.eq(Some(HELD))),
                m::attempts.eq(m::attempts - 1),
            );
            let which = m::table.filter(m::id.eq(id)).filter(m::finished_at.is_null()).filter(m::attempts.eq(attempt));
            on!(tx.0, |c| diesel::update(which).set(row).execute(c)?);
            return Ok(());
        }
        Outcome::Retry(at, words) => {
            let row = (m::not_before.eq(at.0), m::leased_until.eq(0), m::detail.eq(Some(words)));
            let which = m::table.filter(m::id.eq(id)).filter(m::finished_at.is_null()).filter(m::attempts.le(attempt));
            on!(tx.0, |c| diesel::update(which).set(row).execute(c)?);
            return Ok(());
        }
    };
    let row = (
        (m::state.eq(state), m::finished_at.eq(Some(now.0)), m::leased_until.eq(0), m::detail.eq(Some(words))),
        (m::recipient_sealed.eq(None::<Vec<u8>>), m::content_sealed.eq(None::<Vec<u8>>)),
    );
    // Sent is sent, however late the node says so. That it was not belongs to its own lease, as a retry does.
    let newest = if matches!(outcome, Outcome::Sent(_)) { i64::MAX } else { attempt };
    let which = m::table.filter(m::id.eq(id)).filter(m::finished_at.is_null()).filter(m::attempts.le(newest));
    on!(tx.0, |c| diesel::update(which).set(row).execute(c)?);
    Ok(())
}

/// The row of what was not sent, without whom it was for and what it said.
macro_rules! given_up {
    ($why:expr, $now:expr) => {
        (
            (m::state.eq(GIVEN_UP), m::finished_at.eq(Some($now.0)), m::detail.eq(Some($why))),
            (m::recipient_sealed.eq(None::<Vec<u8>>), m::content_sealed.eq(None::<Vec<u8>>)),
        )
    };
}

/// What waits for an account is not sent any more: it was told otherwise.
///
/// # Errors
/// When the database says no.
pub fn withdraw(tx: &mut Tx<'_>, account: &AccountId, purpose: Purpose, now: UnixMillis) -> Result<(), Fault> {
    let which = m::table
        .filter(m::account_id.eq(account.as_str()))
        .filter(m::purpose.eq(purpose.as_str()))
        .filter(m::finished_at.is_null());
    let row = given_up!("replaced by a newer one", now);
    on!(tx.0, |c| diesel::update(which).set(row).execute(c)?);
    Ok(())
}

/// Nothing that waits is sent any more. How many there were.
///
/// * `why`: for the operator.
///
/// # Errors
/// When the database says no.
pub(crate) fn withdraw_all(tx: &mut Tx<'_>, why: &'static str, now: UnixMillis) -> Result<usize, Fault> {
    let which = m::table.filter(m::finished_at.is_null());
    let row = given_up!(why, now);
    Ok(on!(tx.0, |c| diesel::update(which).set(row).execute(c)?))
}
