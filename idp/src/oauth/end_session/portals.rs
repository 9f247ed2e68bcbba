//! GET /connect/end_session/portals — OpenID Connect Front-Channel Logout 1.0 §3: the person's browser opens an address
//! of each portal in a hidden frame, and goes on when it has them or after a while.

use super::done;
use super::farewell::Farewell;
use crate::answer;
use crate::browser::language;
use crate::pages::{ErrorKind, Frame, LogoutFrame, SigningOutPage};
use crate::refusal::PageNo;
use crate::wiring::Ctx;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use idp_core::client::redirect_uri::is_plain;
use idp_core::identity::subject::session_at_client;
use idp_core::oauth::end_session::frontchannel_address;
use idp_core::oauth::params::Params;
use std::collections::BTreeSet;
use url::Url;

/// Its path.
pub(super) const PATH: &str = "/connect/end_session/portals";

/// The endpoint.
pub async fn get(State(ctx): State<Ctx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let answered = show(&ctx, &headers, &query.unwrap_or_default()).await;
    answered.unwrap_or_else(|no| no.into_response(&ctx, &headers))
}

async fn show(ctx: &Ctx, headers: &HeaderMap, query: &str) -> Result<Response, PageNo> {
    let params = Params::parse(query.as_bytes()).map_err(|_| ErrorKind::TooLarge)?;
    let farewell = Farewell::of(ctx, &params).await?;
    let snapshot = ctx.directory.snapshot();
    let next = farewell.address(&snapshot, done::PATH)?;
    let lang = language(&ctx.cookies, headers, None);
    let mut frames = Vec::new();
    for (number, portal) in farewell.by_browser().enumerate() {
        // A portal that was changed meanwhile is told at its new address, or no more.
        let Some((known, uri)) =
            snapshot.client(&portal.client).and_then(|it| Some((it, it.client.frontchannel_logout_uri.as_deref()?)))
        else {
            continue;
        };
        let Some(session) = &farewell.session else { continue };
        let sid = session_at_client(&snapshot.secrets.sid, session, &known.client.id);
        let address = frontchannel_address(uri, &ctx.provider.issuer, &sid);
        // A registration of before may hold a host that would part one directive of the policy from the next.
        if !Url::parse(&address).is_ok_and(|url| url.host().is_some_and(|host| is_plain(&host))) {
            continue;
        }
        frames.push(LogoutFrame { number, portal: known.client.name_for(lang.reads()), address });
    }
    if frames.is_empty() {
        return Ok(answer::redirect(&next));
    }
    let origins: BTreeSet<String> =
        frames.iter().filter_map(|frame| Url::parse(&frame.address).ok()).map(origin).collect();
    let page = SigningOutPage { frame: Frame::new(lang, ctx.provider.house()), frames: &frames, next: &next };
    Ok(answer::framing_page(page.html(), &origins))
}

fn origin(url: Url) -> String {
    url.origin().ascii_serialization()
}
