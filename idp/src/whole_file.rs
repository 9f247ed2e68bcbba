//! A file that gets its name when it is whole: whatever happens meanwhile, there is all of it or none.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A file under a name of its own, for its owner alone, until it is whole; gone if it never is.
pub struct Partial {
    path: PathBuf,
    becomes: PathBuf,
}

impl Partial {
    /// Beside the file that it shall become.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn of(file: &Path) -> Result<Self> {
        let name = file.file_name().ok_or_else(|| Error::new(ErrorKind::InvalidInput, "this names no file"))?;
        let random = keys::b64::encode(&keys::random::<6>().map_err(Error::other)?);
        let path = file.with_file_name(format!(".{}.{random}.partial", name.to_string_lossy()));
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Self { path, becomes: file.to_owned() })
    }

    /// Where it is meanwhile.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes its name, unless something else has it; and has the name on the disk.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`], or what the system says.
    pub fn is_whole(self) -> Result<()> {
        std::fs::hard_link(&self.path, &self.becomes).or_else(|why| match why.kind() {
            ErrorKind::AlreadyExists => Err(why),
            // A file system without links.
            _ if self.becomes.exists() => Err(ErrorKind::AlreadyExists.into()),
            _ => std::fs::rename(&self.path, &self.becomes),
        })?;
        let folder = self.becomes.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Renamed already, or nobody is helped by a second error.
        let _ = std::fs::remove_file(&self.path);
    }
}
