//! `GET /sign-in`: sends the person to the provider with an authorization request. OpenID Connect Core §3.1.2.1.
//! `GET /initiate-login`: the same, begun by the provider's side. OpenID Connect Core §4.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::CoreAuthenticationFlow;
use openidconnect::{CsrfToken, LanguageTag, Nonce, PkceCodeChallenge, PkceCodeVerifier, Scope};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::sealed::Purpose;
use crate::visitor::Visitor;
use crate::{App, pages};

const LONGEST_SIGN_IN: TimeDelta = TimeDelta::minutes(10);

/// A sign-in in progress. Sealed, it is the `state` that the provider sends back; only the browser that began it, which
/// has the cookie, can finish it.
#[derive(Deserialize, Serialize)]
pub(super) struct SignIn {
    /// Comes back inside the ID token and ties it to this sign-in (replayed tokens).
    pub(super) nonce: Nonce,
    /// Proves to the token endpoint that the code was asked for here (PKCE, RFC 7636: stolen and injected codes).
    pub(super) verifier: PkceCodeVerifier,
    pub(super) attempt: Attempt,
    pub(super) ends: DateTime<Utc>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub(super) enum Attempt {
    First,
    /// The portal itself began again after the token endpoint had failed; a second time the person is told.
    Second,
}

pub(crate) async fn sign_in(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    begin(&app, &visitor, Attempt::First)
        .await
        .unwrap_or_else(|failure| pages::failure(&app, visitor.language, &failure))
}

#[derive(Deserialize)]
pub(crate) struct Initiation {
    iss: String,
}

pub(crate) async fn initiate_login(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    query: Result<Query<Initiation>, QueryRejection>,
) -> Response {
    // `target_link_uri` is not read: this portal has one page to come back to, and nobody gets an open redirector.
    match query {
        Ok(Query(initiation)) if initiation.iss == app.config.issuer.as_str() => {
            sign_in(State(Arc::clone(&app)), visitor).await
        }
        Ok(_) => pages::failure(&app, visitor.language, &Failure::OtherIssuer),
        Err(error) => pages::failure(&app, visitor.language, &Failure::BadRequest(error.body_text())),
    }
}

/// The redirect to the provider, with the cookie that ties the sign-in to this browser.
pub(super) async fn begin(app: &App, visitor: &Visitor, attempt: Attempt) -> Result<Response, Failure> {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let nonce = Nonce::new_random();
    let browser = visitor.browser_or_new();
    let sign_in = SignIn { nonce: nonce.clone(), verifier, attempt, ends: app.clock.now() + LONGEST_SIGN_IN };
    let state = CsrfToken::new(app.sealer.seal(Purpose::SignIn, &browser, &sign_in)?);
    let (url, ..) = app
        .provider
        .client(&app.config)
        .await?
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || state, || nonce)
        .add_scopes(["profile", "email", "identity"].map(|scope| Scope::new(scope.to_owned())))
        .add_ui_locale(LanguageTag::new(visitor.language.code().to_owned()))
        .set_pkce_challenge(challenge)
        .url();
    let cookie = app.config.cookies.set_browser(&browser);
    Ok((AppendHeaders([cookie]), Redirect::to(url.as_str())).into_response())
}
