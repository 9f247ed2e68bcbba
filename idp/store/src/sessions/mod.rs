//! Sessions. Found by the digest of the cookie's secret; never cached.

use crate::conn::on;
use crate::consents::{self, ConsentRow};
use crate::person::{self, PersonRow, with_capacity};
use crate::schema::{accounts as a, consents as k, sessions as s};
use crate::{Conn, Fault, Tx};
use diesel::prelude::*;
use idp_core::oauth::authorize::prompt::Consent;
use idp_core::people::account::Person;
use idp_core::sign_in::authentication::Acr;
use idp_core::sign_in::session::Session;
use idp_core::{AccountId, ClientId, SessionId, UnixMillis};

pub mod list;

#[derive(Queryable)]
pub(crate) struct SessionRow {
    id: String,
    account_id: String,
    security_epoch: i64,
    auth_time: i64,
    acr: String,
    last_used_at: i64,
    expires_at: i64,
    ended_at: Option<i64>,
}

pub(crate) type SessionColumns =
    (s::id, s::account_id, s::security_epoch, s::auth_time, s::acr, s::last_used_at, s::expires_at, s::ended_at);

pub(crate) const COLUMNS: SessionColumns =
    (s::id, s::account_id, s::security_epoch, s::auth_time, s::acr, s::last_used_at, s::expires_at, s::ended_at);

impl SessionRow {
    pub(crate) fn parse(self) -> Result<Session, Fault> {
        Ok(Session {
            id: SessionId::from_trusted(self.id),
            account_id: AccountId::from_trusted(self.account_id),
            security_epoch: self.security_epoch,
            auth_time: UnixMillis(self.auth_time),
            acr: Acr::parse(&self.acr).ok_or_else(|| Fault::corrupt("acr of a session"))?,
            last_used_at: UnixMillis(self.last_used_at),
            expires_at: UnixMillis(self.expires_at),
            ended_at: self.ended_at.map(UnixMillis),
        })
    }
}

/// The session whose secret has this digest, with its person.
///
/// # Errors
/// When the database cannot be read.
pub fn by_secret(conn: &mut Conn, secret_hash: &[u8; 32]) -> Result<Option<(Session, Person)>, Fault> {
    let query = with_capacity!(s::table.inner_join(a::table.on(a::id.eq(s::account_id))))
        .filter(s::secret_hash.eq(&secret_hash[..]))
        .select((COLUMNS, person::columns()));
    let row: Option<(SessionRow, PersonRow)> = on!(conn, |c| query.get_result(c).optional()?);
    row.map(|(session, person)| Ok((session.parse()?, person.parse()?))).transpose()
}

/// The same, and what the person agreed to at a portal: one statement for every arrival there.
///
/// # Errors
/// When the database cannot be read.
pub fn by_secret_at(
    conn: &mut Conn,
    secret_hash: &[u8; 32],
    client: &ClientId,
) -> Result<Option<(Session, Person, Option<Consent>)>, Fault> {
    let agreed = k::account_id.eq(s::account_id).and(k::client_id.eq(client.as_str()));
    let query = with_capacity!(s::table.inner_join(a::table.on(a::id.eq(s::account_id))))
        .left_join(k::table.on(agreed))
        .filter(s::secret_hash.eq(&secret_hash[..]))
        .select((COLUMNS, person::columns(), consents::COLUMNS.nullable()));
    let row: Option<(SessionRow, PersonRow, Option<ConsentRow>)> = on!(conn, |c| query.get_result(c).optional()?);
    row.map(|(session, person, consent)| Ok((session.parse()?, person.parse()?, consent.map(consents::parse))))
        .transpose()
}

/// A session by its id, with its person.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, id: &SessionId) -> Result<Option<(Session, Person)>, Fault> {
    let query = with_capacity!(s::table.inner_join(a::table.on(a::id.eq(s::account_id))))
        .filter(s::id.eq(id.as_str()))
        .select((COLUMNS, person::columns()));
    let row: Option<(SessionRow, PersonRow)> = on!(conn, |c| query.get_result(c).optional()?);
    row.map(|(session, person)| Ok((session.parse()?, person.parse()?))).transpose()
}

