//! Files that an operator names: what is no file, has no end, or leads elsewhere is said, not waited for.

use std::fs::{File, OpenOptions};
use std::io::{Error, Read, Result};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Opens a regular file: whoever opens a pipe waits for its other end, and a device never ends.
///
/// # Errors
/// As the system says; when it is something else.
pub(super) fn open_regular(path: &Path, options: &mut OpenOptions, flags: rustix::fs::OFlags) -> Result<File> {
    let flags = (flags | rustix::fs::OFlags::NONBLOCK).bits();
    let file = options.custom_flags(i32::from_ne_bytes(flags.to_ne_bytes())).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(Error::other("is not a regular file")) }
}

/// Reads a whole file of at most so many MiB; a pipe, too.
///
/// # Errors
/// As the system says; when it is longer.
pub(super) fn read(path: &Path, mebibytes: u64) -> Result<Vec<u8>> {
    let (most, mut bytes) = (mebibytes << 20, Vec::new());
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(Error::other(format!("is longer than {mebibytes} MiB")));
    }
    Ok(bytes)
}
