//! The logouts that portals have to be told: how each is told, and which wait to be delivered.

use super::delivery::{ANSWERED, NOT_SUPPORTED, SENT};
use crate::conn::on;
use crate::schema::outbox as o;
use crate::{Conn, Fault, Tx};
use diesel::prelude::*;
use idp_core::{AccountId, ClientId, SessionId, UnixMillis};
use std::collections::HashSet;
use std::time::Duration;

/// The kind of row that becomes a logout token.
const BACKCHANNEL_LOGOUT: &str = "backchannel_logout";
/// The kind of row that is told by a person's browser, and is over for us when the browser has its page.
const FRONTCHANNEL_LOGOUT: &str = "frontchannel_logout";
/// The kind of row of a portal that cannot be told.
const NO_LOGOUT: &str = "no_logout";

/// How a portal is told that a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// By a logout token.
    Back,
    /// By the browser that signs out.
    Front,
    /// It listens to browsers alone, and none is there.
    NoBrowser,
    /// It registered no address for that.
    Neither,
}

impl Channel {
    fn kind(self) -> &'static str {
        match self {
            Self::Back => BACKCHANNEL_LOGOUT,
            Self::Front | Self::NoBrowser => FRONTCHANNEL_LOGOUT,
            Self::Neither => NO_LOGOUT,
        }
    }

    /// Whether the portal is told.
    pub fn tells(self) -> bool {
        matches!(self, Self::Back | Self::Front)
    }

    /// What has become of it by the time it is written; `None`: the job delivers it.
    fn outcome(self) -> Option<&'static str> {
        match self {
            Self::Back => None,
            Self::Front => Some(SENT),
            Self::NoBrowser => Some("no browser was there to tell the portal by"),
            Self::Neither => Some(NOT_SUPPORTED),
        }
    }
}

/// A portal that a session had reached, with the row that says what becomes of telling it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Row id, fresh and time-ordered.
    pub id: String,
    /// The portal.
    pub client: ClientId,
    /// How it is told.
    pub channel: Channel,
}

/// By then every node has a client as it is now: what waits for a corrected address shall not be sent to the old one again.
pub const KNOWN_EVERYWHERE: Duration = Duration::from_secs(3);

/// A logout that a portal has to be told.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Waiting {
    /// Row id, time-ordered.
    pub id: String,
    client_id: String,
    account_id: String,
    session_id: Option<String>,
    /// Attempts so far.
    pub attempts: i64,
}

impl Waiting {
    /// Whom to tell.
    pub fn client_id(&self) -> ClientId {
        ClientId::from_trusted(self.client_id.as_str())
    }

    /// Who was signed out.
    pub fn account_id(&self) -> AccountId {
        AccountId::from_trusted(self.account_id.as_str())
    }

    /// Of which session.
    pub fn session_id(&self) -> Option<SessionId> {
        self.session_id.as_deref().map(SessionId::from_trusted)
    }
}

/// Notes that portals have to be told that a session is over. Nothing is sent here.
///
/// # Errors
/// When the database says no.
pub fn add_logouts(
    tx: &mut Tx<'_>,
    notices: &[Notice],
    account: &AccountId,
    session: &SessionId,
    now: UnixMillis,
) -> Result<(), Fault> {
    let row = |notice: &Notice| {
        let outcome = notice.channel.outcome();
        (
            o::id.eq(notice.id.clone()),
            o::kind.eq(notice.channel.kind()),
            o::client_id.eq(notice.client.as_str().to_owned()),
            o::account_id.eq(account.as_str().to_owned()),
            o::session_id.eq(session.as_str().to_owned()),
            o::attempts.eq(0),
            (o::not_before.eq(now.0), o::leased_until.eq(0)),
            (o::finished_at.eq(outcome.map(|_| now.0)), o::outcome.eq(outcome)),
        )
    };
    let rows: Vec<_> = notices.iter().map(row).collect();
    on!(tx.0, |c| diesel::insert_into(o::table).values(&rows).execute(c)?);
    Ok(())
}

/// Notes that the browser loaded these portals' pages: all that it can say.
///
/// # Errors
/// When the database says no.
pub fn answered(tx: &mut Tx<'_>, ids: &[String]) -> Result<(), Fault> {
    let which = o::table
        .filter(o::id.eq_any(ids.iter().map(String::as_str)))
        .filter(o::kind.eq(FRONTCHANNEL_LOGOUT))
        .filter(o::outcome.eq(SENT));
    on!(tx.0, |c| diesel::update(which).set(o::outcome.eq(ANSWERED)).execute(c)?);
    Ok(())
}

/// What is due and not leased, what has waited longest first, at most `limit`.
///
/// * `busy`: clients that have enough under way.
///
/// # Errors
/// When the database cannot be read.
pub fn due(conn: &mut Conn, busy: &[ClientId], now: UnixMillis, limit: i64) -> Result<Vec<Waiting>, Fault> {
    let query = o::table
        .filter(o::finished_at.is_null())
        .filter(o::kind.eq(BACKCHANNEL_LOGOUT))
        .filter(o::not_before.le(now.0))
        .filter(o::leased_until.le(now.0))
        .filter(o::client_id.ne_all(busy.iter().map(ClientId::as_str)))
        .order((o::not_before, o::id))
        .limit(limit)
        .select((o::id, o::client_id, o::account_id, o::session_id, o::attempts));
    Ok(on!(conn, |c| query.get_results(c)?))
}

/// The portals and sessions of an account that wait to be told. One that is being told is not among them: what it hears may be
/// of before.
///
/// # Errors
/// When the database cannot be read.
pub fn waiting_of_account(
    conn: &mut Conn,
    account: &AccountId,
    now: UnixMillis,
) -> Result<HashSet<(ClientId, SessionId)>, Fault> {
    let query = o::table
        .filter(o::finished_at.is_null())
        .filter(o::kind.eq(BACKCHANNEL_LOGOUT))
        .filter(o::account_id.eq(account.as_str()))
        .filter(o::leased_until.le(now.0))
        .select((o::client_id, o::session_id));
    let rows: Vec<(String, Option<String>)> = on!(conn, |c| query.get_results(c)?);
    let pair = |(client, session): (String, Option<String>)| {
        session.map(|session| (ClientId::from_trusted(client), SessionId::from_trusted(session)))
    };
    Ok(rows.into_iter().filter_map(pair).collect())
}

/// What waits for a client is tried from `at` on, and not later: its address was corrected. How many there are.
///
/// # Errors
/// When the database says no.
pub fn bring_forward(tx: &mut Tx<'_>, client: &ClientId, at: UnixMillis) -> Result<usize, Fault> {
    let which = o::table
        .filter(o::finished_at.is_null())
        .filter(o::kind.eq(BACKCHANNEL_LOGOUT))
        .filter(o::client_id.eq(client.as_str()))
        .filter(o::not_before.gt(at.0));
    Ok(on!(tx.0, |c| diesel::update(which).set(o::not_before.eq(at.0)).execute(c)?))
}
