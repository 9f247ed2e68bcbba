//! `idp settings` — check and print settings.

use super::{CommandError, Context};
use crate::settings::table;
use clap::Subcommand;
use serde_json::json;

/// What `idp settings` takes.
#[derive(Subcommand)]
#[command(after_help = "\
Examples:
  idp --config idp.toml settings check
  IDP__SERVER__ISSUER=https://id.example idp settings check
  idp settings print > docs/settings.md")]
pub enum SettingsCommand {
    /// Read and check the settings, and print those in force
    #[command(after_help = "Example:\n  idp --config idp.toml settings check")]
    Check,
    /// Print every setting with its default and meaning, as Markdown
    #[command(after_help = "Example:\n  idp settings print")]
    Print,
}

/// Runs it. The settings were read and checked before.
pub fn run(context: &Context, command: &SettingsCommand) -> Result<(), CommandError> {
    let in_force = serde_json::to_value(&context.settings)?;
    match command {
        SettingsCommand::Check => {
            crate::wiring::outbound(&context.settings)?;
            context.settings.ephemeral.redis()?;
            context.out.result(&format!("{in_force:#}\nthe settings are fine"), &in_force)
        }
        SettingsCommand::Print => {
            let text = format!(
                "# Settings\n\nOne TOML file (`idp --config FILE`), each key overridable by the environment. Unknown keys are refused. Spans are written as `10m`, `1h 30m`, `90s`, `30d`. Printed by `idp settings print`.\n\n{}",
                table::markdown()?
            );
            let rows: Vec<_> =
                table::TABLE.iter().map(|row| json!({ "key": row.key, "meaning": row.meaning })).collect();
            context.out.result(&text, &json!(rows))
        }
    }
}
