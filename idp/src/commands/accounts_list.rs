//! `idp accounts list|show` — looking at accounts.

use super::accounts::find;
use super::accounts_state::name_digest;
use super::output::table;
use super::{CommandError, Context};
use crate::keystore::Prepared;
use crate::pages::dates::rfc3339;
use clap::Args;
use idp_core::people::account::{AccountState, Person};
use idp_core::people::password_attempt::{TooSoon, standing};
use idp_core::{AccountId, UnixMillis};
use idp_store::{Conn, Fault, account_roles, accounts, password_attempts, recovery};
use serde_json::{Value, json};

/// What `idp accounts list` takes.
#[derive(Args)]
pub struct ListAccounts {
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    /// Go on after this account, the last one of the page before
    #[arg(long, value_name = "ACCOUNT")]
    after: Option<String>,
}

/// Accounts by name, a page at a time.
pub(super) async fn list(context: &Context, prepared: &Prepared, asked: ListAccounts) -> Result<(), CommandError> {
    let (limit, after) = (usize::from(asked.limit), asked.after.map(|name| name.to_ascii_lowercase()));
    // One more than is shown: whether there are more.
    let size = i64::from(asked.limit) + 1;
    let mut found = prepared.db.scan(move |conn| accounts::page(conn, after.as_deref(), size)).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let rows: Vec<_> = found.iter().map(row).collect();
    let mut text = table(&["ACCOUNT", "NAME", "E-MAIL", "STATE", "AGENCY"], &rows);
    if let Some(last) = found.last().filter(|_| more) {
        text.push_str(&format!("\nmore: --after {}", last.account));
    }
    context.out.result(&text, &Value::Array(found.iter().map(document).collect()))
}

/// One account, since when there is one, its roles, what helps its owner without a password, and how its name stands after wrong ones.
pub(super) async fn show(context: &Context, prepared: &Prepared, account: &str) -> Result<(), CommandError> {
    let person = find(prepared, account).await?;
    let name_digest = name_digest(prepared, account).await?;
    let (id, now) = (person.account_id.clone(), context.clock.now());
    let unit = move |conn: &mut idp_store::Conn| {
        let (roles, attempts) = (account_roles::of(conn, &id)?, password_attempts::find(conn, &name_digest)?);
        Ok((roles, attempts, accounts::created_at(conn, &id)?, recovery_of(conn, &id, now)?))
    };
    let (roles, attempts, created_at, helps) = prepared.db.read(unit).await?;
    let (failures, too_soon) = standing(attempts, now, &context.settings.attempt_policy());
    let (waits, locked) = match too_soon {
        None => (None, None),
        Some(TooSoon::Wait { until }) => (Some(rfc3339(until.0)), None),
        Some(TooSoon::Locked { until }) => (None, Some(rfc3339(until.0))),
    };
    let mut document = document(&person);
    if let Value::Object(members) = &mut document {
        members.insert("created_at".into(), json!(created_at.map(|at| rfc3339(at.0))));
        members.insert("email_confirmed".into(), json!(person.email_verified));
        members.insert("recovery".into(), helps);
        members.insert("roles".into(), json!(roles));
        let wrong = json!({ "failures": failures, "waits_until": waits, "locked_until": locked });
        members.insert("wrong_passwords".into(), wrong);
    }
    context.out.result(&format!("{document:#}"), &document)
}

/// Which means of recovery somebody has, and from when on each counts that does not yet.
fn recovery_of(conn: &mut Conn, id: &AccountId, now: UnixMillis) -> Result<Value, Fault> {
    let (has, counts) = (recovery::find(conn, id)?.unwrap_or_default(), recovery::counts_from(conn, id, now)?);
    let part =
        |is_set: bool, from: Option<UnixMillis>| json!({ "set": is_set, "counts_from": from.map(|at| rfc3339(at.0)) });
    Ok(
        json!({ "hint_question": part(has.hint.is_some(), counts.hint), "rescue_mobile": part(has.mobile.is_some(), counts.mobile) }),
    )
}

fn row(person: &Person) -> Vec<String> {
    vec![
        person.account.clone(),
        person.name.clone(),
        person.email.clone().unwrap_or_default(),
        person.state.as_str().to_owned(),
        person.capacity.as_ref().map_or_else(String::new, |capacity| capacity.agency_name.clone()),
    ]
}

fn document(person: &Person) -> Value {
    let capacity = person.capacity.as_ref();
    json!({
        "account": person.account, "name": person.name, "email": person.email, "state": person.state.as_str(),
        "removed_at": match person.state {
            AccountState::Leaving { until } => Some(rfc3339(until.0)),
            _ => None,
        },
        "identity_type": capacity.map_or("natural_person", |_| "civil_servant"),
        "official_type": capacity.map(|capacity| capacity.official_type.as_str()),
        "agency_oid": capacity.map(|capacity| capacity.agency_oid.as_str()),
        "agency_name": capacity.map(|capacity| capacity.agency_name.as_str()),
    })
}
