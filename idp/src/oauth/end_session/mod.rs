//! GET, POST /connect/end_session — OpenID Connect RP-Initiated Logout 1.0.
//!
//! The way of a sign-out: this request, the question ([`confirm`]) unless the portal proved itself, the page whose frames tell portals
//! ([`portals`]) if there are such, and then back to the portal or the page that says what became of it ([`done`]).

pub mod confirm;
pub mod done;
mod farewell;
pub mod portals;

use crate::answer;
use crate::browser::Cookie;
use crate::directory::{Known, Snapshot};
use crate::oauth::authorize::arrival::read_hint;
use crate::oauth::authorize::to_portal;
use crate::oauth::posted;
use crate::pages::ErrorKind;
use crate::refusal::PageNo;
use crate::session::{self, SignedIn};
use crate::wiring::Ctx;
use crate::{sign_out, way_back};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use farewell::{Farewell, Return};
use http::HeaderMap;
use idp_core::audit::EndedBy;
use idp_core::identity::subject::session_at_client;
use idp_core::oauth::end_session::{Afterwards, EndSession, with_state};
use idp_core::oauth::params::Params;
use idp_core::{ClientId, SessionId};
use idp_store::outbox::Channel;
use std::sync::Arc;

const PATH: &str = "/connect/end_session";

/// What was asked, with what the person has to say yes to.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    session: Option<SessionId>,
    client: Option<ClientId>,
    return_to: Option<String>,
}

/// GET.
pub async fn get(State(ctx): State<Ctx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let answered = ask(&ctx, &headers, query.unwrap_or_default()).await;
    answered.unwrap_or_else(|no| no.into_response(&ctx, &headers))
}

/// POST. A cross-site POST carries no cookie of ours: the same request goes on by GET, its parameters kept here, since an
/// ID token does not belong in a URL.
pub async fn post(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Response {
    post_as_get(&ctx, &headers, body).await.unwrap_or_else(|no| no.into_response(&ctx, &headers))
}

async fn post_as_get(ctx: &Ctx, headers: &HeaderMap, body: Bytes) -> Result<Response, PageNo> {
    posted::check(headers, &body)?;
    Ok(posted::send_on(ctx, PATH, &body).await?)
}

async fn ask(ctx: &Ctx, headers: &HeaderMap, query: String) -> Result<Response, PageNo> {
    let here = format!("{PATH}?{query}");
    let query = posted::parameters(ctx, PATH, query).await?;
    let params = Params::parse(query.as_bytes()).map_err(|_| ErrorKind::TooLarge)?;
    if params.repeated().is_some() {
        return Err(PageNo::Shown(ErrorKind::BadRequest, Some("a parameter was sent more than once".into())));
    }
    let who = session::current(ctx, headers, ctx.clock.now()).await?;
    if let Some(hint) = params.get("id_token_hint") {
        ctx.directory.learn_signing_key(hint).await?;
    }
    let snapshot = ctx.directory.snapshot();
    let (plan, must_confirm) = read(ctx, &snapshot, &params, who.as_ref()).await?;
    match who {
        Some(who) if must_confirm => confirm::show(ctx, headers, &who, &plan, &here),
        who => finish(ctx, headers, who, plan).await,
    }
}

async fn read(
    ctx: &Ctx,
    snapshot: &Snapshot,
    params: &Params<'_>,
    who: Option<&SignedIn>,
) -> Result<(Plan, bool), PageNo> {
    let sent = params.get("id_token_hint");
    let hint = sent.and_then(|hint| read_hint(ctx, snapshot, hint));
    let named = params.get("client_id");
    let client_id = hint.as_ref().map(|hint| hint.client_id.as_str()).or(named).and_then(ClientId::parse);
    let known: Option<Arc<Known>> = match &client_id {
        Some(id) => ctx.directory.client(id).await?,
        None => None,
    };
    let sid = match (who, &known) {
        (Some(who), Some(known)) => Some(session_at_client(&snapshot.secrets.sid, &who.session.id, &known.client.id)),
        // Nobody to name it for, and yet there is a session.
        (Some(_), None) => Some(String::new()),
        (None, _) => None,
    };
    let asked = EndSession {
        bad_hint: sent.is_some() && hint.is_none(),
        client: known.as_ref().map(|known| &known.client),
        contradiction: matches!((&hint, named), (Some(hint), Some(named)) if hint.client_id != named),
        return_to: params.get("post_logout_redirect_uri"),
        current_sid: sid.as_deref(),
        hint: hint.as_ref(),
    };
    let return_to = match asked.afterwards() {
        Afterwards::Stay => None,
        Afterwards::Return(uri) => Some(with_state(&uri, params.get("state"))),
    };
    let client = known.as_ref().map(|known| known.client.id.clone());
    let must_confirm = asked.must_confirm();
    Ok((Plan { session: who.map(|who| who.session.id.clone()), client, return_to }, must_confirm))
}

/// Ends the session, if there is one, and lets the person go. Where their browser has to tell portals, it does so first.
async fn finish(ctx: &Ctx, headers: &HeaderMap, who: Option<SignedIn>, plan: Plan) -> Result<Response, PageNo> {
    let now = ctx.clock.now();
    let snapshot = ctx.directory.snapshot();
    let ended = who.as_ref().map(|who| who.session.id.clone());
    let mut notices = Vec::new();
    if let Some(who) = who {
        let for_unit = snapshot.clone();
        let unit = move |tx: &mut idp_store::Tx<'_>| {
            sign_out::end(tx, &|client| for_unit.logout_channels(client), &who.session, EndedBy::Person, now)
        };
        notices = ctx.db.write(unit).await?;
        ctx.outbox_bell.notify_one();
    }
    let by_browser = notices.iter().any(|notice| notice.channel == Channel::Front);
    let afterwards = Farewell::new(ended, back(ctx, &snapshot, plan), notices, now);
    let mut response = match &afterwards.return_to {
        _ if by_browser => answer::redirect(&afterwards.address(&snapshot, portals::PATH)?),
        Some(Return::AtOnce(uri)) => answer::redirect(uri),
        None if afterwards.portals.is_empty() => done::show(ctx, headers, done::Shown::default())?,
        // A page of its own, that can be shown again.
        Some(Return::IfWanted(_)) | None => answer::redirect(&afterwards.address(&snapshot, done::PATH)?),
    };
    ctx.cookies.clear(&mut response, Cookie::Session);
    // On a shared computer: what was begun here, an application with all that was typed in it, is nobody's who comes next.
    ctx.cookies.clear(&mut response, Cookie::Browser);
    way_back::forget(&ctx.cookies, headers, &mut response);
    Ok(response)
}

/// Where the person goes. A website that registered itself could have anybody sent to it through our address (RFC 9700 §4.11.2): who
/// is not signed in is asked nothing.
fn back(ctx: &Ctx, snapshot: &Snapshot, plan: Plan) -> Option<Return> {
    let known = plan.client.as_ref().and_then(|id| snapshot.client(id));
    let at_once = known.is_some_and(|known| to_portal::sends_back(ctx, known));
    plan.return_to.map(if at_once { Return::AtOnce } else { Return::IfWanted })
}
