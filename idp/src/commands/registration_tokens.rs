//! `idp clients registration-tokens` — initial access tokens (RFC 7591 §3): made for somebody who is to register clients.

use super::clients_arguments::ProfileArg;
use super::output::table;
use super::{CommandError, Context, operator};
use crate::keystore::Prepared;
use crate::pages::dates::rfc3339;
use crate::settings::Span;
use clap::{Args, Subcommand};
use idp_core::audit::{About, Event};
use idp_core::{UnixMillis, shown_text};
use idp_store::audit;
use idp_store::registration_tokens::{self, RegistrationToken};
use keys::{b64, sha256};
use serde_json::{Value, json};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The longest note, in characters.
const LONGEST_NOTE: usize = 120;

/// What `idp clients registration-tokens` takes.
#[derive(Subcommand)]
pub enum RegistrationTokensCommand {
    /// Make one; it is written into a file for its owner alone
    #[command(
        after_help = "Example:\n  idp clients registration-tokens add --note 內政部 --uses 3 --life 7d --token-file moi.token"
    )]
    Add(AddToken),
    /// All of them, the newest first; never the tokens themselves
    #[command(after_help = "Example:\n  idp clients registration-tokens list")]
    List,
    /// Take one back; the clients that it registered stay
    #[command(after_help = "Example:\n  idp clients registration-tokens revoke Zk3…")]
    Revoke {
        /// Which, as listed
        token_id: String,
    },
}

/// What `idp clients registration-tokens add` takes.
#[derive(Args)]
pub struct AddToken {
    /// For whom it is, in your words
    #[arg(long)]
    note: String,
    /// How many clients it registers
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    uses: u16,
    /// How long it can be used, 1m to 365d
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = Span::parse)]
    life: Span,
    /// The profile of the clients that it registers
    #[arg(long, value_enum, default_value = "standard")]
    profile: ProfileArg,
    /// Where the token is written (0600); it is never printed
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
}

/// Runs it.
///
/// # Errors
/// What was asked wrongly, or why the database says no.
pub async fn run(
    context: &Context,
    prepared: &Prepared,
    command: RegistrationTokensCommand,
) -> Result<(), CommandError> {
    match command {
        RegistrationTokensCommand::Add(add) => make(context, prepared, add).await,
        RegistrationTokensCommand::List => list(context, prepared).await,
        RegistrationTokensCommand::Revoke { token_id } => revoke(context, prepared, token_id).await,
    }
}

async fn make(context: &Context, prepared: &Prepared, add: AddToken) -> Result<(), CommandError> {
    let note = shown_text::name(&add.note, LONGEST_NOTE);
    let note = note.map_err(|why| CommandError::refused(format!("--note {why}")))?.to_owned();
    if !(60..=365 * 86_400).contains(&add.life.0.as_secs()) {
        return Err(CommandError::refused("--life must be 1m to 365d"));
    }
    let (now, token) = (context.clock.now(), b64::encode(&keys::random::<32>()?));
    let made = RegistrationToken {
        id: b64::encode(&keys::random::<9>()?),
        digest: sha256(token.as_bytes()).to_vec(),
        note,
        profile: add.profile.into(),
        uses: add.uses.into(),
        used: 0,
        created_at: now,
        expires_at: now.plus(add.life.0),
        revoked_at: None,
    };
    // First: a token that nobody has registers nobody.
    write(&add.token_file, &token)?;
    let document = document(&made, now);
    let (words, detail) = (format!("token {} is in {}", made.id, add.token_file.display()), document.clone());
    let stored = prepared.db.write(move |tx| {
        registration_tokens::insert(tx, &made)?;
        let event = administered_tokens("clients.registration_tokens.add", &made.id, detail.clone());
        audit::write(tx, event, now, keys::random()?)
    });
    if let Err(why) = stored.await {
        // It is worth nothing: nobody shall try it.
        let _ = std::fs::remove_file(&add.token_file);
        return Err(why.into());
    }
    context.out.result(&words, &document)
}

fn write(path: &Path, token: &str) -> Result<(), CommandError> {
    let opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = opened.map_err(|why| CommandError::refused(format!("--token-file {}: {why}", path.display())))?;
    file.write_all(token.as_bytes())?;
    Ok(file.sync_all()?)
}

async fn list(context: &Context, prepared: &Prepared) -> Result<(), CommandError> {
    let (all, now) = (prepared.db.scan(registration_tokens::all).await?, context.clock.now());
    let row = |token: &RegistrationToken| {
        let uses = format!("{} of {}", token.used, token.uses);
        vec![token.id.clone(), state(token, now).to_owned(), uses, rfc3339(token.expires_at.0), token.note.clone()]
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    let documents = all.iter().map(|token| document(token, now)).collect();
    context.out.result(&table(&["TOKEN", "STATE", "USED", "EXPIRES", "NOTE"], &rows), &Value::Array(documents))
}

async fn revoke(context: &Context, prepared: &Prepared, id: String) -> Result<(), CommandError> {
    let (now, named) = (context.clock.now(), id.clone());
    let revoked = prepared.db.write(move |tx| {
        let revoked = registration_tokens::revoke(tx, &named, now)?;
        if revoked {
            let event = administered_tokens("clients.registration_tokens.revoke", &named, json!({}));
            audit::write(tx, event, now, keys::random()?)?;
        }
        Ok(revoked)
    });
    match revoked.await? {
        true => {
            context.out.result(&format!("token {id} registers nobody any more"), &json!({ "id": id, "revoked": true }))
        }
        false => Err(CommandError::refused(format!(
            "there is no token {id} that could be taken back; idp clients registration-tokens list shows them"
        ))),
    }
}

fn administered_tokens(act: &'static str, id: &str, detail: Value) -> Event {
    operator::administered(act, About::Other(format!("initial access token {id}")), detail)
}

fn state(token: &RegistrationToken, now: UnixMillis) -> &'static str {
    match token {
        token if token.revoked_at.is_some() => "revoked",
        token if token.used >= token.uses => "used up",
        token if token.is_good(now) => "good",
        _ => "expired",
    }
}

fn document(token: &RegistrationToken, now: UnixMillis) -> Value {
    json!({
        "id": token.id,
        "note": token.note,
        "profile": token.profile,
        "state": state(token, now).replace(' ', "_"),
        "uses": token.uses,
        "used": token.used,
        "created_at": rfc3339(token.created_at.0),
        "expires_at": rfc3339(token.expires_at.0),
    })
}
