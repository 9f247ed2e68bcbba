//! The command line: one file for each command. Text for people, `--json` for programs, exit status 0 only on success.

pub mod accounts;
pub mod accounts_add;
pub mod accounts_capacity;
pub mod accounts_claims;
pub mod accounts_deletion;
pub mod accounts_hint;
mod accounts_list;
mod accounts_messages;
mod accounts_name;
pub mod accounts_password;
pub mod accounts_roles;
pub mod accounts_state;
pub mod agencies;
pub mod audit;
pub mod audit_export;
pub mod backup;
pub mod clients;
pub mod clients_add;
pub mod clients_arguments;
pub mod clients_change;
mod clients_details;
mod clients_keys;
pub mod clients_logouts;
mod clients_requests;
pub mod clients_secret;
mod clients_shown;
pub mod error;
pub mod grants;
pub mod grants_revoke;
pub mod keys;
pub mod keys_master;
pub mod keys_sealing;
mod keys_words;
pub mod migrate;
mod named_file;
mod operator;
pub mod output;
pub mod registration_tokens;
pub mod restore;
mod right_clock;
pub mod serve;
pub mod sessions;
pub mod sessions_revoke;
pub mod settings;
mod told;

pub use error::CommandError;
pub use output::Output;

use crate::clock::Clock;
use crate::keystore::{Prepared, prepare};
use crate::settings::Settings;
use clap::{Parser, Subcommand};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;

/// Shenfen, a single sign-on identity provider (OpenID Connect).
#[derive(Parser)]
#[command(
    version,
    after_help = "\
Examples:
  idp serve
  idp --config /etc/shenfen/idp.toml serve
  idp clients add emic --name EMIC --redirect-uri https://emic.example/callback --scope \"openid identity\" \\
      --secret-file emic.secret
  idp accounts add fireman0119 --password-file - --name 林大勇 --email fireman0119@example.gov.tw
  idp sessions list --account fireman0119
  idp audit list --account fireman0119
  idp keys rotate
  idp backup /backup/idp-20261121.backup
  idp settings check

Every setting can be given by the environment: IDP__SERVER__ISSUER, IDP__DATABASE__URL, … (idp settings print)."
)]
pub struct Cli {
    /// Settings file (TOML)
    #[arg(long, global = true, value_name = "FILE", env = "IDP_CONFIG")]
    config: Option<PathBuf>,
    /// Print JSON for programs
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the provider
    #[command(after_help = "Example:\n  idp --config /etc/shenfen/idp.toml serve")]
    Serve,
    /// Signing keys, sealing keys and the master key: list, rotate, change
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Relying parties: add, change, disable
    #[command(subcommand)]
    Clients(clients::ClientsCommand),
    /// People's accounts: add, lock, official capacity
    #[command(subcommand)]
    Accounts(accounts::AccountsCommand),
    /// Sessions of people's browsers: look at them, end them
    #[command(subcommand)]
    Sessions(sessions::SessionsCommand),
    /// What people gave to portals: look at it, take it back
    #[command(subcommand)]
    Grants(grants::GrantsCommand),
    /// What happened: look at it, export it
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Government agencies (機關): import the list
    #[command(subcommand)]
    Agencies(agencies::AgenciesCommand),
    /// Write everything that must survive into one file, while the server runs
    Backup(backup::BackupCommand),
    /// Put a backup into an empty database
    Restore(restore::RestoreCommand),
    /// Bring the database's schema up to this release
    Migrate(migrate::MigrateCommand),
    /// Settings: check, print
    #[command(subcommand)]
    Settings(settings::SettingsCommand),
}

/// What every command is given.
pub struct Context {
    /// The settings.
    pub settings: Settings,
    /// Where to print.
    pub out: Output,
    /// The clock.
    pub clock: Clock,
}

impl Context {
    /// Opens database and keys.
    ///
    /// # Errors
    /// Why the program cannot start.
    pub async fn prepare(&self) -> Result<Prepared, CommandError> {
        Ok(prepare(&self.settings, &self.clock).await?)
    }
}

/// What a shell sees of a program that SIGPIPE ended.
const SIGPIPE: u8 = 128 + 13;

/// Runs a command to its exit status.
pub fn run(cli: Cli) -> ExitCode {
    let (out, config) = (Output { json: cli.json }, cli.config.clone());
    let done = Settings::read(config.as_deref()).map_err(CommandError::from).and_then(|settings| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(cli.perform(Context { settings, out, clock: Clock::System }))
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read it has read enough (`… | head`): as the signal would have ended it.
        Err(CommandError::Io(why)) if why.kind() == ErrorKind::BrokenPipe => ExitCode::from(SIGPIPE),
        Err(error) => {
            out.error(&error.in_words_of(config.as_deref()));
            ExitCode::FAILURE
        }
    }
}

impl Cli {
    /// Reads a command line, the program's name first.
    ///
    /// # Errors
    /// What is wrong with it, in words for people.
    pub fn read(arguments: &[&str]) -> Result<Self, String> {
        Self::try_parse_from(arguments).map_err(|error| error.to_string())
    }

    /// Runs it with these settings and this clock: its own `--config` and the environment are not looked at.
    ///
    /// # Errors
    /// Why it did not do what was asked.
    pub async fn perform(self, context: Context) -> Result<(), CommandError> {
        match self.command {
            Command::Serve => serve::run(context).await,
            Command::Keys(command) => keys::run(context, command).await,
            Command::Clients(command) => clients::run(context, command).await,
            Command::Accounts(command) => accounts::run(context, command).await,
            Command::Sessions(command) => sessions::run(context, command).await,
            Command::Grants(command) => grants::run(context, command).await,
            Command::Audit(command) => audit::run(context, command).await,
            Command::Agencies(command) => agencies::run(context, command).await,
            Command::Backup(command) => backup::run(context, command).await,
            Command::Restore(command) => restore::run(context, command).await,
            Command::Migrate(command) => migrate::run(context, command).await,
            Command::Settings(command) => settings::run(&context, &command),
        }
    }
}
