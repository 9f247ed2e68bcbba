//! How messages stand: queued, sent, refused; for the person who waits for one, for limits, and for the operator.

use super::{HELD, SENT};
use crate::conn::on;
use crate::schema::messages as m;
use crate::{Conn, Fault};
use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use idp_core::ids::{first_of, moment_of};
use idp_core::membership::message::Purpose;
use idp_core::{AccountId, UnixMillis};

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It was not tried yet.
    Queued,
    /// It was not tried yet: other mails went to that mailbox.
    Held {
        /// Not before then.
        next: UnixMillis,
    },
    /// It was tried, and is tried again.
    Delayed {
        /// Not before then.
        next: UnixMillis,
    },
    /// The other side took it.
    Sent {
        /// When.
        at: UnixMillis,
    },
    /// The other side will never take it, or it was tried often enough.
    NotSent {
        /// Since when.
        at: UnixMillis,
    },
}

/// A message as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Row id; begins with its time.
    pub id: String,
    /// Where it stands.
    pub state: State,
    /// How the last attempt went, in words for the operator.
    pub detail: Option<String>,
}

/// The newest message to an account for a purpose.
///
/// # Errors
/// When the database cannot be read.
pub fn newest(conn: &mut Conn, account: &AccountId, purpose: Purpose) -> Result<Option<Standing>, Fault> {
    let query = m::table
        .filter(m::account_id.eq(account.as_str()))
        .filter(m::purpose.eq(purpose.as_str()))
        .order(m::id.desc())
        .limit(1)
        .select((m::id, m::state, m::attempts, m::not_before, m::finished_at, m::detail));
    let row: Option<Row> = on!(conn, |c| query.get_result(c).optional()?);
    Ok(row.map(standing))
}

type Row = (String, String, i64, i64, Option<i64>, Option<String>);

fn standing((id, state, attempts, not_before, finished_at, detail): Row) -> Standing {
    let state = match (finished_at.map(UnixMillis), state.as_str()) {
        (Some(at), SENT) => State::Sent { at },
        (Some(at), _) => State::NotSent { at },
        (None, _) if detail.as_deref() == Some(HELD) => State::Held { next: UnixMillis(not_before) },
        (None, _) if attempts > 0 && detail.is_some() => State::Delayed { next: UnixMillis(not_before) },
        (None, _) => State::Queued,
    };
    Standing { id, state, detail }
}

/// A message with what it is, for the operator.
#[derive(Clone, Debug)]
pub struct Listed {
    /// By which way: `mail`, `text`.
    pub channel: String,
    /// What for.
    pub purpose: String,
    /// Attempts so far.
    pub attempts: i64,
    /// Where it stands.
    pub standing: Standing,
}

/// The messages about some, the newest first, so many at most.
///
/// * `about`: accounts, and what stands in their place.
///
/// # Errors
/// When the database cannot be read.
pub fn of(conn: &mut Conn, about: &[AccountId], most: i64) -> Result<Vec<Listed>, Fault> {
    let query = m::table
        .filter(m::account_id.eq_any(about.iter().map(AccountId::as_str)))
        .order(m::id.desc())
        .limit(most)
        .select(((m::channel, m::purpose), (m::id, m::state, m::attempts, m::not_before, m::finished_at, m::detail)));
    let rows: Vec<((String, String), Row)> = on!(conn, |c| query.get_results(c)?);
    let listed = |((channel, purpose), row): ((String, String), Row)| {
        let attempts = row.2;
        Listed { channel, purpose, attempts, standing: standing(row) }
    };
    Ok(rows.into_iter().map(listed).collect())
}

/// In which language the newest message to an account for a purpose was written, as a BCP 47 tag.
///
/// # Errors
/// When the database cannot be read.
pub fn language(conn: &mut Conn, account: &AccountId, purpose: Purpose) -> Result<Option<String>, Fault> {
    let query = m::table
        .filter(m::account_id.eq(account.as_str()))
        .filter(m::purpose.eq(purpose.as_str()))
        .order(m::id.desc())
        .limit(1)
        .select(m::language);
    Ok(on!(conn, |c| query.get_result(c).optional()?))
}

/// When messages for a purpose were noted since a moment, the newest first, so many at most.
///
/// * `about`: the account, or what stands in its place.
///
/// # Errors
/// When the database cannot be read.
pub fn noted_since(
    conn: &mut Conn,
    (about, purpose): (&AccountId, Purpose),
    since: UnixMillis,
    most: i64,
) -> Result<Vec<UnixMillis>, Fault> {
    let query = m::table
        .filter(m::account_id.eq(about.as_str()))
        .filter(m::id.ge(first_of(since)))
        .filter(m::purpose.eq(purpose.as_str()))
        .order(m::id.desc())
        .limit(most)
        .select(m::id);
    let ids: Vec<String> = on!(conn, |c| query.get_results(c)?);
    Ok(ids.iter().filter_map(|id| moment_of(id)).collect())
}

/// How many messages wait, and the id of the one that was noted first. Ids begin with their time.
///
/// # Errors
/// When the database cannot be read.
pub fn depth(conn: &mut Conn) -> Result<(i64, Option<String>), Fault> {
    let query = m::table.filter(m::finished_at.is_null()).select((count_star(), min(m::id)));
    Ok(on!(conn, |c| query.get_result(c)?))
}
