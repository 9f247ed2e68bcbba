//! Grants as an operator looks at them and revokes them: a bounded page at a time.

use super::GrantRow;
use crate::conn::on;
use crate::person::{self, PersonRow, with_capacity};
use crate::schema::{accounts as a, grants as g, sessions as s};
use crate::sessions::{self, SessionRow};
use crate::{Conn, Fault};
use diesel::prelude::*;
use idp_core::oauth::gate::Grant;
use idp_core::people::account::Person;
use idp_core::sign_in::session::Session;
use idp_core::{AccountId, ClientId, GrantId, UnixMillis};

/// Which grants.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of this account alone.
    pub account: Option<AccountId>,
    /// To this client alone.
    pub client: Option<ClientId>,
    /// Those alone that were neither revoked nor too old at this moment. What else a grant needs to count is for the gate to say.
    pub not_over_at: Option<UnixMillis>,
}

/// A grant with what the gate judges.
pub type Listed = (Grant, Session, Person);

/// Narrows a query that joins grants and sessions. An account's grants are found by its sessions, which an index finds.
macro_rules! narrow {
    ($query:ident, $wanted:expr) => {
        if let Some(account) = &$wanted.account {
            $query = $query.filter(s::account_id.eq(account.as_str()));
        }
        if let Some(client) = &$wanted.client {
            $query = $query.filter(g::client_id.eq(client.as_str()));
        }
        if let Some(at) = $wanted.not_over_at {
            $query = $query.filter(g::revoked_at.is_null()).filter(g::expires_at.gt(at.0));
        }
    };
}

/// A page of grants, the newest first.
///
/// * `after`: the last one of the page before.
///
/// # Errors
/// When the database cannot be read.
pub fn page(conn: &mut Conn, wanted: &Wanted, after: Option<&GrantId>, limit: i64) -> Result<Vec<Listed>, Fault> {
    let rows: Vec<(GrantRow, SessionRow, PersonRow)> = on!(conn, |c| {
        let joined =
            g::table.inner_join(s::table.on(s::id.eq(g::session_id))).inner_join(a::table.on(a::id.eq(g::account_id)));
        let mut query = with_capacity!(joined)
            .select((g::all_columns, sessions::COLUMNS, person::columns()))
            .order(g::id.desc())
            .limit(limit)
            .into_boxed();
        narrow!(query, wanted);
        if let Some(id) = after {
            query = query.filter(g::id.lt(id.as_str()));
        }
        query.get_results(c)?
    });
    rows.into_iter().map(|(grant, session, person)| Ok((grant.parse()?, session.parse()?, person.parse()?))).collect()
}

/// Grants to be revoked, in the order of their ids.
///
/// * `after`: the last one of the batch before.
///
/// # Errors
/// When the database cannot be read.
pub fn to_revoke(conn: &mut Conn, wanted: &Wanted, after: Option<&GrantId>, limit: i64) -> Result<Vec<Grant>, Fault> {
    let rows: Vec<GrantRow> = on!(conn, |c| {
        let mut query = g::table
            .inner_join(s::table.on(s::id.eq(g::session_id)))
            .select(g::all_columns)
            .order(g::id)
            .limit(limit)
            .into_boxed();
        narrow!(query, wanted);
        if let Some(id) = after {
            query = query.filter(g::id.gt(id.as_str()));
        }
        query.get_results(c)?
    });
    rows.into_iter().map(GrantRow::parse).collect()
}
