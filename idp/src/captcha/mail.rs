//! A code by mail, for whoever cannot see the picture. The message is noted alike whether anybody has what was typed or not; where
//! nobody knows yet, a job looks that up when it leaves (`jobs::asked`). The code stands in the queue sealed, as the address does.

use super::{Asking, Captcha, minutes, shown};
use crate::failure::Failure;
use crate::membership::{content, messages};
use crate::pages::CaptchaField;
use crate::text::Language;
use idp_core::audit::Event;
use idp_core::captcha::{Challenge, No};
use idp_core::membership::asking::{MAILS, may_ask};
use idp_core::membership::message::Purpose;
use idp_core::oauth::params::Params;
use idp_core::{AccountId, UnixMillis};
use idp_store::{Fault, Tx, audit};
use keys::b64;
use std::net::IpAddr;
use std::time::Duration;

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
        if !self.mails.take(recipient.from, now).await? {
            return self.too_often(asking, form, crate::membership::WINDOW).await;
        }
        let dice = (keys::random()?, keys::random()?);
        let challenge = Challenge::mailed(asking.place, (asking.browser, about), dice, now);
        match note(asking, &challenge, (about, recipient), now).await? {
            Ok(()) => shown(asking, &challenge, "", None),
            Err(until) => self.too_often(asking, form, until.since(now)).await,
        }
    }

    /// What the form holds, and how long to wait for a mail.
    async fn too_often(&self, asking: Asking<'_>, form: &Params<'_>, wait: Duration) -> Result<CaptchaField, Failure> {
        self.kept(asking, form, Some(No::MailedOften { minutes: minutes(wait) })).await
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
    mail.content_sealed = Some(content::seal(&snapshot.sealer, &mail.id, challenge.answer())?);
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
