//! Open files: each connection is one, and a process that has none left accepts nobody.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What the database, the log, deliveries and the listener itself may need besides connections.
const BESIDES: u64 = 1024;

/// Raises the limit of open files as far as it may, for `connections` at once. Gives how many connections there can be: fewer
/// than asked for if the limit does not allow more, which is said.
pub fn allow(connections: usize) -> usize {
    let needed = u64::try_from(connections).unwrap_or(u64::MAX).saturating_add(BESIDES);
    let limit = getrlimit(Resource::Nofile);
    // None: without limit.
    let (soft, hard) = (limit.current.unwrap_or(u64::MAX), limit.maximum.unwrap_or(u64::MAX));
    let allowed = if soft < needed { raised(needed.min(hard), limit).unwrap_or(soft) } else { soft };
    if allowed >= needed {
        return connections;
    }
    // Half of what there is, if it is that little.
    let fewer = usize::try_from(allowed.saturating_sub(BESIDES).max(allowed / 2)).unwrap_or(connections);
    tracing::warn!(
        needed,
        allowed,
        connections = fewer,
        "fewer open files are allowed than server.max_connections needs; raise the limit (systemd: LimitNOFILE, shell: ulimit -n)"
    );
    fewer
}

fn raised(to: u64, limit: Rlimit) -> Option<u64> {
    let wanted = Rlimit { current: Some(to), maximum: limit.maximum };
    setrlimit(Resource::Nofile, wanted).is_ok().then_some(to)
}
