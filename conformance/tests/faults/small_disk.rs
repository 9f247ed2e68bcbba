//! A disk of a few MB, which can be full.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Whether the tests run here that mount a small disk, or take a file's write permission away from whoever has it open:
/// switched on by script/test. Only root can do either; the store's own tests need neither.
pub fn may_mount() -> bool {
    let asked = std::env::var_os("IDP_TEST_SERVERS").is_some();
    let root = fs::metadata("/proc/self").map(|of| std::os::unix::fs::MetadataExt::uid(&of)).unwrap() == 0;
    assert!(root || !asked, "IDP_TEST_SERVERS asks for tests that mount and chattr: run them as root, or take it away");
    asked
}

/// Runs a program that has to succeed.
pub fn run(program: &str, arguments: &[&str]) {
    let done = Command::new(program).args(arguments).output().unwrap();
    assert!(done.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Unmounted when dropped.
pub struct SmallDisk(TempDir);

impl SmallDisk {
    pub fn mount(size: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        run("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs", folder.path().to_str().unwrap()]);
        Self(folder)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    fn filler(&self) -> PathBuf {
        self.0.path().join("filler")
    }

    /// Until not one byte more goes on it.
    pub fn fill(&self) {
        let mut filler = fs::File::options().create(true).append(true).open(self.filler()).unwrap();
        for size in [65_536, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
    }

    pub fn free(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: whoever has a file open on it may take a moment longer.
        run("umount", &["-l", self.0.path().to_str().unwrap()]);
    }
}
