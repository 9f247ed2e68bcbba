//! `idp accounts set-name` — the name of a person, where they cannot change it themselves.

use super::accounts::{administered, find, no_account};
use super::{CommandError, Context};
use crate::keystore::Prepared;
use idp_core::membership::steps::LONGEST_NAME;
use idp_core::shown_text;
use idp_store::{Tx, audit, records};
use serde_json::json;

/// Sets it. Sessions and tokens go on; the next ID token carries it.
pub(super) async fn set(context: &Context, prepared: &Prepared, account: &str, name: &str) -> Result<(), CommandError> {
    let name = shown_text::name(name, LONGEST_NAME).map_err(|why| CommandError::refused(format!("the name {why}")))?;
    let name = name.to_owned();
    let person = find(prepared, account).await?;
    let (id, now, new) = (person.account_id, context.clock.now(), name.clone());
    let unit = move |tx: &mut Tx<'_>| {
        let set = records::set_name(tx, &id, &new)?;
        if set {
            audit::write(tx, administered("accounts.set_name", &id, json!({})), now, keys::random()?)?;
        }
        Ok(set)
    };
    if !prepared.db.write(unit).await? {
        return Err(no_account(account));
    }
    context.out.result(&format!("account {account} is of {name} now"), &json!({ "account": account, "name": name }))
}
