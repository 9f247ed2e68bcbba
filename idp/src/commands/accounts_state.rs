//! `idp accounts lock|unlock`.

use super::accounts::{administered, find};
use super::{CommandError, Context};
use crate::keystore::{Prepared, secrets};
use idp_core::people::account::AccountState;
use idp_core::people::account_name::counter_key;
use idp_store::{accounts, audit, password_attempts};
use keys::hmac_sha256;
use serde_json::json;

/// Locks or unlocks.
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
    let unit = move |tx: &mut idp_store::Tx<'_>| {
        accounts::set_state(tx, &id, state, now)?;
        if state == AccountState::Active {
            password_attempts::forget(tx, &name_digest)?;
        }
        let act = if state == AccountState::Active { "accounts.unlock" } else { "accounts.lock" };
        audit::write(tx, administered(act, &id, json!({})), now, keys::random()?)
    };
    prepared.db.write(unit).await?;
    context.out.result(
        &format!("account {account} is {}", state.as_str()),
        &json!({ "account": account, "state": state.as_str() }),
    )
}
