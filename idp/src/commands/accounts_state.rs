//! `idp accounts lock|unlock`.

use super::accounts::{administered, find};
use super::sessions_revoke::{self, Ended};
use super::{CommandError, Context};
use crate::keystore::{Prepared, secrets};
use idp_core::audit::EndedBy;
use idp_core::people::account::AccountState;
use idp_core::people::account_name::counter_key;
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
    let id = person.account_id;
    let now = context.clock.now();
    let master = prepared.master.clone();
    let digest = prepared.db.scan(move |conn| secrets::read(conn, &master)).await?.0.typed_name;
    let name_digest = hmac_sha256(&digest, counter_key(account).as_bytes());
    let locked = id.clone();
    let unit = move |tx: &mut Tx<'_>| {
        accounts::set_state(tx, &id, state, now)?;
        let (act, ended) = if state == AccountState::Active {
            password_attempts::forget(tx, &name_digest)?;
            ("accounts.unlock", (Ended::default(), None))
        } else {
            ("accounts.lock", sessions_revoke::batch(tx, Some(&id), (None, EndedBy::Lock), now)?)
        };
        audit::write(tx, administered(act, &id, json!({})), now, keys::random()?)?;
        Ok(ended)
    };
    // The lock holds from here on, everywhere. An account with very many sessions has the rest ended in further transactions.
    let (first, last) = prepared.db.write(unit).await?;
    let ended = match last {
        None => first,
        Some(last) => {
            first.plus(sessions_revoke::rest(prepared, Some(locked), (Some(last), EndedBy::Lock), now).await?)
        }
    };
    let state = state.as_str();
    let words = if ended.told == 0 { String::new() } else { format!("; portals that will be told: {}", ended.told) };
    context.out.result(
        &format!("account {account} is {state}{words}"),
        &json!({ "account": account, "state": state, "portals_told": ended.told }),
    )
}
