//! How long after its start the provider gives its first answers, on a database that exists.

use crate::http::Connection;
use crate::process::now;
use crate::report::{milliseconds, spread};
use crate::{Outcome, say};
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Between two tries to connect.
const PAUSE: Duration = Duration::from_micros(200);
/// After this it will not answer any more.
const PATIENCE: Duration = Duration::from_secs(30);

/// What `load start` takes.
#[derive(Args)]
pub struct Start {
    /// The program `idp`
    #[arg(long)]
    idp: PathBuf,
    /// The CPU it runs on
    #[arg(long)]
    cpu: u32,
    /// Where its settings tell it to listen
    #[arg(long)]
    address: SocketAddr,
    /// How often it is started
    #[arg(long, default_value_t = 10)]
    runs: u32,
}

/// Starts and stops it; gives the rows of a table.
pub fn measure(options: &Start) -> Outcome<String> {
    let mut times = Vec::new();
    for run in 1..=options.runs {
        say(&format!("first answer, run {run} of {}", options.runs));
        let begun = now();
        let mut server = Command::new("taskset")
            .args(["-c", &options.cpu.to_string()])
            .arg(&options.idp)
            .arg("serve")
            .stderr(Stdio::null())
            .spawn()?;
        let answered = first_answers(options.address, begun);
        stop(&mut server)?;
        times.push(answered?);
    }
    let row = |name: &str, nth: fn(&(Duration, Duration)) -> Duration| {
        let spread = spread(times.iter().map(|both| milliseconds(nth(both))), 0);
        format!("| from start to the first 200 of {name} | {spread} ms |\n")
    };
    Ok(row("`/livez`", |both| both.0) + &row("discovery", |both| both.1))
}

fn first_answers(address: SocketAddr, begun: Instant) -> Outcome<(Duration, Duration)> {
    let mut connection = loop {
        match Connection::open(address) {
            Ok(connection) => break connection,
            Err(why) if begun.elapsed() > PATIENCE => return Err(why.into()),
            Err(_) => std::thread::sleep(PAUSE),
        }
    };
    let mut answered = |path: &str| -> Outcome<Duration> {
        let answer = connection.get(path, ("accept", "application/json"))?;
        if answer.status == 200 { Ok(begun.elapsed()) } else { Err(answer.unexpected("200").into()) }
    };
    Ok((answered("/livez")?, answered("/.well-known/openid-configuration")?))
}

/// Asks it to stop as an operator would, so that every run finds the same database.
fn stop(server: &mut Child) -> Outcome<()> {
    Command::new("kill").arg(server.id().to_string()).status()?;
    server.wait()?;
    Ok(())
}
