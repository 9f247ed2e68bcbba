//! A sign-in in progress, as it stands in a page: started, and sealed for the browser it is shown in.

use crate::answer;
use crate::browser::Tie;
use crate::failure::Failure;
use crate::wiring::Ctx;
use axum::response::Response;
use http::HeaderMap;
use idp_core::oauth::authorize::in_progress::InProgress;
use idp_core::oauth::params::Params;
use idp_core::sign_in::interaction::{Done, Interaction};
use idp_core::{ClientId, UnixMillis};

/// A sign-in that begins now. It belongs to no browser until its page is shown.
pub fn start(request: Option<InProgress>, now: UnixMillis) -> Interaction {
    Interaction { request, page: None, browser: None, done: Done::default(), session: None, shown_at: now }
}

/// A sign-in that begins now, at the provider itself, and leads to a page of ours.
///
/// * `page`: path and query; never out of what somebody sent, but of a request that was routed.
pub fn start_for(page: &str, now: UnixMillis) -> Interaction {
    Interaction { page: Some(page.to_owned()), ..start(None, now) }
}

/// The portal that asked for it; none: it is at the provider itself.
pub fn client_of(interaction: &Interaction) -> Option<ClientId> {
    let request = interaction.request.as_ref()?;
    Params::parse(request.query.as_bytes()).ok()?.get("client_id").and_then(ClientId::parse)
}

/// Sends a browser to the dispatcher with a request of which nothing was done yet; to the page of ours, if no portal asked.
///
/// # Errors
/// A failure of ours.
pub fn start_again(ctx: &Ctx, headers: &HeaderMap, interaction: &Interaction) -> Result<Response, Failure> {
    if interaction.request.is_none() {
        return Ok(answer::redirect(interaction.own_page()));
    }
    let sealed = Sealed::for_browser(ctx, headers, &interaction.anew(ctx.clock.now()))?;
    let mut response = answer::redirect(&format!("/connect/authorize/continue?interaction={}", sealed.interaction));
    sealed.remember(ctx, &mut response);
    Ok(response)
}

/// An interaction sealed for the browser it is shown in.
pub struct Sealed {
    /// For the page.
    pub interaction: String,
    /// What ties it to the browser.
    pub browser: Tie,
}

impl Sealed {
    /// Ties an interaction to the browser: to the cookie it has, or to a new one. Tabs share it.
    ///
    /// # Errors
    /// A failure of ours.
    pub fn for_browser(ctx: &Ctx, headers: &HeaderMap, interaction: &Interaction) -> Result<Self, Failure> {
        let browser = Tie::of(&ctx.cookies, headers)?;
        let bound = Interaction { browser: Some(browser.digest), ..interaction.clone() };
        let interaction = bound.seal(&ctx.directory.snapshot().sealer)?;
        Ok(Self { interaction, browser })
    }

    /// Sets the cookie, if it is new.
    pub fn remember(&self, ctx: &Ctx, response: &mut Response) {
        self.browser.remember(&ctx.cookies, response);
    }
}
