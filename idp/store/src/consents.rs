//! What a person agreed to at a portal, and when they were told as whom they enter it.

use crate::conn::on;
use crate::schema::consents as k;
use crate::{Conn, Fault, Tx};
use diesel::prelude::*;
use idp_core::oauth::authorize::prompt::Consent;
use idp_core::scope::ScopeSet;
use idp_core::{AccountId, ClientId, UnixMillis};

/// Scopes, and when they were told.
pub(crate) type ConsentRow = (String, Option<i64>);

pub(crate) const COLUMNS: (k::scope, k::told_at) = (k::scope, k::told_at);

pub(crate) fn parse((scope, told_at): ConsentRow) -> Consent {
    Consent { scope: ScopeSet::parse_known(&scope), told_at: told_at.map(UnixMillis) }
}

/// What the person agreed to at the portal.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, account: &AccountId, client: &ClientId) -> Result<Option<Consent>, Fault> {
    let query =
        k::table.filter(k::account_id.eq(account.as_str())).filter(k::client_id.eq(client.as_str())).select(COLUMNS);
    let row: Option<ConsentRow> = on!(conn, |c| query.get_result(c).optional()?);
    Ok(row.map(parse))
}

/// Forgets what everybody agreed to at the portal: they are asked again.
///
/// # Errors
/// When the database says no.
pub fn forget(tx: &mut Tx<'_>, client: &ClientId) -> Result<(), Fault> {
    on!(tx.0, |c| diesel::delete(k::table.filter(k::client_id.eq(client.as_str()))).execute(c)?);
    Ok(())
}

/// Adds to what the person agreed to; they have been told who they are there.
///
/// # Errors
/// When the database says no.
pub fn add(
    tx: &mut Tx<'_>,
    (account, client): (&AccountId, &ClientId),
    scope: ScopeSet,
    now: UnixMillis,
) -> Result<(), Fault> {
    let before = find(tx.conn(), account, client)?.unwrap_or_default();
    let all = before.scope.or(scope).to_string();
    let told_at = before.told_at.unwrap_or(now).0;
    let row = (
        k::account_id.eq(account.as_str()),
        k::client_id.eq(client.as_str()),
        k::scope.eq(&all),
        k::told_at.eq(told_at),
    );
    let changes = (k::scope.eq(&all), k::told_at.eq(told_at));
    on!(tx.0, |c| diesel::insert_into(k::table)
        .values(row)
        .on_conflict((k::account_id, k::client_id))
        .do_update()
        .set(changes)
        .execute(c)?);
    Ok(())
}

/// Forgets what the person agreed to at the portal, that they were told who they are there, and refuses what was given before.
///
/// # Errors
/// When the database says no.
pub fn withdraw(tx: &mut Tx<'_>, (account, client): (&AccountId, &ClientId), now: UnixMillis) -> Result<(), Fault> {
    let changes = (k::scope.eq(""), k::told_at.eq(None::<i64>), k::withdrawn_at.eq(now.0));
    let row = (k::account_id.eq(account.as_str()), k::client_id.eq(client.as_str()), changes);
    on!(tx.0, |c| diesel::insert_into(k::table)
        .values(row)
        .on_conflict((k::account_id, k::client_id))
        .do_update()
        .set(changes)
        .execute(c)?);
    Ok(())
}

/// What a person agreed to at which portals, by client id, so many at most: not those where it was withdrawn and nothing given since.
///
/// * `after`: the portal that the page before ended with.
///
/// # Errors
/// When the database cannot be read.
pub fn page(conn: &mut Conn, account: &AccountId, after: &str, limit: i64) -> Result<Vec<(ClientId, Consent)>, Fault> {
    let query = k::table
        .filter(k::account_id.eq(account.as_str()))
        .filter(k::client_id.gt(after))
        .filter(k::told_at.is_not_null().or(k::scope.ne("")))
        .order(k::client_id)
        .limit(limit)
        .select((k::client_id, COLUMNS));
    let rows: Vec<(String, ConsentRow)> = on!(conn, |c| query.get_results(c)?);
    Ok(rows.into_iter().map(|(client, row)| (ClientId::from_trusted(client), parse(row))).collect())
}
