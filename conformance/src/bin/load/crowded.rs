//! Thousands of connections that do nothing, and hundreds that send a byte a second: whether everybody else notices. Rounds
//! with and without them take turns, since the machine is never the same twice.

use crate::http::Connection;
use crate::process::memory;
use crate::report::{milliseconds, spread};
use crate::rounds::{Figures, Pace, Target, load};
use crate::sign_in::sign_in;
use crate::stage::StageOptions;
use crate::{Outcome, say};
use clap::Args;
use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

/// Logins a second.
const PACE: u32 = 200;

/// What `load crowded` takes.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    stage: StageOptions,
    /// The provider's database file
    #[arg(long)]
    database: Option<std::path::PathBuf>,
    /// Connections on which nothing is sent
    #[arg(long, default_value_t = 2000)]
    idle: usize,
    /// Connections on which the head of a request comes a byte a second
    #[arg(long, default_value_t = 500)]
    slow: usize,
    /// How often
    #[arg(long, default_value_t = 7)]
    rounds: usize,
}

/// Everything, as Markdown.
pub fn measure(options: &Options) -> Outcome<String> {
    let stage = &options.stage;
    let target = Target { address: stage.provider, pid: stage.provider_pid, database: options.database.clone() };
    let (portal, password) = (stage.portal()?, stage.password()?);
    let count = u32::try_from(stage.accounts.len())?;
    let (_, cookies) = load(&target, Pace::Saturated, count, |connection, number| {
        sign_in(connection, &portal, stage.accounts.get(number as usize).ok_or("no account")?, &password)
    })?;
    let one_round = || -> Outcome<Figures> {
        let every = Pace::Every(Duration::from_secs(1) / PACE);
        let login = |connection: &mut Connection, number: u32| {
            portal.login(connection, cookies.get(number as usize % cookies.len().max(1)).map_or("", String::as_str))
        };
        Ok(load(&target, every, 5 * PACE, login)?.0)
    };
    one_round()?;
    let (mut alone, mut crowded, mut held, mut resident) = (Vec::new(), Vec::new(), u32::MAX, 0);
    for round in 1..=options.rounds {
        say(&format!("round {round} of {}", options.rounds));
        alone.push(one_round()?);
        let (figures, still) = with_company(options, one_round)?;
        crowded.push(figures);
        held = held.min(still);
        resident = resident.max(memory(stage.provider_pid)?.0);
    }
    let mut text = String::from("| logins at 200 a second | CPU ms | p50 ms | p99 ms |\n|---|---|---|---|\n");
    let mut row = |name: &str, rounds: &[Figures]| {
        let of = |value: &dyn Fn(&Figures) -> f64, digits| spread(rounds.iter().map(value), digits);
        let cpu = of(&|one| milliseconds(one.cpu) / f64::from(one.count), 3);
        let (p50, p99) =
            (of(&|one| milliseconds(one.percentile(50)), 2), of(&|one| milliseconds(one.percentile(99)), 2));
        let _ = writeln!(text, "| {name} | {cpu} | {p50} | {p99} |");
    };
    row("alone", &alone);
    row(&format!("beside {} idle and {} slow connections", options.idle, options.slow), &crowded);
    let pairs = alone.iter().zip(&crowded);
    let more = pairs.map(|(alone, crowded)| {
        100.0 * (milliseconds(crowded.percentile(99)) / milliseconds(alone.percentile(99)) - 1.0)
    });
    let _ = writeln!(text, "\np99 with them against without, by pairs: {} %. ", spread(more, 0));
    let _ = writeln!(
        text,
        "Of them at least {held} were open at the end of a round. Resident memory meanwhile: {:.1} MiB.",
        resident as f64 / 1024.0
    );
    Ok(text)
}

/// Runs a round beside them; gives how many of the connections were still open at its end.
fn with_company(options: &Options, round: impl FnOnce() -> Outcome<Figures>) -> Outcome<(Figures, u32)> {
    let idle = open(options.stage.provider, options.idle)?;
    let slow = open(options.stage.provider, options.slow)?;
    let (over, open) = (AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|threads| {
        threads.spawn(|| trickle(&slow, &over));
        let figures = round();
        over.store(true, Ordering::Relaxed);
        for stream in idle.iter().chain(&slow) {
            open.fetch_add(u32::from(is_open(stream)), Ordering::Relaxed);
        }
        Ok((figures?, open.load(Ordering::Relaxed)))
    })
}

fn open(address: SocketAddr, count: usize) -> Outcome<Vec<TcpStream>> {
    (0..count)
        .map(|_| {
            let stream = TcpStream::connect(address)?;
            stream.set_nonblocking(true)?;
            Ok(stream)
        })
        .collect()
}

/// A byte a second on each, spread over the second.
fn trickle(streams: &[TcpStream], over: &AtomicBool) {
    let head = b"GET /sign-in HTTP/1.1\r\nhost: localhost\r\nx-slow: ";
    let pause = Duration::from_secs(1) / u32::try_from(streams.len().max(1)).unwrap_or(1);
    for at in 0.. {
        let byte = head.get(at).copied().unwrap_or(b'a');
        for mut stream in streams {
            if over.load(Ordering::Relaxed) {
                return;
            }
            // A connection that was closed meanwhile is counted at the end.
            let _ = stream.write(&[byte]);
            std::thread::sleep(pause);
        }
    }
}

fn is_open(mut stream: &TcpStream) -> bool {
    match stream.read(&mut [0]) {
        Ok(count) => count > 0,
        Err(why) => why.kind() == ErrorKind::WouldBlock,
    }
}
