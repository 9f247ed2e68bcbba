//! POST /connect/token — RFC 6749 §3.2.
//!
//! Client authentication and the form are read here, once for every grant; each grant has its own file.

mod authorization_code;
mod refresh_token;

use super::client_authentication::{authenticate, read_form};
use super::issue::TokenAnswer;
use crate::answer;
use crate::metrics::Noted;
use crate::refusal::{Asked, MachineNo};
use crate::wiring::Ctx;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use http::header::{HeaderValue, PRAGMA};
use idp_core::client::GrantType;
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};

/// The endpoint.
pub async fn post(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Response {
    let mut response = match exchange(&ctx, &headers, &body).await {
        Ok((grant_type, tokens)) => {
            let mut response = answer::json(200, tokens);
            Noted::Tokens(grant_type).on(&mut response);
            response
        }
        Err(no) => no.into_response(&Asked { route: "/connect/token", headers: &headers, form: &body }),
    };
    // RFC 6749 §5.1: beside Cache-Control, for caches of HTTP/1.0.
    response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

async fn exchange(ctx: &Ctx, headers: &HeaderMap, body: &[u8]) -> Result<(GrantType, Vec<u8>), MachineNo> {
    let form = read_form(headers, body)?;
    let known = authenticate(ctx, headers, &form).await?;
    let grant_type = GrantType::parse(form.require("grant_type")?).ok_or_else(|| {
        let words = "grant_type must be authorization_code or refresh_token";
        OAuthError::new(OAuthErrorCode::UnsupportedGrantType, words)
    })?;
    if !known.client.may_use(grant_type) {
        let words = "the client is not registered for this grant type";
        return Err(OAuthError::new(OAuthErrorCode::UnauthorizedClient, words).into());
    }
    let tokens: TokenAnswer = match grant_type {
        GrantType::AuthorizationCode => authorization_code::redeem(ctx, &known, &form).await?,
        GrantType::RefreshToken => refresh_token::refresh(ctx, &known, &form).await?,
    };
    Ok((grant_type, serde_json::to_vec(&tokens)?))
}
