//! The sign-in page: for which portal, with what problem, in which language.

use super::interaction::{Sealed, client_of, start};
use crate::browser::language;
use crate::directory::Known;
use crate::oauth::authorize::arrival::{Arrival, Arrived, Visit, arrive};
use crate::pages::{CaptchaField, Frame, PortalLinks, SignInPage, SignInProblem};
use crate::refusal::PageNo;
use crate::text::Language;
use crate::wiring::Ctx;
use crate::{answer, client_logo, not_saved, session, way_back};
use axum::response::Response;
use http::HeaderMap;
use idp_core::oauth::authorize::prompt::{NextStep, SignInReason};
use idp_core::oauth::params::Params;
use idp_core::sign_in::interaction::Interaction;

/// What the page shows beside the form.
pub struct Shown<'a> {
    /// What is wrong.
    pub problem: Option<SignInProblem>,
    /// What was typed.
    pub username: &'a str,
    /// HTTP status.
    pub status: u16,
    /// What shows that a person guesses; `None`: nothing has to.
    pub captcha: Option<CaptchaField>,
}

impl Default for Shown<'_> {
    fn default() -> Self {
        Self { problem: None, username: "", status: 200, captcha: None }
    }
}

/// The language that the request and the browser ask for.
pub fn language_of(ctx: &Ctx, headers: &HeaderMap, interaction: &Interaction) -> Language {
    let query = interaction.request.as_ref().map_or("", |request| request.query.as_str());
    let params = Params::parse(query.as_bytes()).unwrap_or_default();
    language(&ctx.cookies, headers, params.get("ui_locales"))
}

/// The page for a portal's request.
///
/// # Errors
/// A failure of ours.
pub fn for_portal(ctx: &Ctx, headers: &HeaderMap, visit: &Visit, reason: SignInReason) -> Result<Response, PageNo> {
    let interaction = start(Some(visit.in_progress()), ctx.clock.now());
    let again = visit.who.as_ref().filter(|_| reason == SignInReason::Again);
    let hint = visit.request.login_hint.as_deref();
    let username = again.map_or(hint.unwrap_or_default(), |who| who.person.account.as_str());
    let shown = Shown { username, ..Shown::default() };
    let portal = Some(visit.known.as_ref());
    render(ctx, headers, &interaction, (portal, again.map(|who| who.person.account.as_str())), shown)
}

/// Who is signed in, if they have to enter the password again for the portal's request.
async fn asked_again(ctx: &Ctx, headers: &HeaderMap, interaction: &Interaction) -> Result<Option<String>, PageNo> {
    let Some(request) = interaction.request.clone().filter(|_| session::presented(ctx, headers).is_some()) else {
        return Ok(None);
    };
    Ok(match arrive(ctx, headers, Arrival { request, interaction: None }).await? {
        Arrived::Read(visit) if visit.step == NextStep::SignIn(SignInReason::Again) => {
            visit.who.map(|who| who.person.account)
        }
        _ => None,
    })
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
    let known = match client_of(interaction) {
        Some(id) => ctx.directory.client(&id).await?,
        None => None,
    };
    let again = asked_again(ctx, headers, interaction).await?;
    render(ctx, headers, interaction, (known.as_deref(), again.as_deref()), shown)
}

fn render(
    ctx: &Ctx,
    headers: &HeaderMap,
    interaction: &Interaction,
    (portal, reauthenticating_as): (Option<&Known>, Option<&str>),
    shown: Shown<'_>,
) -> Result<Response, PageNo> {
    // Whoever is to sign in has done nothing yet, whatever was done before.
    let sealed = Sealed::for_browser(ctx, headers, &interaction.anew(ctx.clock.now()))?;
    let lang = language_of(ctx, headers, interaction);
    let logo = portal.and_then(|known| known.logo.picture(lang)).map(client_logo::address);
    let unchecked = portal.filter(|known| !known.vouched_for).map(|known| known.client.hosts().join("、"));
    let (from, portal) = (portal, portal.map(|known| &known.client));
    let page = SignInPage {
        frame: Frame::new(lang, ctx.provider.house()),
        portal_name: portal.map(|client| client.name_for(lang.reads())),
        portal_logo: logo.as_deref(),
        portal_links: portal.map_or_else(PortalLinks::default, |client| PortalLinks::of(client, lang)),
        unchecked: unchecked.as_deref(),
        interaction: &sealed.interaction,
        username: shown.username,
        reauthenticating_as,
        problem: shown.problem,
        can_cancel: interaction.request.is_some(),
        captcha: shown.captcha.as_ref(),
        not_saved: not_saved::is_noted(interaction.own_page()),
    };
    let mut response = answer::page(shown.status, page.html());
    sealed.remember(ctx, &mut response);
    if let Some(from) = from {
        way_back::remember(ctx, headers, &mut response, from);
    }
    Ok(response)
}
