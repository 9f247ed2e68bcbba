//! The portal's one file, a SQLite database: sessions, what was used already, and the key of sign-ins in progress. What a
//! transaction has written is on the disk when [`Store::run`] returns, so that nothing that was answered is lost with the
//! process or the power.
//!
//! The refresh tokens inside are not sealed: the key would have to lie in a file beside this one, for the same program to
//! read. What protects them is that the file belongs to its owner alone (0600), and that the provider takes a refresh
//! token only together with the client secret (RFC 6749 §10.4), which is not in here. Session ids are kept as hashes: who
//! finds a copy of the file cannot be anybody with it.

use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::failure::Failure;
use crate::sealed;

/// `ends`: seconds since 1970; what has ended is removed when something is added.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS sessions (
        id BLOB PRIMARY KEY,        -- SHA-256 of what is in the cookie
        subject TEXT NOT NULL,
        sid TEXT,
        ends INTEGER NOT NULL,
        session TEXT                -- JSON; NULL: ended by the provider
    );
    CREATE INDEX IF NOT EXISTS sessions_by_subject ON sessions (subject);
    CREATE INDEX IF NOT EXISTS sessions_by_sid ON sessions (sid);
    CREATE INDEX IF NOT EXISTS sessions_by_end ON sessions (ends);
    CREATE TABLE IF NOT EXISTS used (
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        ends INTEGER NOT NULL,
        PRIMARY KEY (kind, name)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS used_by_end ON used (kind, ends);
    CREATE TABLE IF NOT EXISTS sealing_key (one INTEGER PRIMARY KEY CHECK (one = 1), key BLOB NOT NULL);
";

/// The settings of the connection. `synchronous=FULL` waits for the disk at every commit. The file is this process's
/// alone: a second one would refresh one session's tokens at the same time, and the provider take it for a theft.
const SETTINGS: &str = "
    PRAGMA busy_timeout = 5000;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
";

/// Used things of one kind that are remembered at most.
const MOST_USED: i64 = 100_000;

/// The open file. Cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Mutex<Connection>>);

impl Store {
    /// Opens the file; makes it if there is none. One that others can read is refused.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn open(path: &Path) -> Result<Self, String> {
        let failed = |why: &dyn Display| {
            format!(
                "--state-file {}: {why}. If another portal runs with it, stop that one or name another file; if it is \
                 damaged, move it away: everybody signs in again.",
                path.display()
            )
        };
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Err(why) if why.kind() != ErrorKind::AlreadyExists => return Err(failed(&why)),
            _ => {}
        }
        let mode = std::fs::metadata(path).map_err(|why| failed(&why))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(failed(&"can be read by others than its owner; run chmod 600"));
        }
        let conn = Connection::open(path).map_err(|why| failed(&why))?;
        conn.execute_batch(SETTINGS).and_then(|()| conn.execute_batch(TABLES)).map_err(|why| failed(&why))?;
        Ok(Self(Arc::new(Mutex::new(conn))))
    }

    /// Runs `act` in a transaction, on a thread that may wait for the disk: all of it is kept, or nothing.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let conn = Arc::clone(&self.0);
        let ran = tokio::task::spawn_blocking(move || {
            let mut conn = conn.lock().unwrap_or_else(PoisonError::into_inner);
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let out = act(&tx)?;
            tx.commit()?;
            Ok(out)
        });
        let out: rusqlite::Result<T> = ran.await.map_err(|error| Failure::Storage(error.to_string()))?;
        out.map_err(|error| Failure::Storage(error.to_string()))
    }

    /// The key of [`sealed::Sealer`], made at the first start and the same ever after.
    pub(crate) fn sealing_key(&self) -> Result<[u8; 32], String> {
        let conn = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        conn.execute("INSERT OR IGNORE INTO sealing_key VALUES (1, ?1)", [sealed::random_bytes::<32>()?])
            .and_then(|_| conn.query_row("SELECT key FROM sealing_key", [], |row| row.get(0)))
            .map_err(|error| format!("the state file's key: {error}"))
    }
}

/// What works once, and is remembered for as long as it could be presented again.
#[derive(Clone, Copy)]
pub(crate) enum Once {
    /// A sign-in in progress, by its nonce.
    SignIn,
    /// A logout token, by its `jti`.
    LogoutToken,
    /// A session of the provider that a logout token named, by its `sid`: a sign-in of before may be on its way.
    Sid,
}

impl Once {
    fn kind(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::LogoutToken => "logout token",
            Self::Sid => "sid",
        }
    }

    /// Uses `name` up until `ends`; says whether that was the first time. Of several callers exactly one is.
    pub(crate) fn take(self, tx: &Transaction<'_>, name: &str, now: DateTime<Utc>, ends: DateTime<Utc>) -> Used {
        tx.execute("DELETE FROM used WHERE kind = ?1 AND ends <= ?2", params![self.kind(), now.timestamp()])?;
        tx.execute(
            "DELETE FROM used WHERE kind = ?1 AND name IN
                (SELECT name FROM used WHERE kind = ?1 ORDER BY ends DESC LIMIT -1 OFFSET ?2)",
            params![self.kind(), MOST_USED - 1],
        )?;
        let added = tx.execute(
            "INSERT INTO used (kind, name, ends) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![self.kind(), name, ends.timestamp()],
        )?;
        Ok(added == 1)
    }

    /// Whether `name` was used up; it can be used anew from now on.
    pub(crate) fn forget(self, tx: &Transaction<'_>, name: &str) -> Used {
        let gone = tx.execute("DELETE FROM used WHERE kind = ?1 AND name = ?2", params![self.kind(), name])?;
        Ok(gone == 1)
    }
}

type Used = rusqlite::Result<bool>;
