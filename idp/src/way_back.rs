//! The portal that somebody was signing in at: whoever makes an account or sets another password on the way is offered the way back to it.
//!
//! The browser says which, in a cookie of its own ([`Cookie::Portal`]) that names the client and when it was shown the sign-in page: the
//! mail with the link may be opened long after that page is over. It decides nothing but what a link offers, and only portals that
//! somebody vouches for are offered (docs/decisions/0031-nobody-is-led-to-a-stranger.md).

use crate::browser::{Cookie, Cookies};
use crate::directory::Known;
use crate::pages::WayBack;
use crate::text::Language;
use crate::wiring::Ctx;
use http::{HeaderMap, Response};
use idp_core::client::Client;
use idp_core::{ClientId, UnixMillis};
use std::time::Duration;
use url::Url;

/// How long a browser remembers it: as a rule a mail comes within seconds, and a person applies within minutes.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// The browser is shown the sign-in page for this portal: it remembers this one, or none.
pub fn remember<B>(ctx: &Ctx, headers: &HeaderMap, response: &mut Response<B>, known: &Known) {
    if is_offered(known) && address(&ctx.provider.issuer, &known.client, Language::default()).is_some() {
        let value = format!("{}.{}", ctx.clock.now().seconds(), known.client.id.as_str());
        ctx.cookies.set(response, Cookie::Portal, &value);
    } else {
        forget(&ctx.cookies, headers, response);
    }
}

/// The browser goes to a portal with what it came for: that was it.
pub fn arrived<B>(ctx: &Ctx, headers: &HeaderMap, response: &mut Response<B>, client: &ClientId) {
    let remembered = ctx.cookies.get(headers, Cookie::Portal).and_then(|value| value.split_once('.'));
    if remembered.is_some_and(|(_, id)| id == client.as_str()) {
        ctx.cookies.clear(response, Cookie::Portal);
    }
}

/// Nobody who comes next came from there.
pub fn forget<B>(cookies: &Cookies, headers: &HeaderMap, response: &mut Response<B>) {
    if cookies.get(headers, Cookie::Portal).is_some() {
        cookies.clear(response, Cookie::Portal);
    }
}

/// The way back, if the browser came from a portal that can be gone back to.
pub fn find(ctx: &Ctx, headers: &HeaderMap, lang: Language) -> Option<WayBack> {
    let (since, id) = ctx.cookies.get(headers, Cookie::Portal)?.split_once('.')?;
    let since = UnixMillis(since.parse::<i64>().ok()?.checked_mul(1000)?);
    let now = ctx.clock.now();
    if since > now || now.since(since) > REMEMBERED {
        return None;
    }
    let id = ClientId::parse(id)?;
    // Not looked for in the database: anybody can send any cookie.
    let snapshot = ctx.directory.snapshot();
    let known = snapshot.client(&id).filter(|known| is_offered(known))?;
    let href = address(&ctx.provider.issuer, &known.client, lang)?;
    Some(WayBack::new(known.client.name_for(lang.reads()), href))
}

fn is_offered(known: &Known) -> bool {
    known.vouched_for && !known.client.disabled
}

/// Where signing in at a portal begins (OpenID Connect Core 1.0 §4), or its own site.
fn address(issuer: &str, client: &Client, lang: Language) -> Option<String> {
    let begins = client.initiate_login_uri.as_deref().and_then(|uri| Url::parse(uri).ok()).map(|mut uri| {
        uri.query_pairs_mut().append_pair("iss", issuer);
        uri.into()
    });
    begins.or_else(|| client.presentation.client_uri.for_reader_or_any(lang.reads()).map(str::to_owned))
}
