//! Backups: one logical format for both databases, so that moving from one to the other is a backup and a restore.
//!
//! A backup is text, one JSON value a line: the [`Header`]; then each row of each table as an array, tables and columns in the
//! order that the header names, rows in the order of their key; at the end the authentication of every byte before, under a
//! key that only the master key gives. Sealed and wrapped values stand as stored: without the master key nobody can
//! read a secret in it, change it, or make one that is accepted.
//!
//! Owns what is in it and what a restore does about time that is lost. Files are the caller's.

mod format;
mod restore;
mod rows;
mod tables;

pub use format::{Header, TableHeader, Unusable, verify};
pub use restore::{Restore, Restored, holds_nothing, restore};

use crate::conn::on;
use crate::migrate::{self, SCHEMA_VERSION};
use crate::schema::schema_info;
use crate::{Conn, Fault, directory_version};
use diesel::prelude::*;
use format::{ColumnHeader, FORMAT, Signing, VERSION};
use idp_core::UnixMillis;
use keys::{MacKey, MasterKey, b64};
use std::io::Write;
use tables::TABLES;

/// What a backup says about itself.
pub struct About<'a> {
    /// Of which provider.
    pub issuer: &'a str,
    /// When.
    pub now: UnixMillis,
    /// Which program.
    pub program: &'a str,
    /// The master key of the database.
    pub master: &'a MasterKey,
}

/// Writes a backup of the one view that `conn` gives ([`crate::Db::snapshot`]). Rows are not held in memory.
///
/// # Errors
/// When the database cannot be read, `out` cannot be written, or the schema is not this program's.
pub fn write(conn: &mut Conn, about: &About<'_>, out: impl Write) -> Result<Header, Fault> {
    let header = header(conn, about)?;
    let key: MacKey = about.master.backup_key();
    let mut out = Signing::new(out, &key);
    out.line(&serde_json::to_string(&header)?)?;
    for table in TABLES {
        rows::read_each(conn, table, |line| out.line(line))?;
    }
    out.finish()?;
    Ok(header)
}

fn header(conn: &mut Conn, about: &About<'_>) -> Result<Header, Fault> {
    if migrate::version(conn)?.is_none() {
        return Err(Fault::Database("nobody set it up: there is nothing to back up".into()));
    }
    let columns = (schema_info::version, schema_info::serves_from);
    let (schema, serves_from): (i64, i64) = on!(conn, |c| schema_info::table.select(columns).get_result(c)?);
    if schema != SCHEMA_VERSION {
        return Err(Fault::Database(format!(
            "the schema is {schema} and this program's is {SCHEMA_VERSION}: back up with the program of the release that \
             migrated it, or run idp migrate first"
        )));
    }
    let check = crate::secrets::all(conn)?.into_iter().find(|(name, _)| name == crate::secrets::MASTER_CHECK);
    if !check.is_some_and(|(_, value)| about.master.matches_check_value(&value)) {
        return Err(Fault::Keys("the master key is not the one of this database".into()));
    }
    let mut tables = Vec::new();
    for table in TABLES {
        let columns = table.columns.iter().map(|(name, kind)| ColumnHeader((*name).into(), *kind)).collect();
        tables.push(TableHeader { name: table.name.into(), columns, rows: rows::count(conn, table.name)? });
    }
    Ok(Header {
        format: FORMAT.into(),
        version: VERSION,
        created_at: about.now.0,
        program: about.program.into(),
        issuer: about.issuer.into(),
        schema,
        serves_from,
        directory_version: directory_version::current(conn)?,
        master_check: b64::encode(&about.master.check_value()),
        tables,
    })
}

#[cfg(test)]
mod tests;
