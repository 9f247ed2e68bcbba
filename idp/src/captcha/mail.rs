//! A code by mail, for whoever cannot see the picture. The message is noted alike whether anybody has what was typed or not; where
//! nobody knows yet, a job looks that up when it leaves (`jobs::asked`). The code stands in the queue sealed, as the address does.

use super::{Asking, Captcha, shown};
use crate::failure::Failure;
use crate::messages::{self, sealed::Part};
use crate::pages::CaptchaField;
use crate::retry_after;
use crate::text::Language;
use idp_core::audit::Event;
use idp_core::captcha::{Challenge, No};
use idp_core::membership::asking::{MAILS, may_ask};
use idp_core::membership::message::Purpose;
use idp_core::oauth::params::Params;
use idp_core::{AccountId, UnixMillis};
use idp_store::{Fault, Tx, audit};
use keys::{b64, sha256};
use std::net::IpAddr;

/// Whom a code is mailed to.
pub struct Recipient<'a> {
    /// The address, or the account name that somebody typed.
    pub to: &'a str,
    /// Which of the two it is.
    pub purpose: Purpose,
    /// In which language.
    pub lang: Language,
    /// The network address of who asks.
    pub from: IpAddr,
}

impl Captcha {
    /// Has a code mailed, and gives what is shown next: the field for it. Too often: what the form holds, and how long to wait.
    ///
    /// # Errors
    /// A failure of ours.
    pub async fn mail(
        &self,
        asking: Asking<'_>,
        form: &Params<'_>,
        recipient: Recipient<'_>,
    ) -> Result<CaptchaField, Failure> {
        let base = asking.base;
        let (now, about) = (base.clock.now(), asking.about.unwrap_or_default());
        let from = recipient.from;
        if let Err(until) = self.mails.take(from, now).await? {
            return self.too_often(asking, form, (until, now)).await;
        }
        let dice = (keys::random()?, keys::random()?);
        let challenge = Challenge::mailed(asking.place, (asking.browser, about), dice, now);
        match note(asking, &challenge, (about, recipient), now).await? {
            Ok(()) => {
                self.remember_mailed(asking, &challenge).await?;
                shown(asking, &challenge, "", None)
            }
            Err(until) => {
                // Nothing goes out: whoever asks again and again keeps nobody else at that address from mail.
                self.mails.give_back(from, now).await?;
                self.too_often(asking, form, (until, now)).await
            }
        }
    }

    /// The field of the code that this browser was mailed, if it still counts, else what the form holds; and how long to wait for a mail.
    ///
    /// # Errors
    /// A failure of ours.
    pub async fn too_often(
        &self,
        asking: Asking<'_>,
        form: &Params<'_>,
        (until, now): (UnixMillis, UnixMillis),
    ) -> Result<CaptchaField, Failure> {
        let seconds = retry_after::seconds(until, now);
        let kept = self.kept(asking, form, Some(No::MailedOften { seconds })).await?;
        let sent = Some(No::CodeSent { seconds });
        if kept.mailed {
            return Ok(CaptchaField { no: sent, ..kept });
        }
        match self.mailed_before(asking).await? {
            Some(challenge) => shown(asking, &challenge, "", sent),
            None => Ok(kept),
        }
    }

    /// The code that was mailed last for this page, browser and address or name, if it still counts. It outlives going back and forth
    /// between pages and pictures; while the store is away there is none.
    pub(super) async fn mailed_before(&self, asking: Asking<'_>) -> Result<Option<Challenge>, Failure> {
        let (base, Some(key)) = (asking.base, mailed_key(asking)) else { return Ok(None) };
        let now = base.clock.now();
        let Some(sealed) = while_away(base.ephemeral.get(&key, now).await, None)? else { return Ok(None) };
        let sealed = String::from_utf8(sealed).unwrap_or_default();
        let challenge = Challenge::open(&base.directory.snapshot().sealer, &sealed).ok();
        let counts =
            |challenge: &Challenge| challenge.counts(asking.place, (&asking.browser, asking.about.as_ref()), now);
        Ok(challenge.filter(counts))
    }

    async fn remember_mailed(&self, asking: Asking<'_>, challenge: &Challenge) -> Result<(), Failure> {
        let (base, Some(key)) = (asking.base, mailed_key(asking)) else { return Ok(()) };
        let sealed = challenge.seal(&base.directory.snapshot().sealer)?.into_bytes();
        let put = base.ephemeral.put(&key, sealed, challenge.how.life(), base.clock.now()).await;
        Ok(while_away(put, ())?)
    }

    /// It was typed, or tried too often.
    pub(super) async fn forget_mailed(&self, asking: Asking<'_>) -> Result<(), Failure> {
        let (base, Some(key)) = (asking.base, mailed_key(asking)) else { return Ok(()) };
        while_away(base.ephemeral.take(&key, base.clock.now()).await, None)?;
        Ok(())
    }
}

/// Under what a mailed code is remembered; `None`: the page has none mailed.
fn mailed_key(asking: Asking<'_>) -> Option<String> {
    let whose = [&asking.browser[..], &asking.about?, asking.place.as_str().as_bytes()].concat();
    Some(format!("captcha-mailed:{}", b64::encode(&sha256(&whose))))
}

/// Whoever needs the store logs that it is away.
fn while_away<T>(done: Result<T, Fault>, instead: T) -> Result<T, Fault> {
    match done {
        Err(Fault::Unavailable(_) | Fault::Busy) => Ok(instead),
        done => done,
    }
}

/// Notes the mail. Refused: until when.
async fn note(
    asking: Asking<'_>,
    challenge: &Challenge,
    (about, recipient): ([u8; 32], Recipient<'_>),
    now: UnixMillis,
) -> Result<Result<(), UnixMillis>, Failure> {
    let base = asking.base;
    let snapshot = base.directory.for_issuing(now)?;
    let (name_digest, purpose) = (b64::encode(&about), recipient.purpose);
    let about = AccountId::from_trusted(name_digest.clone());
    let mut mail = messages::mail(&snapshot.sealer, (&about, recipient.to), purpose, recipient.lang, now)?;
    mail.content_sealed = Some(Part::Content.seal(&snapshot.sealer, &mail.id, challenge.answer())?);
    let unit = move |tx: &mut Tx<'_>| -> Result<Result<(), UnixMillis>, Fault> {
        let most = i64::try_from(MAILS.most).unwrap_or(i64::MAX);
        let since = now.minus(MAILS.window);
        let before = idp_store::messages::noted_since(tx.conn(), (&about, purpose), since, most)?;
        if let Err(until) = may_ask(MAILS, &before, now) {
            return Ok(Err(until));
        }
        idp_store::messages::add(tx, &mail, now)?;
        let event = Event::RecoveryAsked { name_digest: name_digest.clone(), what: purpose.as_str() };
        audit::write(tx, event, now, keys::random()?)?;
        Ok(Ok(()))
    };
    let noted = base.db.write(unit).await?;
    base.message_bell.notify_one();
    Ok(noted)
}
