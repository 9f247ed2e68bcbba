//! Records a long history under a fault, checks it, and prints a report. `script/history` builds and starts it.

use clap::Parser;
use conformance::history::check::check;
use conformance::history::event::operations;
use conformance::history::run::{
    Cast, Fault, Outcome, Recorder, Stage, Town, drive, exit_code, limits, print_logs, report, starts,
};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Parser)]
#[command(about = "Records what people, portals and an operator do under a fault, and checks the history")]
struct Cli {
    /// How many operations, about
    #[arg(long, default_value_t = 100_000)]
    operations: u64,
    /// The same seed, the same wishes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many nodes: one on SQLite, several on PostgreSQL and Redis
    #[arg(long, default_value_t = 1)]
    nodes: usize,
    /// Everybody comes in by nginx, which hands them to the nodes in turn; without, everybody uses every node
    #[arg(long)]
    balancer: bool,
    /// How many people do something at once
    #[arg(long, default_value_t = 32)]
    people: usize,
    /// What befalls the provider meanwhile
    #[arg(long, value_enum, default_value = "kill")]
    fault: Fault,
    /// How often
    #[arg(long, default_value_t = 10)]
    times: u64,
    /// Where the history is written, as JSON lines
    #[arg(long, default_value = "history.jsonl")]
    file: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    exit_code("history", run(&Cli::parse()).await)
}

/// Whether everything held.
async fn run(cli: &Cli) -> Outcome<bool> {
    let cast = Cast { nodes: cli.nodes, balancer: cli.balancer, people: cli.people };
    let (mut stage, mut plan) = Stage::set(cast).await?;
    plan.seed = cli.seed;
    plan.operations = cli.operations;
    let town = Town::new(plan, Recorder::new(Some(&cli.file))?)?;
    let events = drive(&town, stage.befall(&town, cli.fault, cli.times)).await?;
    let operations = operations(&events);
    let violations = check(&operations, &limits(cli.fault.lag()));
    let mut out = std::io::stdout().lock();
    let took = Duration::from_micros(events.last().map_or(0, |event| event.us)).as_secs_f64();
    let (nodes, fault, times, seed) = (cli.nodes, cli.fault, cli.times, cli.seed);
    writeln!(out, "seed {seed}, {nodes} nodes, fault {fault:?} {times} times, {took:.1} s\n")?;
    writeln!(out, "{}", starts(stage.starts()))?;
    writeln!(out, "{}", report(&events, &operations, &violations))?;
    print_logs(&mut out, stage.folder())?;
    Ok(violations.is_empty())
}
