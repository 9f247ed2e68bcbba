//! `idp migrate` — brings the schema up to this release.

use super::{CommandError, Context};
use crate::keystore::prepare;
use clap::Args;
use idp_store::migrate::{self, Fit};
use serde_json::json;

/// What `idp migrate` takes.
#[derive(Args)]
#[command(after_help = "\
Examples:
  idp migrate              what a new release needs, while the old one goes on
  idp migrate --contract   takes away what no running release needs any more")]
pub struct MigrateCommand {
    /// Also take away what older releases needed; run it when none of them runs any more
    #[arg(long)]
    contract: bool,
}

/// Migrates.
pub async fn run(context: Context, command: MigrateCommand) -> Result<(), CommandError> {
    let db = prepare::connect_to_what_is_there(&context.settings)?;
    if let Fit::TooNew { serves_from } = migrate::fit(&db).await? {
        let words = format!("the schema is newer and serves from release schema {serves_from} on; nothing was changed");
        return Err(CommandError::refused(words));
    }
    migrate::run(&db).await?;
    let version = migrate::SCHEMA_VERSION;
    let contracted = if command.contract { "; this release has nothing to take away" } else { "" };
    let text = format!("schema {version} is in place{contracted}");
    context.out.result(&text, &json!({ "schema": version, "contracted": false }))
}
