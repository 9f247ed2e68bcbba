//! Far more password sign-ins than the machine can hash: how many are still done, how quickly those who are turned away are
//! told, and what everybody else ([`crate::others`]) notices.

use crate::http::Connection;
use crate::login::Portal;
use crate::others::{self, Kind, PER_SECOND};
use crate::process::now;
use crate::report::percentile;
use crate::sign_in::{Attempt, attempt};
use crate::stage::StageOptions;
use crate::{Outcome, say};
use clap::Args;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Connections of those who sign in when more come than can be served.
const CROWD: usize = 400;
/// Those who come from another address: as many as sign in there one after the other, so that nobody's name is asked for twice at once.
const ELSEWHERE: usize = 40;
/// How many at a time the capacity is looked for with.
const AT_A_TIME: [usize; 4] = [1, 2, 4, 8];

/// What `load overload` takes.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    stage: StageOptions,
    /// The client_id of a portal that refreshes; trusted, with the same redirect URI
    #[arg(long)]
    refreshing_client_id: String,
    /// File that holds its secret
    #[arg(long)]
    refreshing_client_secret_file: PathBuf,
    /// How many times the capacity
    #[arg(long, default_value_t = 5.0)]
    times: f64,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 15)]
    seconds: u64,
}

/// Those who sign in.
struct Crowd<'a> {
    provider: SocketAddr,
    /// From another address than everybody.
    from: Option<IpAddr>,
    portal: Portal,
    accounts: &'a [String],
    password: String,
}

/// What became of the sign-ins of one measurement.
#[derive(Default)]
struct Seen {
    /// From the moment each was due.
    accepted: Vec<Duration>,
    /// How long the answer took.
    turned_away: Vec<Duration>,
    /// How long the sign-in page took.
    pages: Vec<Duration>,
    /// Turned away without a `Retry-After`.
    not_told_when: u32,
    /// Neither.
    failed: u32,
    wall: Duration,
}

/// Everything, as Markdown.
pub fn measure(options: &Options) -> Outcome<String> {
    let stage = &options.stage;
    // The last few are everybody else.
    let (accounts, set_apart) =
        stage.accounts.split_at_checked(stage.accounts.len().saturating_sub(Kind::ALL.len())).unwrap_or_default();
    let (accounts, elsewhere) = accounts.split_at_checked(accounts.len().saturating_sub(ELSEWHERE)).unwrap_or_default();
    let crowd = |from, accounts| -> Outcome<Crowd<'_>> {
        Ok(Crowd { provider: stage.provider, from, portal: stage.portal()?, accounts, password: stage.password()? })
    };
    let (crowd, elsewhere) = (crowd(None, accounts)?, crowd(Some(Ipv4Addr::new(127, 0, 0, 2).into()), elsewhere)?);
    let refreshing = || stage.another_portal(&options.refreshing_client_id, &options.refreshing_client_secret_file);
    let others = others::signed_in(stage, set_apart, refreshing)?;
    let time = Duration::from_secs(options.seconds);
    let mut text = String::from("| password sign-ins | done a second | p50 ms | p99 ms |\n|---|---|---|---|\n");
    let mut most: f64 = 0.0;
    for connections in AT_A_TIME {
        say(&format!("{connections} at a time"));
        let seen = crowd.come(connections, None, time)?;
        most = most.max(seen.a_second());
        seen.row(&mut text, &format!("{connections} at a time"), "");
    }
    say("everybody else, while nobody signs in");
    let (_, calm) = others::meanwhile(&others, || {
        std::thread::sleep(time);
        Ok(())
    })?;
    let rate = most * options.times;
    say(&format!("{rate:.0} sign-ins a second"));
    let (seen, crowded) = others::meanwhile(&others, || crowd.come(CROWD, Some(rate), time))?;
    say("the same, and somebody at another address");
    let (flood, from_elsewhere) = std::thread::scope(|threads| -> Outcome<_> {
        let flood = threads.spawn(|| crowd.come(CROWD, Some(rate), time));
        let from_elsewhere = elsewhere.come(1, None, time)?;
        Ok((flood.join().map_err(|_| "a thread panicked")??, from_elsewhere))
    })?;
    say("afterwards");
    let after = crowd.come(2, None, time / 3)?;
    let share = format!(", {:.0} % of the most", 100.0 * seen.a_second() / most);
    seen.row(&mut text, &format!("{rate:.0} a second asked for"), &share);
    flood.row(&mut text, &format!("{rate:.0} a second asked for, from one address"), "");
    let turned_away = format!(", {} turned away", from_elsewhere.turned_away.len());
    from_elsewhere.row(&mut text, "meanwhile 1 at a time from another", &turned_away);
    after.row(&mut text, "afterwards, 2 at a time", "");
    seen.refusals(&mut text);
    let _ = writeln!(
        text,
        "\n| everybody else, {PER_SECOND} a second of each | p50 ms | p99 ms | failed | p50 ms meanwhile | p99 ms meanwhile | failed meanwhile |\n|---|---|---|---|---|---|---|"
    );
    for (kind, pair) in Kind::ALL.iter().zip(calm.iter().zip(&crowded)) {
        let cells = [pair.0, pair.1]
            .map(|seen| format!("{} | {} | {}", percentile(&seen.times, 50), percentile(&seen.times, 99), seen.failed));
        let _ = writeln!(text, "| {} | {} |", kind.name(), cells.join(" | "));
    }
    Ok(text)
}