/// The same, and since when what the person gave a portal before is worth nothing.
///
/// # Errors
/// When the database cannot be read.
pub fn find_at(
    conn: &mut Conn,
    id: &SessionId,
    client: &ClientId,
) -> Result<Option<(Session, Person, Option<UnixMillis>)>, Fault> {
    let agreed = k::account_id.eq(s::account_id).and(k::client_id.eq(client.as_str()));
    let query = with_capacity!(s::table.inner_join(a::table.on(a::id.eq(s::account_id))))
        .left_join(k::table.on(agreed))
        .filter(s::id.eq(id.as_str()))
        .select((COLUMNS, person::columns(), k::withdrawn_at.nullable()));
    let row: Option<(SessionRow, PersonRow, Option<i64>)> = on!(conn, |c| query.get_result(c).optional()?);
    row.map(|(session, person, withdrawn)| Ok((session.parse()?, person.parse()?, withdrawn.map(UnixMillis))))
        .transpose()
}

/// Stores a new session.
///
/// # Errors
/// When the database says no.
pub fn insert(tx: &mut Tx<'_>, session: &Session, secret_hash: &[u8; 32]) -> Result<(), Fault> {
    let row = (
        s::id.eq(session.id.as_str()),
        s::secret_hash.eq(&secret_hash[..]),
        s::account_id.eq(session.account_id.as_str()),
        s::security_epoch.eq(session.security_epoch),
        s::auth_time.eq(session.auth_time.0),
        s::acr.eq(session.acr.as_str()),
        s::last_used_at.eq(session.last_used_at.0),
        s::expires_at.eq(session.expires_at.0),
    );
    on!(tx.0, |c| diesel::insert_into(s::table).values(row).execute(c)?);
    Ok(())
}

/// The same person signed in again: a new secret (the old cookie is worth nothing), a new `auth_time`, the same id, so
/// that the portals of this session are still told of its end. `false`: the session ended meanwhile.
///
/// # Errors
/// When the database says no.
pub fn renew(tx: &mut Tx<'_>, session: &Session, secret_hash: &[u8; 32]) -> Result<bool, Fault> {
    let which = s::table.filter(s::id.eq(session.id.as_str())).filter(s::ended_at.is_null());
    let row = (
        s::secret_hash.eq(&secret_hash[..]),
        s::security_epoch.eq(session.security_epoch),
        s::auth_time.eq(session.auth_time.0),
        s::acr.eq(session.acr.as_str()),
        s::last_used_at.eq(session.last_used_at.0),
        s::expires_at.eq(session.expires_at.0),
    );
    Ok(on!(tx.0, |c| diesel::update(which).set(row).execute(c)?) == 1)
}

/// Writes the last use.
///
/// # Errors
/// When the database says no.
pub fn touch(tx: &mut Tx<'_>, id: &SessionId, now: UnixMillis) -> Result<(), Fault> {
    let which = s::table.filter(s::id.eq(id.as_str())).filter(s::last_used_at.lt(now.0));
    on!(tx.0, |c| diesel::update(which).set(s::last_used_at.eq(now.0)).execute(c)?);
    Ok(())
}

/// Ends a session. `false`: it had ended already, so that nobody is told twice.
///
/// # Errors
/// When the database says no.
pub fn end(tx: &mut Tx<'_>, id: &SessionId, now: UnixMillis) -> Result<bool, Fault> {
    let which = s::table.filter(s::id.eq(id.as_str())).filter(s::ended_at.is_null());
    Ok(on!(tx.0, |c| diesel::update(which).set(s::ended_at.eq(now.0)).execute(c)?) == 1)
}

#[cfg(test)]
mod tests;
