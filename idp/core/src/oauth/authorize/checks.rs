//! Every check of an authorization request, in one table: what is checked, and at which endpoints it applies.
//!
//! A row reads the parameters and the client; it fills in its part of the request or refuses. Where the refusal may go
//! was settled before ([`super::identify`]).

use super::in_progress::Came;
use super::request::{AuthorizationRequest, LONGEST_LOGIN_HINT, LONGEST_NONCE, LONGEST_STATE, Prompt};
use super::{ResponseMode, ResponseType};
use crate::client::Client;
use crate::identity::claims_parameter::{ClaimsParameter, WantedClaims};
use crate::oauth::error::{OAuthError, OAuthErrorCode};
use crate::oauth::params::Params;
use crate::oauth::pkce::Challenge;
use crate::scope::{Scope, ScopeSet};
use keys::Thumbprint;
use std::time::Duration;

/// Where an authorization request can arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/connect/authorize`.
    Authorize,
    /// `/connect/par` (RFC 9126).
    Par,
}

struct Asked<'a> {
    params: &'a Params<'a>,
    client: &'a Client,
    came: &'a Came,
}

type Check = fn(&Asked<'_>, &mut AuthorizationRequest) -> Result<(), OAuthError>;

const BOTH: &[Endpoint] = &[Endpoint::Authorize, Endpoint::Par];
const AUTHORIZE: &[Endpoint] = &[Endpoint::Authorize];
const PAR: &[Endpoint] = &[Endpoint::Par];

/// The table. The order is that of the answers: the first row that refuses decides the error.
const CHECKS: &[(&str, &[Endpoint], Check)] = &[
    ("no parameter twice", BOTH, no_parameter_twice),
    ("state of bounded length", BOTH, state),
    ("pushed, if the client has to", AUTHORIZE, pushed_if_required),
    ("signed, if the client has to", BOTH, signed_if_required),
    ("no request_uri in a push", PAR, no_request_uri),
    ("no request object", BOTH, no_request_object),
    ("response type", BOTH, response_type),
    ("response mode", BOTH, response_mode),
    ("scope", BOTH, scope),
    ("claims", BOTH, claims),
    ("nonce", BOTH, nonce),
    ("PKCE", BOTH, pkce),
    ("DPoP key", BOTH, dpop_key),
    ("prompt", BOTH, prompt),
    ("max_age", BOTH, max_age),
    ("hints", BOTH, hints),
];

/// Reads a request whose client and redirect URI are known.
///
/// * `came`: how its parameters came.
///
/// # Errors
/// The refusal of the first row that has one.
pub fn read(
    client: &Client,
    params: &Params<'_>,
    endpoint: Endpoint,
    came: &Came,
) -> Result<AuthorizationRequest, OAuthError> {
    let asked = Asked { params, client, came };
    let mut request = AuthorizationRequest {
        response_type: ResponseType::Code,
        scope: ScopeSet::default(),
        claims: WantedClaims::default(),
        subject: None,
        nonce: None,
        challenge: None,
        dpop_key: None,
        prompt: Prompt::default(),
        max_age: None,
        login_hint: None,
        id_token_hint: None,
        ui_locales: None,
    };
    for (_, endpoints, check) in CHECKS {
        if endpoints.contains(&endpoint) {
            check(&asked, &mut request)?;
        }
    }
    Ok(request)
}

/// RFC 6749 §3.1: "Request and response parameters MUST NOT be included more than once."
fn no_parameter_twice(asked: &Asked<'_>, _: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    asked.params.refuse_repeated()
}

fn state(asked: &Asked<'_>, _: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    match asked.params.get("state") {
        Some(state) if state.len() > LONGEST_STATE => {
            Err(OAuthError::invalid_request("state is longer than 2048 bytes"))
        }
        _ => Ok(()),
    }
}

