//! The last step of 加入會員: account, agreements, 帳號確認信 and audit in one transaction.

use super::MembershipCtx;
use super::documents::AgreedTo;
use super::messages;
use super::sent::Waiting;
use crate::failure::Failure;
use crate::keystore::personal;
use crate::pages::ErrorKind;
use crate::refusal::PageNo;
use crate::text::Language;
use idp_core::audit::Event;
use idp_core::membership::application::Application;
use idp_core::membership::message::Purpose;
use idp_core::people::account::AccountState;
use idp_core::people::account_name::AccountName;
use idp_store::accounts::{self, NewAccount, SealedPersonal};
use idp_store::{Fault, Tx, agreements, audit};
use serde_json::json;

/// What became of it.
pub enum Created {
    /// The account waits for its address to be confirmed: the sealed handle of the page that waits.
    Waits(String),
    /// Somebody else has the name by now.
    Taken,
    /// Too many mails went to that address lately.
    TooManyMails,
}

/// Makes the account. The same application, sent twice, makes one.
///
/// # Errors
/// A failure of ours; an application that lacks a step.
pub async fn account(ctx: &MembershipCtx, application: &Application, lang: Language) -> Result<Created, PageNo> {
    let base = &ctx.base;
    let now = base.clock.now();
    base.directory.for_issuing(now)?;
    let sealer = &base.directory.snapshot().sealer;
    let (Some(chosen), Some(basics)) = (application.chosen.clone(), application.basics.clone()) else {
        return Err(ErrorKind::ExpiredPage.into());
    };
    if !ctx.may_mail(&basics.email, now).await? {
        return Ok(Created::TooManyMails);
    }
    let id = application.id.clone();
    let name = AccountName::parse(&chosen.account).ok_or(ErrorKind::ExpiredPage)?;
    let nickname = basics.nickname.map(|nickname| json!({ "nickname": nickname }).to_string());
    let claims = nickname.map(|json| personal::seal_claims(sealer, id.as_str(), json.as_bytes())).transpose()?;
    let mail = messages::mail(sealer, (&id, &basics.email), Purpose::Activation, lang, now)?;
    let new = NewAccount {
        id: id.clone(),
        account: name,
        name: basics.name,
        email: Some(basics.email),
        email_verified: false,
        state: AccountState::NotActivated,
        password_hash: chosen.password_hash,
    };
    let kind = application.kind.as_str();
    let unit = move |tx: &mut Tx<'_>| -> Result<bool, Fault> {
        if !accounts::insert(tx, &new, now)? {
            // Sent a second time: the account is there under the application's own id.
            return Ok(accounts::find(tx.conn(), &new.id)?.is_some());
        }
        if claims.is_some() {
            let sealed = SealedPersonal { claims: claims.clone(), ..SealedPersonal::default() };
            accounts::set_personal(tx, &new.id, &sealed, None)?;
        }
        for document in AgreedTo::ALL {
            agreements::add(tx, &new.id, (document.as_str(), document.version()), now)?;
        }
        idp_store::messages::add(tx, &mail, now)?;
        audit::write(tx, Event::AccountApplied { account: new.id.clone(), kind }, now, keys::random()?)?;
        Ok(true)
    };
    let made = base.db.write(unit).await.map_err(Failure::from)?;
    base.message_bell.notify_one();
    if !made {
        return Ok(Created::Taken);
    }
    let waiting = Waiting::new(id, application.browser, now).seal(sealer).map_err(Failure::from)?;
    Ok(Created::Waits(waiting))
}

/// The sealed handle of the page that waits for the mail, if the account of this application is there already.
///
/// # Errors
/// A failure of ours.
pub async fn waiting(ctx: &MembershipCtx, application: &Application) -> Result<Option<String>, Failure> {
    let (base, id) = (&ctx.base, application.id.clone());
    if base.db.read(move |conn| accounts::find(conn, &id)).await?.is_none() {
        return Ok(None);
    }
    let waiting = Waiting::new(application.id.clone(), application.browser, base.clock.now());
    Ok(Some(waiting.seal(&base.directory.snapshot().sealer)?))
}
