//! Migrations: one set for both databases, embedded in the program, and the question whether a schema serves it.

use crate::conn::{Backend, on};
use crate::schema::schema_info;
use crate::{Conn, Db, Fault, Tx};
use diesel::connection::BoxableConnection;
use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationMetadata, MigrationName, Result as MigrationResult};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// The schema this program was written for. A migration that raises it updates `schema_info` to the same number.
pub const SCHEMA_VERSION: i64 = 15;

/// How the database's schema and this program stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// They fit; the schema may be a newer one that still serves this program.
    Serves,
    /// There is no schema yet: migrate.
    Empty,
    /// The schema is older: migrate.
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
    if !has_table(conn, "schema_info")? {
        return Ok(Fit::Empty);
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

/// The version of the schema. `None`: there is none.
pub(crate) fn version(conn: &mut Conn) -> Result<Option<i64>, Fault> {
    if !has_table(conn, "schema_info")? {
        return Ok(None);
    }
    Ok(Some(on!(conn, |c| schema_info::table.select(schema_info::version).get_result(c)?)))
}

/// Asks the catalogue. diesel's own question would make its table of applied migrations, and a reader does not write.
pub(crate) fn has_table(conn: &mut Conn, name: &str) -> Result<bool, Fault> {
    let catalogue = match &conn.0 {
        Backend::Sqlite(_) => "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ",
        Backend::Postgres(_) => "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = ",
    };
    let tables: i64 = on!(conn, |c| sql::<BigInt>(catalogue).bind::<Text, _>(name).get_result(c)?);
    Ok(tables > 0)
}

/// Brings the schema up to this program. Several programs may start at once: one migrates, the others wait for it.
///
/// # Errors
/// When a migration fails; it is rolled back then.
pub async fn run(db: &Db) -> Result<(), Fault> {
    db.migrate(|tx| up_to(tx, i64::MAX)).await
}

/// The migrations that are missing, in order, until the schema is of this version.
///
/// # Errors
/// When a migration fails, or the schema is beyond that version.
pub(crate) fn up_to(tx: &mut Tx<'_>, wanted: i64) -> Result<(), Fault> {
    let fault = |why: Box<dyn std::error::Error + Send + Sync>| Fault::Database(why.to_string());
    let there = version(tx.conn())?.unwrap_or_default();
    if there > wanted {
        return Err(Fault::Database(format!("the schema is {there} already, and {wanted} was wanted")));
    }
    if there == wanted {
        return Ok(());
    }
    on!(tx.0, |c| {
        for migration in c.pending_migrations(MIGRATIONS).map_err(fault)? {
            c.run_migration(&InItsUnit(migration)).map_err(fault)?;
            let reached: i64 = schema_info::table.select(schema_info::version).get_result(c)?;
            if reached == wanted {
                break;
            }
        }
    });
    Ok(())
}

/// A migration that lives in the transaction of its unit: diesel would begin another one, which SQLite refuses.
struct InItsUnit<DB: diesel::backend::Backend>(Box<dyn Migration<DB>>);

impl<DB: diesel::backend::Backend> Migration<DB> for InItsUnit<DB> {
    fn run(&self, conn: &mut dyn BoxableConnection<DB>) -> MigrationResult<()> {
        self.0.run(conn)
    }

    fn revert(&self, conn: &mut dyn BoxableConnection<DB>) -> MigrationResult<()> {
        self.0.revert(conn)
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        &NoTransactionOfItsOwn
    }

    fn name(&self) -> &dyn MigrationName {
        self.0.name()
    }
}

struct NoTransactionOfItsOwn;

impl MigrationMetadata for NoTransactionOfItsOwn {
    fn run_in_transaction(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests;
