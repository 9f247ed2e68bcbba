//! The clock that all nodes have in common: that of the PostgreSQL they share.

use crate::conn::{Backend, on};
use crate::{Conn, Fault};
use diesel::dsl::{select, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use idp_core::UnixMillis;

/// What it says. Cut off, as ours is: a cast alone would round up, to a moment that is still to come.
pub(crate) fn now() -> SqlLiteral<BigInt> {
    sql("floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint")
}

/// What the database's clock says. `None` with SQLite, whose clock is that of this machine.
///
/// # Errors
/// When the database cannot be read.
pub fn of_the_database(conn: &mut Conn) -> Result<Option<UnixMillis>, Fault> {
    if !matches!(conn.0, Backend::Postgres(_)) {
        return Ok(None);
    }
    Ok(Some(UnixMillis(on!(conn, |c| select(now()).get_result(c)?))))
}