impl Crowd<'_> {
    /// Each connection begins anew as soon as it was answered; or so many begin a second over all of them.
    fn come(&self, connections: usize, a_second: Option<f64>, time: Duration) -> Outcome<Seen> {
        let next = AtomicU32::new(0);
        let begun = now();
        let work = || -> Outcome<Seen> {
            let mut seen = Seen::default();
            let mut connection = self.connection()?;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let due = a_second.map_or_else(now, |rate| begun + Duration::from_secs_f64(f64::from(number) / rate));
                if due.duration_since(begun) >= time {
                    return Ok(seen);
                }
                std::thread::sleep(due.saturating_duration_since(now()));
                self.one(&mut connection, (number, due), &mut seen)?;
            }
        };
        let all: Vec<Seen> = std::thread::scope(|threads| {
            let running: Vec<_> = (0..connections).map(|_| threads.spawn(work)).collect();
            running.into_iter().map(|thread| thread.join().map_err(|_| "a thread panicked")?).collect::<Outcome<_>>()
        })?;
        let together = Seen { wall: begun.elapsed(), ..Seen::default() };
        Ok(all.into_iter().fold(together, Seen::and))
    }

    fn connection(&self) -> std::io::Result<Connection> {
        match self.from {
            None => Connection::open(self.provider),
            Some(from) => Connection::open_from(from, self.provider),
        }
    }

    fn one(&self, connection: &mut Connection, (number, due): (u32, Instant), seen: &mut Seen) -> Outcome<()> {
        let account = self.accounts.get(number as usize % self.accounts.len().max(1)).ok_or("nobody to sign in")?;
        match attempt(connection, &self.portal, account, &self.password) {
            Ok((Attempt::SignedIn(_), [page, _])) => {
                seen.pages.push(page);
                seen.accepted.push(due.elapsed());
            }
            Ok((Attempt::TurnedAway { says_when }, [page, answer])) => {
                seen.pages.push(page);
                seen.turned_away.push(answer);
                seen.not_told_when += u32::from(!says_when);
            }
            Err(why) => {
                if seen.failed == 0 {
                    say(&format!("a sign-in failed: {why}"));
                }
                seen.failed += 1;
                *connection = self.connection()?;
            }
        }
        Ok(())
    }
}

impl Seen {
    fn a_second(&self) -> f64 {
        self.accepted.len() as f64 / self.wall.as_secs_f64()
    }

    fn and(mut self, other: Self) -> Self {
        self.accepted.extend(other.accepted);
        self.turned_away.extend(other.turned_away);
        self.pages.extend(other.pages);
        self.not_told_when += other.not_told_when;
        self.failed += other.failed;
        self
    }

    fn row(&self, text: &mut String, name: &str, share: &str) {
        let (p50, p99) = (percentile(&self.accepted, 50), percentile(&self.accepted, 99));
        let _ = writeln!(text, "| {name} | {:.1}{share} | {p50} | {p99} |", self.a_second());
    }

    fn refusals(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "\nTurned away: {}, p50 {} ms, p99 {} ms, {} of them without `Retry-After`. Neither: {}. The sign-in page: p99 {} ms.",
            self.turned_away.len(),
            percentile(&self.turned_away, 50),
            percentile(&self.turned_away, 99),
            self.not_told_when,
            self.failed,
            percentile(&self.pages, 99),
        );
    }
}
