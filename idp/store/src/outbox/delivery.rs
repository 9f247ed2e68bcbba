//! What became of the logouts that portals had to be told, in words for operators and for the person who signed out.

use crate::conn::on;
use crate::schema::outbox as o;
use crate::{Conn, Fault};
use diesel::prelude::*;
use idp_core::{ClientId, UnixMillis};
use std::collections::HashMap;

/// The words of a delivery that the portal took.
pub const DELIVERED: &str = "delivered";
pub(super) const SENT: &str = "sent by the browser";
pub(super) const ANSWERED: &str = "the browser loaded it";
pub(super) const NOT_SUPPORTED: &str = "the portal has no logout address";

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