/// RFC 9126 §5, §6: of a client that promised to push, nothing else counts.
fn pushed_if_required(asked: &Asked<'_>, _: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    match asked.client.must_push() && asked.came.pushed.is_none() {
        true => Err(OAuthError::invalid_request("requests of this client have to be pushed (RFC 9126)")),
        false => Ok(()),
    }
}

/// RFC 9101 §10.5: of a client that promised to sign, nothing else counts.
fn signed_if_required(asked: &Asked<'_>, _: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    match asked.client.must_sign() && !asked.came.signed {
        true => Err(OAuthError::invalid_request("requests of this client have to be signed (RFC 9101)")),
        false => Ok(()),
    }
}

/// RFC 9126 §2.1: "The `request_uri` authorization request parameter is one exception, and it MUST NOT be provided."
fn no_request_uri(asked: &Asked<'_>, _: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    match asked.params.get("request_uri") {
        Some(_) => Err(OAuthError::invalid_request("a pushed request holds no request_uri")),
        None => Ok(()),
    }
}

/// OpenID Connect Core 1.0 §6: whoever does not support a parameter by which the request is replaced must say so.
fn no_request_object(asked: &Asked<'_>, _: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let unsupported = [
        ("request", OAuthErrorCode::RequestNotSupported),
        ("request_uri", OAuthErrorCode::RequestUriNotSupported),
        ("registration", OAuthErrorCode::RegistrationNotSupported),
    ];
    match unsupported.into_iter().find(|(name, _)| asked.params.get(name).is_some()) {
        Some((name, code)) => Err(OAuthError::new(code, format!("the parameter {name} is not supported"))),
        None => Ok(()),
    }
}

/// Multiple Response Type Encoding Practices §3, §5. The client has what its registration asked for and the operator allows.
fn response_type(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let text = asked
        .params
        .get("response_type")
        .ok_or_else(|| OAuthError::invalid_request("the parameter response_type is missing"))?;
    let unsupported = || {
        let known = ResponseType::ALL.map(ResponseType::as_str).join(", ");
        OAuthError::new(OAuthErrorCode::UnsupportedResponseType, format!("response_type must be one of {known}"))
    };
    request.response_type = ResponseType::parse(text).ok_or_else(unsupported)?;
    match asked.client.response_types.contains(&request.response_type) {
        true => Ok(()),
        false => Err(OAuthError::new(
            OAuthErrorCode::UnauthorizedClient,
            format!(
                "the client is not registered for response_type {}, or the operator does not allow it",
                request.response_type
            ),
        )),
    }
}

fn response_mode(asked: &Asked<'_>, _: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let redirect_uri = asked.params.get("redirect_uri").unwrap_or_default();
    ResponseMode::asked(asked.params, redirect_uri).map(drop).map_err(OAuthError::invalid_request)
}

fn scope(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let invalid = |words: &'static str| Err(OAuthError::new(OAuthErrorCode::InvalidScope, words));
    let wanted = ScopeSet::parse_known(asked.params.get("scope").unwrap_or_default());
    if !wanted.has(Scope::OpenId) {
        return invalid("scope must hold openid");
    }
    // OpenID Connect Core 1.0 §11: offline_access without its conditions is ignored, not refused.
    let refused = wanted.minus(asked.client.scope).without(Scope::OfflineAccess);
    if !refused.is_empty() {
        return invalid("the client is not registered for one of the scopes it asks for");
    }
    request.scope = wanted.and(asked.client.scope);
    if !request.response_type.gives_code() {
        // The same: there is no refresh token without a code.
        request.scope = request.scope.without(Scope::OfflineAccess);
    }
    Ok(())
}

/// OpenID Connect Core 1.0 §5.5. What the client's scopes do not give is not given one by one either.
fn claims(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let Some(text) = asked.params.get("claims") else { return Ok(()) };
    let read = ClaimsParameter::parse(text).map_err(OAuthError::invalid_request)?;
    if read.unmet_acr {
        let words = "no sign-in here reaches the essential acr";
        return Err(OAuthError::new(OAuthErrorCode::UnmetAuthenticationRequirements, words));
    }
    request.claims = read.wanted.within(asked.client.scope);
    request.subject = read.subject;
    Ok(())
}

