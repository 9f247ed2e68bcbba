//! `idp restore` — puts a backup into an empty place: SQLite or PostgreSQL, whichever the backup came from.

use super::operator::operator;
use super::{CommandError, Context, backup::document, named_file, right_clock};
use crate::keystore::{master_key_file, prepare};
use crate::pages::dates::moment_text;
use crate::text::Language;
use clap::Args;
use idp_store::Fault;
use idp_store::backup::{self, Header, Restore, Restored};
use keys::UnixMillis;
use rustix::fs::OFlags;
use serde_json::{Value, json};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What `idp restore` takes.
#[derive(Args)]
#[command(
    long_about = "Put a backup into an empty database: SQLite or PostgreSQL, whichever it came from\n\n\
The whole file is checked before anything is written, and written in one transaction: a restore that fails leaves \
nothing. It needs the master key file of the time of the backup.\n\n\
Codes of before are refused afterwards. Refresh tokens of before are refused too, because the backup does not know which \
of them were used since, and mails and text messages that waited are not sent, because most were since; with \
--server-was-stopped all go on.",
    after_help = "\
Examples:
  idp restore --check /backup/idp-20261121.backup
  idp --config /etc/shenfen/idp.toml restore /backup/idp-20261121.backup
  idp --config /etc/shenfen/postgres.toml restore --server-was-stopped /backup/moving.backup"
)]
pub struct RestoreCommand {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The master key file of the time of the backup, if it is not the one of the settings
    #[arg(long, value_name = "FILE")]
    master_key_file: Option<PathBuf>,
    /// The server was stopped before the backup was made, so that nothing happened since: refresh tokens go on, and what waits is sent
    #[arg(long)]
    server_was_stopped: bool,
    /// Everybody has to sign in again
    #[arg(long)]
    end_sessions: bool,
    /// Only look whether the file is whole and genuine
    #[arg(long, conflicts_with_all = ["server_was_stopped", "end_sessions"])]
    check: bool,
}

/// Restores.
pub async fn run(mut context: Context, command: RestoreCommand) -> Result<(), CommandError> {
    if let Some(file) = &command.master_key_file {
        context.settings.keys.master_key_file = Some(file.clone());
    }
    let file = command.file.clone();
    let words = |why: &dyn std::fmt::Display| CommandError::refused(format!("{}: {why}", file.display()));
    let master = master_key_file::read(&context.settings.master_key_file()?).map_err(prepare::CannotStart::from)?;
    let master = Arc::new(master);
    let (path, key) = (file.clone(), master.clone());
    // Minutes, for a large one: on a thread that may block.
    let verified = tokio::task::spawn_blocking(move || backup::verify(open(&path)?, &key).map_err(Looked::Unusable));
    let header = match verified.await.map_err(|_| words(&"reading it panicked"))? {
        Ok(header) => header,
        Err(Looked::Io(why)) => return Err(words(&why)),
        Err(Looked::Unusable(why)) => return Err(words(&why)),
    };
    if command.check {
        let text = format!("{} is whole and genuine: {}", file.display(), described(&header));
        return context.out.result(&text, &document(&file, &header));
    }
    let db = prepare::connect(&context.settings)?;
    if let Err(table) = db.scan(backup::holds_nothing).await? {
        let words = format!(
            "the database is not empty: there are rows in {table}. A backup goes into an empty place only; nothing was \
             changed"
        );
        return Err(CommandError::refused(words));
    }
    right_clock::refuse_another(&context, &db).await?;
    let (created_at, skew) = (UnixMillis(header.created_at), context.settings.keys.clock_skew.0);
    if created_at > context.clock.now().plus(skew) {
        let at = moment_text(header.created_at, Language::En);
        let words =
            format!("this machine's clock is behind: the backup was made at {at}. Nothing was changed; set it right");
        return Err(CommandError::refused(words));
    }
    let how = Restore {
        now: context.clock.now(),
        nothing_happened_since: command.server_was_stopped,
        end_sessions: command.end_sessions,
        operator: operator(),
    };
    let path = file.clone();
    let unit = move |tx: &mut idp_store::Tx<'_>| {
        let input = open(&path).map_err(|why| Fault::Unavailable(why.to_string()))?;
        backup::restore(tx, input, &master, &how)
    };
    let restored = db.fill(unit).await?;
    say(&context, &file, &restored, command.server_was_stopped)
}

enum Looked {
    Io(std::io::Error),
    Unusable(backup::Unusable),
}

impl From<std::io::Error> for Looked {
    fn from(why: std::io::Error) -> Self {
        Self::Io(why)
    }
}

fn open(path: &Path) -> std::io::Result<BufReader<File>> {
    let file = named_file::open_regular(path, File::options().read(true), OFlags::empty())?;
    Ok(BufReader::with_capacity(1 << 20, file))
}

fn described(header: &Header) -> String {
    let at = moment_text(header.created_at, Language::En);
    format!("{} rows of {} as of {at} (schema {})", header.rows(), header.issuer, header.schema)
}

fn say(context: &Context, file: &Path, done: &Restored, server_was_stopped: bool) -> Result<(), CommandError> {
    let mut lines = vec![format!("restored {}", described(&done.header))];
    if done.header.issuer != context.settings.server.issuer {
        let issuer = &context.settings.server.issuer;
        lines.push(format!("the setting server.issuer is {issuer}: portals that know the other one refuse its tokens"));
    }
    if done.refresh_tokens_ended > 0 {
        let count = done.refresh_tokens_ended;
        lines.push(format!("{count} refresh tokens of before are refused: their portals sign people in again"));
    }
    if done.sessions_ended > 0 {
        lines.push(format!("{} sessions ended", done.sessions_ended));
    }
    if done.messages_given_up > 0 {
        let count = done.messages_given_up;
        lines.push(format!("{count} mails and text messages that waited are not sent: most were, since the backup"));
    }
    if !server_was_stopped {
        lines.push("what was locked, revoked or rotated since the backup is back to before: do it again".to_owned());
    }
    let mut document = document(file, &done.header);
    if let Value::Object(members) = &mut document {
        members.insert("refresh_tokens_ended".into(), json!(done.refresh_tokens_ended));
        members.insert("sessions_ended".into(), json!(done.sessions_ended));
        members.insert("messages_given_up".into(), json!(done.messages_given_up));
    }
    context.out.result(&lines.join("\n"), &document)
}
