//! GET /.well-known/openid-configuration — OpenID Connect Discovery 1.0 §4.
//! GET /.well-known/oauth-authorization-server — RFC 8414 §3.1: the same document. An issuer here has no path, so that neither
//! address has one.

use crate::answer;
use crate::refusal::{Asked, MachineNo};
use crate::wiring::Ctx;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

const ROUTE: &str = "/.well-known/openid-configuration";

/// How long a portal may keep the document, in seconds.
const MAX_AGE: u64 = 3600;

/// The endpoint.
pub async fn get(State(ctx): State<Ctx>) -> Response {
    let signing = ctx.directory.snapshot().ring.signing_algorithms();
    match ctx.provider.metadata.document(&signing) {
        Ok(document) => answer::public_json(document, MAX_AGE),
        Err(error) => {
            MachineNo::from(error).into_response(&Asked { route: ROUTE, headers: &HeaderMap::new(), form: &[] })
        }
    }
}
