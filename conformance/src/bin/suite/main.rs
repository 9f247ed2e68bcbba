//! `script/conformance serve` and `script/conformance run`.

use clap::{Parser, Subcommand};
use conformance::suite::run::{Job, run};
use conformance::suite::serve::serve;
use conformance::suite::{Outcome, Place};
use std::path::PathBuf;
use std::process::ExitCode;
use url::Url;

#[derive(Parser)]
#[command(
    name = "script/conformance",
    about = "The OpenID Foundation's conformance suite against this provider",
    after_help = "The suite is a program of the OpenID Foundation; docs/conformance.md says what it takes.\n\n\
                  In one terminal:  script/conformance --suite-certificate FILE serve\n\
                  In another:       script/conformance --suite-certificate FILE run"
)]
struct Cli {
    /// The suite's address
    #[arg(long, default_value = "https://localhost.emobix.co.uk:8443", value_name = "URL")]
    suite: Url,
    /// The suite's certificate (PEM)
    #[arg(long, value_name = "FILE")]
    suite_certificate: PathBuf,
    /// Where the provider's database, keys and settings are made
    #[arg(long, value_name = "FOLDER", default_value = "target/conformance")]
    folder: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts the provider alone, in its conformance configuration, with a new database
    Serve,
    /// Runs plans against it and writes docs/conformance.md; fails if a module ends otherwise than it should
    Run {
        /// Names of files in conformance/plans, without .json [default: all]
        plans: Vec<String>,
        /// Only modules whose name contains this; then nothing is written down
        #[arg(long, value_name = "TEXT")]
        only: Vec<String>,
    },
}

#[tokio::main]
#[expect(clippy::print_stderr, reason = "it is a program for a terminal")]
async fn main() -> ExitCode {
    match act(Cli::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("script/conformance: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything is as it should be.
async fn act(cli: Cli) -> Outcome<bool> {
    let here = std::env::current_exe()?;
    let folder = std::path::absolute(&cli.folder)?;
    let place =
        Place { suite: cli.suite, suite_certificate: cli.suite_certificate, folder, idp: here.with_file_name("idp") };
    match cli.command {
        Command::Serve => serve(&place).map(|()| true),
        Command::Run { plans, only } => {
            let (files, page) = ("conformance/plans".into(), "docs/conformance.md".into());
            run(&Job { place, wanted: plans, only, plans: files, page }).await
        }
    }
}
