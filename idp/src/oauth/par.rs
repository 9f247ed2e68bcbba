//! POST /connect/par — RFC 9126.
//!
//! The client proves who it is and leaves its authorization request here; the browser then carries a name of it alone.

use super::client_authentication::{authenticate, read_form};
use super::dpop::{self, At};
use super::{pushed, request_object};
use crate::answer;
use crate::client_address::ClientAddress;
use crate::refusal::{Asked, MachineNo};
use crate::wiring::Ctx;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Method};
use idp_core::oauth::authorize::in_progress::{Came, InProgress};
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use idp_core::oauth::par::{bind, check, parameters};
use idp_core::oauth::params::LONGEST;
use serde::Serialize;
use std::net::IpAddr;

const ROUTE: &str = "/connect/par";

/// RFC 9126 §2.2.
#[derive(Serialize)]
struct Answer {
    request_uri: String,
    expires_in: u64,
}

/// The endpoint.
pub async fn post(
    State(ctx): State<Ctx>,
    ClientAddress(from): ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (refused, mut response) = match push(&ctx, &headers, &body, from).await {
        Ok(answer) => (None, answer::json(201, answer)),
        Err(no) => (no.code(), no.into_response(&Asked { route: ROUTE, headers: &headers, form: &body })),
    };
    dpop::give_nonce(&ctx, &headers, refused, &mut response);
    response
}

async fn push(ctx: &Ctx, headers: &HeaderMap, body: &[u8], from: IpAddr) -> Result<Vec<u8>, MachineNo> {
    if body.len() > LONGEST {
        return Err(OAuthError::new(OAuthErrorCode::TooLarge, "the request is longer than 16384 bytes").into());
    }
    let form = read_form(headers, body)?;
    let known = authenticate(ctx, headers, &form, ROUTE).await?;
    let client = &known.client;
    let key = dpop::key(ctx, headers, At { method: &Method::POST, path: ROUTE, access_token: None }).await?;
    // RFC 9126 §2.1, also beside a request object, where nothing else counts.
    if form.get("request_uri").is_some() {
        return Err(OAuthError::invalid_request("a pushed request holds no request_uri").into());
    }
    let mut query = match form.get("request") {
        Some(token) => request_object::open(ctx, &known, token, &form).await?,
        None => parameters(client, &form),
    };
    bind(&mut query, key)?;
    let came = Came { pushed: None, signed: form.get("request").is_some() };
    check(client, &query, &came)?;
    let request = InProgress { query, came };
    let request_uri = pushed::keep(ctx, &known, from, request).await?;
    Ok(serde_json::to_vec(&Answer { request_uri, expires_in: ctx.lifetimes.pushed_request.as_secs() })?)
}
