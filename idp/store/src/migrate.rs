//! Migrations: one set for both databases, embedded in the program, and the question whether a schema serves it.

use crate::conn::on;
use crate::schema::schema_info;
use crate::{Conn, Db, Fault};
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// The schema this program was written for. A migration that raises it updates `schema_info` to the same number.
pub const SCHEMA_VERSION: i64 = 1;

/// How the database's schema and this program stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// They fit; the schema may be a newer one that still serves this program.
    Serves,
    /// The schema is older (or there is none): migrate.
    Older,
    /// The schema is newer and does not serve this program any more.
    TooNew {
        /// The oldest program it serves.
        serves_from: i64,
    },
}

/// Compares schema and program.
///
/// # Errors
/// When the database cannot be read.
pub async fn fit(db: &Db) -> Result<Fit, Fault> {
    db.scan(read_fit).await
}

fn read_fit(conn: &mut Conn) -> Result<Fit, Fault> {
    if !has_schema(conn)? {
        return Ok(Fit::Older);
    }
    let columns = (schema_info::version, schema_info::serves_from);
    let (version, serves_from): (i64, i64) =
        on!(conn, |c| schema_info::table.filter(schema_info::one.eq(1)).select(columns).get_result(c)?);
    Ok(match () {
        () if version < SCHEMA_VERSION => Fit::Older,
        () if serves_from > SCHEMA_VERSION => Fit::TooNew { serves_from },
        () => Fit::Serves,
    })
}

/// diesel keeps the list of applied migrations in a table of its own, which is there from the first migration on.
fn has_schema(conn: &mut Conn) -> Result<bool, Fault> {
    let applied = on!(conn, |c| c.applied_migrations());
    match applied {
        Ok(versions) => Ok(!versions.is_empty()),
        Err(why) => Err(Fault::Database(why.to_string())),
    }
}

/// Brings the schema up to this program. Several programs may start at once: one migrates, the others wait for it.
///
/// # Errors
/// When a migration fails; it is rolled back then.
pub async fn run(db: &Db) -> Result<(), Fault> {
    db.write(|tx| {
        on!(tx.0, |c| c.run_pending_migrations(MIGRATIONS).map(drop)).map_err(|why| Fault::Database(why.to_string()))
    })
    .await
}
