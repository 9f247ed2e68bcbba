//! Sealing keys, wrapped by the master key: next, current, or superseded. All of them open what they sealed.

use crate::conn::on;
use crate::schema::{accounts as a, clients as c_, grants as g, messages as m, sealing_keys as k};
use crate::{Conn, Fault, Tx, directory_version, recovery};
use diesel::prelude::*;
use diesel::sql_types::{Binary, Integer, Nullable};
use idp_core::UnixMillis;

/// A sealing key as stored.
#[derive(Clone, Debug)]
pub struct SealingKeyRow {
    /// Eight hexadecimal digits, as in each sealed value.
    pub id: String,
    /// The key, wrapped.
    pub wrapped: Vec<u8>,
    /// Whether new values are sealed with it.
    pub is_current: bool,
    /// When it was made.
    pub created_at: UnixMillis,
    /// Since when another seals.
    pub superseded_at: Option<UnixMillis>,
}

impl SealingKeyRow {
    /// Whether it is known everywhere and waits to seal.
    pub fn is_next(&self) -> bool {
        !self.is_current && self.superseded_at.is_none()
    }
}

type Columns = (String, Vec<u8>, bool, i64, Option<i64>);

fn parse((id, wrapped, is_current, created_at, superseded_at): Columns) -> SealingKeyRow {
    let (created_at, superseded_at) = (UnixMillis(created_at), superseded_at.map(UnixMillis));
    SealingKeyRow { id, wrapped, is_current, created_at, superseded_at }
}

/// Every sealing key, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub fn all(conn: &mut Conn) -> Result<Vec<SealingKeyRow>, Fault> {
    let columns = (k::id, k::wrapped, k::is_current, k::created_at, k::superseded_at);
    let rows: Vec<Columns> = on!(conn, |c| k::table.select(columns).order((k::created_at, k::id)).get_results(c)?);
    Ok(rows.into_iter().map(parse).collect())
}

/// Stores a new current key beside the others, which stay to open what they sealed. For the first key of a database;
/// a later one is known everywhere before it seals: [`insert_next`].
///
/// # Errors
/// When the database says no.
pub fn insert_current(tx: &mut Tx<'_>, id: &str, wrapped: &[u8], now: UnixMillis) -> Result<(), Fault> {
    supersede(tx, now)?;
    let row = (k::id.eq(id), k::wrapped.eq(wrapped), k::is_current.eq(true), k::created_at.eq(now.0));
    on!(tx.0, |c| diesel::insert_into(k::table).values(row).execute(c)?);
    directory_version::raise(tx)
}

fn supersede(tx: &mut Tx<'_>, now: UnixMillis) -> Result<(), Fault> {
    let which = k::table.filter(k::is_current.eq(true));
    let row = (k::is_current.eq(false), k::superseded_at.eq(now.0));
    on!(tx.0, |c| diesel::update(which).set(row).execute(c)?);
    Ok(())
}

/// Stores a key that is to seal later. `false`: one is waiting already, and nothing changed.
///
/// # Errors
/// When the database says no.
pub fn insert_next(tx: &mut Tx<'_>, id: &str, wrapped: &[u8], now: UnixMillis) -> Result<bool, Fault> {
    if all(tx.conn())?.iter().any(SealingKeyRow::is_next) {
        return Ok(false);
    }
    let row = (k::id.eq(id), k::wrapped.eq(wrapped), k::is_current.eq(false), k::created_at.eq(now.0));
    on!(tx.0, |c| diesel::insert_into(k::table).values(row).execute(c)?);
    directory_version::raise(tx)?;
    Ok(true)
}

/// Lets the waiting key seal. `false`: it does already, or is gone.
///
/// # Errors
/// When the database says no.
pub fn promote(tx: &mut Tx<'_>, id: &str, now: UnixMillis) -> Result<bool, Fault> {
    if !all(tx.conn())?.iter().any(|row| row.id == id && row.is_next()) {
        return Ok(false);
    }
    supersede(tx, now)?;
    on!(tx.0, |c| diesel::update(k::table.filter(k::id.eq(id))).set(k::is_current.eq(true)).execute(c)?);
    directory_version::raise(tx)?;
    Ok(true)
}

/// Replaces the wrapping of a key.
///
/// # Errors
/// When the database says no.
pub fn rewrap(tx: &mut Tx<'_>, id: &str, wrapped: &[u8]) -> Result<(), Fault> {
    on!(tx.0, |c| diesel::update(k::table.filter(k::id.eq(id))).set(k::wrapped.eq(wrapped)).execute(c)?);
    Ok(())
}

/// Deletes a superseded key. `false`: it is none.
///
/// # Errors
/// When the database says no.
pub fn remove(tx: &mut Tx<'_>, id: &str) -> Result<bool, Fault> {
    let which = k::table.filter(k::id.eq(id)).filter(k::superseded_at.is_not_null());
    let removed = on!(tx.0, |c| diesel::delete(which).execute(c)?) == 1;
    if removed {
        directory_version::raise(tx)?;
    }
    Ok(removed)
}

/// Whether a refresh token that lives was given before a moment: the newest of its grant, so that it may be sealed with a
/// key of that time.
///
/// # Errors
/// When the database cannot be read.
pub fn refresh_token_of_before(conn: &mut Conn, moment: UnixMillis, now: UnixMillis) -> Result<bool, Fault> {
    let living = g::table
        .filter(g::generation.gt(0))
        .filter(g::refreshed_at.le(moment.0))
        .filter(g::expires_at.gt(now.0))
        .filter(g::revoked_at.is_null());
    Ok(on!(conn, |c| diesel::select(diesel::dsl::exists(living)).get_result(c)?))
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Some bytes of a value: from the first, which is 1.
    fn substr(value: Nullable<Binary>, from: Integer, count: Integer) -> Nullable<Binary>;
}

