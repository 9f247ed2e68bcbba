//! POST /connect/par — RFC 9126.
//!
//! The client proves who it is and leaves its authorization request here; the browser then carries a name of it alone.

use super::client_authentication::{authenticate, read_form};
use super::pushed;
use crate::answer;
use crate::refusal::{Asked, MachineNo};
use crate::wiring::Ctx;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use idp_core::oauth::authorize::in_progress::{Came, InProgress};
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use idp_core::oauth::par::accept;
use idp_core::oauth::params::LONGEST;
use serde::Serialize;

const ROUTE: &str = "/connect/par";

/// RFC 9126 §2.2.
#[derive(Serialize)]
struct Answer {
    request_uri: String,
    expires_in: u64,
}

/// The endpoint.
pub async fn post(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Response {
    match push(&ctx, &headers, &body).await {
        Ok(answer) => answer::json(201, answer),
        Err(no) => no.into_response(&Asked { route: ROUTE, headers: &headers, form: &body }),
    }
}

async fn push(ctx: &Ctx, headers: &HeaderMap, body: &[u8]) -> Result<Vec<u8>, MachineNo> {
    if body.len() > LONGEST {
        return Err(OAuthError::new(OAuthErrorCode::TooLarge, "the request is longer than 16384 bytes").into());
    }
    let form = read_form(headers, body)?;
    let known = authenticate(ctx, headers, &form, ROUTE).await?;
    let came = Came::default();
    let request = InProgress { query: accept(&known.client, &form, &came)?, came };
    let request_uri = pushed::keep(ctx, &known.client.id, request).await?;
    Ok(serde_json::to_vec(&Answer { request_uri, expires_in: ctx.lifetimes.pushed_request.as_secs() })?)
}
