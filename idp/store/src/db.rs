//! Units of work on the database.

use crate::measured::{Kind, Measured};
use crate::postgres::{Postgres, PostgresUrl};
use crate::sqlite::Sqlite;
use crate::{Conn, Fault, Tx};
use prometheus_client::registry::Registry;
use std::path::PathBuf;
use std::str::FromStr;

/// Where the database is (setting `database.url`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DbUrl {
    /// `sqlite:PATH`.
    Sqlite(PathBuf),
    /// `postgres://USER@HOST:PORT/DATABASE`.
    Postgres(Box<PostgresUrl>),
}

impl FromStr for DbUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            // What SQLite reads as something else than a path: each connection would have a memory of its own.
            Some(("sqlite", path)) if path == ":memory:" || path.starts_with("file:") => {
                Err(format!("{text:?} is not a file; give sqlite:PATH"))
            }
            Some(("sqlite", path)) if !path.trim().is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(Box::new(text.parse()?))),
            // What stands behind a misspelt scheme may hold a password: it is not repeated.
            _ => Err("is no database; give sqlite:PATH or postgres://USER@HOST:PORT/DATABASE".into()),
        }
    }
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    backend: Backend,
    measured: Measured,
}

#[derive(Clone)]
enum Backend {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Db {
    /// Opens the database. Does not migrate, see [`crate::migrate`]. SQLite: makes the file if there is none. PostgreSQL:
    /// connects when a unit needs it.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(url: &DbUrl) -> Result<Self, Fault> {
        let backend = match url {
            DbUrl::Sqlite(path) => Backend::Sqlite(Sqlite::open(path)?),
            DbUrl::Postgres(url) => Backend::Postgres(Postgres::open(url)?),
        };
        Ok(Self { backend, measured: Measured::new() })
    }

    /// Names its figures, for those who watch the program.
    pub fn register(&self, registry: &mut Registry) {
        self.measured.register(registry);
    }

    /// A few rows by key, in one statement: of several, each sees the state of its own moment. On SQLite it runs at once on
    /// a connection of the thread. It may run more than once.
    ///
    /// # Errors
    /// What the unit says.
    pub async fn read<T, F>(&self, unit: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Result<T, Fault> + Send + 'static,
    {
        let reading = async {
            match &self.backend {
                Backend::Sqlite(sqlite) => sqlite.read(unit),
                Backend::Postgres(postgres) => postgres.read(unit).await,
            }
        };
        self.measured.unit(Kind::Read, reading).await
    }

    /// Scans and lists; on PostgreSQL all its statements see one state. On SQLite it runs on a thread that may block. It may
    /// run more than once.
    ///
    /// # Errors
    /// What the unit says.
    pub async fn scan<T, F>(&self, unit: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Result<T, Fault> + Send + 'static,
    {
        let scanning = async {
            match &self.backend {
                Backend::Sqlite(sqlite) => {
                    let sqlite = sqlite.clone();
                    let joined = tokio::task::spawn_blocking(move || sqlite.read(unit)).await;
                    joined.map_err(|_| Fault::Database("a reading unit panicked".into()))?
                }
                Backend::Postgres(postgres) => postgres.scan(unit).await,
            }
        };
        self.measured.unit(Kind::Scan, scanning).await
    }

    /// One unchanging view of everything, for as long as it takes: a backup. Nothing waits for it; on SQLite the
    /// write-ahead log grows meanwhile.
    ///
    /// # Errors
    /// What the unit says.
    pub async fn snapshot<T, F>(&self, unit: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Result<T, Fault> + Send + 'static,
    {
        match &self.backend {
            Backend::Sqlite(sqlite) => {
                let sqlite = sqlite.clone();
                let joined = tokio::task::spawn_blocking(move || sqlite.snapshot(unit)).await;
                joined.map_err(|_| Fault::Database("a reading unit panicked".into()))?
            }
            Backend::Postgres(postgres) => postgres.snapshot(unit).await,
        }
    }

    /// Something was removed for good, and that is committed: a job asks [`Db::forget_removed`] now and then.
    pub fn removed(&self) {
        if let Backend::Sqlite(sqlite) = &self.backend {
            sqlite.removed();
        }
    }

    /// Once something was removed for good ([`Db::removed`]): SQLite is to keep it in no log beside its file. `false`: somebody uses
    /// that at this moment; ask again. PostgreSQL sees to its own.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub async fn forget_removed(&self) -> Result<bool, Fault> {
        let Backend::Sqlite(sqlite) = &self.backend else { return Ok(true) };
        let sqlite = sqlite.clone();
        let joined = tokio::task::spawn_blocking(move || sqlite.forget_removed()).await;
        joined.map_err(|_| Fault::Database("a checkpoint panicked".into()))?
    }

    /// A transaction for as long as it takes, in a database that nobody else uses yet: a restore. Otherwise as [`Db::write`].
    ///
    /// # Errors
    /// What the unit says; a failed commit.
    pub async fn fill<T, F>(&self, unit: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Fault> + Send + 'static,
    {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.write(unit).await,
            Backend::Postgres(postgres) => postgres.fill(unit).await,
        }
    }

    /// A transaction. `Ok` commits, whatever was decided in it; `Err` rolls back. The unit may run more than once and has
    /// no effect but on its `Tx`.
    ///
    /// # Errors
    /// What the unit says; [`Fault::Busy`] when too many wait; a failed commit.
    pub async fn write<T, F>(&self, unit: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Fault> + Send + 'static,
    {
        let writing = async {
            match &self.backend {
                Backend::Sqlite(sqlite) => sqlite.write(unit).await,
                Backend::Postgres(postgres) => postgres.write(unit).await,
            }
        };
        self.measured.unit(Kind::Write, writing).await
    }

    /// A transaction that changes the schema: of programs that migrate at once, one at a time is in it.
    pub(crate) async fn migrate<F>(&self, unit: F) -> Result<(), Fault>
    where
        F: Fn(&mut Tx<'_>) -> Result<(), Fault> + Send + 'static,
    {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.write(unit).await,
            Backend::Postgres(postgres) => postgres.migrate(unit).await,
        }
    }
}

#[cfg(test)]
mod tests;
