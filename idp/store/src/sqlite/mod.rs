//! SQLite: one writer thread that commits in groups, and a reading connection for each thread.

mod reader;
mod trouble;
mod writer;

pub(crate) use trouble::fault;

use crate::conn::{Backend, on};
use crate::{Conn, Fault, Tx};
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, QueryResult, RunQueryDsl, SqliteConnection};
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// A SQLite file.
#[derive(Clone)]
pub(crate) struct Sqlite(Arc<Shared>);

struct Shared {
    path: PathBuf,
    /// Tells the files of one process apart, in the connections that a thread keeps.
    number: u64,
    place: Arc<trouble::Place>,
    writer: writer::Writer,
    /// Whether the log may hold what was removed for good. It may at the start: a program before may have been killed.
    owes_log: AtomicBool,
}

static OPENED: AtomicU64 = AtomicU64::new(0);

impl Sqlite {
    pub(crate) fn open(path: &Path) -> Result<Self, Fault> {
        Self::open_unnamed(path).map_err(|fault| trouble::naming(fault, path))
    }

    fn open_unnamed(path: &Path) -> Result<Self, Fault> {
        make_for_its_owner_alone(path)?;
        let mut conn = connect(path)?;
        keep_a_write_ahead_log(&mut conn)?;
        // The first read opens the log.
        batch(&mut conn, "SELECT count(*) FROM sqlite_master")?;
        let place = Arc::new(trouble::Place::of(path)?);
        let writer = writer::Writer::start(conn, Arc::clone(&place))?;
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        Ok(Self(Arc::new(Shared { path: path.to_owned(), number, place, writer, owes_log: AtomicBool::new(true) })))
    }

    pub(crate) fn read<T>(&self, unit: impl FnOnce(&mut Conn) -> Result<T, Fault>) -> Result<T, Fault> {
        let Shared { path, number, place, .. } = &*self.0;
        // A new connection by the same path may be to another file, or to none.
        reader::with(
            *number,
            || place.check().and_then(|()| connect(path)).map_err(|fault| trouble::naming(fault, path)),
            unit,
        )
    }

    /// On a connection of its own, which goes with its transaction whatever the unit does.
    pub(crate) fn snapshot<T>(&self, unit: impl FnOnce(&mut Conn) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut conn = connect(&self.0.path)?;
        batch(&mut conn, "PRAGMA query_only=ON; BEGIN")?;
        unit(&mut conn)
    }

    /// Something was removed for good: [`Self::forget_removed`] has to see to it.
    pub(crate) fn removed(&self) {
        self.0.owes_log.store(true, Ordering::Relaxed);
    }

    /// Empties the write-ahead log, if that is owed: it still holds pages as they were. `false`: somebody reads or writes at this
    /// moment, and it is still owed.
    pub(crate) fn forget_removed(&self) -> Result<bool, Fault> {
        // First: what is removed from here on is owed anew.
        if !self.0.owes_log.swap(false, Ordering::Relaxed) {
            return Ok(true);
        }
        let emptied = self.empty_log();
        if emptied != Ok(true) {
            self.removed();
        }
        emptied
    }

    fn empty_log(&self) -> Result<bool, Fault> {
        let mut conn = connect(&self.0.path)?;
        // Nobody is to wait for it.
        batch(&mut conn, "PRAGMA busy_timeout=50")?;
        let query = sql::<(BigInt, BigInt, BigInt)>("PRAGMA wal_checkpoint(TRUNCATE)");
        // That it could not is no error, but a 1 in the first column.
        let (busy, _frames, _copied): (i64, i64, i64) = on!(conn, |c| query.get_result(c)?);
        Ok(busy == 0)
    }

    pub(crate) async fn write<T, F>(&self, unit: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Fault> + Send + 'static,
    {
        self.0.writer.write(unit).await
    }
}

/// A new file is for its owner alone: password hashes are in it. One that is there keeps the mode its operator gave it, and
/// SQLite gives the log beside it the same. (It is not opened here: closing it would let go of the locks that other
/// connections of this process hold on it.)
fn make_for_its_owner_alone(path: &Path) -> Result<(), Fault> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(why) if why.kind() != ErrorKind::AlreadyExists => Err(Fault::Database(why.to_string())),
        _ => Ok(()),
    }
}

/// A connection with the settings that every connection has. `synchronous=FULL`: a redemption that was answered and then
/// lost in a power cut would be a code that works twice. `secure_delete`: who deletes their account is not to stand in free
/// pages of the file.
fn connect(path: &Path) -> Result<Conn, Fault> {
    let text = path.to_str().ok_or_else(|| Fault::Database("the path of the database is not UTF-8".into()))?;
    let conn =
        SqliteConnection::establish(text).map_err(|why| fault(format!("cannot open {}: {why}", path.display())))?;
    let mut conn = Conn(Backend::Sqlite(conn));
    batch(
        &mut conn,
        "PRAGMA busy_timeout=5000; PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
    )?;
    Ok(conn)
}

/// How often a program asks for the write-ahead log while others have a new file open, and how long it waits each time.
const WAL_TRIES: u32 = 100;
const WAL_PAUSE: Duration = Duration::from_millis(20);

/// WAL is a property of the file. While a new file becomes one, `busy_timeout` does not hold: of programs that switch it
/// at once SQLite tells all but one «locked», because their waiting for each other would never end. They ask again.
fn keep_a_write_ahead_log(conn: &mut Conn) -> Result<(), Fault> {
    let mut tries = 0;
    loop {
        tries += 1;
        let mode: QueryResult<String> = on!(conn, |c| sql::<Text>("PRAGMA journal_mode=WAL").get_result(c));
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                return Err(Fault::Database(format!("the database keeps no write-ahead log here, but {mode:?}")));
            }
            Err(why) if tries == WAL_TRIES => return Err(why.into()),
            Err(_) => std::thread::sleep(WAL_PAUSE),
        }
    }
}

fn batch(conn: &mut Conn, sql: &str) -> Result<(), Fault> {
    Ok(on!(conn, |c| c.batch_execute(sql))?)
}

#[cfg(test)]
mod tests;
