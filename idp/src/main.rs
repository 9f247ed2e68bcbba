//! The binary `idp`.

use clap::Parser;
use idp::commands::{Cli, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(Cli::parse())
}
