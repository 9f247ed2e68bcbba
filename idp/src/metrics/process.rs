//! What the kernel says of this process (Linux; elsewhere there is nothing to say).

use std::fs;

/// CPU time, memory and open files.
pub struct Process {
    /// User and system, in seconds.
    pub cpu_seconds: f64,
    /// Resident, in bytes.
    pub resident_bytes: u64,
    /// Open files.
    pub open_files: u64,
    /// As many as may be open; `None`: without limit.
    pub most_open_files: Option<u64>,
}

impl Process {
    /// Asks.
    pub fn now() -> Option<Self> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        // After the name, which may hold anything, in parentheses: fields 3 and following of proc_pid_stat(5).
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        let ticks = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
        let (user, system, pages) = (ticks(14)?, ticks(15)?, ticks(24)?);
        let open_files = fs::read_dir("/proc/self/fd").ok()?.count() as u64;
        Some(Self {
            cpu_seconds: (user + system) as f64 / rustix::param::clock_ticks_per_second() as f64,
            resident_bytes: pages.saturating_mul(rustix::param::page_size() as u64),
            open_files,
            most_open_files: rustix::process::getrlimit(rustix::process::Resource::Nofile).current,
        })
    }
}
