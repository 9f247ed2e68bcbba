//! The number that every change to clients and keys raises. Nodes ask for it every second.

use crate::conn::{Backend, on};
use crate::schema::directory_version as d;
use crate::{Conn, Fault, Tx, clock};
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

/// The number, and what the database's clock says: PostgreSQL runs elsewhere, and is what all nodes have in common. `None`
/// with SQLite, whose clock is that of this machine. One statement.
///
/// # Errors
/// When the database cannot be read.
pub fn current_with_clock(conn: &mut Conn) -> Result<(i64, Option<UnixMillis>), Fault> {
    if !matches!(conn.0, Backend::Postgres(_)) {
        return Ok((current(conn)?, None));
    }
    let query = d::table.filter(d::one.eq(1)).select((d::version, clock::now()));
    let (version, clock): (i64, i64) = on!(conn, |c| query.get_result(c)?);
    Ok((version, Some(UnixMillis(clock))))
}

/// Raises it, in the transaction of the change.
///
/// # Errors
/// When the database says no.
pub fn raise(tx: &mut Tx<'_>) -> Result<(), Fault> {
    on!(tx.0, |c| diesel::update(d::table).set(d::version.eq(d::version + 1)).execute(c)?);
    Ok(())
}
