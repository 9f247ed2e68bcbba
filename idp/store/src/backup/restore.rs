//! Putting a backup into an empty place, in one transaction: what fails half-way leaves nothing.
//!
//! What happened since the backup is lost, and with it the knowledge of which codes and refresh tokens were used. So that
//! neither works a second time, codes of before the restore are refused, and refresh tokens too, unless nothing can
//! have happened since. Nor is a mail sent a second time: what waited is not sent.

use super::format::{Header, Reading, TableHeader, Unusable};
use super::rows::{self, Cell};
use super::tables::TABLES;
use crate::conn::on;
use crate::schema::{directory_version as d, grants as g, sessions as s};
use crate::{Conn, Fault, Tx, audit, clock, messages, migrate};
use diesel::prelude::*;
use idp_core::UnixMillis;
use idp_core::audit::{About, Event, Operator};
use keys::MasterKey;
use std::io::BufRead;

/// How to restore.
#[derive(Clone, Debug)]
pub struct Restore {
    /// When.
    pub now: UnixMillis,
    /// The provider was stopped before the backup was made: no refresh token was used and no mail was sent since, and all go on.
    pub nothing_happened_since: bool,
    /// Whoever is signed in has to sign in again.
    pub end_sessions: bool,
    /// Who restores.
    pub operator: Operator,
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct Restored {
    /// The backup.
    pub header: Header,
    /// Grants whose refresh token is refused from now on.
    pub refresh_tokens_ended: usize,
    /// Sessions that ended.
    pub sessions_ended: usize,
    /// Mails and text messages that waited at the backup and are not sent.
    pub messages_given_up: usize,
}

/// Whether a backup may go in: there is no schema, or nothing in its tables. Otherwise the name of a table with rows.
///
/// # Errors
/// When the database cannot be read.
pub fn holds_nothing(conn: &mut Conn) -> Result<Result<(), &'static str>, Fault> {
    if migrate::version(conn)?.is_none() {
        return Ok(Ok(()));
    }
    for table in TABLES {
        if migrate::has_table(conn, table.name)? && rows::count(conn, table.name)? > 0 {
            return Ok(Err(table.name));
        }
    }
    Ok(Ok(()))
}

/// Restores what [`super::verify`] found sound. The schema is made as it was at the backup, filled, and then migrated.
///
/// # Errors
/// When the place is not empty, the file is not the one that was looked at, or the database says no.
pub fn restore(tx: &mut Tx<'_>, input: impl BufRead, master: &MasterKey, how: &Restore) -> Result<Restored, Fault> {
    if let Err(table) = holds_nothing(tx.conn())? {
        return Err(Fault::Database(format!("the database is not empty: there are rows in {table}")));
    }
    let mut reading = Reading::open(input, master).map_err(changed_meanwhile)?;
    migrate::up_to(tx, reading.header.schema)?;
    for table in reading.header.tables.clone() {
        fill(tx, &mut reading, &table)?;
    }
    let header = reading.finish().map_err(changed_meanwhile)?;
    migrate::up_to(tx, migrate::SCHEMA_VERSION)?;
    begin_anew(tx, header, how)
}

fn fill(tx: &mut Tx<'_>, reading: &mut Reading<impl BufRead>, table: &TableHeader) -> Result<(), Fault> {
    let at_once = rows::rows_at_once(table);
    let mut batch: Vec<Vec<Cell>> = Vec::new();
    for _ in 0..table.rows {
        let line = reading.row().map_err(changed_meanwhile)?;
        batch.push(rows::parse(table, line).ok_or_else(|| Fault::corrupt("a row of the backup"))?);
        if batch.len() == at_once {
            rows::insert(tx, table, std::mem::take(&mut batch))?;
        }
    }
    rows::insert(tx, table, batch)
}

fn changed_meanwhile(why: Unusable) -> Fault {
    Fault::Database(format!("the backup changed while it was read: {why}"))
}

/// What the lost time asks for.
fn begin_anew(tx: &mut Tx<'_>, header: Header, how: &Restore) -> Result<Restored, Fault> {
    // The latest clock there is to ask: a code of a moment ago must not look as if it came after the restore.
    let there = clock::of_the_database(tx.conn())?.unwrap_or(how.now);
    let codes_from = how.now.max(there).0.max(header.created_at);
    let now = how.now.0;
    // A node that knew the database of before the restore may have seen any number up to some count; none is as high.
    let version = (header.directory_version + 1).max(now);
    on!(tx.0, |c| diesel::update(d::table).set((d::version.eq(version), d::codes_from.eq(codes_from))).execute(c)?);
    let (refresh_tokens_ended, messages_given_up) = if how.nothing_happened_since {
        (0, 0)
    } else {
        // Generation 0: the grant has no refresh token, so that presenting one is refused and is no alarm.
        let which = g::table.filter(g::generation.gt(0));
        let ended = on!(tx.0, |c| diesel::update(which).set(g::generation.eq(0)).execute(c)?);
        (ended, messages::withdraw_all(tx, "restored from a backup", how.now)?)
    };
    let sessions_ended = if how.end_sessions {
        let which = s::table.filter(s::ended_at.is_null());
        on!(tx.0, |c| diesel::update(which).set(s::ended_at.eq(now)).execute(c)?)
    } else {
        0
    };
    let detail = serde_json::json!({
        "backup_of": header.created_at,
        "refresh_tokens_ended": refresh_tokens_ended,
        "sessions_ended": sessions_ended,
        "messages_given_up": messages_given_up,
    });
    let (about, operator) = (About::Other(header.issuer.clone()), how.operator.clone());
    let event = Event::Administered { act: "restore", about, operator, detail };
    audit::write(tx, event, how.now, keys::random()?)?;
    Ok(Restored { header, refresh_tokens_ended, sessions_ended, messages_given_up })
}
