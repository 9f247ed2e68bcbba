//! GET, POST /connect/userinfo — OpenID Connect Core 1.0 §5.3, RFC 6750, RFC 9449 §7.

use crate::answer;
use crate::directory::Snapshot;
use crate::failure::Failure;
use crate::oauth::access_token::{self, Scheme};
use crate::oauth::dpop::{self, At};
use crate::refusal::{Asked, MachineNo};
use crate::wiring::Ctx;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderName, Method};
use idp_core::identity::claims::{self, Disclosed};
use idp_core::identity::subject::subject;
use idp_core::oauth::access_token::AccessToken;
use idp_core::oauth::client_token::ClientToken;
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use idp_core::oauth::gate;
use idp_core::people::account::Personal;
use idp_core::scope::{Scope, ScopeSet};
use idp_store::accounts::SealedPersonal;
use idp_store::{Fault, grants};

const ROUTE: &str = "/connect/userinfo";

/// By which a portal finds its call in the logs of both sides (FAPI 2.0 Implementation Advice): said back as it came.
const INTERACTION: HeaderName = HeaderName::from_static("x-fapi-interaction-id");

/// The endpoint.
pub async fn answer(State(ctx): State<Ctx>, method: Method, headers: HeaderMap, body: Bytes) -> Response {
    let mut response = judge(ctx, method, &headers, body).await;
    if let Some(id) = headers.get(INTERACTION).filter(|id| id.len() <= 64 && id.to_str().is_ok()) {
        response.headers_mut().insert(INTERACTION, id.clone());
    }
    response
}

async fn judge(ctx: Ctx, method: Method, headers: &HeaderMap, body: Bytes) -> Response {
    let presented = match access_token::read(&method, headers, &body) {
        Ok(Some(presented)) => presented,
        Ok(None) => return access_token::ask(),
        Err(error) => return access_token::refuse(ROUTE, Scheme::Bearer, &error),
    };
    let refuse = |scheme, no| match no {
        MachineNo::Refused(error) => access_token::refuse(ROUTE, scheme, &error),
        failed => failed.into_response(&Asked { route: ROUTE, headers, form: &[] }),
    };
    let token = match open(&ctx, &presented.token).await {
        Ok(token) => token,
        Err(no) => return refuse(presented.scheme, no),
    };
    let scheme = if token.key.is_some() { Scheme::Dpop } else { presented.scheme };
    let at = At { method: &method, path: ROUTE, access_token: Some(&presented.token) };
    let described = match access_token::check(&ctx, headers, (&token, presented.scheme), at).await {
        Ok(()) => describe(&ctx, &token).await,
        Err(no) => Err(no),
    };
    let (refused, mut response) = match described {
        Ok(Said::Plain(claims)) => (None, answer::json(200, claims)),
        Ok(Said::Signed(token)) => (None, answer::jwt(token)),
        Err(no) => (no.code(), refuse(scheme, no)),
    };
    dpop::give_nonce(&ctx, headers, refused, &mut response);
    response
}

async fn open(ctx: &Ctx, token: &str) -> Result<AccessToken, MachineNo> {
    let now = ctx.clock.now();
    ctx.directory.learn_sealing_key(token).await?;
    let snapshot = ctx.directory.for_issuing(now)?;
    let token =
        AccessToken::open(&snapshot.sealer, token).map_err(|_| match ClientToken::open(&snapshot.sealer, token) {
            Ok(own) if !own.is_over(now, &ctx.lifetimes) => {
                let words = "the access token is a client's own (client_credentials) and about nobody";
                OAuthError::new(OAuthErrorCode::InsufficientScope, words)
            }
            _ => OAuthError::invalid_token("it is no access token of ours, or expired"),
        })?;
    if token.is_over(now, &ctx.lifetimes) {
        return Err(OAuthError::invalid_token("it is expired, or made by a wrong clock").into());
    }
    Ok(token)
}

/// What is said of a person.
enum Said {
    /// As JSON.
    Plain(Vec<u8>),
    /// As a signed JWT (§5.3.2), for a client that registered `userinfo_signed_response_alg`.
    Signed(String),
}

async fn describe(ctx: &Ctx, token: &AccessToken) -> Result<Said, MachineNo> {
    let now = ctx.clock.now();
    let snapshot = ctx.directory.for_issuing(now)?;
    let id = token.grant_id.clone();
    let found = ctx.db.read(move |conn| grants::standing(conn, &id)).await?;
    let found = found.ok_or_else(|| OAuthError::invalid_token("its grant is gone"))?;
    let known = snapshot.client(&found.grant.client_id);
    let known = known.ok_or_else(|| OAuthError::invalid_token("its client is gone"))?;
    gate::grant_may_give(&known.client, &found.grant, (&found.session, &found.person), now, &ctx.lifetimes)
        .map_err(|refusal| OAuthError::invalid_token(refusal.detail()))?;
    // Today's grant bounds it, whatever the token was issued with.
    let scope = token.scope.and(found.grant.scope).and(known.client.scope);
    if !scope.has(Scope::OpenId) {
        return Err(OAuthError::new(OAuthErrorCode::InsufficientScope, "the access token is not for openid").into());
    }
    let claims = token.claims.within(known.client.scope).userinfo;
    let opened = scope.or(claims.scopes());
    let personal = open_personal(&snapshot, found.person.account_id.as_str(), &found.personal, opened)?;
    let subject = subject(&snapshot.secrets.subject, &known.client, &found.person.account_id);
    let about = Disclosed { person: &found.person, personal: &personal, scope, claims };
    let claims = claims::userinfo(subject, &about)?;
    let Some(algorithm) = known.client.userinfo_signed_response_alg else { return Ok(Said::Plain(claims)) };
    let payload = claims::userinfo_for(&claims, &ctx.provider.issuer, known.client.id.as_str())?;
    // It has no `exp`: whoever reads it late finds its key for as long as an ID token of now.
    let key = snapshot.signing_key(&known.client, algorithm, now.plus(ctx.lifetimes.id_token))?;
    Ok(Said::Signed(key.sign(Some("JWT"), &payload)?))
}

/// Opens what the scope asks for, and nothing else.
///
/// # Errors
/// When it does not open.
pub fn open_personal(
    snapshot: &Snapshot,
    account: &str,
    sealed: &SealedPersonal,
    scope: ScopeSet,
) -> Result<Personal, Failure> {
    let wants_claims = [Scope::Profile, Scope::Phone, Scope::Address].into_iter().any(|one| scope.has(one));
    let mut personal = Personal { national_id_verified: sealed.national_id_verified, ..Personal::default() };
    if let Some(bytes) = sealed.national_id.as_ref().filter(|_| scope.has(Scope::Uid)) {
        personal.national_id = Some(crate::keystore::personal::open_national_id(&snapshot.sealer, account, bytes)?);
    }
    if let Some(bytes) = sealed.claims.as_ref().filter(|_| wants_claims) {
        let plain = crate::keystore::personal::open_claims(&snapshot.sealer, account, bytes)?;
        personal.claims = serde_json::from_slice(&plain).map_err(Fault::from)?;
    }
    Ok(personal)
}
