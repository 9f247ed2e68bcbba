//! Another password, in one transaction with what it ends and whom it tells.

use super::Comer;
use crate::failure::Failure;
use crate::membership::{MembershipCtx, messages};
use crate::sign_out::many;
use crate::text::Language;
use idp_core::SessionId;
use idp_core::audit::{EndedBy, Event};
use idp_core::membership::message::{Channel, Purpose};
use idp_core::people::account_name::counter_key;
use idp_store::{Fault, Tx, accounts, audit, password_attempts};
use keys::hmac_sha256;

/// Sets it, if nothing changed since the link was looked at: of two at once, one does.
///
/// # Errors
/// A failure of ours.
pub(super) async fn password(
    ctx: &MembershipCtx,
    comer: &Comer,
    hash: String,
    lang: Language,
) -> Result<bool, Failure> {
    let (base, person, proofs) = (&ctx.base, &comer.person, comer.key.proofs);
    let now = base.clock.now();
    let snapshot = base.directory.for_issuing(now)?;
    let name = counter_key(&person.account);
    let name_digest = hmac_sha256(&snapshot.secrets.typed_name, name.as_bytes());
    let to = person.email.as_deref().unwrap_or_default();
    let told = messages::mail(&snapshot.sealer, (&person.account_id, to), Purpose::PasswordChanged, lang, now)?;
    // Whoever reads somebody else's mails cannot keep it from them, if they have a mobile.
    let by_text = match &comer.helps.mobile {
        Some(_) if ctx.offers_texts => {
            let kind = (Channel::Text, Purpose::PasswordChanged);
            let about = (&person.account_id, person.account.as_str());
            Some(messages::message(&snapshot.sealer, about, kind, lang, now)?)
        }
        _ => None,
    };
    let account = person.account_id.clone();
    let sessions =
        many::Which { account: Some(account.clone()), except: None, after: None, by: EndedBy::PasswordReset };
    let (before, first, channels) = (person.clone(), sessions.clone(), snapshot.clone());
    let unit = move |tx: &mut Tx<'_>| -> Result<(bool, Option<SessionId>), Fault> {
        if !accounts::reset_password(tx, &before, &hash, now)? {
            return Ok((false, None));
        }
        password_attempts::forget(tx, &name_digest)?;
        audit::write(tx, Event::PasswordReset { account: account.clone(), proofs }, now, keys::random()?)?;
        for told in std::iter::once(&told).chain(&by_text) {
            idp_store::messages::add(tx, told, now)?;
        }
        // As a rule these are all: portals hear of it, or nothing happened.
        let (_, last) = many::batch(tx, &|client| channels.logout_channels(client), &first, now)?;
        Ok((true, last))
    };
    let (was_set, last) = base.db.write(unit).await?;
    many::rest(base, sessions, last, now).await?;
    base.message_bell.notify_one();
    Ok(was_set)
}
