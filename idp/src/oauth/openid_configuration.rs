//! GET /.well-known/openid-configuration — OpenID Connect Discovery 1.0 §4.

use crate::answer;
use crate::wiring::Ctx;
use axum::extract::State;
use axum::response::Response;

/// How long a portal may keep the document, in seconds.
const MAX_AGE: u64 = 3600;

/// The endpoint.
pub async fn get(State(ctx): State<Ctx>) -> Response {
    answer::public_json(ctx.provider.discovery.clone(), MAX_AGE)
}
