//! Audit lines, written in the transaction of the act.

use crate::conn::on;
use crate::schema::{accounts as a, audit as u};
use crate::{Conn, Fault, Tx};
use diesel::prelude::*;
use idp_core::audit::{Event, Line};
use idp_core::ids::{first_of, moment_of, time_ordered};
use idp_core::{AccountId, ClientId, UnixMillis};

/// Writes one line.
///
/// * `random`: 80 random bits of its id.
///
/// # Errors
/// When the database says no.
pub fn write(tx: &mut Tx<'_>, event: Event, now: UnixMillis, random: [u8; 10]) -> Result<(), Fault> {
    let Line { name, account, client, detail } = event.into_line();
    let row = (
        u::id.eq(time_ordered(now, random)),
        u::event.eq(name),
        u::account_id.eq(account.as_ref().map(AccountId::as_str)),
        u::client_id.eq(client.as_ref().map(ClientId::as_str)),
        u::detail.eq(detail),
    );
    on!(tx.0, |c| diesel::insert_into(u::table).values(row).execute(c)?);
    Ok(())
}

/// Which lines.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// About this account alone, or its name as it was typed (a keyed digest, base64url).
    pub account: Option<(AccountId, String)>,
    /// About this client alone.
    pub client: Option<ClientId>,
    /// Of this event alone.
    pub event: Option<String>,
    /// From this moment on.
    pub since: Option<UnixMillis>,
    /// Before this moment.
    pub until: Option<UnixMillis>,
}

/// An audit line as stored.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Stored {
    /// Its id, in the order of time.
    pub id: String,
    /// What happened.
    pub event: String,
    /// Whom it concerns.
    pub account_id: Option<String>,
    /// The name of that account.
    pub account: Option<String>,
    /// Which portal it concerns.
    pub client: Option<String>,
    /// The rest, as JSON.
    pub detail: Option<String>,
}

impl Stored {
    /// When it happened, by the clock of the node that wrote it.
    pub fn at(&self) -> UnixMillis {
        moment_of(&self.id).unwrap_or(UnixMillis(0))
    }
}

/// The lines that are wanted, with the names of their accounts, in no order yet.
macro_rules! lines {
    ($wanted:expr, $limit:expr) => {{
        let mut query = u::table
            .left_join(a::table.on(u::account_id.eq(a::id.nullable())))
            .select((u::id, u::event, u::account_id, a::account.nullable(), u::client_id, u::detail))
            .limit($limit)
            .into_boxed();
        if let Some((account, name)) = &$wanted.account {
            // The one member that holds it; a wildcard matches itself, too.
            let typed = u::detail.like(format!("%\"name\":\"{name}\"%"));
            query = query.filter(u::account_id.eq(account.as_str()).or(typed.assume_not_null()));
        }
        if let Some(client) = &$wanted.client {
            query = query.filter(u::client_id.eq(client.as_str()));
        }
        if let Some(event) = &$wanted.event {
            query = query.filter(u::event.eq(event.as_str()));
        }
        if let Some(since) = $wanted.since {
            query = query.filter(u::id.ge(first_of(since)));
        }
        if let Some(until) = $wanted.until {
            query = query.filter(u::id.lt(first_of(until)));
        }
        query
    }};
}

/// The last line of a stretch, between the moments that are wanted.
macro_rules! walk {
    ($wanted:expr, $stretch:expr) => {{
        let mut query = u::table.select(u::id).offset($stretch - 1).limit(1).into_boxed();
        if let Some(since) = $wanted.since {
            query = query.filter(u::id.ge(first_of(since)));
        }
        if let Some(until) = $wanted.until {
            query = query.filter(u::id.lt(first_of(until)));
        }
        query
    }};
}

/// A page of lines, and where to go on.
#[derive(Clone, Debug)]
pub struct Page {
    /// The lines that are wanted.
    pub lines: Vec<Stored>,
    /// The last line looked at, wanted or not; `None`: there is nothing behind it.
    pub end: Option<String>,
}

/// A page of lines, the newest first. Nothing but the order of their ids is known of lines: so that looking for a rare one is
/// bounded, a page ends after a stretch of lines, however few of them are wanted.
///
/// * `after`: the end of the page before.
/// * `limit`: lines given at most; `stretch`: lines looked at, at most.
///
/// # Errors
/// When the database cannot be read.
pub fn newest(
    conn: &mut Conn,
    wanted: &Wanted,
    after: Option<&str>,
    (limit, stretch): (i64, i64),
) -> Result<Page, Fault> {
    Ok(on!(conn, |c| {
        let walk = walk!(wanted, stretch).order(u::id.desc());
        let end: Option<String> = match after {
            Some(id) => walk.filter(u::id.lt(id)).get_result(c).optional()?,
            None => walk.get_result(c).optional()?,
        };
        let mut query = lines!(wanted, limit).order(u::id.desc());
        if let Some(id) = after {
            query = query.filter(u::id.lt(id));
        }
        if let Some(end) = end.clone() {
            query = query.filter(u::id.ge(end));
        }
        Page::of(query.get_results(c)?, end, limit)
    }))
}

/// The same, the oldest first.
///
/// # Errors
/// When the database cannot be read.
pub fn oldest(
    conn: &mut Conn,
    wanted: &Wanted,
    after: Option<&str>,
    (limit, stretch): (i64, i64),
) -> Result<Page, Fault> {
    Ok(on!(conn, |c| {
        let walk = walk!(wanted, stretch).order(u::id);
        let end: Option<String> = match after {
            Some(id) => walk.filter(u::id.gt(id)).get_result(c).optional()?,
            None => walk.get_result(c).optional()?,
        };
        let mut query = lines!(wanted, limit).order(u::id);
        if let Some(id) = after {
            query = query.filter(u::id.gt(id));
        }
        if let Some(end) = end.clone() {
            query = query.filter(u::id.le(end));
        }
        Page::of(query.get_results(c)?, end, limit)
    }))
}

impl Page {
    /// A page that is full ends with its last line: behind it, in the same stretch, more may be wanted.
    fn of(lines: Vec<Stored>, end: Option<String>, limit: i64) -> Self {
        let full = i64::try_from(lines.len()).is_ok_and(|count| count >= limit);
        let end = if full { lines.last().map(|line| line.id.clone()) } else { end };
        Self { lines, end }
    }
}
