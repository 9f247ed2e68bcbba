//! What the machine says of a process, and of its database file.

use crate::Outcome;
pub use conformance::servers::process::cpu_time;
use conformance::servers::process::scheduled;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Now.
#[expect(clippy::disallowed_methods, reason = "measuring is what this program is for")]
pub fn now() -> Instant {
    Instant::now()
}

/// CPU time of the calling thread, in user and kernel together.
pub fn own_cpu_time() -> Outcome<Duration> {
    scheduled(&fs::read_to_string("/proc/thread-self/schedstat")?)
}

/// Resident memory of a process in KiB: now, and the most it ever had.
pub fn memory(pid: u32) -> Outcome<(u64, u64)> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let kib = |name: &str| -> Outcome<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or(format!("no {name} of {pid}"))?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    };
    Ok((kib("VmRSS:")?, kib("VmHWM:")?))
}

/// How many transactions were committed to a SQLite file in WAL mode since it was opened: `iChange` of the header of its
/// WAL index, a counter incremented with each transaction (<https://sqlite.org/walformat.html>, §2.1).
pub fn commits(database: &Path) -> Outcome<u32> {
    let mut index = database.as_os_str().to_owned();
    index.push("-shm");
    let header = fs::read(PathBuf::from(index))?;
    let counter = header.get(8..12).ok_or("the WAL index has no header")?;
    Ok(u32::from_ne_bytes(counter.try_into()?))
}