fn nonce(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let nonce = asked.params.get("nonce");
    if nonce.is_some_and(|nonce| nonce.len() > LONGEST_NONCE) {
        return Err(OAuthError::invalid_request("nonce is longer than 1024 bytes"));
    }
    // OpenID Connect Core 1.0 §3.2.2.1, §3.3.2.11: without it an ID token could be injected into another person's browser.
    if nonce.is_none() && request.response_type.gives_id_token() {
        return Err(OAuthError::invalid_request("nonce is required where an ID token comes from this endpoint"));
    }
    request.nonce = nonce.map(str::to_owned);
    Ok(())
}

/// RFC 7636 §4.3; RFC 9700 §2.1.1. A challenge without a method means `plain` (§4.3), which is not supported.
fn pkce(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let method = asked.params.get("code_challenge_method");
    let Some(text) = asked.params.get("code_challenge") else {
        return match method {
            _ if asked.client.requires_pkce() && request.response_type.gives_code() => {
                Err(OAuthError::invalid_request("code_challenge is required (PKCE, RFC 7636)"))
            }
            Some(_) => Err(OAuthError::invalid_request("code_challenge_method without code_challenge")),
            None => Ok(()),
        };
    };
    if method != Some("S256") {
        return Err(OAuthError::invalid_request("code_challenge_method must be S256"));
    }
    let malformed =
        || OAuthError::invalid_request("code_challenge must be the base64url of a SHA-256 digest (43 characters)");
    request.challenge = Some(Challenge::parse(text).ok_or_else(malformed)?);
    Ok(())
}

/// RFC 9449 §10.
fn dpop_key(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    if let Some(text) = asked.params.get("dpop_jkt") {
        let malformed = || OAuthError::invalid_request("dpop_jkt must be a SHA-256 JWK thumbprint (43 characters)");
        request.dpop_key = Some(Thumbprint::parse(text).ok_or_else(malformed)?);
    }
    // What comes from here has no proof with it: without the key it would be anybody's.
    let bound = asked.client.dpop_bound_access_tokens && request.response_type.gives_access_token();
    if bound && request.dpop_key.is_none() {
        return Err(OAuthError::invalid_request(
            "dpop_jkt is required: this client's access tokens are bound to a key",
        ));
    }
    Ok(())
}

fn prompt(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    for word in asked.params.get("prompt").unwrap_or_default().split_ascii_whitespace() {
        match word {
            "none" => request.prompt.none = true,
            "login" => request.prompt.login = true,
            "consent" => request.prompt.consent = true,
            "select_account" => request.prompt.select_account = true,
            _ => return Err(OAuthError::invalid_request("prompt knows none, login, consent and select_account")),
        }
    }
    let Prompt { none, login, consent, select_account } = request.prompt;
    if none && (login || consent || select_account) {
        return Err(OAuthError::invalid_request("prompt none cannot stand with another value"));
    }
    Ok(())
}

fn max_age(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    if let Some(text) = asked.params.get("max_age") {
        let seconds = text.parse::<u32>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
        let seconds = seconds.ok_or_else(|| OAuthError::invalid_request("max_age must be a number of seconds"))?;
        request.max_age = Some(Duration::from_secs(u64::from(seconds)));
    } else {
        // OpenID Connect Dynamic Client Registration 1.0 §2: what the request says comes first.
        let seconds = asked.client.defaults.default_max_age;
        request.max_age = seconds.map(|seconds| Duration::from_secs(u64::from(seconds)));
    }
    Ok(())
}

fn hints(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let bounded =
        |name| asked.params.get(name).filter(|hint: &&str| hint.len() <= LONGEST_LOGIN_HINT).map(str::to_owned);
    request.login_hint = bounded("login_hint");
    request.ui_locales = bounded("ui_locales");
    request.id_token_hint = asked.params.get("id_token_hint").map(str::to_owned);
    Ok(())
}
