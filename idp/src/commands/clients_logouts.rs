//! `idp clients logouts` — what became of the logout tokens that a portal had to be sent.

use super::output::table;
use super::{CommandError, Context};
use crate::keystore::Prepared;
use crate::pages::dates::rfc3339;
use clap::Args;
use idp_core::{ClientId, UnixMillis};
use idp_store::outbox::{self, Delivery, State};
use serde_json::{Value, json};

/// What `idp clients logouts` takes.
#[derive(Args)]
pub struct ClientLogouts {
    /// The client
    client_id: String,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
}

/// Runs it.
///
/// # Errors
/// When there is no such client, or the database says no.
pub async fn run(context: &Context, prepared: &Prepared, asked: ClientLogouts) -> Result<(), CommandError> {
    let client: ClientId = super::clients::find(prepared, &asked.client_id).await?.client.id;
    let (now, limit) = (context.clock.now(), i64::from(asked.limit));
    let found = prepared.db.scan(move |conn| outbox::of_client(conn, &client, now, limit)).await?;
    let rows: Vec<_> = found.iter().map(row).collect();
    let document: Vec<_> = found.iter().map(document).collect();
    let header = ["SESSION", "STATE", "ATTEMPTS", "WHEN", "LAST"];
    context.out.result(&table(&header, &rows), &Value::Array(document))
}

/// The state, and since or until when.
fn state(delivery: &Delivery) -> (&'static str, Option<String>) {
    let at = |time: UnixMillis| Some(rfc3339(time.0));
    match delivery.state {
        State::UnderWay => ("under way", None),
        State::Waiting { next } => ("waiting", at(next)),
        State::Delivered { at: since } => ("delivered", at(since)),
        State::Sent { at: since } => ("sent", at(since)),
        State::Answered { at: since } => ("answered", at(since)),
        State::NotSupported { at: since } => ("not supported", at(since)),
        State::NotDelivered { at: since } => ("not delivered", at(since)),
    }
}

fn row(delivery: &Delivery) -> Vec<String> {
    let (state, when) = state(delivery);
    let words = delivery.outcome.clone().unwrap_or_default();
    vec![
        delivery.session_id.clone().unwrap_or_default(),
        state.into(),
        delivery.attempts.to_string(),
        when.unwrap_or_default(),
        words,
    ]
}

fn document(delivery: &Delivery) -> Value {
    let (state, when) = state(delivery);
    json!({
        "session_id": delivery.session_id,
        "state": state.replace(' ', "_"),
        "attempts": delivery.attempts,
        "when": when,
        "last": delivery.outcome,
    })
}
