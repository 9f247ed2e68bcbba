//! Replaces two nodes of the previous release by the current one and back, while people are signed in and go on; checks what
//! they met, and prints a report. `script/upgrade` builds and starts it.

mod phases;

use clap::Parser;
use conformance::history::check::check;
use conformance::history::event::operations;
use conformance::history::run::{
    Cast, Fault, Outcome, Recorder, Stage, Town, drive, exit_code, limits, print_logs, report,
};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Parser)]
#[command(about = "Upgrades and downgrades two nodes while people use them, and checks the history")]
struct Cli {
    /// The program of the current release
    #[arg(long)]
    current: PathBuf,
    /// The program of the previous release; IDP_PROGRAM names it as well: everything begins with it
    #[arg(long)]
    previous: PathBuf,
    /// How many operations, about
    #[arg(long, default_value_t = 20_000)]
    operations: u64,
    /// The same seed, the same wishes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many people do something at once
    #[arg(long, default_value_t = 16)]
    people: usize,
    /// Where the history is written, as JSON lines
    #[arg(long, default_value = "upgrade.jsonl")]
    file: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    exit_code("upgrade", run(&Cli::parse()).await)
}

/// Whether everything held.
async fn run(cli: &Cli) -> Outcome<bool> {
    // Both nodes and the operator's commands begin as the previous release.
    let (mut stage, mut plan) = Stage::set(Cast { nodes: 2, balancer: true, people: cli.people }).await?;
    plan.seed = cli.seed;
    plan.operations = cli.operations;
    let town = Town::new(plan, Recorder::new(Some(&cli.file))?)?;
    let events = drive(&town, there_and_back(&mut stage, &town, cli)).await?;
    let operations = operations(&events);
    let violations = check(&operations, &limits(Fault::Kill.lag()));
    let phases = phases::read(&events, &operations);
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}\n", phases.table)?;
    writeln!(out, "{}", report(&events, &operations, &violations))?;
    writeln!(out, "typed a password twice: {}", phases.typed_twice)?;
    print_logs(&mut out, stage.folder())?;
    Ok(violations.is_empty() && phases.typed_twice == 0)
}

/// Node by node to the current release, and node by node back.
async fn there_and_back(stage: &mut Stage, town: &Town, cli: &Cli) -> Outcome<()> {
    let steps = [
        (0, &cli.current, "node 0 becomes the current release", "one of each"),
        (1, &cli.current, "node 1 becomes the current release", "both current"),
        (1, &cli.previous, "node 1 becomes the previous release again", "one of each again"),
        (0, &cli.previous, "node 0 becomes the previous release again", "both previous again"),
    ];
    for (done, (node, program, step, afterwards)) in (1_u64..).zip(steps) {
        town.progress.reaches(20 * done).await;
        // However many operations a replacement takes, they do not shorten what comes after.
        town.progress.hold(true);
        town.recorder.fault(step);
        stage.replace(node, program).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        town.recorder.fault(afterwards);
        town.progress.hold(false);
    }
    Ok(())
}
