//! POST /connect/token — RFC 6749 §3.2, RFC 9449 §5.
//!
//! Client authentication, the form and the DPoP proof are read here, once for every grant; each grant has its own file.

mod authorization_code;
mod client_credentials;
mod refresh_token;

use super::client_authentication::{authenticate, read_form};
use super::issue::TokenAnswer;
use crate::answer;
use crate::directory::Known;
use crate::metrics::Noted;
use crate::oauth::dpop::{self, At};
use crate::refusal::{Asked, MachineNo};
use crate::wiring::Ctx;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::header::{HeaderValue, PRAGMA};
use http::{HeaderMap, Method};
use idp_core::client::GrantType;
use idp_core::oauth::dpop::Holder;
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use std::sync::Arc;

const ROUTE: &str = "/connect/token";

/// Who asks for tokens.
struct Asker {
    /// The client, authenticated (or public).
    known: Arc<Known>,
    /// The key it proved to hold, if any.
    holder: Holder,
}

/// The endpoint.
pub async fn post(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Response {
    let mut refused = None;
    let mut response = match exchange(&ctx, &headers, &body).await {
        Ok((grant_type, tokens)) => {
            let mut response = answer::json(200, tokens);
            Noted::Tokens(grant_type).on(&mut response);
            response
        }
        Err(no) => {
            refused = no.code();
            no.into_response(&Asked { route: ROUTE, headers: &headers, form: &body })
        }
    };
    dpop::give_nonce(&ctx, &headers, refused, &mut response);
    // RFC 6749 §5.1: beside Cache-Control, for caches of HTTP/1.0.
    response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

async fn exchange(ctx: &Ctx, headers: &HeaderMap, body: &[u8]) -> Result<(GrantType, Vec<u8>), MachineNo> {
    let form = read_form(headers, body)?;
    let known = authenticate(ctx, headers, &form, ROUTE).await?;
    let grant_type = GrantType::parse(form.require("grant_type")?).filter(|grant| *grant != GrantType::Implicit);
    let unsupported = || {
        let words = "grant_type must be authorization_code, refresh_token or client_credentials";
        OAuthError::new(OAuthErrorCode::UnsupportedGrantType, words)
    };
    let grant_type = grant_type.ok_or_else(unsupported)?;
    if !known.client.may_use(grant_type) {
        let words = "the client is not registered for this grant type";
        return Err(OAuthError::new(OAuthErrorCode::UnauthorizedClient, words).into());
    }
    // Before a grant is looked at: a proof that has to be made again costs no code.
    let at = At { method: &Method::POST, path: ROUTE, access_token: None };
    let holder = Holder::of(&known.client, dpop::key(ctx, headers, at).await?)?;
    let asker = Asker { known, holder };
    let tokens: TokenAnswer = match grant_type {
        GrantType::AuthorizationCode => authorization_code::redeem(ctx, &asker, &form).await?,
        GrantType::RefreshToken => refresh_token::refresh(ctx, &asker, &form).await?,
        GrantType::ClientCredentials => client_credentials::give(ctx, &asker, &form).await?,
        // Taken out above: its tokens come from the authorization endpoint.
        GrantType::Implicit => return Err(unsupported().into()),
    };
    Ok((grant_type, serde_json::to_vec(&tokens)?))
}
