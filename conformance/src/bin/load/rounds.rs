//! One round of load: so many logins on so many connections, as fast as they are answered or so many a second.

use crate::http::Connection;
use crate::process::{commits, cpu_time, now, own_cpu_time};
use crate::{Outcome, Trouble};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Connections, always open. A paced round has one or two in use at once; waiting for one is part of a login's time.
const CONNECTIONS: usize = 8;

/// What is measured: a server, and the database it may write to.
pub struct Target {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its process.
    pub pid: u32,
    /// The file it keeps its records in; none with PostgreSQL.
    pub database: Option<PathBuf>,
}

impl Target {
    /// Transactions committed so far; 0 where nobody counts them.
    pub fn commits(&self) -> Outcome<u32> {
        self.database.as_deref().map_or(Ok(0), commits)
    }
}

/// How fast.
#[derive(Clone, Copy)]
pub enum Pace {
    /// Each connection begins anew as soon as it was answered.
    Saturated,
    /// One begins every so often, whether or not those before were answered.
    Every(Duration),
}

/// What a round showed.
pub struct Figures {
    /// How many logins, or exchanges.
    pub count: u32,
    /// CPU time of the server.
    pub cpu: Duration,
    /// CPU time of the threads that send.
    pub own_cpu: Duration,
    /// From the first to the last.
    pub wall: Duration,
    /// Transactions committed.
    pub commits: u32,
    /// Each one's time, sorted. When paced it counts from the moment it was due.
    latencies: Vec<Duration>,
}

impl Figures {
    /// The latency that so many percent did not exceed.
    pub fn percentile(&self, percent: usize) -> Duration {
        let at = (self.latencies.len() * percent).div_ceil(100).max(1) - 1;
        self.latencies.get(at).copied().unwrap_or_default()
    }
}

/// Runs `each` for the numbers below `count`.
pub fn load<R: Send>(
    target: &Target,
    pace: Pace,
    count: u32,
    each: impl Fn(&mut Connection, u32) -> Outcome<R> + Sync,
) -> Outcome<(Figures, Vec<R>)> {
    let open = (0..CONNECTIONS).map(|_| Connection::open(target.address)).collect::<Result<Vec<_>, _>>()?;
    let (next, start) = (AtomicU32::new(0), Barrier::new(CONNECTIONS + 1));
    let before = (cpu_time(target.pid)?, target.commits()?);
    let (begun, done) = std::thread::scope(|threads| {
        let work = |mut connection: Connection| {
            let (next, start, each) = (&next, &start, &each);
            threads.spawn(move || {
                start.wait();
                let each = one_connection(&mut connection, (pace, now()), (next, count), each)?;
                Ok::<_, Trouble>((each, own_cpu_time()?))
            })
        };
        let running: Vec<_> = open.into_iter().map(work).collect();
        start.wait();
        let begun = now();
        let done: Vec<_> = running.into_iter().map(|thread| thread.join()).collect();
        (begun, done)
    });
    let wall = begun.elapsed();
    let cpu = cpu_time(target.pid)?.saturating_sub(before.0);
    let commits = target.commits()?.wrapping_sub(before.1);
    let (mut latencies, mut results, mut own_cpu) = (Vec::new(), Vec::new(), Duration::ZERO);
    for thread in done {
        let (each, used) = thread.map_err(|_| "a connection's thread panicked")??;
        own_cpu += used;
        for (latency, result) in each {
            latencies.push(latency);
            results.push(result);
        }
    }
    latencies.sort_unstable();
    Ok((Figures { count, cpu, own_cpu, wall, commits, latencies }, results))
}

fn one_connection<R>(
    connection: &mut Connection,
    (pace, begun): (Pace, Instant),
    (next, count): (&AtomicU32, u32),
    each: impl Fn(&mut Connection, u32) -> Outcome<R>,
) -> Outcome<Vec<(Duration, R)>> {
    let mut done = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= count {
            return Ok(done);
        }
        let due = match pace {
            Pace::Saturated => now(),
            Pace::Every(interval) => {
                let due = begun + interval * number;
                std::thread::sleep(due.saturating_duration_since(now()));
                due
            }
        };
        let result = each(connection, number)?;
        done.push((due.elapsed(), result));
    }
}
