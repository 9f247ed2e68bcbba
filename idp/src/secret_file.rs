//! Files that hold secrets: read only if nobody but their owner can.
//!
//! A file is opened once, and what is open is judged and read: a path that is asked about first and opened afterwards may lead
//! to another file by then.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use zeroize::Zeroizing;

/// The longest secret file that is read, in bytes: a chain of PEM keys has room in it.
const LONGEST: u64 = 64 << 10;

/// Why it is not read. Its words follow the path.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// Its mode gives others something.
    #[error("can be read by others than its owner; run chmod 600")]
    Exposed,
    /// More than a secret can be.
    #[error("is longer than 64 KiB")]
    TooLong,
    /// The operating system.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Reads a file that its owner alone can read.
///
/// # Errors
/// [`SecretFileError`].
pub fn read(path: &Path) -> Result<Zeroizing<String>, SecretFileError> {
    let file = File::open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        return Err(SecretFileError::Exposed);
    }
    // As large as it may become: a text that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(LONGEST as usize + 1));
    file.take(LONGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST { Err(SecretFileError::TooLong) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{Permissions, rename, set_permissions, write};
    use std::os::unix::fs::symlink;
    use std::sync::atomic::{AtomicBool, Ordering};

    fn put(path: &Path, text: &str, mode: u32) {
        write(path, text).unwrap();
        set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_and_a_link_is_judged_by_where_it_leads() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        put(&path("ours"), "secret", 0o600);
        assert_eq!(read(&path("ours")).unwrap().as_str(), "secret");
        symlink(path("ours"), path("link")).unwrap();
        assert_eq!(read(&path("link")).unwrap().as_str(), "secret");
        for mode in [0o640, 0o604, 0o620, 0o601] {
            put(&path("ours"), "secret", mode);
            assert!(matches!(read(&path("link")), Err(SecretFileError::Exposed)), "{mode:o}");
        }
        put(&path("long"), &"a".repeat(LONGEST as usize + 1), 0o600);
        assert!(matches!(read(&path("long")), Err(SecretFileError::TooLong)));
        assert!(matches!(read(folder.path()), Err(SecretFileError::Exposed | SecretFileError::Io(_))));
    }

    #[test]
    fn what_is_read_is_the_file_that_was_judged_however_often_the_path_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (path, stop) = (folder.path().join("secret"), AtomicBool::new(false));
        put(&path, "ours", 0o600);
        std::thread::scope(|threads| {
            threads.spawn(|| {
                let (ours, others) = (folder.path().join("ours"), folder.path().join("others"));
                while !stop.load(Ordering::Relaxed) {
                    put(&others, "everybody's", 0o644);
                    rename(&others, &path).unwrap();
                    put(&ours, "ours", 0o600);
                    rename(&ours, &path).unwrap();
                }
            });
            let read: Vec<_> = (0..20_000).filter_map(|_| read(&path).ok()).collect();
            stop.store(true, Ordering::Relaxed);
            assert!(!read.is_empty());
            assert!(read.iter().all(|text| text.as_str() == "ours"), "a file that others could read was read");
        });
    }
}
