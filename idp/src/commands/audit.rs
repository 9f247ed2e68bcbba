//! `idp audit` — what happened: looking at it, and which events there are. Exporting is in `audit_export`.

use super::output::table;
use super::{CommandError, Context, accounts, accounts_state, audit_export, clients};
use crate::keystore::Prepared;
use crate::pages::dates::{read_moment, rfc3339};
use clap::{Args, Subcommand};
use idp_core::UnixMillis;
use idp_core::audit::{Column, Documented, EVENTS};
use idp_store::audit::{Stored, Wanted, newest};
use keys::b64;
use serde_json::{Value, json};

/// What `idp audit` takes.
#[derive(Subcommand)]
#[command(after_help = "\
Examples:
  idp audit list --account fireman0119 --limit 20
  idp audit list --event sign_in.failed --since 2026-11-21
  idp audit export --file audit.jsonl
  idp audit events")]
pub enum AuditCommand {
    /// Audit lines, the newest first
    #[command(after_help = "Example:\n  idp audit list --account fireman0119 --since 2026-11-21T08:00:00+08:00")]
    List(ListAudit),
    /// Append audit lines to a file, one JSON object each; run again it goes on where it stopped
    #[command(after_help = "Examples:\n  idp audit export --file audit.jsonl\n  idp audit export --file - --after ID")]
    Export(audit_export::ExportAudit),
    /// Print every event with its fields, as Markdown
    #[command(after_help = "Example:\n  idp audit events")]
    Events,
}

/// Which lines.
#[derive(Args)]
pub struct Which {
    /// About this account alone: also what was done with its name by who was not signed in
    #[arg(long)]
    account: Option<String>,
    /// About this client alone
    #[arg(long, value_name = "CLIENT_ID")]
    client: Option<String>,
    /// Of this event alone (idp audit events)
    #[arg(long)]
    event: Option<String>,
    /// From this moment on: RFC 3339 with an offset, or a date (midnight in Taipei)
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Before this moment
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

/// What `idp audit list` takes.
#[derive(Args)]
pub struct ListAudit {
    #[command(flatten)]
    which: Which,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    /// Go on after this line, the last one of the page before
    #[arg(long, value_name = "ID")]
    after: Option<String>,
}

/// Lines looked at in one question: some hundredths of a second, so that neither a write-ahead log grows nor a deadline passes
/// while a rare line is looked for in a long trail.
pub(super) const STRETCH: i64 = 50_000;

/// Runs it.
pub async fn run(context: Context, command: AuditCommand) -> Result<(), CommandError> {
    match command {
        AuditCommand::Events => events(&context),
        AuditCommand::List(list) => show(&context, &context.prepare().await?, list).await,
        AuditCommand::Export(export) => audit_export::run(&context, &context.prepare().await?, export).await,
    }
}

/// The lines that are meant by names and times as they are typed.
pub(super) async fn wanted(prepared: &Prepared, which: &Which) -> Result<Wanted, CommandError> {
    let moment = |option: &str, text: &Option<String>| match text.as_deref().map(read_moment) {
        None => Ok(None),
        Some(Some(millis)) => Ok(Some(UnixMillis(millis))),
        Some(None) => Err(CommandError::refused(format!(
            "{option} must look like 2026-11-21T08:00:00+08:00, or be a date such as 2026-11-21"
        ))),
    };
    let (since, until) = (moment("--since", &which.since)?, moment("--until", &which.until)?);
    if since.zip(until).is_some_and(|(since, until)| since >= until) {
        return Err(CommandError::refused("--since must be before --until: no line is meant"));
    }
    if let Some(name) = &which.event
        && !EVENTS.iter().any(|event| event.name == name)
    {
        return Err(CommandError::refused(format!("there is no event {name}; idp audit events shows them")));
    }
    let account = match &which.account {
        Some(name) => {
            let person = accounts::find(prepared, name).await?;
            let typed = b64::encode(&accounts_state::name_digest(prepared, &person.account).await?);
            Some((person.account_id, typed))
        }
        None => None,
    };
    let client = match &which.client {
        Some(id) => Some(clients::find(prepared, id).await?.client.id),
        None => None,
    };
    Ok(Wanted { account, client, event: which.event.clone(), since, until })
}

/// A line for programs. The names of the fields stay.
pub(super) fn document(line: &Stored) -> Result<Value, CommandError> {
    let detail: Value = line.detail.as_deref().map_or(Ok(Value::Null), serde_json::from_str)?;
    Ok(json!({
        "id": line.id, "time": rfc3339(line.at().0), "event": line.event, "account_id": line.account_id,
        "account": line.account, "client": line.client, "detail": detail,
    }))
}

async fn show(context: &Context, prepared: &Prepared, asked: ListAudit) -> Result<(), CommandError> {
    let wanted = wanted(prepared, &asked.which).await?;
    let (limit, mut after, mut found) = (usize::from(asked.limit), asked.after, Vec::new());
    loop {
        let (wanted, from) = (wanted.clone(), after.clone());
        let missing = i64::try_from(limit + 1 - found.len()).unwrap_or(i64::MAX);
        let unit = move |conn: &mut idp_store::Conn| newest(conn, &wanted, from.as_deref(), (missing, STRETCH));
        let page = prepared.db.scan(unit).await?;
        found.extend(page.lines);
        after = page.end;
        if found.len() > limit || after.is_none() {
            break;
        }
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let text_of = |text: &Option<String>| text.clone().unwrap_or_default();
    let row = |line: &Stored| {
        let account = line.account.as_ref().or(line.account_id.as_ref()).cloned().unwrap_or_default();
        vec![rfc3339(line.at().0), line.event.clone(), account, text_of(&line.client), text_of(&line.detail)]
    };
    let rows: Vec<_> = found.iter().map(row).collect();
    let mut text = table(&["TIME", "EVENT", "ACCOUNT", "CLIENT", "DETAIL"], &rows);
    if let Some(last) = found.last().filter(|_| more) {
        text.push_str(&format!("\nmore: --after {}", last.id));
    }
    let documents: Result<Vec<_>, _> = found.iter().map(document).collect();
    context.out.result(&text, &Value::Array(documents?))
}

fn events(context: &Context) -> Result<(), CommandError> {
    let column = |column: Column| match column {
        Column::Never => "",
        Column::Sometimes => "at times",
        Column::Always => "yes",
    };
    let mut text = String::from(
        "# Audit events\n\nWritten in the transaction of the act. Printed by `idp audit events`.\n\n\
         No line has a person's address: it is personal data, and the audit is kept longest\n\
         ([decision 24](decisions/0024-no-address-in-the-audit.md)).\n\n\
         | Event | What happened | Account | Client | Detail |\n|---|---|---|---|---|\n",
    );
    let mut documents = Vec::new();
    for Documented { name, meaning, account, client, detail } in EVENTS {
        let members: Vec<_> = detail.iter().map(|(member, meaning)| format!("`{member}`: {meaning}")).collect();
        let (account, client, members) = (column(*account), column(*client), members.join("; "));
        text.push_str(&format!("| `{name}` | {meaning} | {account} | {client} | {members} |\n"));
        let names: Vec<_> = detail.iter().map(|(member, _)| *member).collect();
        documents.push(json!({ "event": name, "meaning": meaning, "detail": names }));
    }
    context.out.result(&text, &Value::Array(documents))
}
