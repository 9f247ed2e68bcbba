//! What has to reach somebody outside: written in the transaction of the act, delivered by a job, taken by a guarded
//! lease, so that many nodes deliver each once at a time.
//!
//! Here: what holds for every kind of row. What is to be said, and to whom: `logouts`. How it went: `delivery`.

mod delivery;
mod logouts;

pub use delivery::{DELIVERED, Delivery, State, of_client, of_rows};
pub use logouts::{
    Channel, KNOWN_EVERYWHERE, Notice, Waiting, add_logouts, answered, bring_forward, due, waiting_of_account,
};

use crate::conn::on;
use crate::schema::outbox as o;
use crate::{Conn, Fault, Tx};
use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use idp_core::UnixMillis;

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

/// How many rows wait to be delivered, and the id of the one that was noted first. Ids begin with their time.
///
/// # Errors
/// When the database cannot be read.
pub fn depth(conn: &mut Conn) -> Result<(i64, Option<String>), Fault> {
    let query = o::table.filter(o::finished_at.is_null()).select((count_star(), min(o::id)));
    Ok(on!(conn, |c| query.get_result(c)?))
}
