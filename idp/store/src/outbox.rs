//! What has to reach somebody outside: written in the transaction of the act, delivered by a job, taken by a guarded
//! lease, so that many nodes deliver each once at a time.

use crate::conn::on;
use crate::schema::outbox as o;
use crate::{Conn, Fault, Tx};
use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use idp_core::{AccountId, ClientId, SessionId, UnixMillis};
use std::collections::{HashMap, HashSet};
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

/// Takes rows for this node until `until`; counts the attempt. Gives back those it got: what another node took, finished
/// or put off since they were read is not among them.
///
/// # Errors
/// When the database says no.
pub fn lease(tx: &mut Tx<'_>, ids: &[String], now: UnixMillis, until: UnixMillis) -> Result<Vec<String>, Fault> {
    let which = o::table
        .filter(o::id.eq_any(ids.iter().map(String::as_str)))
        .filter(o::finished_at.is_null())
        .filter(o::not_before.le(now.0))
        .filter(o::leased_until.le(now.0));
    let row = (o::leased_until.eq(until.0), o::attempts.eq(o::attempts + 1));
    Ok(on!(tx.0, |c| diesel::update(which).set(row).returning(o::id).get_results(c)?))
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The portal took it, or will never: done. The words are for the operator.
    Finished(String),
    /// Try again then.
    Retry(UnixMillis, String),
}

/// Notes what became of an attempt. What is finished stays so; and a node whose lease was over cannot free a row that
/// another is delivering.
///
/// * `attempt`: which one, counted from 1.
///
/// # Errors
/// When the database says no.
pub fn settle(tx: &mut Tx<'_>, (id, attempt): (&str, i64), outcome: &Outcome, now: UnixMillis) -> Result<(), Fault> {
    let (finished_at, not_before, words) = match outcome {
        Outcome::Finished(words) => (Some(now.0), now.0, words),
        Outcome::Retry(at, words) => (None, at.0, words),
    };
    let row = (
        o::finished_at.eq(finished_at),
        o::not_before.eq(not_before),
        o::leased_until.eq(0),
        o::outcome.eq(Some(words)),
    );
    // Delivered is delivered, however late the node says so. A retry belongs to its own lease.
    let newest = if finished_at.is_some() { i64::MAX } else { attempt };
    let which = o::table.filter(o::id.eq(id)).filter(o::finished_at.is_null()).filter(o::attempts.le(newest));
    on!(tx.0, |c| diesel::update(which).set(row).execute(c)?);
    Ok(())
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

/// How many rows wait to be delivered, and the id of the one that was noted first. Ids begin with their time.
///
/// # Errors
/// When the database cannot be read.
pub fn depth(conn: &mut Conn) -> Result<(i64, Option<String>), Fault> {
    let query = o::table.filter(o::finished_at.is_null()).select((count_star(), min(o::id)));
    Ok(on!(conn, |c| query.get_result(c)?))
}

/// What became of one logout that a portal had to be told of, so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Of which session.
    pub session_id: Option<String>,
    /// Attempts so far, the one under way too.
    pub attempts: i64,
    /// How the last attempt went, in words for the operator; `None` before the first is over.
    pub outcome: Option<String>,
    /// Where it stands.
    pub state: State,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is being sent.
    UnderWay,
    /// It is tried, or tried again.
    Waiting {
        /// Not before then.
        next: UnixMillis,
    },
    /// The portal took it.
    Delivered {
        /// When.
        at: UnixMillis,
    },
    /// The browser was given the portal's address, and said nothing yet.
    Sent {
        /// When.
        at: UnixMillis,
    },
    /// The browser loaded the portal's page.
    Answered {
        /// When the browser was given the address.
        at: UnixMillis,
    },
    /// The portal was given up, or could not be told that time.
    NotDelivered {
        /// Since when.
        at: UnixMillis,
    },
    /// The portal has no address for it.
    NotSupported {
        /// When that was found.
        at: UnixMillis,
    },
}

/// The words of a delivery that the portal took.
pub const DELIVERED: &str = "delivered";
const SENT: &str = "sent by the browser";
const ANSWERED: &str = "the browser loaded it";
const NOT_SUPPORTED: &str = "the portal has no logout address";

type Row = (Option<String>, i64, (i64, i64), Option<i64>, Option<String>);

impl Delivery {
    /// * `now`: what is leased then is under way.
    fn read((session_id, attempts, (not_before, leased_until), finished_at, outcome): Row, now: UnixMillis) -> Self {
        let state = match (finished_at.map(UnixMillis), outcome.as_deref()) {
            (None, _) if leased_until > now.0 => State::UnderWay,
            (None, _) => State::Waiting { next: UnixMillis(not_before) },
            (Some(at), Some(DELIVERED)) => State::Delivered { at },
            (Some(at), Some(SENT)) => State::Sent { at },
            (Some(at), Some(ANSWERED)) => State::Answered { at },
            (Some(at), Some(NOT_SUPPORTED)) => State::NotSupported { at },
            (Some(at), _) => State::NotDelivered { at },
        };
        Self { session_id, attempts, outcome, state }
    }
}

/// What became of these rows, by id. One that was swept is not among them.
///
/// # Errors
/// When the database cannot be read.
pub fn of_rows(conn: &mut Conn, ids: &[String], now: UnixMillis) -> Result<HashMap<String, Delivery>, Fault> {
    let query = o::table
        .filter(o::id.eq_any(ids.iter().map(String::as_str)))
        .select((o::id, (o::session_id, o::attempts, (o::not_before, o::leased_until), o::finished_at, o::outcome)));
    let rows: Vec<(String, Row)> = on!(conn, |c| query.get_results(c)?);
    Ok(rows.into_iter().map(|(id, row)| (id, Delivery::read(row, now))).collect())
}

/// The deliveries to a client, the newest first; those that are over are kept for a week.
///
/// * `now`: what is leased then is under way.
///
/// # Errors
/// When the database cannot be read.
pub fn of_client(conn: &mut Conn, client: &ClientId, now: UnixMillis, limit: i64) -> Result<Vec<Delivery>, Fault> {
    let query = o::table.filter(o::client_id.eq(client.as_str())).order(o::id.desc()).limit(limit).select((
        o::session_id,
        o::attempts,
        (o::not_before, o::leased_until),
        o::finished_at,
        o::outcome,
    ));
    let rows: Vec<Row> = on!(conn, |c| query.get_results(c)?);
    Ok(rows.into_iter().map(|row| Delivery::read(row, now)).collect())
}
