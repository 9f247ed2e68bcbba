//! What the machine says of a process.

use super::Outcome;
use std::fs;
use std::time::Duration;

/// CPU time of every living thread of a process, in user and kernel together.
///
/// # Errors
/// When there is no such process.
pub fn cpu_time(pid: u32) -> Outcome<Duration> {
    let mut total = Duration::ZERO;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may end between the listing and the reading; what it used last is lost.
        let Ok(text) = fs::read_to_string(task?.path().join("schedstat")) else { continue };
        total += scheduled(&text)?;
    }
    Ok(total)
}

/// The first number of `schedstat`: nanoseconds on a CPU.
///
/// # Errors
/// When it is none.
pub fn scheduled(schedstat: &str) -> Outcome<Duration> {
    Ok(Duration::from_nanos(schedstat.split(' ').next().unwrap_or_default().parse()?))
}
