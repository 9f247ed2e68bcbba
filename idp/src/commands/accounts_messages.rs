//! `idp accounts messages` — what became of the mails and text messages to a person.

use super::accounts::find;
use super::accounts_state::name_digest;
use super::output::table;
use super::{CommandError, Context};
use crate::keystore::Prepared;
use crate::pages::dates::rfc3339;
use clap::Args;
use idp_core::ids::moment_of;
use idp_core::{AccountId, UnixMillis};
use idp_store::messages::{self, Listed, State};
use keys::b64;
use serde_json::{Value, json};

/// What `idp accounts messages` takes.
#[derive(Args)]
pub struct AccountMessages {
    /// The account name
    account: String,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
}

/// Those to the account, and those that somebody asked for by its name.
pub(super) async fn run(context: &Context, prepared: &Prepared, asked: AccountMessages) -> Result<(), CommandError> {
    let person = find(prepared, &asked.account).await?;
    let by_name = AccountId::from_trusted(b64::encode(&name_digest(prepared, &person.account).await?));
    let (about, limit) = ([person.account_id, by_name], i64::from(asked.limit));
    let found = prepared.db.scan(move |conn| messages::of(conn, &about, limit)).await?;
    let rows: Vec<_> = found.iter().map(row).collect();
    let document: Vec<_> = found.iter().map(document).collect();
    let header = ["NOTED", "BY", "WHAT FOR", "STATE", "WHEN", "ATTEMPTS", "LAST"];
    context.out.result(&table(&header, &rows), &Value::Array(document))
}

/// The state, and since or until when.
fn state(message: &Listed) -> (&'static str, Option<String>) {
    let at = |time: UnixMillis| Some(rfc3339(time.0));
    match message.standing.state {
        State::Queued => ("waiting", None),
        State::Held { next } => ("held", at(next)),
        State::Delayed { next } => ("delayed", at(next)),
        State::Sent { at: since } => ("sent", at(since)),
        State::NotSent { at: since } => ("not sent", at(since)),
    }
}

fn noted(message: &Listed) -> Option<String> {
    moment_of(&message.standing.id).map(|at| rfc3339(at.0))
}

fn row(message: &Listed) -> Vec<String> {
    let (state, when) = state(message);
    vec![
        noted(message).unwrap_or_default(),
        message.channel.clone(),
        message.purpose.clone(),
        state.into(),
        when.unwrap_or_default(),
        message.attempts.to_string(),
        message.standing.detail.clone().unwrap_or_default(),
    ]
}

fn document(message: &Listed) -> Value {
    let (state, when) = state(message);
    json!({
        "noted": noted(message),
        "channel": message.channel,
        "purpose": message.purpose,
        "state": state.replace(' ', "_"),
        "when": when,
        "attempts": message.attempts,
        "last": message.standing.detail,
    })
}
