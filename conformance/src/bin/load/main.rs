//! The load program: what one single sign-on login costs. Measures and prints; it never passes or fails on a time.
//!
//! `script/load` prepares a database, starts the provider on one CPU and this program on another, and runs in turn:
//!
//! * `load start`: how long after its start the provider answers.
//! * `load floor`: serves the same three exchanges without the database ([`floor`]), to be measured beside it.
//! * `load run`: signs people in, then measures whole logins and each exchange alone.
//! * `load overload`: far more password sign-ins than can be hashed, and what everybody else notices.
//! * `load crowded`: thousands of connections that do nothing or hardly anything, and what everybody else notices.
//! * `load timing`: what the time of an answer tells a stranger about who has an account.

mod crowded;
mod first_answer;
mod floor;
mod http;
mod login;
mod others;
mod overload;
mod process;
mod report;
mod rounds;
mod run;
mod sign_in;
mod stage;
mod timing;

use clap::{Parser, Subcommand};
use std::error::Error;
use std::process::ExitCode;

/// Words for whoever started the program.
type Trouble = Box<dyn Error + Send + Sync>;
/// What every part of this program gives.
type Outcome<T> = Result<T, Trouble>;

#[derive(Parser)]
#[command(about = "What one single sign-on login costs; script/load starts it as it is meant to be started")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the provider several times on an existing database and wait for its first answers
    Start(first_answer::Start),
    /// Serve authorize, token and UserInfo without a database; settings as `idp serve` reads them
    Floor(floor::Options),
    /// Sign people in and measure
    Run(run::Options),
    /// Let far more people sign in than the machine can hash passwords for
    Overload(overload::Options),
    /// Open thousands of connections that do nothing or hardly anything
    Crowded(crowded::Options),
    /// Send the public forms with known and with unknown names
    Timing(timing::Options),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Start(options) => first_answer::measure(&options).and_then(|text| print(&text)),
        Command::Floor(options) => floor::serve(&options),
        Command::Run(options) => run::measure(&options).and_then(|text| print(&text)),
        Command::Overload(options) => overload::measure(&options).and_then(|text| print(&text)),
        Command::Crowded(options) => crowded::measure(&options).and_then(|text| print(&text)),
        Command::Timing(options) => timing::measure(&options).and_then(|text| print(&text)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say(&format!("load: {why}"));
            ExitCode::FAILURE
        }
    }
}

fn print(text: &str) -> Outcome<()> {
    use std::io::Write;
    Ok(std::io::stdout().lock().write_all(text.as_bytes())?)
}

/// What is under way, for whoever waits. The figures alone go to standard output.
#[expect(clippy::print_stderr, reason = "it is a program for a terminal")]
fn say(words: &str) {
    eprintln!("{words}");
}
