//! `idp sessions` — sessions of people's browsers: looking at them. Ending them is in `sessions_revoke`.

use super::output::table;
use super::{CommandError, Context, accounts, sessions_revoke};
use crate::keystore::Prepared;
use crate::pages::dates::rfc3339;
use clap::{Args, Subcommand};
use idp_core::oauth::gate::GateRefusal;
use idp_core::people::account::Person;
use idp_core::sign_in::session::Session;
use idp_core::{Lifetimes, SessionId, UnixMillis};
use idp_store::sessions;
use idp_store::sessions::list::{self, Listed};
use serde_json::{Value, json};

/// What `idp sessions` takes.
#[derive(Subcommand)]
#[command(after_help = "\
Examples:
  idp sessions list --account fireman0119 --active
  idp sessions revoke --account fireman0119
  idp sessions revoke --all --yes")]
pub enum SessionsCommand {
    /// Sessions, the newest first; those that are over can be looked at for a day
    #[command(after_help = "Example:\n  idp sessions list --account fireman0119 --active")]
    List(ListSessions),
    /// End sessions at once, as a sign-out does: their portals are told
    #[command(
        after_help = "Examples:\n  idp sessions revoke SESSION_ID\n  idp sessions revoke --account fireman0119\n  idp sessions revoke --all --yes"
    )]
    Revoke(sessions_revoke::RevokeSessions),
}

/// What `idp sessions list` takes.
#[derive(Args)]
pub struct ListSessions {
    /// Of this account alone
    #[arg(long)]
    account: Option<String>,
    /// Those alone that still count
    #[arg(long)]
    active: bool,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    /// Go on after this session, the last one of the page before
    #[arg(long, value_name = "SESSION_ID", allow_hyphen_values = true)]
    after: Option<String>,
}

/// Runs it.
pub async fn run(context: Context, command: SessionsCommand) -> Result<(), CommandError> {
    let prepared = context.prepare().await?;
    match command {
        SessionsCommand::List(list) => show(&context, &prepared, list).await,
        SessionsCommand::Revoke(revoke) => sessions_revoke::run(&context, &prepared, revoke).await,
    }
}

/// A session by its id.
pub(super) async fn find(prepared: &Prepared, id: &str) -> Result<Session, CommandError> {
    let key = SessionId::from_trusted(id);
    let found = prepared.db.read(move |conn| sessions::find(conn, &key)).await?;
    let missing = || CommandError::refused(format!("there is no session {id}; idp sessions list shows them"));
    Ok(found.ok_or_else(missing)?.0)
}

async fn show(context: &Context, prepared: &Prepared, asked: ListSessions) -> Result<(), CommandError> {
    let (now, lifetimes) = (context.clock.now(), context.settings.lifetimes());
    let account = match &asked.account {
        Some(name) => Some(accounts::find(prepared, name).await?.account_id),
        None => None,
    };
    let after = match &asked.after {
        Some(id) => Some(find(prepared, id).await?).map(|session| (session.auth_time, session.id)),
        None => None,
    };
    let wanted = list::Wanted { account, not_over_at: asked.active.then_some(now) };
    let limit = usize::from(asked.limit);
    let counts =
        |(session, person): &(Session, Person)| !asked.active || session.check(person, now, &lifetimes).is_ok();
    let mut found = collect(prepared, wanted, after, (limit, &counts)).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let rows: Vec<_> = found.iter().map(|(session, person)| row(session, person, now, &lifetimes)).collect();
    let header = ["SESSION", "ACCOUNT", "SIGNED IN", "LAST USED", "EXPIRES", "STRENGTH", "STATE"];
    let mut text = table(&header, &rows);
    if let Some((last, _)) = found.last().filter(|_| more) {
        text.push_str(&format!("\nmore: --after {}", last.id));
    }
    let documents: Vec<_> = found.iter().map(|(session, person)| document(session, person, now, &lifetimes)).collect();
    context.out.result(&text, &Value::Array(documents))
}

/// One more than the limit, if there are so many. What a session is judged by beside its own row is seen after reading:
/// further pages are read until enough count.
async fn collect(
    prepared: &Prepared,
    wanted: list::Wanted,
    mut after: Option<(UnixMillis, SessionId)>,
    (limit, counts): (usize, &dyn Fn(&Listed) -> bool),
) -> Result<Vec<Listed>, CommandError> {
    let mut found = Vec::new();
    loop {
        let (wanted, from, size) = (wanted.clone(), after.clone(), i64::try_from(limit + 1).unwrap_or(i64::MAX));
        let unit = move |conn: &mut idp_store::Conn| {
            list::page(conn, &wanted, from.as_ref().map(|(time, id)| (*time, id)), size)
        };
        let page = prepared.db.scan(unit).await?;
        let full = page.len() > limit;
        after = page.last().map(|(session, _)| (session.auth_time, session.id.clone()));
        found.extend(page.into_iter().filter(counts));
        if found.len() > limit || !full {
            return Ok(found);
        }
    }
}

/// Why a session counts no more; `None`: it counts.
fn over(session: &Session, person: &Person, now: UnixMillis, lifetimes: &Lifetimes) -> Option<&'static str> {
    session.check(person, now, lifetimes).err().map(|over| GateRefusal::Session(over).detail())
}

fn row(session: &Session, person: &Person, now: UnixMillis, lifetimes: &Lifetimes) -> Vec<String> {
    vec![
        session.id.to_string(),
        person.account.clone(),
        rfc3339(session.auth_time.0),
        rfc3339(session.last_used_at.0),
        rfc3339(session.expires_at.0),
        session.acr.as_str().to_owned(),
        over(session, person, now, lifetimes).unwrap_or("active").to_owned(),
    ]
}

fn document(session: &Session, person: &Person, now: UnixMillis, lifetimes: &Lifetimes) -> Value {
    let over = over(session, person, now, lifetimes);
    json!({
        "id": session.id, "account": person.account, "acr": session.acr.as_str(),
        "signed_in_at": rfc3339(session.auth_time.0), "last_used_at": rfc3339(session.last_used_at.0),
        "expires_at": rfc3339(session.expires_at.0), "ended_at": session.ended_at.map(|at| rfc3339(at.0)),
        "active": over.is_none(), "why_not": over,
    })
}
