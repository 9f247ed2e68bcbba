//! An answer leaves for its portal: by redirect, or by a form that the browser posts (OAuth 2.0 Form Post Response Mode).

use crate::answer;
use crate::browser::language;
use crate::pages::{Frame, ReturningPage};
use crate::wiring::Ctx;
use axum::response::Response;
use http::HeaderMap;
use idp_core::oauth::authorize::Sent;
use url::Url;

/// Sends it. `ui_locales`: the languages that the portal asks for.
pub fn send(ctx: &Ctx, headers: &HeaderMap, ui_locales: Option<&str>, sent: Sent) -> Response {
    let (action, fields) = match sent {
        Sent::Redirect(to) => return answer::redirect(&to),
        Sent::Form { action, fields } => (action, fields),
    };
    let host = Url::parse(&action).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let page = ReturningPage {
        frame: Frame::new(language(&ctx.cookies, headers, ui_locales), &ctx.provider.brand),
        host: &host,
        action: &action,
        fields: &fields,
    };
    answer::returning_page(page.html())
}
