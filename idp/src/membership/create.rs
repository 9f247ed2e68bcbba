//! The last step of 加入會員: account, 進階資料, 忘記密碼救援, agreements, 帳號確認信 and audit in one transaction.

use super::MembershipCtx;
use super::sent::Waiting;
use crate::account::record::{self, Opened};
use crate::directory::Snapshot;
use crate::failure::Failure;
use crate::keystore::personal;
use crate::messages;
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
use idp_store::{Conn, Fault, Tx, agreements, audit};
use serde_json::{Map, Value};

/// What became of it.
pub enum Created {
    /// The account is there, and waits for its address to be confirmed.
    Made(Made),
    /// Somebody else has the name by now.
    Taken,
}

/// The account of an application, which is there already.
pub struct Made {
    /// The sealed handle of the page that waits for the mail.
    pub waiting: String,
    /// Whether it was made of just this. Otherwise the application was open in two tabs, and what was typed in the other one counts.
    pub of_this: bool,
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
            return Ok(false);
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
        // Sent a second time, the account is there under the application's own id.
        return Ok(self::made(ctx, application).await?.map_or(Created::Taken, Created::Made));
    }
    let waiting = Waiting::new(id, application.browser, now).seal(sealer).map_err(Failure::from)?;
    Ok(Created::Made(Made { waiting, of_this: true }))
}

/// The account of this application, if it is there already.
///
/// # Errors
/// A failure of ours.
pub async fn made(ctx: &MembershipCtx, application: &Application) -> Result<Option<Made>, Failure> {
    let (base, id, now) = (&ctx.base, application.id.clone(), ctx.base.clock.now());
    let read = move |conn: &mut Conn| {
        let Some(kept) = record::find(conn, &id, now)? else { return Ok(None) };
        let login = accounts::login(conn, &kept.record.person.account.to_ascii_lowercase())?;
        Ok::<_, Fault>(Some((kept, login.map(|login| login.password_hash))))
    };
    let Some((kept, password_hash)) = base.db.read(read).await? else { return Ok(None) };
    let snapshot = base.directory.snapshot();
    let opened = record::open(&snapshot, kept)?;
    let chosen = application.chosen.as_ref();
    let same_password = chosen.map(|chosen| &chosen.password_hash) == password_hash.as_ref();
    let of_this = same_password && is_made_of(&opened, application);
    let waiting = Waiting::new(application.id.clone(), application.browser, base.clock.now());
    Ok(Some(Made { waiting: waiting.seal(&snapshot.sealer)?, of_this }))
}

/// Whether an account holds what every step of an application took, but for the password.
fn is_made_of(opened: &Opened, application: &Application) -> bool {
    let (Some(chosen), Some(basics)) = (&application.chosen, &application.basics) else { return false };
    let person = &opened.person;
    let number = application.further.as_ref().and_then(|further| further.national_id.as_ref());
    (&person.account, &person.name, person.email.as_ref()) == (&chosen.account, &basics.name, Some(&basics.email))
        && (opened.personal.national_id.as_ref(), &opened.personal.claims) == (number, &claims(application))
        && opened.recovery == application.recovery.clone().unwrap_or_default()
}

/// 暱稱 and 進階資料, as claims.
fn claims(application: &Application) -> Map<String, Value> {
    let mut claims = application.further.clone().unwrap_or_default().claims();
    if let Some(nickname) = application.basics.as_ref().and_then(|basics| basics.nickname.clone()) {
        claims.insert("nickname".into(), nickname.into());
    }
    claims
}

/// 暱稱 and 進階資料, sealed, and the blind index of the number, which nobody has proven: it finds nobody and keeps nobody out.
fn personal_data(
    snapshot: &Snapshot,
    application: &Application,
) -> Result<(SealedPersonal, Option<[u8; 32]>), Failure> {
    let (sealer, id) = (&snapshot.sealer, application.id.as_str());
    let number = application.further.as_ref().and_then(|further| further.national_id.as_deref());
    let sealed = personal::seal_all(sealer, id, (number, &claims(application)))?;
    Ok((sealed, number.map(|number| personal::blind_index(&snapshot.secrets.national_id, number))))
}

/// 忘記密碼救援, sealed; `None`: nothing was given.
fn recovery_data(snapshot: &Snapshot, application: &Application) -> Result<Option<SealedRecovery>, Failure> {
    let Some(given) = &application.recovery else { return Ok(None) };
    let keys = (&snapshot.sealer, &snapshot.secrets.national_id);
    let sealed = personal::seal_recovery(keys, application.id.as_str(), given)?;
    Ok(Some(sealed).filter(|sealed| *sealed != SealedRecovery::default()))
}
