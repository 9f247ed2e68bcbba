//! The number that every change to clients and keys raises. Nodes ask for it every second.

use crate::conn::on;
use crate::schema::directory_version as d;
use crate::{Conn, Fault, Tx};
use diesel::prelude::*;
use idp_core::UnixMillis;

/// The number now.
///
/// # Errors
/// When the database cannot be read.
pub fn current(conn: &mut Conn) -> Result<i64, Fault> {
    Ok(on!(conn, |c| d::table.filter(d::one.eq(1)).select(d::version).get_result(c)?))
}

/// The moment before which no authorization code is accepted: that of the last restore, or 1970.
///
/// # Errors
/// When the database cannot be read.
pub fn codes_from(conn: &mut Conn) -> Result<UnixMillis, Fault> {
    Ok(UnixMillis(on!(conn, |c| d::table.filter(d::one.eq(1)).select(d::codes_from).get_result(c)?)))
}

/// Raises it, in the transaction of the change.
///
/// # Errors
/// When the database says no.
pub fn raise(tx: &mut Tx<'_>) -> Result<(), Fault> {
    on!(tx.0, |c| diesel::update(d::table).set(d::version.eq(d::version + 1)).execute(c)?);
    Ok(())
}
