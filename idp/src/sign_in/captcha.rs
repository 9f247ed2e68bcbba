//! What signing in asks besides after some wrong passwords: the letters of a picture, or a code by mail to the address of the account.
//!
//! It is asked alike for names that somebody has and others; so is a code mailed, and a job finds out whether it goes anywhere. A guess
//! without it is not looked at, right or wrong, and not counted.

use super::counters::Counters;
use super::page::{self, Shown};
use crate::captcha::mail::Recipient;
use crate::captcha::{Asking, CHALLENGE, Judged, MAIL};
use crate::failure::Failure;
use crate::pages::CaptchaField;
use crate::refusal::PageNo;
use crate::retry_after;
use crate::wiring::SignInCtx;
use axum::response::Response;
use http::HeaderMap;
use idp_core::captcha::Place;
use idp_core::membership::message::Purpose;
use idp_core::oauth::params::Params;
use idp_core::sign_in::interaction::Interaction;
use std::net::IpAddr;

/// A form of the sign-in page that is looked at.
#[derive(Clone, Copy)]
pub(super) struct Tried<'a> {
    pub(super) ctx: &'a SignInCtx,
    pub(super) headers: &'a HeaderMap,
    pub(super) form: &'a Params<'a>,
    pub(super) interaction: &'a Interaction,
    pub(super) from: IpAddr,
}

impl Tried<'_> {
    fn asking(&self, counters: Counters) -> Asking<'_> {
        // Whoever came here has the cookie of the page.
        let browser = self.interaction.browser.unwrap_or_default();
        Asking { base: &self.ctx.base, place: Place::SignIn, browser, about: Some(counters.name) }
    }

    /// What the next guess needs, if it needs any: what the form holds, unless that was used up.
    pub(super) async fn next(
        &self,
        username: &str,
        counters: Counters,
        used_up: bool,
    ) -> Result<Option<CaptchaField>, Failure> {
        if !counters.ask(self.ctx, username).await? {
            return Ok(None);
        }
        let (captcha, asking) = (&self.ctx.captcha, self.asking(counters));
        Ok(Some(if used_up { captcha.fresh(asking, None)? } else { captcha.kept(asking, self.form, None).await? }))
    }

    /// What the form holds, for a page that names a field that is empty or is read in another language. Where it holds none, none is
    /// asked for yet.
    pub(super) async fn held(&self, counters: Counters) -> Result<Option<CaptchaField>, Failure> {
        if self.form.get(CHALLENGE).is_none() {
            return Ok(None);
        }
        Ok(Some(self.ctx.captcha.kept(self.asking(counters), self.form, None).await?))
    }

    /// Judges the answer.
    pub(super) async fn judge(&self, counters: Counters) -> Result<Judged, Failure> {
        self.ctx.captcha.judge(self.asking(counters), self.form, self.from).await
    }

    /// Another picture, or a code by mail instead, where either is asked for.
    pub(super) async fn exchange(&self, username: &str, counters: Counters) -> Result<Response, PageNo> {
        let Self { ctx, headers, form, interaction, .. } = *self;
        let (asking, captcha) = (self.asking(counters), &ctx.captcha);
        let field = if username.is_empty() || !counters.ask(ctx, username).await? {
            None
        } else if form.get("decision") == Some(MAIL) {
            let lang = page::language_of(&ctx.base, headers, interaction);
            let recipient = Recipient { to: username, purpose: Purpose::SignInCode, lang, from: self.from };
            Some(captcha.mail(asking, form, recipient).await?.asked_for())
        } else {
            Some(captcha.fresh(asking, None)?.asked_for())
        };
        let (status, wait) = field.as_ref().map_or((None, None), |field| (field.status(), field.retry_after()));
        let shown = Shown { problem: None, username, status: status.unwrap_or(200), captcha: field };
        Ok(retry_after::on(page::show(&ctx.base, headers, interaction, shown).await?, wait))
    }
}
