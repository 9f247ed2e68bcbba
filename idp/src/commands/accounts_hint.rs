//! `idp accounts forget-hint` — for who forgot the answer to their 密碼提示問題 and has no other way.

use super::accounts::{administered, find, told};
use super::{CommandError, Context};
use crate::keystore::Prepared;
use idp_core::membership::message::Purpose;
use idp_store::{Tx, audit, messages, recovery};
use serde_json::json;

/// Removes question and answer; the 救援手機 stays. The person is told by mail.
pub(super) async fn forget(context: &Context, prepared: &Prepared, account: &str) -> Result<(), CommandError> {
    let person = find(prepared, account).await?;
    let now = context.clock.now();
    let told = told(prepared, &person, Purpose::HintForgotten, now).await?;
    let unit = move |tx: &mut Tx<'_>| {
        if !recovery::forget_hint(tx, &person.account_id)? {
            return Ok(false);
        }
        let event = administered("accounts.forget_hint", &person.account_id, json!({}));
        audit::write(tx, event, now, keys::random()?)?;
        for told in &told {
            messages::add(tx, told, now)?;
        }
        Ok(true)
    };
    if !prepared.db.write(unit).await? {
        return Err(CommandError::refused(format!("{account} has no hint question")));
    }
    context.out.result(
        &format!(
            "the hint question of {account} is removed: a mailed link or a texted code is enough for another password"
        ),
        &json!({ "account": account }),
    )
}
