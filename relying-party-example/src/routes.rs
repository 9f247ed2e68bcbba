//! Every URL of a portal, and the headers that every answer carries.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};

use crate::failure::Failure;
use crate::visitor::Visitor;
use crate::{App, home, oidc, pages};

const LONGEST_ADDRESS: usize = 8 * 1024;
const LARGEST_FORM: usize = 16 * 1024;

/// No `form-action`: Chromium would hold the redirects behind a form to it, and sign-out ends at the provider.
const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(crate) fn routes(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(home::home))
        .route("/language/{code}", get(home::choose_language))
        .route("/sign-in", get(oidc::sign_in::sign_in))
        .route("/initiate-login", get(oidc::sign_in::initiate_login))
        .route("/callback", get(oidc::callback::callback))
        .route("/sign-out", post(oidc::logout::sign_out))
        .route("/signed-out", get(oidc::logout::signed_out))
        .route("/backchannel-logout", post(oidc::backchannel_logout::backchannel_logout))
        .route("/style.css", get(pages::style))
        .route("/icon.svg", get(pages::icon))
        .route("/livez", get(async || "ok\n"))
        .fallback(not_found)
        .layer(middleware::from_fn_with_state(app.clone(), every_answer))
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .with_state(app)
}

async fn not_found(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    pages::failure(&app, visitor.language, &Failure::NotFound)
}

async fn every_answer(State(app): State<Arc<App>>, visitor: Visitor, request: Request, next: Next) -> Response {
    let length = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
    let mut response = if length > LONGEST_ADDRESS {
        pages::failure(&app, visitor.language, &Failure::TooLong)
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Pages are about one person; only the style sheet and the icon say otherwise.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
