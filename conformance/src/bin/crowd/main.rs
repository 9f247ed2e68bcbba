//! People sign in at real portals while nodes are killed, keys rotated and nodes replaced; counts what they notice, and
//! measures what a login costs two nodes together and one alone. `script/crowd` builds and starts it.

mod phases;

use clap::Parser;
use conformance::crowd::{Gathering, Invitation};
use conformance::history::run::{Cast, Outcome, Stage, exit_code, print_logs};
use conformance::servers::portal_process::PortalProcess;
use phases::Day;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Parser)]
#[command(about = "People sign in at real portals on a hard day; counts what they notice")]
struct Cli {
    /// How many people sign in at once
    #[arg(long, default_value_t = 12)]
    people: usize,
    /// How often a node is killed, each in turn
    #[arg(long, default_value_t = 20)]
    kills: usize,
    /// Sign-ins between two events, and in a quiet phase ten times as many
    #[arg(long, default_value_t = 200)]
    logins: usize,
    /// Of a hundred sign-ins, those with a password
    #[arg(long, default_value_t = 30)]
    fresh: usize,
    /// What a person does between two sign-ins: nothing, for so many milliseconds
    #[arg(long, default_value_t = 20)]
    pause: u64,
    /// The program that nodes are replaced by, and back; without, by the same one
    #[arg(long)]
    other: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    exit_code("crowd", run(&Cli::parse()).await)
}

/// Whether nobody noticed anything.
async fn run(cli: &Cli) -> Outcome<bool> {
    let (mut stage, plan) = Stage::set(Cast { nodes: 2, balancer: true, people: cli.people }).await?;
    let commands = plan.commands.as_ref().ok_or("an operator")?;
    let mut portals = Vec::new();
    for key in ["emic", "elearn"] {
        portals.push(PortalProcess::start(commands, stage.folder(), key, &plan.issuer).await?);
    }
    let people = Gathering::of(&Invitation {
        portals: &portals,
        issuer: &plan.issuer,
        people: &plan.people,
        fresh: cli.fresh,
        pause: Duration::from_millis(cli.pause),
    })?;
    let mut day = Day::new(&mut stage, &people, cli.logins);
    day.quiet().await?;
    day.kills(cli.kills).await?;
    day.rotation().await?;
    day.replacement(cli.other.as_deref()).await?;
    people.fresh(0);
    day.costs().await?;
    let (table, unnoticed) = (day.table(), day.unnoticed());
    people.go_home().await;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{table}")?;
    print_logs(&mut out, stage.folder())?;
    Ok(unnoticed)
}
