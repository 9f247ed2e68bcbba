//! The sign-in page: for which portal, with what problem, in which language.

use crate::browser::{Cookie, language};
use crate::failure::Failure;
use crate::oauth::authorize::arrival::Visit;
use crate::pages::{Frame, LanguageForm, SignInPage, SignInProblem};
use crate::refusal::PageNo;
use crate::text::Language;
use crate::wiring::Ctx;
use crate::{answer, language as language_endpoint, routes};
use axum::response::Response;
use http::HeaderMap;
use idp_core::oauth::authorize::prompt::SignInReason;
use idp_core::oauth::params::Params;
use idp_core::sign_in::interaction::{Done, Interaction};
use idp_core::{ClientId, UnixMillis};
use keys::b64;

/// What the page shows beside the form.
pub struct Shown<'a> {
    /// What is wrong.
    pub problem: Option<SignInProblem>,
    /// What was typed.
    pub username: &'a str,
    /// HTTP status.
    pub status: u16,
}

impl Default for Shown<'_> {
    fn default() -> Self {
        Self { problem: None, username: "", status: 200 }
    }
}

/// A sign-in that begins now. It belongs to no browser until its page is shown.
pub fn begin(request: Option<String>, now: UnixMillis) -> Interaction {
    Interaction { request, browser: None, done: Done::default(), session: None, shown_at: now }
}

/// The language that the request and the browser ask for.
pub fn language_of(ctx: &Ctx, headers: &HeaderMap, interaction: &Interaction) -> Language {
    let query = interaction.request.as_deref().unwrap_or_default();
    let params = Params::parse(query.as_bytes()).unwrap_or_default();
    language(&ctx.cookies, headers, params.get("ui_locales"))
}

/// The page for a portal's request.
///
/// # Errors
/// A failure of ours.
pub fn for_portal(ctx: &Ctx, headers: &HeaderMap, visit: &Visit, reason: SignInReason) -> Result<Response, PageNo> {
    let interaction = begin(Some(visit.query.clone()), ctx.clock.now());
    let again = visit.who.as_ref().filter(|_| reason == SignInReason::Again);
    let hint = visit.request.login_hint.as_deref();
    let username = again.map_or(hint.unwrap_or_default(), |who| who.person.account.as_str());
    let shown = Shown { username, ..Shown::default() };
    let portal = Some(visit.known.client.name.as_str());
    render(ctx, headers, &interaction, (portal, again.map(|who| who.person.account.as_str())), shown)
}

/// The page of a sign-in in progress.
///
/// # Errors
/// A failure of ours.
pub async fn show(
    ctx: &Ctx,
    headers: &HeaderMap,
    interaction: &Interaction,
    shown: Shown<'_>,
) -> Result<Response, PageNo> {
    let query = interaction.request.clone().unwrap_or_default();
    let id = Params::parse(query.as_bytes()).ok().and_then(|params| params.get("client_id").and_then(ClientId::parse));
    let known = match id {
        Some(id) => ctx.directory.client(&id).await?,
        None => None,
    };
    let portal = known.as_ref().map(|known| known.client.name.as_str());
    render(ctx, headers, interaction, (portal, None), shown)
}

fn render(
    ctx: &Ctx,
    headers: &HeaderMap,
    interaction: &Interaction,
    (portal_name, reauthenticating_as): (Option<&str>, Option<&str>),
    shown: Shown<'_>,
) -> Result<Response, PageNo> {
    let sealed = Bound::to_browser(ctx, headers, interaction)?;
    let here = format!("/sign-in?interaction={}", sealed.interaction);
    let return_to = language_endpoint::seal_return(&ctx.directory.snapshot().sealer, &here)?;
    let page = SignInPage {
        frame: Frame {
            lang: language_of(ctx, headers, interaction),
            brand: &ctx.provider.brand,
            style_path: routes::STYLE,
            signed_in_as: None,
            language_form: Some(LanguageForm { action: "/language", return_to: &return_to }),
        },
        portal_name,
        interaction: &sealed.interaction,
        username: shown.username,
        reauthenticating_as,
        problem: shown.problem,
        can_cancel: interaction.request.is_some(),
    };
    let mut response = answer::page(shown.status, page.html());
    sealed.remember(ctx, &mut response);
    Ok(response)
}

/// An interaction sealed for the browser it is shown in.
pub struct Bound {
    /// For the page.
    pub interaction: String,
    new_cookie: Option<String>,
}

impl Bound {
    /// Ties an interaction to the browser: to the cookie it has, or to a new one. Tabs share it.
    ///
    /// # Errors
    /// A failure of ours.
    pub fn to_browser(ctx: &Ctx, headers: &HeaderMap, interaction: &Interaction) -> Result<Self, Failure> {
        let has = ctx.cookies.get(headers, Cookie::Browser);
        let new_cookie = if has.is_some() { None } else { Some(b64::encode(&keys::random::<16>()?)) };
        let cookie = new_cookie.as_deref().or(has).unwrap_or_default();
        let bound = Interaction {
            browser: Some(Interaction::browser_digest(cookie)),
            shown_at: ctx.clock.now(),
            ..interaction.clone()
        };
        let interaction = bound.seal(&ctx.directory.snapshot().sealer)?;
        Ok(Self { interaction, new_cookie })
    }

    /// Sets the cookie, if it is new.
    pub fn remember(&self, ctx: &Ctx, response: &mut Response) {
        if let Some(cookie) = &self.new_cookie {
            ctx.cookies.set(response, Cookie::Browser, cookie);
        }
    }
}
