//! `idp accounts lock|unlock`.

use super::accounts::{administered, find, no_account};
use super::sessions_revoke::{self, Ended};
use super::{CommandError, Context};
use crate::keystore::{Prepared, personal, secrets};
use crate::pages::dates::rfc3339;
use idp_core::audit::{DeletedBy, EndedBy, Event};
use idp_core::people::account::AccountState;
use idp_core::people::account_name::counter_key;
use idp_core::{AccountId, UnixMillis};
use idp_store::{Fault, Tx, accounts, audit, password_attempts};
use keys::hmac_sha256;
use serde_json::json;

/// Locks or unlocks. A lock ends the account's sessions as a sign-out does: their portals are told.
pub(super) async fn set(
    context: &Context,
    prepared: &Prepared,
    account: &str,
    state: AccountState,
) -> Result<(), CommandError> {
    let id = find(prepared, account).await?.account_id;
    let now = context.clock.now();
    let name_digest = name_digest(prepared, account).await?;
    let changed = id.clone();
    // The lock holds from here on, everywhere. It reads nothing that others write, but for the account's own row, which it changes:
    // whoever uses the account as hard as they can cannot keep it from being locked.
    let unit = move |tx: &mut Tx<'_>| change(tx, (&changed, &name_digest), state, now);
    let before = match prepared.db.write(unit).await? {
        Ok(before) => before,
        Err(NotChanged::Gone) => return Err(no_account(account)),
        Err(NotChanged::NotActivated) => {
            return Err(CommandError::refused(format!("{account} is not activated yet; only its owner can do that")));
        }
        Err(NotChanged::Leaving { until }) => {
            let words = format!("{account} is not locked: its person asked for its deletion, at {}", rfc3339(until.0));
            return Err(CommandError::refused(format!("{words}. To undo that: idp accounts keep {account}")));
        }
    };
    let ended = match state {
        AccountState::Active => Ended::default(),
        _ => end_sessions(prepared, id, account, now).await?,
    };
    let state = state.as_str();
    let told = ended.told;
    let mut words = if told.tokens == 0 { String::new() } else { format!("; {}", told.words()) };
    if matches!(before, AccountState::Leaving { .. }) {
        words.push_str("; its person had asked for its deletion, which is stopped");
    }
    context.out.result(
        &format!("account {account} is {state}{words}"),
        &json!({ "account": account, "state": state, "portals_told": told.portals(), "logout_tokens": told.tokens }),
    )
}

/// Why an account stays as it is.
enum NotChanged {
    Gone,
    /// Whoever unlocked it would answer for a mail address that nobody has confirmed.
    NotActivated,
    /// It is not locked, and unlocking is not what undoes its deletion.
    Leaving {
        until: UnixMillis,
    },
}

/// Changes the state by what the account is now, which is given: since it was found, its person may have asked for its deletion.
///
/// * `whose`: account, and what its wrong passwords are counted under.
fn change(
    tx: &mut Tx<'_>,
    whose: (&AccountId, &[u8; 32]),
    state: AccountState,
    now: UnixMillis,
) -> Result<Result<AccountState, NotChanged>, Fault> {
    let (id, name_digest) = whose;
    let before = match (accounts::state(tx.conn(), id)?, state) {
        (None, _) => return Ok(Err(NotChanged::Gone)),
        (Some(AccountState::NotActivated), _) => return Ok(Err(NotChanged::NotActivated)),
        (Some(AccountState::Leaving { until }), AccountState::Active) => {
            return Ok(Err(NotChanged::Leaving { until }));
        }
        (Some(before), _) => before,
    };
    accounts::set_state(tx, id, state, now)?;
    let act = if state == AccountState::Active {
        password_attempts::forget(tx, name_digest)?;
        "accounts.unlock"
    } else {
        "accounts.lock"
    };
    if matches!(before, AccountState::Leaving { .. }) {
        let undone = Event::DeletionUndone { account: id.clone(), by: DeletedBy::Operator };
        audit::write(tx, undone, now, keys::random()?)?;
    }
    audit::write(tx, administered(act, id, json!({ "state": state.as_str() })), now, keys::random()?)?;
    Ok(Ok(before))
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

#[cfg(test)]
mod tests;
