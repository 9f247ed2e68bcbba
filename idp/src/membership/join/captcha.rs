//! What the last step asks beside the consent: the letters of a picture, or a code by mail to the address that was typed.

use super::super::MembershipCtx;
use super::super::create::{self, Made};
use super::shown::{Shown, show};
use super::steps::Sent;
use crate::browser::language;
use crate::captcha::mail::Recipient;
use crate::captcha::{Asking, Judged, MAIL};
use crate::failure::Failure;
use crate::pages::CaptchaField;
use crate::pages::membership::DOCUMENTS;
use crate::refusal::PageNo;
use axum::response::Response;
use idp_core::captcha::Place;
use idp_core::membership::application::Application;
use idp_core::membership::mailbox_limit;
use idp_core::membership::message::Purpose;
use keys::hmac_sha256;
use std::time::Duration;

/// Whether a person makes the account.
pub(super) enum Proof {
    /// One does.
    Given,
    /// Nobody showed it. What is shown next.
    Not(Box<Shown>),
    /// The form was sent twice, and the first made the account.
    SentAgain(Made),
}

/// How long a form that was sent twice waits for the first.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(100);

fn asking<'a>(ctx: &'a MembershipCtx, application: &Application) -> Asking<'a> {
    let key = &ctx.base.directory.snapshot().secrets.typed_name;
    // Counted for the mailbox, however the address is spelt.
    let mailbox = application.basics.as_ref().map(|basics| mailbox_limit::name(&basics.email));
    let about = mailbox.map(|mailbox| hmac_sha256(key, mailbox.as_bytes()));
    Asking { base: &ctx.base, place: Place::Join, browser: application.browser, about }
}

/// A picture for the last step; `None`: the operator wants none.
pub(super) fn fresh(ctx: &MembershipCtx, application: &Application) -> Result<Option<CaptchaField>, Failure> {
    let asks = ctx.sign_in.captcha.on_membership;
    asks.then(|| ctx.sign_in.captcha.fresh(asking(ctx, application), None)).transpose()
}

/// Whether the documents in force are those that the page showed.
pub(super) fn showed_what_holds(ctx: &MembershipCtx, sent: Sent<'_>) -> bool {
    sent.form.get(DOCUMENTS) == Some(ctx.base.provider.documents.in_force().as_str())
}

/// What was typed; nobody agrees to what they were not shown.
fn typed(ctx: &MembershipCtx, application: &Application, sent: Sent<'_>) -> Shown {
    let typed = Shown::typed(application.due(), sent.form);
    if showed_what_holds(ctx, sent) { typed } else { typed.asking_anew() }
}

/// What was typed so far, not judged.
pub(super) async fn kept(ctx: &MembershipCtx, application: &Application, sent: Sent<'_>) -> Result<Shown, Failure> {
    if !ctx.sign_in.captcha.on_membership {
        return Ok(typed(ctx, application, sent));
    }
    let field = ctx.sign_in.captcha.kept(asking(ctx, application), sent.form, None).await?;
    Ok(typed(ctx, application, sent).asking(field))
}

/// Judges the answer.
pub(super) async fn judge(ctx: &MembershipCtx, application: &Application, sent: Sent<'_>) -> Result<Proof, Failure> {
    if !ctx.sign_in.captcha.on_membership {
        return Ok(Proof::Given);
    }
    let not = |field| Ok(Proof::Not(Box::new(typed(ctx, application, sent).asking(field))));
    match ctx.sign_in.captcha.judge(asking(ctx, application), sent.form, sent.from).await? {
        Judged::Passed => Ok(Proof::Given),
        Judged::No(field) => not(field),
        Judged::Again(field) => {
            for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
                if let Some(made) = create::made(ctx, application).await? {
                    return Ok(Proof::SentAgain(made));
                }
                tokio::time::sleep(LOOK).await;
            }
            not(field)
        }
    }
}

/// Another picture, or a code by mail instead.
pub(super) async fn exchange(
    ctx: &MembershipCtx,
    application: &Application,
    sent: Sent<'_>,
) -> Result<Response, PageNo> {
    let (asking, now) = (asking(ctx, application), ctx.base.clock.now());
    let email = application.basics.as_ref().map(|basics| basics.email.as_str()).unwrap_or_default();
    let by_mail = sent.form.get("decision") == Some(MAIL);
    let captcha = &ctx.sign_in.captcha;
    let field = if !by_mail {
        captcha.fresh(asking, None)?
    } else if let Err(until) = ctx.limits.take_code(&application.id, sent.from, now).await? {
        captcha.too_often(asking, sent.form, (until, now)).await?
    } else {
        let lang = language(&ctx.base.cookies, sent.headers, None);
        let recipient = Recipient { to: email, purpose: Purpose::JoinCode, lang, from: sent.from };
        let field = captcha.mail(asking, sent.form, recipient).await?;
        if field.no.is_some() {
            ctx.limits.give_back_code(&application.id, sent.from, now).await?;
        }
        field
    };
    show(ctx, sent.headers, application, typed(ctx, application, sent).asking(field.asked_for()))
}