/// How many stored columns this key sealed. Those of a message that waits are counted, and never sealed anew: it is over in two days,
/// once somebody delivers it.
///
/// # Errors
/// When the database cannot be read.
pub fn columns_sealed_with(conn: &mut Conn, id: [u8; 4]) -> Result<i64, Fault> {
    let id = id.to_vec();
    let of_recovery = recovery::columns_sealed_with(conn, &id)?;
    let secrets = c_::table.filter(substr(c_::secrets_sealed.nullable(), 1, 4).eq(&id)).count();
    let numbers = a::table.filter(substr(a::national_id_sealed, 1, 4).eq(&id)).count();
    let claims = a::table.filter(substr(a::claims_sealed, 1, 4).eq(&id)).count();
    let waiting = m::table.filter(m::finished_at.is_null());
    let recipients = waiting.filter(substr(m::recipient_sealed, 1, 4).eq(&id)).count();
    let contents = waiting.filter(substr(m::content_sealed, 1, 4).eq(&id)).count();
    let mut sum: i64 = on!(conn, |c| secrets.get_result::<i64>(c)?);
    sum += on!(conn, |c| numbers.get_result::<i64>(c)?);
    sum += on!(conn, |c| claims.get_result::<i64>(c)?);
    sum += on!(conn, |c| recipients.get_result::<i64>(c)?);
    sum += on!(conn, |c| contents.get_result::<i64>(c)?);
    Ok(sum + of_recovery)
}

pub(crate) type Sealed = Option<Vec<u8>>;

/// A stored client secret or personal data that another key than the current one sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// Whose.
    pub id: String,
    /// Secrets of a client; 身分證字號 and further claims of an account; or its 密碼提示問題 and 救援手機.
    pub sealed: Vec<Option<Vec<u8>>>,
}

/// Clients whose secrets another key sealed, in the order of their ids, from after `last` on, at most `limit`.
///
/// # Errors
/// When the database cannot be read.
pub fn stale_clients(conn: &mut Conn, current: [u8; 4], last: &str, limit: i64) -> Result<Vec<Stale>, Fault> {
    let query = c_::table
        .filter(c_::id.gt(last))
        .filter(substr(c_::secrets_sealed.nullable(), 1, 4).ne(current.to_vec()))
        .select((c_::id, c_::secrets_sealed))
        .order(c_::id)
        .limit(limit);
    let rows: Vec<(String, Vec<u8>)> = on!(conn, |c| query.get_results(c)?);
    Ok(rows.into_iter().map(|(id, sealed)| Stale { id, sealed: vec![Some(sealed)] }).collect())
}

/// Accounts whose personal data another key sealed; otherwise as [`stale_clients`].
///
/// # Errors
/// When the database cannot be read.
pub fn stale_accounts(conn: &mut Conn, current: [u8; 4], last: &str, limit: i64) -> Result<Vec<Stale>, Fault> {
    let current = current.to_vec();
    let number = substr(a::national_id_sealed, 1, 4).ne(&current);
    let claims = substr(a::claims_sealed, 1, 4).ne(&current);
    // What is NULL is not stale; `OR` of unknown and true is true.
    let query = a::table
        .filter(a::id.gt(last))
        .filter(number.or(claims))
        .select((a::id, a::national_id_sealed, a::claims_sealed))
        .order(a::id)
        .limit(limit);
    let rows: Vec<(String, Sealed, Sealed)> = on!(conn, |c| query.get_results(c)?);
    Ok(rows.into_iter().map(|(id, number, claims)| Stale { id, sealed: vec![number, claims] }).collect())
}

/// Replaces a client's sealed secrets. `false`: they are not the ones of `before` any more.
///
/// # Errors
/// When the database says no.
pub fn reseal_client(tx: &mut Tx<'_>, before: &Stale, after: &[Option<Vec<u8>>]) -> Result<bool, Fault> {
    let ([Some(old)], [Some(new)]) = (before.sealed.as_slice(), after) else { return Ok(false) };
    let which = c_::table.filter(c_::id.eq(&before.id)).filter(c_::secrets_sealed.eq(old));
    Ok(on!(tx.0, |c| diesel::update(which).set(c_::secrets_sealed.eq(new)).execute(c)?) == 1)
}

/// Replaces an account's sealed personal data. `false`: it is not that of `before` any more.
///
/// # Errors
/// When the database says no.
pub fn reseal_account(tx: &mut Tx<'_>, before: &Stale, after: &[Option<Vec<u8>>]) -> Result<bool, Fault> {
    let [new_number, new_claims] = after else { return Ok(false) };
    let which = a::table.filter(a::id.eq(&before.id));
    let columns = (a::national_id_sealed, a::claims_sealed);
    let now: Option<(Sealed, Sealed)> = on!(tx.0, |c| which.select(columns).get_result(c).optional()?);
    if now.is_none_or(|(number, claims)| before.sealed != [number, claims]) {
        return Ok(false);
    }
    let row = (a::national_id_sealed.eq(new_number), a::claims_sealed.eq(new_claims));
    Ok(on!(tx.0, |c| diesel::update(which).set(row).execute(c)?) == 1)
}
