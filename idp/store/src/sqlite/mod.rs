//! SQLite: one writer thread that commits in groups, and a reading connection for each thread.

mod reader;
mod writer;

use crate::conn::Backend;
use crate::{Conn, Fault, Tx};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A SQLite file.
#[derive(Clone)]
pub(crate) struct Sqlite(Arc<Shared>);

struct Shared {
    path: PathBuf,
    /// Tells the files of one process apart, in the connections that a thread keeps.
    number: u64,
    writer: writer::Writer,
}

static OPENED: AtomicU64 = AtomicU64::new(0);

impl Sqlite {
    pub(crate) fn open(path: &Path) -> Result<Self, Fault> {
        let mut conn = connect(path)?;
        // A property of the file; set before anybody else has it open.
        batch(&mut conn, "PRAGMA journal_mode=WAL;")?;
        let writer = writer::Writer::start(conn)?;
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        Ok(Self(Arc::new(Shared { path: path.to_owned(), number, writer })))
    }

    pub(crate) fn read<T>(&self, unit: impl FnOnce(&mut Conn) -> Result<T, Fault>) -> Result<T, Fault> {
        reader::with(self.0.number, &self.0.path, unit)
    }

    pub(crate) async fn write<T, F>(&self, unit: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Fault> + Send + 'static,
    {
        self.0.writer.write(unit).await
    }
}

/// A connection with the settings that every connection has. `synchronous=FULL`: a redemption that was answered and then
/// lost in a power cut would be a code that works twice.
fn connect(path: &Path) -> Result<Conn, Fault> {
    let text = path.to_str().ok_or_else(|| Fault::Database("the path of the database is not UTF-8".into()))?;
    let conn = SqliteConnection::establish(text)
        .map_err(|why| Fault::Database(format!("cannot open {}: {why}", path.display())))?;
    let mut conn = Conn(Backend::Sqlite(conn));
    batch(&mut conn, "PRAGMA busy_timeout=5000; PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL;")?;
    Ok(conn)
}

fn batch(conn: &mut Conn, sql: &str) -> Result<(), Fault> {
    Ok(crate::conn::on!(conn, |c| c.batch_execute(sql))?)
}

#[cfg(test)]
mod tests;
