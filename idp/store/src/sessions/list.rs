//! Sessions as an operator looks at them and ends them: a bounded page at a time.

use super::{COLUMNS, SessionRow};
use crate::conn::on;
use crate::person::{self, PersonRow, with_capacity};
use crate::schema::{accounts as a, sessions as s};
use crate::{Conn, Fault};
use diesel::prelude::*;
use idp_core::people::account::Person;
use idp_core::sign_in::session::Session;
use idp_core::{AccountId, SessionId, UnixMillis};

/// Which sessions.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of this account alone.
    pub account: Option<AccountId>,
    /// Those alone that were neither ended nor too old at this moment. What else a session needs to count
    /// ([`Session::check`]) is for the caller to look at.
    pub not_over_at: Option<UnixMillis>,
}

/// A session with its person.
pub type Listed = (Session, Person);

/// A page of sessions with their people, the newest first (by when the person last proved who they are).
///
/// * `after`: the last one of the page before.
///
/// # Errors
/// When the database cannot be read.
pub fn page(
    conn: &mut Conn,
    wanted: &Wanted,
    after: Option<(UnixMillis, &SessionId)>,
    limit: i64,
) -> Result<Vec<Listed>, Fault> {
    let rows: Vec<(SessionRow, PersonRow)> = on!(conn, |c| {
        let mut query = with_capacity!(s::table.inner_join(a::table.on(a::id.eq(s::account_id))))
            .select((COLUMNS, person::columns()))
            .order((s::auth_time.desc(), s::id.desc()))
            .limit(limit)
            .into_boxed();
        if let Some(account) = &wanted.account {
            query = query.filter(s::account_id.eq(account.as_str()));
        }
        if let Some(at) = wanted.not_over_at {
            query = query.filter(s::ended_at.is_null()).filter(s::expires_at.gt(at.0));
        }
        if let Some((time, id)) = after {
            // Said so that the index is entered at that place: one bound on its first column, and no alternative to it.
            query = query.filter(s::auth_time.le(time.0)).filter(s::auth_time.lt(time.0).or(s::id.lt(id.as_str())));
        }
        query.get_results(c)?
    });
    rows.into_iter().map(|(session, person)| Ok((session.parse()?, person.parse()?))).collect()
}

/// Sessions to be ended, in the order of their ids: those neither ended nor too old.
///
/// * `account`: of this one alone.
/// * `after`: the last one of the batch before.
///
/// # Errors
/// When the database cannot be read.
pub fn to_end(
    conn: &mut Conn,
    account: Option<&AccountId>,
    after: Option<&SessionId>,
    (now, limit): (UnixMillis, i64),
) -> Result<Vec<Session>, Fault> {
    let rows: Vec<SessionRow> = on!(conn, |c| {
        let mut query = s::table
            .filter(s::ended_at.is_null())
            .filter(s::expires_at.gt(now.0))
            .select(COLUMNS)
            .order(s::id)
            .limit(limit)
            .into_boxed();
        if let Some(account) = account {
            query = query.filter(s::account_id.eq(account.as_str()));
        }
        if let Some(id) = after {
            query = query.filter(s::id.gt(id.as_str()));
        }
        query.get_results(c)?
    });
    rows.into_iter().map(SessionRow::parse).collect()
}
