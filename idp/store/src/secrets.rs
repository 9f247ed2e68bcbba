//! Keys that never leave the provider, wrapped by the master key: pairwise subjects, `sid`, blind indexes, and the check
//! value by which a node finds out that it was given another master key.

use crate::conn::on;
use crate::schema::secrets as s;
use crate::{Conn, Fault, Tx};
use diesel::prelude::*;

/// The name of the master key's check value. It is not wrapped.
pub const MASTER_CHECK: &str = "master_check";

/// Every secret: name and wrapped value.
///
/// # Errors
/// When the database cannot be read.
pub fn all(conn: &mut Conn) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    Ok(on!(conn, |c| s::table.select((s::name, s::wrapped)).get_results(c)?))
}

/// Replaces the value of a secret.
///
/// # Errors
/// When the database says no.
pub fn replace(tx: &mut Tx<'_>, name: &str, wrapped: &[u8]) -> Result<(), Fault> {
    on!(tx.0, |c| diesel::update(s::table.filter(s::name.eq(name))).set(s::wrapped.eq(wrapped)).execute(c)?);
    Ok(())
}

/// Stores a secret unless there is one of that name. `false`: there was.
///
/// # Errors
/// When the database says no.
pub fn insert(tx: &mut Tx<'_>, name: &str, wrapped: &[u8]) -> Result<bool, Fault> {
    let row = (s::name.eq(name), s::wrapped.eq(wrapped));
    Ok(on!(tx.0, |c| diesel::insert_into(s::table).values(row).on_conflict_do_nothing().execute(c)?) == 1)
}
