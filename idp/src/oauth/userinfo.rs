//! GET, POST /connect/userinfo — OpenID Connect Core 1.0 §5.3, RFC 6750.

use crate::answer;
use crate::directory::Snapshot;
use crate::failure::Failure;
use crate::refusal::{Asked, MachineNo, log_refused};
use crate::wiring::Ctx;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use http::{HeaderMap, Method};
use idp_core::identity::claims::{self, Disclosed};
use idp_core::identity::subject::subject;
use idp_core::oauth::access_token::AccessToken;
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use idp_core::oauth::gate;
use idp_core::oauth::params::Params;
use idp_core::people::account::Personal;
use idp_core::scope::{Scope, ScopeSet};
use idp_store::accounts::SealedPersonal;
use idp_store::{Fault, grants};

const ROUTE: &str = "/connect/userinfo";

/// The endpoint.
pub async fn answer(State(ctx): State<Ctx>, method: Method, headers: HeaderMap, body: Bytes) -> Response {
    let token = match read_token(&method, &headers, &body) {
        Ok(Some(token)) => token,
        // RFC 6750 §3: a request without a token is told the scheme and no error.
        Ok(None) => return challenge(401, HeaderValue::from_static("Bearer realm=\"shenfen\"")),
        Err(error) => return refuse(&error),
    };
    match describe(&ctx, &token).await {
        Ok(claims) => answer::json(200, claims),
        Err(MachineNo::Refused(error)) => refuse(&error),
        Err(failed) => failed.into_response(&Asked { route: ROUTE, headers: &headers, form: &[] }),
    }
}

/// RFC 6750 §2: by header, or by form in a POST; not in the URL, where it would end in logs.
fn read_token(method: &Method, headers: &HeaderMap, body: &[u8]) -> Result<Option<String>, OAuthError> {
    let malformed = || OAuthError::invalid_request("the Authorization header must be: Bearer TOKEN");
    if headers.get_all(AUTHORIZATION).iter().count() > 1 {
        return Err(OAuthError::invalid_request("there is more than one Authorization header"));
    }
    let by_header = match headers.get(AUTHORIZATION) {
        None => None,
        Some(value) => {
            let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(malformed)?;
            if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
                return Err(malformed());
            }
            Some(token.trim().to_owned())
        }
    };
    let by_form = if method == Method::POST && answer::is_form(headers) {
        let form = Params::parse(body)?;
        form.refuse_repeated()?;
        form.get("access_token").map(str::to_owned)
    } else {
        None
    };
    if by_header.is_some() && by_form.is_some() {
        return Err(OAuthError::invalid_request("the access token was sent in more than one way"));
    }
    Ok(by_header.or(by_form))
}

async fn describe(ctx: &Ctx, token: &str) -> Result<Vec<u8>, MachineNo> {
    let now = ctx.clock.now();
    ctx.directory.learn_sealing_key(token).await?;
    let snapshot = ctx.directory.for_issuing(now)?;
    let token = AccessToken::open(&snapshot.sealer, token)
        .map_err(|_| OAuthError::invalid_token("it is no access token of ours"))?;
    if token.is_over(now, &ctx.lifetimes) {
        return Err(OAuthError::invalid_token("it is expired, or made by a wrong clock").into());
    }
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
    Ok(claims::userinfo(subject, &about)?)
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

/// RFC 6750 §3: the refusal stands in the header, too.
fn refuse(error: &OAuthError) -> Response {
    // A token names no client before it is opened.
    log_refused(ROUTE, None, &Params::default(), error);
    let code = error.code.as_str();
    let needed = if error.code == OAuthErrorCode::InsufficientScope { ", scope=\"openid\"" } else { "" };
    let text =
        format!("Bearer realm=\"shenfen\", error=\"{code}\", error_description=\"{}\"{needed}", error.description);
    let status = if error.code == OAuthErrorCode::InvalidRequest { 400 } else { error.code.status() };
    challenge(status, HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("Bearer")))
}

fn challenge(status: u16, value: HeaderValue) -> Response {
    let mut response = answer::empty(status);
    response.headers_mut().insert(WWW_AUTHENTICATE, value);
    response
}
