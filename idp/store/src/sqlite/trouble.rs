//! What may go wrong with the file while the program runs, and what of it passes: a full disk, a file or a disk that
//! became read-only, a lock that somebody else holds, a folder that is gone. Those ask to come back. A damaged file does
//! not pass: it stays an incident.

use crate::Fault;
use std::ffi::OsString;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The words of SQLite (`sqlite3ErrStr`) for SQLITE_FULL, IOERR, READONLY, BUSY, LOCKED, CANTOPEN and PROTOCOL. diesel
/// hands its codes on for violated constraints only.
const PASSING: [&str; 7] = [
    "database or disk is full",
    "disk I/O error",
    "attempt to write a readonly database",
    "database is locked",
    "database table is locked",
    "unable to open database file",
    "locking protocol",
];

/// The fault for what SQLite said.
pub(crate) fn fault(words: String) -> Fault {
    if PASSING.iter().any(|passing| words.contains(passing)) {
        Fault::Unavailable(words)
    } else {
        Fault::Database(words)
    }
}

/// The same, saying which file it is about.
pub(super) fn naming(fault: Fault, path: &Path) -> Fault {
    let name = |words| format!("{}: {words}", path.display());
    match fault {
        Fault::Database(words) => Fault::Database(name(words)),
        Fault::Unavailable(words) => Fault::Unavailable(name(words)),
        other => other,
    }
}

/// Where the open files were: of a file whose name is gone, or another's, SQLite notices nothing. It would write on into
/// what the next start does not find.
pub(super) struct Place {
    path: PathBuf,
    files: Vec<(PathBuf, Identity)>,
}

type Identity = (u64, u64);

impl Place {
    /// The database and its write-ahead log, which are open now.
    pub(super) fn of(path: &Path) -> Result<Self, Fault> {
        let mut log = OsString::from(path);
        log.push("-wal");
        let files = [path.to_owned(), log.into()].into_iter().map(|file| Ok((file.clone(), identity(&file)?)));
        Ok(Self { path: path.to_owned(), files: files.collect::<Result<_, Fault>>()? })
    }

    /// The fault; one that passes says which file the operator has to look at.
    pub(super) fn name(&self, fault: Fault) -> Fault {
        if matches!(fault, Fault::Unavailable(_)) { naming(fault, &self.path) } else { fault }
    }

    /// Whether they are still there.
    ///
    /// # Errors
    /// [`Fault::Unavailable`], which passes when they are put back.
    pub(super) fn check(&self) -> Result<(), Fault> {
        for (file, opened) in &self.files {
            if identity(file)? != *opened {
                let words = format!("{} is not the file that was opened: put that back, or restart", file.display());
                return Err(Fault::Unavailable(words));
            }
        }
        Ok(())
    }
}

fn identity(file: &Path) -> Result<Identity, Fault> {
    let found = std::fs::metadata(file);
    let found = found.map_err(|why| Fault::Unavailable(format!("{} is not there: {why}", file.display())))?;
    Ok((found.dev(), found.ino()))
}
