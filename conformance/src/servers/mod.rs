//! Real processes that tests start, stop, freeze and kill.

mod authority;
pub mod idp_node;
pub mod mail_server;
pub mod nginx;
mod nginx_log;
pub mod portal_process;
pub mod postgres;
pub mod process;
pub mod program;
pub mod redis;
pub mod statements;
pub mod text_gateway;

use std::error::Error;
use std::process::{Command, Stdio};

/// What every server gives.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Whether the programs of the servers are there for tests that start, freeze or kill their own (`IDP_TEST_SERVERS=1`).
pub fn are_installed() -> bool {
    std::env::var("IDP_TEST_SERVERS").is_ok_and(|value| value == "1")
}

/// Sends a signal to a process: `STOP` freezes it, `CONT` lets it go on. Whether there was such a process.
fn send(name: &str, process: u32) -> Outcome<bool> {
    let mut command = Command::new("kill");
    Ok(command.args([&format!("-{name}"), &process.to_string()]).stderr(Stdio::null()).status()?.success())
}

/// The same, to a process that has to be there.
fn signal(name: &str, process: u32) -> Outcome<()> {
    if send(name, process)? { Ok(()) } else { Err(format!("kill -{name} {process}: it does not run").into()) }
}
