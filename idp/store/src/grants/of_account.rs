//! What a person gave which portals: what they are shown of it, and its end.

use crate::conn::on;
use crate::schema::{consents as k, grants as g, sessions as s};
use crate::{Conn, Fault, Tx};
use diesel::dsl::{max, min};
use diesel::prelude::*;
use idp_core::oauth::gate::Bound;
use idp_core::people::account::Person;
use idp_core::scope::ScopeSet;
use idp_core::{AccountId, ClientId, GrantId, SessionId, UnixMillis};

/// Living grants to a portal that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// To whom.
    pub client: ClientId,
    /// What.
    pub scope: ScopeSet,
    /// What their life hangs on.
    pub bound: Bound,
    /// When the first of them was given.
    pub since: UnixMillis,
    /// When tokens were last given for one of them.
    pub last_used: UnixMillis,
}

/// The grants that live: neither revoked nor too old, of the account as it is now. `$session_from`: of sessions used since, unless they
/// outlive those.
macro_rules! living {
    ($person:expr, $now:expr, $session_from:expr) => {
        g::table
            .inner_join(s::table.on(s::id.eq(g::session_id)))
            .filter(s::account_id.eq($person.account_id.as_str()))
            .filter(g::revoked_at.is_null())
            .filter(g::expires_at.gt($now.0))
            .filter(g::security_epoch.eq($person.security_epoch))
            .filter(
                g::offline
                    .or(s::ended_at.is_null().and(s::expires_at.gt($now.0)).and(s::last_used_at.gt($session_from.0))),
            )
    };
}

/// What lives of what a person gave, grouped by portal and kind, by client id, so many groups at most.
///
/// * `after`: the portal behind which it begins.
/// * `session_from`: sessions that were not used since count no more.
///
/// # Errors
/// When the database cannot be read.
pub fn given(
    conn: &mut Conn,
    person: &Person,
    after: &str,
    (now, session_from): (UnixMillis, UnixMillis),
    limit: i64,
) -> Result<Vec<Given>, Fault> {
    let query = living!(person, now, session_from)
        .filter(g::client_id.gt(after))
        .group_by((g::client_id, g::scope, g::offline))
        .order((g::client_id, g::scope, g::offline))
        .limit(limit)
        .select((g::client_id, g::scope, g::offline, min(g::id), max(g::refreshed_at)));
    type Row = (String, String, bool, Option<String>, Option<i64>);
    let rows: Vec<Row> = on!(conn, |c| query.get_results(c)?);
    let given = |(client, scope, offline, first, last): Row| Given {
        client: ClientId::from_trusted(client),
        scope: ScopeSet::parse_known(&scope),
        bound: if offline { Bound::Offline } else { Bound::ToSession },
        since: GrantId::from_trusted(first.unwrap_or_default()).issued_at(),
        last_used: UnixMillis(last.unwrap_or_default()),
    };
    Ok(rows.into_iter().map(given).collect())
}

/// What of it a person once gave which portals, living or not, and when it was last used, by client id and scopes, so many at most: not
/// what was given before they withdrew.
///
/// * `after`: the portal behind which it begins.
///
/// # Errors
/// When the database cannot be read.
pub fn ever(
    conn: &mut Conn,
    account: &AccountId,
    after: &str,
    limit: i64,
) -> Result<Vec<(ClientId, ScopeSet, UnixMillis)>, Fault> {
    let agreed = k::account_id.eq(s::account_id).and(k::client_id.eq(g::client_id));
    let query = g::table
        .inner_join(s::table.on(s::id.eq(g::session_id)))
        .inner_join(k::table.on(agreed))
        .filter(s::account_id.eq(account.as_str()))
        .filter(g::client_id.gt(after))
        .filter(k::withdrawn_at.is_null().or(k::withdrawn_at.assume_not_null().lt(g::refreshed_at)))
        .group_by((g::client_id, g::scope))
        .order((g::client_id, g::scope))
        .limit(limit)
        .select((g::client_id, g::scope, max(g::refreshed_at)));
    let rows: Vec<(String, String, Option<i64>)> = on!(conn, |c| query.get_results(c)?);
    let given = |(client, scope, last): (String, String, Option<i64>)| {
        (ClientId::from_trusted(client), ScopeSet::parse_known(&scope), UnixMillis(last.unwrap_or_default()))
    };
    Ok(rows.into_iter().map(given).collect())
}

/// The portals, with the sessions, of a person's living grants whose session is over: they act while the person is away. So many at
/// most.
///
/// # Errors
/// When the database cannot be read.
pub fn act_while_away(
    conn: &mut Conn,
    person: &Person,
    now: UnixMillis,
    limit: i64,
) -> Result<Vec<(ClientId, SessionId)>, Fault> {
    let query = living!(person, now, now)
        .filter(g::offline)
        .filter(s::ended_at.is_not_null().or(s::expires_at.le(now.0)))
        .select((g::client_id, g::session_id))
        .distinct()
        .order((g::client_id, g::session_id))
        .limit(limit);
    let rows: Vec<(String, String)> = on!(conn, |c| query.get_results(c)?);
    Ok(rows.into_iter().map(ids).collect())
}

/// The sessions in which a person gave one portal something that still lives: of which it is told when that ends. So many at most.
///
/// # Errors
/// When the database cannot be read.
pub fn sessions_at(
    conn: &mut Conn,
    (person, client): (&Person, &ClientId),
    (now, session_from): (UnixMillis, UnixMillis),
    limit: i64,
) -> Result<Vec<SessionId>, Fault> {
    let query = living!(person, now, session_from)
        .filter(g::client_id.eq(client.as_str()))
        .select((g::client_id, g::session_id))
        .distinct()
        .order((g::client_id, g::session_id))
        .limit(limit);
    let rows: Vec<(String, String)> = on!(conn, |c| query.get_results(c)?);
    Ok(rows.into_iter().map(|row| ids(row).1).collect())
}

fn ids((client, session): (String, String)) -> (ClientId, SessionId) {
    (ClientId::from_trusted(client), SessionId::from_trusted(session))
}

/// Revokes every grant of an account to a portal. Gives how many.
///
/// # Errors
/// When the database says no.
pub fn revoke(tx: &mut Tx<'_>, account: &AccountId, client: &ClientId, now: UnixMillis) -> Result<usize, Fault> {
    // By its sessions: an index finds those, and by them the grants.
    let its = s::table.filter(s::account_id.eq(account.as_str())).select(s::id);
    let which = g::table
        .filter(g::session_id.eq_any(its))
        .filter(g::client_id.eq(client.as_str()))
        .filter(g::revoked_at.is_null());
    Ok(on!(tx.0, |c| diesel::update(which).set(g::revoked_at.eq(now.0)).execute(c)?))
}
