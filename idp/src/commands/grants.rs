//! `idp grants` — what people gave to portals: looking at it. Taking it back is in `grants_revoke`.

use super::output::table;
use super::{CommandError, Context, accounts, clients, grants_revoke};
use crate::keystore::Prepared;
use crate::pages::dates::rfc3339;
use clap::{Args, Subcommand};
use idp_core::client::Client;
use idp_core::oauth::gate::{Bound, grant_may_give};
use idp_core::{ClientId, GrantId};
use idp_store::grants::list::{self, Listed, Wanted};
use serde_json::{Value, json};
use std::collections::HashMap;

/// What `idp grants` takes.
#[derive(Subcommand)]
#[command(after_help = "\
Examples:
  idp grants list --account fireman0119 --active
  idp grants revoke --account fireman0119 --client emic
  idp grants revoke --client emic --yes")]
pub enum GrantsCommand {
    /// What people gave to portals, the newest first
    #[command(after_help = "Example:\n  idp grants list --account fireman0119 --client emic")]
    List(ListGrants),
    /// Take it back: its tokens end at once, and the portal is told that the person is signed out
    #[command(
        after_help = "Examples:\n  idp grants revoke GRANT_ID\n  idp grants revoke --account fireman0119 --client emic\n  idp grants revoke --client emic --yes"
    )]
    Revoke(grants_revoke::RevokeGrants),
}

/// What `idp grants list` takes.
#[derive(Args)]
pub struct ListGrants {
    /// Of this account alone
    #[arg(long)]
    account: Option<String>,
    /// To this client alone
    #[arg(long, value_name = "CLIENT_ID")]
    client: Option<String>,
    /// Those alone that still count
    #[arg(long)]
    active: bool,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    /// Go on after this grant, the last one of the page before
    #[arg(long, value_name = "GRANT_ID")]
    after: Option<String>,
}

/// Runs it.
pub async fn run(context: Context, command: GrantsCommand) -> Result<(), CommandError> {
    let prepared = context.prepare().await?;
    match command {
        GrantsCommand::List(list) => show(&context, &prepared, list).await,
        GrantsCommand::Revoke(revoke) => grants_revoke::run(&context, &prepared, revoke).await,
    }
}

/// Which grants are meant by the names of account and client.
pub(super) async fn wanted(
    prepared: &Prepared,
    account: Option<&str>,
    client: Option<&str>,
) -> Result<Wanted, CommandError> {
    let account = match account {
        Some(name) => Some(accounts::find(prepared, name).await?.account_id),
        None => None,
    };
    let client = match client {
        Some(id) => Some(clients::find(prepared, id).await?.client.id),
        None => None,
    };
    Ok(Wanted { account, client, not_over_at: None })
}

async fn show(context: &Context, prepared: &Prepared, asked: ListGrants) -> Result<(), CommandError> {
    let now = context.clock.now();
    let wanted = wanted(prepared, asked.account.as_deref(), asked.client.as_deref()).await?;
    let wanted = Wanted { not_over_at: asked.active.then_some(now), ..wanted };
    let clients = prepared.db.scan(idp_store::clients::all).await?.readable.into_iter();
    let clients: HashMap<ClientId, Client> = clients.map(|stored| (stored.client.id.clone(), stored.client)).collect();
    let lifetimes = context.settings.lifetimes();
    let over = |(grant, session, person): &Listed| match clients.get(&grant.client_id) {
        Some(client) => {
            grant_may_give(client, grant, (session, person), now, &lifetimes).err().map(|refusal| refusal.detail())
        }
        None => Some("there is no such client"),
    };
    let limit = usize::from(asked.limit);
    let counts = |listed: &Listed| !asked.active || over(listed).is_none();
    let mut found = collect(prepared, wanted, asked.after.map(GrantId::from_trusted), (limit, &counts)).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let rows: Vec<_> = found.iter().map(|listed| row(listed, over(listed))).collect();
    let header = ["GRANT", "ACCOUNT", "CLIENT", "SIGNED IN", "LAST USED", "EXPIRES", "HANGS ON", "STRENGTH", "STATE"];
    let mut text = table(&header, &rows);
    if let Some((last, ..)) = found.last().filter(|_| more) {
        text.push_str(&format!("\nmore: --after {}", last.id));
    }
    let documents = found.iter().map(|listed| document(listed, over(listed))).collect();
    context.out.result(&text, &Value::Array(documents))
}

/// One more than the limit, if there are so many. What the gate judges beside the row itself is seen after reading: further
/// pages are read until enough count.
async fn collect(
    prepared: &Prepared,
    wanted: Wanted,
    mut after: Option<GrantId>,
    (limit, counts): (usize, &dyn Fn(&Listed) -> bool),
) -> Result<Vec<Listed>, CommandError> {
    let mut found = Vec::new();
    loop {
        let (wanted, from, size) = (wanted.clone(), after.clone(), i64::try_from(limit + 1).unwrap_or(i64::MAX));
        let page = prepared.db.scan(move |conn| list::page(conn, &wanted, from.as_ref(), size)).await?;
        let full = page.len() > limit;
        after = page.last().map(|(grant, ..)| grant.id.clone());
        found.extend(page.into_iter().filter(counts));
        if found.len() > limit || !full {
            return Ok(found);
        }
    }
}

const fn hangs_on(bound: Bound) -> &'static str {
    match bound {
        Bound::ToSession => "session",
        Bound::Offline => "offline",
    }
}

fn row((grant, _, person): &Listed, over: Option<&str>) -> Vec<String> {
    vec![
        grant.id.to_string(),
        person.account.clone(),
        grant.client_id.to_string(),
        rfc3339(grant.auth_time.0),
        rfc3339(grant.refreshed_at.0),
        rfc3339(grant.expires_at.0),
        hangs_on(grant.bound).to_owned(),
        grant.acr.as_str().to_owned(),
        over.unwrap_or("active").to_owned(),
    ]
}

fn document((grant, _, person): &Listed, over: Option<&str>) -> Value {
    json!({
        "id": grant.id, "account": person.account, "client": grant.client_id, "session": grant.session_id,
        "scope": grant.scope.to_string(), "hangs_on": hangs_on(grant.bound), "acr": grant.acr.as_str(),
        "signed_in_at": rfc3339(grant.auth_time.0), "last_used_at": rfc3339(grant.refreshed_at.0),
        "expires_at": rfc3339(grant.expires_at.0), "revoked_at": grant.revoked_at.map(|at| rfc3339(at.0)),
        "active": over.is_none(), "why_not": over,
    })
}
