//! Units of work on the database.

use crate::sqlite::Sqlite;
use crate::{Conn, Fault, Tx};
use std::path::PathBuf;
use std::str::FromStr;

/// Where the database is (setting `database.url`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DbUrl {
    /// `sqlite:PATH`.
    Sqlite(PathBuf),
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
            Some(("postgres" | "postgresql", _)) => {
                Err("this release keeps its records in SQLite; give sqlite:PATH (PostgreSQL comes with a later one)"
                    .into())
            }
            _ => Err(format!("{text:?} is not a database; give sqlite:PATH")),
        }
    }
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    backend: Sqlite,
}

impl Db {
    /// Opens the database; makes the file if there is none. Does not migrate, see [`crate::migrate`].
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(url: &DbUrl) -> Result<Self, Fault> {
        let DbUrl::Sqlite(path) = url;
        Ok(Self { backend: Sqlite::open(path)? })
    }

    /// A few rows by key. On SQLite it runs at once on a connection of the thread.
    ///
    /// # Errors
    /// What the unit says.
    pub async fn read<T, F>(&self, unit: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Result<T, Fault> + Send + 'static,
    {
        self.backend.read(unit)
    }

    /// Scans and lists. On SQLite it runs on a thread that may block.
    ///
    /// # Errors
    /// What the unit says.
    pub async fn scan<T, F>(&self, unit: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Result<T, Fault> + Send + 'static,
    {
        let backend = self.backend.clone();
        let joined = tokio::task::spawn_blocking(move || backend.read(unit)).await;
        joined.map_err(|_| Fault::Database("a reading unit panicked".into()))?
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
        self.backend.write(unit).await
    }
}

#[cfg(test)]
mod tests;
