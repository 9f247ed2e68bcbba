//! The binary `idp`.

use clap::Parser;
use idp::commands::output::plain_text;
use idp::commands::{Cli, run};
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => run(cli),
        Err(error) if error.use_stderr() => {
            // It repeats what was typed.
            // Nobody reads it: there is nobody to tell.
            let _ = write!(std::io::stderr(), "{}", plain_text(&error.render().to_string()));
            ExitCode::from(2)
        }
        Err(help) => help.exit(),
    }
}
