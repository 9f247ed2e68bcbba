//! `idp accounts set-password` — another password: whatever began with the old one ends.

use super::accounts::{administered, find, is_there, no_account, told};
use super::accounts_add::hash_of;
use super::accounts_state::name_digest;
use super::sessions_revoke::{self, Ended};
use super::{CommandError, Context};
use crate::keystore::Prepared;
use clap::Args;
use idp_core::audit::EndedBy;
use idp_core::membership::message::Purpose;
use idp_core::people::account::AccountState;
use idp_store::{Tx, accounts, audit, messages, password_attempts};
use serde_json::json;
use std::path::PathBuf;

/// What `idp accounts set-password` takes.
#[derive(Args)]
pub struct SetPassword {
    /// The account name
    account: String,
    /// File that holds the password; - reads it from standard input
    #[arg(long, value_name = "FILE")]
    password_file: PathBuf,
}

/// Sets it, and forgets the wrong passwords of the name. The state of the account stays. The person is told by mail.
pub(super) async fn run(context: &Context, prepared: &Prepared, set: SetPassword) -> Result<(), CommandError> {
    let account = set.account;
    let person = find(prepared, &account).await?;
    let password_hash = hash_of(context, &set.password_file).await?;
    let name_digest = name_digest(prepared, &account).await?;
    let (changed, now) = (person.account_id.clone(), context.clock.now());
    let told = told(prepared, &person, Purpose::PasswordChanged, now).await?;
    let unit = move |tx: &mut Tx<'_>| {
        if !is_there(tx, &changed)? {
            return Ok(false);
        }
        accounts::set_password(tx, &changed, &password_hash, now)?;
        password_attempts::forget(tx, &name_digest)?;
        for told in &told {
            messages::add(tx, told, now)?;
        }
        audit::write(tx, administered("accounts.set_password", &changed, json!({})), now, keys::random()?)?;
        Ok(true)
    };
    // From here on nothing counts that began with the old password; what follows tells the portals.
    if !prepared.db.write(unit).await? {
        return Err(no_account(&account));
    }
    let ended = sessions_revoke::rest(prepared, Some(person.account_id), (None, EndedBy::Operator), now).await;
    let Ended { sessions, told } = ended.map_err(|why| {
        why.after(format!(
            "{account} has the new password, and nothing that began with the old one works any more; but not all portals will \
             be told. Run the same again"
        ))
    })?;
    let state = person.state.as_str();
    let still = if person.state == AccountState::Active { String::new() } else { format!("; it is still {state}") };
    context.out.result(
        &format!("account {account} has a new password{still}; ended sessions: {sessions}; {}", told.words()),
        &json!({
            "account": account, "state": state, "sessions_ended": sessions, "portals_told": told.portals(),
            "logout_tokens": told.tokens,
        }),
    )
}
