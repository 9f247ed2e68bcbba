//! Cross-origin requests (Fetch standard) to token, UserInfo, revocation and pushed requests: from the origins of public clients, which run
//! in the browser, and without credentials. Never on pages.

use crate::directory::Snapshot;
use crate::wiring::Ctx;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::Method;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderValue, ORIGIN, VARY,
};

/// Answers preflights and marks answers.
pub async fn layer(State(ctx): State<Ctx>, request: Request, next: Next) -> Response {
    let Some(origin) = request.headers().get(ORIGIN).cloned() else { return next.run(request).await };
    let allowed = origin.to_str().is_ok_and(|origin| is_public_client(&ctx.directory.snapshot(), origin));
    let preflight = request.method() == Method::OPTIONS;
    let mut response = if preflight { crate::answer::empty(204) } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if allowed {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("WWW-Authenticate, DPoP-Nonce"));
        if preflight {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("Authorization, Content-Type, DPoP"));
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        }
    }
    response
}

fn is_public_client(snapshot: &Snapshot, origin: &str) -> bool {
    snapshot.public_origins().contains(origin)
}
