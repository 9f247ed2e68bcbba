//! GET, POST /connect/authorize — RFC 6749 §4.1.1, OpenID Connect Core 1.0 §3.1.2, §3.2.2, §3.3.2.
//! Answers by query, fragment or form: OAuth 2.0 Multiple Response Type Encoding Practices, Form Post Response Mode.
//! GET /connect/authorize/continue — a sign-in in progress comes back here after every page.
//!
//! This is the dispatcher: the sign-in page and the consent page never lead to each other. Each time the request is read
//! anew, and stored state alone decides the next step.

pub mod arrival;
mod incoming;
mod issue;
pub mod to_portal;

use arrival::{Arrival, Arrived, RefusedRequest, Visit, arrive};
use to_portal::Refused;

use crate::answer;
use crate::browser::owns;
use crate::failure::Failure;
use crate::metrics::Noted;
use crate::oauth::{long_nonce, posted, pushed};
use crate::pages::ErrorKind;
use crate::refusal::PageNo;
use crate::wiring::Ctx;
use crate::{consent, sign_in, way_back};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use idp_core::client::GrantType;
use idp_core::oauth::authorize::prompt::NextStep;
use idp_core::oauth::authorize::request::AuthorizationRequest;
use idp_core::oauth::code::{LONGEST_NONCE_BESIDE_KEY, LONGEST_NONCE_INSIDE, Nonce};
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use idp_core::oauth::params::Params;
use idp_core::scope::ScopeSet;
use idp_core::sign_in::interaction::Interaction;

const PATH: &str = "/connect/authorize";
/// What fits into any server's and proxy's request line.
const LONGEST_QUERY: usize = 4096;

/// GET /connect/authorize.
pub async fn get(State(ctx): State<Ctx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let arrived = fresh(&ctx, &headers, query.unwrap_or_default()).await;
    arrived.unwrap_or_else(|no| no.into_response(&ctx, &headers))
}

/// POST /connect/authorize. A cross-site POST carries no `SameSite=Lax` cookie, so that nobody would seem signed in: the
/// browser is sent on to the same request by GET.
pub async fn post(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Response {
    post_as_get(&ctx, &headers, &body).await.unwrap_or_else(|no| no.into_response(&ctx, &headers))
}

/// GET /connect/authorize/continue.
pub async fn resume(State(ctx): State<Ctx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let arrived = go_on(&ctx, &headers, &query.unwrap_or_default()).await;
    arrived.unwrap_or_else(|no| no.into_response(&ctx, &headers))
}

async fn post_as_get(ctx: &Ctx, headers: &HeaderMap, body: &[u8]) -> Result<Response, PageNo> {
    posted::check(headers, body)?;
    match std::str::from_utf8(body) {
        Ok(query) if query.len() <= LONGEST_QUERY => Ok(answer::redirect(&format!("{PATH}?{query}"))),
        _ => Ok(posted::send_on(ctx, PATH, body).await?),
    }
}

async fn fresh(ctx: &Ctx, headers: &HeaderMap, query: String) -> Result<Response, PageNo> {
    let query = posted::parameters(ctx, PATH, query).await?;
    let arrived = match incoming::unpack(ctx, query).await? {
        Ok(request) => arrive(ctx, headers, Arrival { request, interaction: None }).await?,
        Err(refused) => Arrived::Refused(refused),
    };
    act(ctx, headers, arrived).await
}

async fn go_on(ctx: &Ctx, headers: &HeaderMap, query: &str) -> Result<Response, PageNo> {
    let params = Params::parse(query.as_bytes()).map_err(|_| ErrorKind::TooLarge)?;
    let sealed = params.get("interaction").ok_or(ErrorKind::ExpiredPage)?;
    ctx.directory.learn_sealing_key(sealed).await?;
    let interaction =
        Interaction::open(&ctx.directory.snapshot().sealer, sealed).map_err(|_| ErrorKind::ExpiredPage)?;
    let Some(request) = interaction.request.clone() else {
        return Ok(answer::redirect(interaction.own_page()));
    };
    // Another browser's, or too old: what was done in it does not count, the request itself does.
    let counts = owns(&ctx.cookies, headers, &interaction);
    let arrival = Arrival { request, interaction: Some(interaction).filter(|_| counts) };
    let arrived = arrive(ctx, headers, arrival).await?;
    act(ctx, headers, arrived).await
}

/// Takes the next step.
///
/// # Errors
/// A failure of ours.
pub async fn act(ctx: &Ctx, headers: &HeaderMap, arrived: Arrived) -> Result<Response, PageNo> {
    match arrived {
        Arrived::Refused(refusal) => {
            let RefusedRequest { known, address, error } = &*refusal;
            Ok(to_portal::refuse(ctx, headers, &Refused { known, address, ui_locales: None }, error))
        }
        Arrived::Read(visit) => {
            let portal = visit.refused();
            match &visit.step {
                NextStep::Issue { scope, .. } => match answer_with(ctx, &visit, *scope).await? {
                    Ok(pairs) => Ok(answered(ctx, headers, &visit, &pairs)),
                    Err(error) => Ok(to_portal::refuse(ctx, headers, &portal, &error)),
                },
                NextStep::Refuse(error) => Ok(to_portal::refuse(ctx, headers, &portal, error)),
                NextStep::SignIn(reason) => sign_in::page::for_portal(ctx, headers, &visit, *reason),
                NextStep::Confirm(reason) => consent::show(ctx, headers, &visit, *reason),
            }
        }
    }
}

/// What the portal receives.
async fn answer_with(ctx: &Ctx, visit: &Visit, scope: ScopeSet) -> Result<Result<issue::Pairs, OAuthError>, PageNo> {
    match place_nonce(ctx, &visit.request).await? {
        Some(nonce) => {
            // On every way to an answer, and before anything is written or goes out: whoever comes second has none.
            pushed::use_up(ctx, &visit.came).await?.map_err(incoming::unusable)?;
            Ok(issue::issue(ctx, visit, scope, nonce).await?)
        }
        None => {
            let words = "a nonce this long cannot be kept for now; try again, or send a shorter one";
            Ok(Err(OAuthError::new(OAuthErrorCode::TemporarilyUnavailable, words)))
        }
    }
}

/// Back to the portal with what it asked for.
fn answered(ctx: &Ctx, headers: &HeaderMap, visit: &Visit, pairs: &issue::Pairs) -> Response {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let sent = visit.address.with_answer(&pairs, &ctx.provider.issuer);
    let mut response = to_portal::send(ctx, headers, visit.request.ui_locales.as_deref(), sent);
    if visit.request.response_type.gives_tokens() {
        Noted::Tokens(GrantType::Implicit).on(&mut response);
    }
    way_back::arrived(ctx, headers, &mut response, &visit.known.client.id);
    response
}

/// A nonce that is too long for the code waits in ephemeral state. `None`: it cannot, for now; the portal is told.
async fn place_nonce(ctx: &Ctx, request: &AuthorizationRequest) -> Result<Option<Nonce>, Failure> {
    let longest = if request.dpop_key.is_some() { LONGEST_NONCE_BESIDE_KEY } else { LONGEST_NONCE_INSIDE };
    match request.nonce.as_deref().filter(|_| request.response_type.gives_code()) {
        None => Ok(Some(Nonce::None)),
        Some(nonce) if nonce.len() <= longest => Ok(Some(Nonce::Inside(nonce.to_owned()))),
        Some(nonce) => Ok(long_nonce::put(ctx, nonce).await?.map(Nonce::Stored)),
    }
}
