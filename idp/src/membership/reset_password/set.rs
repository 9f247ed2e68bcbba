//! Another password, in one transaction with what it ends and whom it tells.

use super::Comer;
use crate::browser::language;
use crate::failure::Failure;
use crate::keystore::personal;
use crate::membership::MembershipCtx;
use crate::messages;
use crate::sign_in::counters::Counters;
use crate::sign_out::many;
use http::HeaderMap;
use idp_core::SessionId;
use idp_core::audit::{EndedBy, Event};
use idp_store::{Fault, Tx, accounts, audit, password_attempts, recovery};

/// Sets it, if nothing changed since the link was looked at: of two at once, one does. Says whether 忘記密碼救援 was removed.
///
/// # Errors
/// A failure of ours.
pub(super) async fn password(
    ctx: &MembershipCtx,
    comer: &Comer,
    hash: String,
    headers: &HeaderMap,
) -> Result<Option<bool>, Failure> {
    let (base, person, proofs) = (&ctx.base, &comer.person, comer.key.proofs);
    let (now, lang) = (base.clock.now(), language(&base.cookies, headers, None));
    let snapshot = base.directory.for_issuing(now)?;
    // It opens a lock everywhere, and in this browser one of its own.
    let counters = Counters::of(base, headers, &person.account);
    let sealed = comer.helps.mobile.as_ref().filter(|_| ctx.offers_texts);
    let open = |(sealed, _): &(Vec<u8>, _)| personal::open_mobile(&snapshot.sealer, person.account_id.as_str(), sealed);
    let mobile = sealed.map(open).transpose()?;
    let whom = (person, comer.former.as_ref());
    let told = messages::password_changed(&snapshot.sealer, whom, mobile.as_deref(), lang, now)?;
    let account = person.account_id.clone();
    let sessions =
        many::Which { account: Some(account.clone()), except: None, after: None, by: EndedBy::PasswordReset };
    let (before, first, channels) = (person.clone(), sessions.clone(), snapshot.clone());
    let since = super::settled_since(ctx);
    let unit = move |tx: &mut Tx<'_>| -> Result<Option<(bool, Option<SessionId>)>, Fault> {
        if !accounts::reset_password(tx, &before, &hash, now)? {
            return Ok(None);
        }
        let recovery_removed = recovery::remove_unsettled(tx, &account, since)?;
        for counter in [&counters.name, &counters.own(Some(&before))] {
            password_attempts::forget(tx, counter)?;
        }
        let event = Event::PasswordReset { account: account.clone(), proofs, recovery_removed };
        audit::write(tx, event, now, keys::random()?)?;
        for told in &told {
            idp_store::messages::add(tx, told, now)?;
        }
        // As a rule these are all: portals hear of it, or nothing happened.
        let (_, last) = many::batch(tx, &|client| channels.logout_channels(client), &first, now)?;
        Ok(Some((recovery_removed, last)))
    };
    let Some((recovery_removed, last)) = base.db.write(unit).await? else { return Ok(None) };
    many::rest(base, sessions, last, now).await?;
    base.message_bell.notify_one();
    Ok(Some(recovery_removed))
}
