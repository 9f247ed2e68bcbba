//! An answer leaves for its portal: by redirect, or by a form that the browser posts (OAuth 2.0 Form Post Response Mode).
//!
//! A refusal needs nobody's consent and can be had at will, so that a website which registered itself would be reached through our
//! own address, by people who trust that (RFC 9700 §4.11.2). They are shown where they would go, and go by themselves.

use crate::answer;
use crate::browser::language;
use crate::directory::Known;
use crate::metrics::Noted;
use crate::pages::{Frame, RefusedPage, ReturningPage};
use crate::wiring::Ctx;
use axum::response::Response;
use http::{HeaderMap, HeaderName};
use idp_core::client::shown_host;
use idp_core::oauth::authorize::{ReturnAddress, Sent};
use idp_core::oauth::error::OAuthError;

/// Fetch Metadata: what a browser is to make of the answer. No script can write it.
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// To whom a refusal goes.
pub struct Refused<'a> {
    /// The portal.
    pub known: &'a Known,
    /// Its address.
    pub address: &'a ReturnAddress,
    /// The languages that it asks for.
    pub ui_locales: Option<&'a str>,
}

/// Sends what was asked for. `ui_locales`: the languages that the portal asks for.
pub fn send(ctx: &Ctx, headers: &HeaderMap, ui_locales: Option<&str>, sent: Sent) -> Response {
    let (action, fields) = match sent {
        Sent::Redirect(to) => return answer::redirect(&to),
        Sent::Form { action, fields } => (action, fields),
    };
    let page = ReturningPage {
        frame: Frame::new(language(&ctx.cookies, headers, ui_locales), ctx.provider.house()),
        host: &shown_host(&action),
        action: &action,
        fields: &fields,
    };
    answer::returning_page(page.html())
}

/// Sends a refusal, or shows it.
pub fn refuse(ctx: &Ctx, headers: &HeaderMap, to: &Refused<'_>, error: &OAuthError) -> Response {
    let sent = to.address.with_error(error, &ctx.provider.issuer);
    let mut response = match sends_back(ctx, to.known) || is_in_frame(headers) {
        true => send(ctx, headers, to.ui_locales, sent),
        false => show(ctx, headers, to, (&sent, error)),
    };
    Noted::Refused(error.code).on(&mut response);
    response
}

/// Whether people are sent to a portal that they did not choose to go to: somebody vouches for it, or the operator wants it so.
pub fn sends_back(ctx: &Ctx, known: &Known) -> bool {
    known.vouched_for || ctx.provider.return_at_once
}

/// In a frame of the portal's own page, nobody is led away (`prompt=none`). A browser that does not say so is believed to lead there.
fn is_in_frame(headers: &HeaderMap) -> bool {
    headers.get(SEC_FETCH_DEST).is_some_and(|dest| dest == "iframe" || dest == "frame")
}

fn show(ctx: &Ctx, headers: &HeaderMap, to: &Refused<'_>, (sent, error): (&Sent, &OAuthError)) -> Response {
    let (address, fields) = match sent {
        Sent::Redirect(to) => (to, None),
        Sent::Form { action, fields } => (action, Some(fields.as_slice())),
    };
    let page = RefusedPage {
        frame: Frame::new(language(&ctx.cookies, headers, to.ui_locales), ctx.provider.house()),
        host: &shown_host(address),
        address,
        fields,
        error_code: error.code.as_str(),
        details: &error.description,
    };
    answer::page(400, page.html())
}
