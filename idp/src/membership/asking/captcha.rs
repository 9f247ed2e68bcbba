//! What shows that a person asks, and no program: the letters of a picture.
//!
//! For who cannot see it no code is mailed here: it would go to the very mailbox to which the mail goes that is asked for, and a
//! program that asks for codes has as many mails sent as one that asks for those. So the mail goes at once, at fewer for one network
//! address (docs/decisions/0035).

use super::super::MembershipCtx;
use crate::browser::Tie;
use crate::captcha::{ANOTHER, Asking, Judged, WITHOUT};
use crate::failure::Failure;
use crate::pages::CaptchaField;
use idp_core::UnixMillis;
use idp_core::captcha::Place;
use idp_core::membership::asking::Help;
use idp_core::oauth::params::Params;
use std::net::IpAddr;

/// Whether a person asks.
pub(super) enum Proof {
    /// One does.
    Given,
    /// Nobody showed it. What is shown next.
    Not(CaptchaField),
    /// Too many asked without the picture from this network address: until when.
    TooMany(UnixMillis),
}

const fn place(help: Help) -> Place {
    match help {
        Help::Password | Help::PasswordByText => Place::ForgotPassword,
        Help::Account => Place::ForgotAccount,
        Help::Confirmation => Place::ResendConfirmation,
    }
}

fn asking<'a>(ctx: &'a MembershipCtx, help: Help, browser: &Tie) -> Asking<'a> {
    Asking { base: &ctx.base, place: place(help), browser: browser.digest, about: None }
}

/// A picture; `None`: the operator wants none.
pub(super) fn fresh(ctx: &MembershipCtx, help: Help, browser: &Tie) -> Result<Option<CaptchaField>, Failure> {
    ctx.sign_in.captcha.on_membership.then(|| ctx.sign_in.captcha.fresh(asking(ctx, help, browser), None)).transpose()
}

/// What was typed so far, not judged.
pub(super) async fn kept(
    ctx: &MembershipCtx,
    help: Help,
    (form, browser): (&Params<'_>, &Tie),
) -> Result<Option<CaptchaField>, Failure> {
    match ctx.sign_in.captcha.on_membership {
        true => Ok(Some(ctx.sign_in.captcha.kept(asking(ctx, help, browser), form, None).await?)),
        false => Ok(None),
    }
}

/// Nothing was noted of what was asked for without the picture: it was none of what one address has.
pub(super) async fn give_back(ctx: &MembershipCtx, form: &Params<'_>, from: IpAddr) -> Result<(), Failure> {
    if ctx.sign_in.captcha.on_membership && form.get("decision") == Some(WITHOUT) {
        ctx.limits.unseen.give_back(from, ctx.base.clock.now()).await?;
    }
    Ok(())
}

/// Judges the answer, or exchanges the picture.
pub(super) async fn judge(
    ctx: &MembershipCtx,
    help: Help,
    (form, browser): (&Params<'_>, &Tie),
    from: IpAddr,
) -> Result<Proof, Failure> {
    let asking = asking(ctx, help, browser);
    match form.get("decision") {
        _ if !ctx.sign_in.captcha.on_membership => Ok(Proof::Given),
        Some(ANOTHER) => Ok(Proof::Not(ctx.sign_in.captcha.fresh(asking, None)?.asked_for())),
        Some(WITHOUT) => Ok(match ctx.limits.unseen.take(from, ctx.base.clock.now()).await? {
            Ok(()) => Proof::Given,
            Err(until) => Proof::TooMany(until),
        }),
        _ => Ok(match ctx.sign_in.captcha.judge(asking, form, from).await? {
            Judged::Passed => Proof::Given,
            Judged::No(field) | Judged::Again(field) => Proof::Not(field),
        }),
    }
}
