//! `idp accounts grant-role|revoke-role`.

use super::accounts::{administered, find};
use super::{CommandError, Context};
use crate::keystore::Prepared;
use idp_store::{account_roles, audit};
use serde_json::json;

/// The roles there are.
const ROLES: [&str; 2] = ["administrator", "reviewer"];

/// Gives an account a role, or takes it away. What is so already stays so.
pub(super) async fn set(
    context: &Context,
    prepared: &Prepared,
    account: &str,
    (role, granted): (String, bool),
) -> Result<(), CommandError> {
    if !ROLES.contains(&role.as_str()) {
        return Err(CommandError::refused(format!("there is no role {role}; there are {}", ROLES.join(", "))));
    }
    let id = find(prepared, account).await?.account_id;
    let has = if granted { "has" } else { "does not have" };
    let (now, text) = (context.clock.now(), format!("{account} {has} the role {role}"));
    let document = json!({ "account": account, "role": role, "granted": granted });
    let unit = move |tx: &mut idp_store::Tx<'_>| {
        let (changed, act) = if granted {
            (account_roles::grant(tx, &id, &role)?, "accounts.grant_role")
        } else {
            (account_roles::revoke(tx, &id, &role)?, "accounts.revoke_role")
        };
        if changed {
            audit::write(tx, administered(act, &id, json!({ "role": role })), now, keys::random()?)?;
        }
        Ok(())
    };
    prepared.db.write(unit).await?;
    context.out.result(&text, &document)
}
