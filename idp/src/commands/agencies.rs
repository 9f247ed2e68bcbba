//! `idp agencies` — government agencies (機關).

use super::operator::administered;
use super::{CommandError, Context, named_file};
use clap::Subcommand;
use idp_core::audit::About;
use idp_core::identity::agency::read_list;
use idp_store::{agencies, audit};
use serde_json::json;
use std::path::PathBuf;

/// What `idp agencies` takes.
#[derive(Subcommand)]
#[command(after_help = "\
Examples:
  idp agencies import agency_oids.csv
  idp agencies import GDS.csv

Columns: oid,name,org_code,parent_oid,dn,zip,address,url or, as in the official list (data.gov.tw dataset 7081),
OrgName,OID,TEL,Address,DN,OrgCode. UTF-8. If one row is bad, nothing is imported and every bad row is named.")]
pub enum AgenciesCommand {
    /// Import a list; agencies that are known take its words, none is taken away
    #[command(after_help = "Example:\n  idp agencies import agency_oids.csv")]
    Import {
        /// CSV file
        file: PathBuf,
    },
}

/// Of a list, in MiB: a hundred times the official one.
const LONGEST: u64 = 64;
/// The most bad rows that are printed.
const MOST_LINES: usize = 50;

/// Runs it.
pub async fn run(context: Context, command: AgenciesCommand) -> Result<(), CommandError> {
    let AgenciesCommand::Import { file } = command;
    let bytes =
        named_file::read(&file, LONGEST).map_err(|why| CommandError::refused(format!("{}: {why}", file.display())))?;
    let list = read_list(&bytes).map_err(|bad| {
        let mut lines: Vec<_> =
            bad.iter().take(MOST_LINES).map(|row| format!("{}:{}: {}", file.display(), row.line, row.why)).collect();
        if bad.len() > MOST_LINES {
            lines.push(format!("… and {} more", bad.len() - MOST_LINES));
        }
        CommandError::refused(format!("nothing was imported; {} bad rows\n{}", bad.len(), lines.join("\n")))
    })?;
    let prepared = context.prepare().await?;
    let now = context.clock.now();
    let count = list.len();
    let total = prepared
        .db
        .write(move |tx| {
            agencies::import(tx, &list, now)?;
            let detail = json!({ "agencies": list.len() });
            let event = administered("agencies.import", About::Other("agencies".into()), detail);
            audit::write(tx, event, now, keys::random()?)?;
            agencies::count(tx.conn())
        })
        .await?;
    context.out.result(
        &format!("imported {count} agencies; there are {total} now"),
        &json!({ "imported": count, "total": total }),
    )
}
