//! The portal that somebody was signing in at: whoever makes an account or sets another password on the way finds back to it.
//!
//! The browser says which, in a cookie of an hour that names the client and nothing else ([`Cookie::Portal`]): the mail with the link may
//! be opened long after the sign-in page is over. The cookie decides nothing but what a link offers, and only portals that somebody
//! vouches for are offered (docs/decisions/0031-nobody-is-led-to-a-stranger.md).

use crate::browser::Cookie;
use crate::directory::Known;
use crate::pages::WayBack;
use crate::text::Language;
use crate::wiring::Ctx;
use http::{HeaderMap, Response};
use idp_core::ClientId;
use idp_core::client::Client;
use url::Url;

/// The browser remembers for which portal it was shown the sign-in page.
pub fn remember<B>(ctx: &Ctx, response: &mut Response<B>, known: &Known) {
    if is_offered(known) && address(&ctx.provider.issuer, &known.client, Language::default()).is_some() {
        ctx.cookies.set(response, Cookie::Portal, known.client.id.as_str());
    }
}

/// The way back, if the browser came from a portal that can be gone back to.
pub fn find(ctx: &Ctx, headers: &HeaderMap, lang: Language) -> Option<WayBack> {
    let id = ctx.cookies.get(headers, Cookie::Portal).and_then(ClientId::parse)?;
    // Not looked for in the database: anybody can send any cookie.
    let snapshot = ctx.directory.snapshot();
    let known = snapshot.client(&id).filter(|known| is_offered(known))?;
    let href = address(&ctx.provider.issuer, &known.client, lang)?;
    Some(WayBack { portal: known.client.name_for(lang.reads()).to_owned(), href })
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
