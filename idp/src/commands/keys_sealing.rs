//! `idp keys sealing` — the keys that seal codes, tokens and personal data, and their change.

use super::output::table;
use super::{CommandError, Context};
use crate::keystore::Prepared;
use crate::keystore::sealing::{self, Need, PUBLISHED_FOR};
use crate::pages::dates::moment_text;
use crate::text::Language;
use clap::Subcommand;
use idp_core::UnixMillis;
use idp_store::sealing_keys::{self, SealingKeyRow};
use serde_json::{Value, json};
use std::sync::Arc;

/// What `idp keys sealing` takes.
#[derive(Subcommand)]
#[command(after_help = "\
Examples:
  idp keys sealing list
  idp keys sealing rotate")]
pub enum SealingCommand {
    /// Every sealing key, and what still needs an old one
    #[command(after_help = "Example:\n  idp keys sealing list")]
    List,
    /// Make a new one; it seals as soon as every node knows it
    #[command(after_help = "Example:\n  idp keys sealing rotate")]
    Rotate,
    /// Delete an old one that nothing needs (the running server does so by itself)
    #[command(after_help = "Example:\n  idp keys sealing retire 4f1d02aa")]
    Retire {
        /// The key
        id: String,
    },
}

/// Runs it.
pub async fn run(context: &Context, prepared: &Prepared, command: SealingCommand) -> Result<(), CommandError> {
    match command {
        SealingCommand::List => list(context, prepared).await,
        SealingCommand::Rotate => rotate(context, prepared).await,
        SealingCommand::Retire { id } => retire(context, prepared, &id).await,
    }
}

async fn list(context: &Context, prepared: &Prepared) -> Result<(), CommandError> {
    let (now, lifetimes) = (context.clock.now(), context.settings.lifetimes());
    let unit = move |conn: &mut idp_store::Conn| {
        let mut out = Vec::new();
        for row in sealing_keys::all(conn)? {
            let need = match row.superseded_at {
                Some(since) => sealing::need(conn, (&row.id, since), now, &lifetimes)?,
                None => None,
            };
            out.push((row, need));
        }
        Ok(out)
    };
    let rows = prepared.db.scan(unit).await?;
    let line = |(row, need): &(SealingKeyRow, Option<Need>)| {
        let (state, since) = state(row);
        vec![row.id.clone(), state.to_owned(), moment(since), needed(row, need.as_ref())]
    };
    let lines: Vec<_> = rows.iter().map(line).collect();
    let one = |(row, need): &(SealingKeyRow, Option<Need>)| {
        let (state, since) = state(row);
        json!({ "id": row.id, "state": state, "since": since.0, "created_at": row.created_at.0,
            "needed_by": need.as_ref().map(words) })
    };
    let document: Vec<Value> = rows.iter().map(one).collect();
    context.out.result(&table(&["ID", "STATE", "SINCE", "NEEDED BY"], &lines), &document.into())
}

fn state(row: &SealingKeyRow) -> (&'static str, UnixMillis) {
    match row.superseded_at {
        Some(since) => ("superseded", since),
        None if row.is_current => ("current", row.created_at),
        None => ("next", row.created_at),
    }
}

fn needed(row: &SealingKeyRow, need: Option<&Need>) -> String {
    match need {
        _ if row.is_current => "what is sealed now".into(),
        _ if row.is_next() => format!("seals from {}", moment(row.created_at.plus(PUBLISHED_FOR))),
        Some(need) => words(need),
        None => "nothing; it goes by itself".into(),
    }
}

fn words(need: &Need) -> String {
    match need {
        Need::Handles(until) => format!("codes, access tokens and pages until {}", moment(*until)),
        Need::RefreshTokens => "refresh tokens that are still valid".into(),
        Need::Stored(count) => format!("{count} stored values, which the running server seals anew"),
    }
}

async fn rotate(context: &Context, prepared: &Prepared) -> Result<(), CommandError> {
    let now = context.clock.now();
    let made = sealing::make_next(&prepared.db, &prepared.master, now).await?;
    let Some(id) = made else {
        return Err(CommandError::refused("a next sealing key is waiting already: idp keys sealing list"));
    };
    let seals_at = now.plus(PUBLISHED_FOR);
    let text = format!(
        "sealing key {id} is known to every node within a second or two, and seals from {}\n\
         the running server then seals stored values anew and deletes the old key when nothing needs it any more",
        moment(seals_at)
    );
    context.out.result(&text, &json!({ "id": id, "seals_at": seals_at.0 }))
}

async fn retire(context: &Context, prepared: &Prepared, id: &str) -> Result<(), CommandError> {
    let lifetimes = Arc::new(context.settings.lifetimes());
    match sealing::retire(&prepared.db, id, context.clock.now(), &lifetimes).await? {
        Ok(()) => context.out.result(&format!("sealing key {id} is deleted"), &json!({ "retired": id })),
        Err(Some(need)) => Err(CommandError::refused(format!("sealing key {id} is needed by {}", words(&need)))),
        Err(None) => Err(CommandError::refused(format!("{id} is no superseded sealing key: idp keys sealing list"))),
    }
}

fn moment(at: UnixMillis) -> String {
    moment_text(at.0, Language::En)
}
