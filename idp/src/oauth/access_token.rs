//! How an access token comes to a resource of ours, and how a refusal is told (RFC 6750, RFC 9449 §7).

use crate::answer;
use crate::oauth::dpop::{self, At};
use crate::refusal::{MachineNo, log_refused};
use crate::wiring::Ctx;
use axum::response::Response;
use http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use http::{HeaderMap, Method};
use idp_core::oauth::access_token::AccessToken;
use idp_core::oauth::dpop::proof;
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use idp_core::oauth::params::Params;
use std::fmt::Write;

/// The scheme by which a token is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Whoever has it may use it (RFC 6750).
    Bearer,
    /// Beside a proof of the key it is bound to (RFC 9449 §7.1).
    Dpop,
}

/// A token as it was presented.
pub struct Presented {
    /// The token.
    pub token: String,
    /// How.
    pub scheme: Scheme,
}

/// RFC 6750 §2: by header, or by form in a POST; not in the URL, where it would end in logs. A token that is bound comes by header
/// alone (RFC 9449 §7.1).
///
/// # Errors
/// `invalid_request`, with the scheme to answer by. `Ok(None)`: there is no token.
pub fn read(method: &Method, headers: &HeaderMap, body: &[u8]) -> Result<Option<Presented>, OAuthError> {
    if headers.get_all(AUTHORIZATION).iter().count() > 1 {
        return Err(OAuthError::invalid_request("there is more than one Authorization header"));
    }
    let by_header = headers.get(AUTHORIZATION).map(by_header).transpose()?;
    let by_form = if method == Method::POST && answer::is_form(headers) {
        let form = Params::parse(body)?;
        form.refuse_repeated()?;
        form.get("access_token").map(|token| Presented { token: token.to_owned(), scheme: Scheme::Bearer })
    } else {
        None
    };
    if by_header.is_some() && by_form.is_some() {
        return Err(OAuthError::invalid_request("the access token was sent in more than one way"));
    }
    Ok(by_header.or(by_form))
}

fn by_header(value: &HeaderValue) -> Result<Presented, OAuthError> {
    let malformed = || OAuthError::invalid_request("the Authorization header must be: Bearer TOKEN, or: DPoP TOKEN");
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(malformed)?;
    let scheme = match scheme {
        bearer if bearer.eq_ignore_ascii_case("bearer") => Scheme::Bearer,
        dpop if dpop.eq_ignore_ascii_case("dpop") => Scheme::Dpop,
        _ => return Err(malformed()),
    };
    let token = token.trim();
    if token.is_empty() {
        return Err(malformed());
    }
    Ok(Presented { token: token.to_owned(), scheme })
}

/// Whether a token may come by the scheme it came by: one that is bound to a key by DPoP alone and with a proof, any other
/// never.
///
/// # Errors
/// `invalid_token`, `invalid_dpop_proof`, or a failure of ours.
pub async fn check(
    ctx: &Ctx,
    headers: &HeaderMap,
    (token, scheme): (&AccessToken, Scheme),
    at: At<'_>,
) -> Result<(), MachineNo> {
    let wrong = |words| Err(OAuthError::new(OAuthErrorCode::InvalidToken, words).into());
    match (token.key, scheme) {
        (None, Scheme::Bearer) => Ok(()),
        (Some(_), Scheme::Bearer) => wrong("the access token is bound to a key: send it as DPoP, with a proof"),
        (None, Scheme::Dpop) => wrong("the access token is bound to no key: send it as Bearer"),
        (Some(key), Scheme::Dpop) => match dpop::key(ctx, headers, at).await? {
            Some(proven) if proven == key => Ok(()),
            Some(_) => wrong("the access token is bound to another key than the proof's"),
            None => Err(OAuthError::invalid_dpop_proof("the DPoP header is missing").into()),
        },
    }
}

/// A request without a token is told the schemes and no error (RFC 6750 §3, RFC 9449 §7.1).
pub fn ask() -> Response {
    let mut response = challenge(401, HeaderValue::from_static("Bearer realm=\"shenfen\""));
    response.headers_mut().append(WWW_AUTHENTICATE, value(&format!("DPoP realm=\"shenfen\", {}", algs())));
    response
}

/// A refusal, which stands in the header (RFC 6750 §3, RFC 9449 §7.1).
///
/// * `scheme`: the one that the token should come by.
pub fn refuse(route: &'static str, scheme: Scheme, error: &OAuthError) -> Response {
    // A token names no client before it is opened.
    log_refused(route, None, &Params::default(), error);
    let mut text = match scheme {
        Scheme::Bearer => "Bearer realm=\"shenfen\"".to_owned(),
        Scheme::Dpop => "DPoP realm=\"shenfen\"".to_owned(),
    };
    // Writing into a text does not fail.
    let _ = write!(text, ", error=\"{}\", error_description=\"{}\"", error.code.as_str(), error.description);
    if error.code == OAuthErrorCode::InsufficientScope {
        text.push_str(", scope=\"openid\"");
    }
    if scheme == Scheme::Dpop {
        text.push_str(", ");
        text.push_str(&algs());
    }
    let status = match error.code {
        OAuthErrorCode::InvalidDpopProof | OAuthErrorCode::UseDpopNonce => 401,
        other => other.status(),
    };
    challenge(status, value(&text))
}

/// The algorithms of proofs that are accepted.
fn algs() -> String {
    let names: Vec<_> = proof::algorithms().map(|algorithm| algorithm.as_str()).collect();
    format!("algs=\"{}\"", names.join(" "))
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("Bearer"))
}

fn challenge(status: u16, value: HeaderValue) -> Response {
    let mut response = answer::empty(status);
    response.headers_mut().insert(WWW_AUTHENTICATE, value);
    response
}
