//! What a person may look at and change of their own account (個人資料查詢, 個人資料維護). Every change names the version of the record
//! that it was made of, so that none writes over another.

use crate::accounts::{SEALED, SealedPersonal};
use crate::conn::on;
use crate::person::{self, PersonRow, with_capacity};
use crate::schema::accounts as a;
use crate::{Conn, Fault, Tx};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use idp_core::people::account::Person;
use idp_core::{AccountId, UnixMillis};

/// A record as it is.
#[derive(Clone, Debug)]
pub struct Record {
    /// The person.
    pub person: Person,
    /// Personal data, sealed.
    pub sealed: SealedPersonal,
    /// Raised by every change: when that was, in milliseconds, and later than any before.
    pub version: i64,
}

/// The record of an account.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, id: &AccountId) -> Result<Option<Record>, Fault> {
    let query =
        with_capacity!(a::table).filter(a::id.eq(id.as_str())).select((person::columns(), SEALED, a::updated_at));
    let row: Option<(PersonRow, SealedPersonal, i64)> = on!(conn, |c| query.get_result(c).optional()?);
    row.map(|(person, sealed, version)| Ok(Record { person: person.parse()?, sealed, version })).transpose()
}

/// What replaces the parts that a person may change.
#[derive(Clone, Debug)]
pub struct NewRecord {
    /// 姓名.
    pub name: String,
    /// 身分證字號 and further claims, sealed; whether the number was proven stays as it is.
    pub sealed: SealedPersonal,
    /// Blind index of the number.
    pub index: Option<[u8; 32]>,
}

/// Changes a record of that version, unless its number was proven and would be another. `false`: it is another by now, and nothing
/// changed.
///
/// # Errors
/// When the database says no.
pub fn change(
    tx: &mut Tx<'_>,
    (id, version): (&AccountId, i64),
    new: &NewRecord,
    now: UnixMillis,
) -> Result<bool, Fault> {
    let index = new.index.map(|digest| digest.to_vec());
    let which = a::table
        .filter(a::id.eq(id.as_str()))
        .filter(a::updated_at.eq(version))
        .filter(a::national_id_verified.eq(new.sealed.national_id_verified));
    let row = (
        a::name.eq(&new.name),
        a::national_id_sealed.eq(&new.sealed.national_id),
        a::national_id_index.eq(index),
        a::claims_sealed.eq(&new.sealed.claims),
        a::updated_at.eq(now.0.max(version + 1)),
    );
    Ok(on!(tx.0, |c| diesel::update(which).set(row).execute(c)?) == 1)
}

/// Gives an account another name of its person. `false`: there is no such account.
///
/// # Errors
/// When the database says no.
pub fn set_name(tx: &mut Tx<'_>, id: &AccountId, name: &str) -> Result<bool, Fault> {
    let which = a::table.filter(a::id.eq(id.as_str()));
    let row = (a::name.eq(name), a::updated_at.eq(a::updated_at + 1));
    Ok(on!(tx.0, |c| diesel::update(which).set(row).execute(c)?) == 1)
}

/// Notes that what hangs on a record of that version is changed. `false`: it is another by now.
///
/// # Errors
/// When the database says no.
pub fn step(tx: &mut Tx<'_>, (id, version): (&AccountId, i64), now: UnixMillis) -> Result<bool, Fault> {
    let which = a::table.filter(a::id.eq(id.as_str())).filter(a::updated_at.eq(version));
    let raised = a::updated_at.eq(now.0.max(version + 1));
    Ok(on!(tx.0, |c| diesel::update(which).set(raised).execute(c)?) == 1)
}

/// Notes that something of a record was changed, whatever its version: who made a change of the one before hears of it.
pub(crate) fn raise(tx: &mut Tx<'_>, id: &AccountId) -> Result<(), Fault> {
    let which = a::table.filter(a::id.eq(id.as_str()));
    on!(tx.0, |c| diesel::update(which).set(a::updated_at.eq(a::updated_at + 1)).execute(c)?);
    Ok(())
}

/// Whether a number was proven for another account. Asked within the transaction that gives it to one.
///
/// # Errors
/// When the database cannot be read.
pub fn is_proven_for_another(tx: &mut Tx<'_>, id: &AccountId, index: &[u8; 32]) -> Result<bool, Fault> {
    // The index `accounts_verified_number` is of proven ones alone: SQLite uses it if the statement says so, whatever is bound to it.
    let others = a::table
        .filter(a::national_id_index.eq(&index[..]))
        .filter(sql::<Bool>("accounts.national_id_verified = TRUE"))
        .filter(a::id.ne(id.as_str()));
    let count: i64 = on!(tx.0, |c| others.count().get_result(c)?);
    Ok(count > 0)
}
