//! The last step of 加入會員: account, 進階資料, 忘記密碼救援, agreements, 帳號確認信 and audit in one transaction.

use super::MembershipCtx;
use super::messages;
use super::sent::Waiting;
use crate::directory::Snapshot;
use crate::failure::Failure;
use crate::keystore::personal;
use crate::pages::ErrorKind;
use crate::refusal::PageNo;
use crate::text::Language;
use idp_core::audit::Event;
use idp_core::membership::application::Application;
use idp_core::membership::message::Purpose;
use idp_core::membership::steps::Step;
use idp_core::people::account::AccountState;
use idp_core::people::account_name::AccountName;
use idp_store::accounts::{self, NewAccount, SealedPersonal};
use idp_store::recovery::{self, SealedRecovery};
use idp_store::{Fault, Tx, agreements, audit};

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
    if application.due() != Step::Confirm {
        return Err(ErrorKind::ApplicationOver.into());
    }
    let (Some(chosen), Some(basics)) = (application.chosen.clone(), application.basics.clone()) else {
        return Err(ErrorKind::ApplicationOver.into());
    };
    if !ctx.may_mail(&basics.email, now).await? {
        return Ok(Created::TooManyMails);
    }
    let id = application.id.clone();
    let name = AccountName::parse(&chosen.account).ok_or(ErrorKind::ApplicationOver)?;
    let name_digest = personal::name_digest(&base.directory.snapshot().secrets.typed_name, &name.key());
    let (sealed, index) = personal_data(&base.directory.snapshot(), application)?;
    let helps = recovery_data(&base.directory.snapshot(), application)?;
    let mail = messages::mail(sealer, (&id, &basics.email), Purpose::Activation, lang, now)?;
    let new = NewAccount {
        id: id.clone(),
        account: name,
        name: basics.name,
        email: Some(basics.email),
        email_verified: false,
        state: AccountState::NotActivated,
        password_hash: chosen.password_hash,
        name_digest,
    };
    let (kind, documents) = (application.kind.as_str(), base.provider.documents.clone());
    let unit = move |tx: &mut Tx<'_>| -> Result<bool, Fault> {
        if !accounts::insert(tx, &new, now)? {
            // Sent a second time: the account is there under the application's own id.
            return Ok(accounts::find(tx.conn(), &new.id)?.is_some());
        }
        accounts::set_personal(tx, &new.id, &sealed, index)?;
        if let Some(helps) = &helps {
            recovery::set(tx, &new.id, helps, now)?;
        }
        for (document, version) in documents.versions() {
            agreements::add(tx, &new.id, (document.as_str(), version), now)?;
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

/// 暱稱 and 進階資料, sealed, and the blind index of the number, which nobody has proven: it finds nobody and keeps nobody out.
fn personal_data(
    snapshot: &Snapshot,
    application: &Application,
) -> Result<(SealedPersonal, Option<[u8; 32]>), Failure> {
    let (sealer, id) = (&snapshot.sealer, application.id.as_str());
    let further = application.further.clone().unwrap_or_default();
    let mut claims = further.claims();
    if let Some(nickname) = application.basics.as_ref().and_then(|basics| basics.nickname.clone()) {
        claims.insert("nickname".into(), nickname.into());
    }
    let number = further.national_id.as_deref();
    let sealed = personal::seal_all(sealer, id, (number, &claims))?;
    Ok((sealed, number.map(|number| personal::blind_index(&snapshot.secrets.national_id, number))))
}

/// 忘記密碼救援, sealed; `None`: nothing was given.
fn recovery_data(snapshot: &Snapshot, application: &Application) -> Result<Option<SealedRecovery>, Failure> {
    let Some(given) = &application.recovery else { return Ok(None) };
    let keys = (&snapshot.sealer, &snapshot.secrets.national_id);
    let sealed = personal::seal_recovery(keys, application.id.as_str(), given)?;
    Ok(Some(sealed).filter(|sealed| *sealed != SealedRecovery::default()))
}
