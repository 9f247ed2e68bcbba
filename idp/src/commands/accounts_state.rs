//! `idp accounts lock|unlock`.

use super::accounts::{administered, find};
use super::sessions_revoke::{self, Ended};
use super::{CommandError, Context};
use crate::keystore::{Prepared, personal, secrets};
use crate::pages::dates::rfc3339;
use idp_core::audit::{DeletedBy, EndedBy, Event};
use idp_core::people::account::AccountState;
use idp_core::people::account_name::counter_key;
use idp_core::{AccountId, UnixMillis};
use idp_store::{Tx, accounts, audit, password_attempts};
use keys::hmac_sha256;
use serde_json::json;

/// Locks or unlocks. A lock ends the account's sessions as a sign-out does: their portals are told.
pub(super) async fn set(
    context: &Context,
    prepared: &Prepared,
    account: &str,
    state: AccountState,
) -> Result<(), CommandError> {
    let person = find(prepared, account).await?;
    if person.state == AccountState::NotActivated {
        // Whoever unlocked it would answer for a mail address that nobody has confirmed.
        return Err(CommandError::refused(format!("{account} is not activated yet; only its owner can do that")));
    }
    let leaves = match person.state {
        AccountState::Leaving { until } => Some(until),
        _ => None,
    };
    if let (Some(until), AccountState::Active) = (leaves, state) {
        let words = format!("{account} is not locked: its person asked for its deletion, at {}", rfc3339(until.0));
        return Err(CommandError::refused(format!("{words}. To undo that: idp accounts keep {account}")));
    }
    let id = person.account_id;
    let now = context.clock.now();
    let name_digest = name_digest(prepared, account).await?;
    let changed = id.clone();
    let unit = move |tx: &mut Tx<'_>| {
        accounts::set_state(tx, &changed, state, now)?;
        let act = if state == AccountState::Active {
            password_attempts::forget(tx, &name_digest)?;
            "accounts.unlock"
        } else {
            "accounts.lock"
        };
        if leaves.is_some() {
            let (account, by) = (changed.clone(), DeletedBy::Operator);
            audit::write(tx, Event::DeletionUndone { account, by }, now, keys::random()?)?;
        }
        let detail = json!({ "state": state.as_str() });
        audit::write(tx, administered(act, &changed, detail), now, keys::random()?)
    };
    // The lock holds from here on, everywhere. It reads nothing that others write: whoever uses the account as hard as they can
    // cannot keep it from being locked.
    prepared.db.write(unit).await?;
    let ended = match state {
        AccountState::Active => Ended::default(),
        _ => end_sessions(prepared, id, account, now).await?,
    };
    let state = state.as_str();
    let told = ended.told;
    let mut words = if told.tokens == 0 { String::new() } else { format!("; {}", told.words()) };
    if leaves.is_some() {
        words.push_str("; its person had asked for its deletion, which is stopped");
    }
    context.out.result(
        &format!("account {account} is {state}{words}"),
        &json!({ "account": account, "state": state, "portals_told": told.portals(), "logout_tokens": told.tokens }),
    )
}

/// What the wrong passwords of a name are counted under.
pub(super) async fn name_digest(prepared: &Prepared, account: &str) -> Result<[u8; 32], CommandError> {
    let master = prepared.master.clone();
    let key = prepared.db.scan(move |conn| secrets::read(conn, &master)).await?.0.typed_name;
    Ok(hmac_sha256(&key, counter_key(account).as_bytes()))
}

/// By what the name of an account that is gone is remembered.
pub(super) async fn former_digest(prepared: &Prepared, account_key: &str) -> Result<[u8; 32], CommandError> {
    let master = prepared.master.clone();
    let key = prepared.db.scan(move |conn| secrets::read(conn, &master)).await?.0.typed_name;
    Ok(personal::name_digest(&key, account_key))
}

/// What is ended already stays so, and is not ended again.
async fn end_sessions(
    prepared: &Prepared,
    id: AccountId,
    account: &str,
    now: UnixMillis,
) -> Result<Ended, CommandError> {
    let ended = sessions_revoke::rest(prepared, Some(id), (None, EndedBy::Lock), now).await;
    ended.map_err(|why| {
        why.after(format!(
            "{account} is locked, and nothing of it works any more; but not all portals will be told. Run the same again"
        ))
    })
}
