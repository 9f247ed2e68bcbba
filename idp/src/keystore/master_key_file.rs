//! The master key file: one line of base64url, readable by its owner alone.

use crate::secret_file::{self, SecretFileError};
use crate::whole_file::Partial;
use keys::MasterKey;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// Why the file gives no master key. The words tell the operator what to do.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyFileError {
    /// There is none.
    #[error("there is no master key file {0}")]
    Missing(String),
    /// Others can read it.
    #[error("the master key file {0} can be read by others than its owner; run: chmod 600 {0}")]
    Exposed(String),
    /// It holds something else.
    #[error("{0} is no master key file: {1}")]
    Malformed(String, keys::KeyError),
    /// There is one already.
    #[error("{0} is there already; a master key is never overwritten")]
    Exists(String),
    /// The operating system said no.
    #[error("{0}: {1}")]
    Io(String, std::io::Error),
    /// No randomness.
    #[error("{0}")]
    Key(keys::KeyError),
}

/// Reads the file.
///
/// # Errors
/// [`MasterKeyFileError`].
pub fn read(path: &Path) -> Result<MasterKey, MasterKeyFileError> {
    let name = || path.display().to_string();
    let text = secret_file::read(path).map_err(|error| match error {
        SecretFileError::Io(error) if error.kind() == ErrorKind::NotFound => MasterKeyFileError::Missing(name()),
        SecretFileError::Io(error) => MasterKeyFileError::Io(name(), error),
        SecretFileError::Exposed => MasterKeyFileError::Exposed(name()),
        long @ SecretFileError::TooLong => MasterKeyFileError::Io(name(), std::io::Error::other(long)),
    })?;
    MasterKey::parse(&text).map_err(|error| MasterKeyFileError::Malformed(name(), error))
}

/// Makes a master key and its file, which is there whole, and on the disk, or not at all.
///
/// # Errors
/// [`MasterKeyFileError`]; a file that is there stays as it is.
pub fn create(path: &Path) -> Result<MasterKey, MasterKeyFileError> {
    let master = MasterKey::generate().map_err(MasterKeyFileError::Key)?;
    let written = Partial::of(path).and_then(|partial| {
        let mut file = OpenOptions::new().write(true).open(partial.path())?;
        file.write_all(master.render().as_bytes())?;
        file.sync_all()?;
        partial.is_whole()
    });
    let name = || path.display().to_string();
    match written {
        Ok(()) => Ok(master),
        Err(why) if why.kind() == ErrorKind::AlreadyExists => Err(MasterKeyFileError::Exists(name())),
        Err(why) => Err(MasterKeyFileError::Io(name(), why)),
    }
}
