//! `idp settings` — `check` looks at the settings in force, `print` writes the manual of them.

use super::{CommandError, Context};
use crate::keystore::master_key_file::{self, MasterKeyFileError};
use crate::keystore::prepare;
use crate::server::tls::Certificate;
use crate::settings::BadSetting;
use crate::settings::table;
use clap::Subcommand;
use rustix::fs::{Access, access};
use serde_json::json;
use std::path::Path;

/// What `idp settings` takes.
#[derive(Subcommand)]
#[command(after_help = "\
Examples:
  idp --config idp.toml settings check                        are mine right, and what is in force
  IDP__SERVER__ISSUER=https://id.example idp settings check
  idp settings print | less                                   which settings there are")]
pub enum SettingsCommand {
    /// Whether the server could start with these settings, and the values in force
    ///
    /// Reads the file of --config and the environment, and says the first thing that is wrong. Changes nothing.
    #[command(after_help = "Example:\n  idp --config idp.toml settings check")]
    Check,
    /// The manual: what every setting means and what it is when nobody sets it
    ///
    /// Markdown, the same whatever your settings are. For the values in force: idp settings check.
    #[command(after_help = "Example:\n  idp settings print")]
    Print,
}

/// Runs it. The settings were read and checked before.
pub fn run(context: &Context, command: &SettingsCommand) -> Result<(), CommandError> {
    let in_force = serde_json::to_value(&context.settings)?;
    match command {
        SettingsCommand::Check => {
            prepare::check_folder(&context.settings)?;
            crate::wiring::outbound(&context.settings)?;
            context.settings.ephemeral.redis()?;
            context.settings.post()?;
            context.settings.passwords.listed()?;
            context.settings.membership.documents()?;
            Certificate::of(&context.settings.server, &context.clock)?;
            check_master_key_file(&context.settings.master_key_file()?)?;
            context.out.result(&format!("{in_force:#}\nthe settings are fine"), &in_force)
        }
        SettingsCommand::Print => {
            let text = format!(
                "# Settings\n\nOne TOML file (`idp --config FILE`), each key overridable by the environment: `IDP`, section and key, with two underscores between them. Unknown keys are refused, and variables that look like a setting and have another number of underscores. Spans are written as `10m`, `1h 30m`, `90s`, `30d`. Printed by `idp settings print`.\n\n{}",
                table::markdown()?
            );
            let rows: Vec<_> =
                table::TABLE.iter().map(|row| json!({ "key": row.key, "meaning": row.meaning })).collect();
            context.out.result(&text, &json!(rows))
        }
    }
}

/// The master key file is one, or can be made: its folder is there, and this user may write into it.
fn check_master_key_file(path: &Path) -> Result<(), BadSetting> {
    let bad = |why: String| Err(BadSetting(format!("setting keys.master_key_file: {why}")));
    match master_key_file::read(path) {
        Ok(_) => return Ok(()),
        Err(MasterKeyFileError::Missing(_)) => {}
        Err(other) => return bad(other.to_string()),
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (file, name) = (path.display(), folder.display());
    if !folder.is_dir() {
        return bad(format!(
            "there is no file {file}, and no folder {name} to make it in; make the folder (install -d -m 700 -o USER {name}), or name another file"
        ));
    }
    match access(folder, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => Ok(()),
        Err(why) => bad(format!(
            "there is no file {file}, and this user cannot make it in {name} ({why}); give the folder to the user that runs the provider, or put the file there"
        )),
    }
}
