//! `GET /callback`: the provider's answer to `GET /sign-in`. OpenID Connect Core §3.1.2.5–3.1.3.3, RFC 9207 (`iss`).

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use openidconnect::core::CoreErrorResponseType;
use openidconnect::{AuthorizationCode, RequestTokenError};
use serde::Deserialize;

use super::sign_in::{Attempt, SignIn, begin};
use super::tokens::{Expected, accept};
use super::{TokenAnswer, TokenError};
use crate::failure::Failure;
use crate::http::{Unreachable, with_sources};
use crate::sealed::Purpose;
use crate::sessions::Found;
use crate::store::Once;
use crate::visitor::Visitor;
use crate::{App, pages};

/// The parameters that matter. Sending one of them twice is refused; `error_description` is not read, because whoever
/// makes the link chooses its words.
#[derive(Deserialize)]
pub(crate) struct Answer {
    state: Option<String>,
    iss: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

pub(crate) async fn callback(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    query: Result<Query<Answer>, QueryRejection>,
) -> Response {
    let answered = match query {
        Ok(Query(answer)) => receive(&app, &visitor, answer).await,
        Err(error) => Err(Failure::BadRequest(error.body_text())),
    };
    match answered {
        Ok(response) => response,
        // The back button brings an answer that was used long ago: whoever is signed in has lost nothing.
        Err(Failure::UnknownSignIn) if is_signed_in(&app, &visitor).await => Redirect::to("/").into_response(),
        Err(failure) => pages::failure(&app, visitor.language, &failure),
    }
}

async fn is_signed_in(app: &App, visitor: &Visitor) -> bool {
    match &visitor.session {
        Some(id) => matches!(app.sessions.find(id).await, Ok(Found::SignedIn(_))),
        None => false,
    }
}

async fn receive(app: &App, visitor: &Visitor, answer: Answer) -> Result<Response, Failure> {
    // 1. `state`: this browser began this sign-in, not long ago. Nothing else is believed before.
    let now = app.clock.now();
    let sign_in: SignIn = answer
        .state
        .and_then(|state| app.sealer.open(Purpose::SignIn, visitor.browser.as_ref()?, &state))
        .filter(|sign_in: &SignIn| sign_in.ends > now)
        .ok_or(Failure::UnknownSignIn)?;

    // 2. `iss`: the answer is from the provider that was asked (mix-up, RFC 9207 §2.4).
    let iss_expected =
        app.provider.metadata().await?.additional_metadata().authorization_response_iss_parameter_supported;
    match answer.iss {
        Some(iss) if iss == app.config.issuer.as_str() => {}
        None if !iss_expected => {}
        _ => return Err(Failure::OtherIssuer),
    }

    // 3. A code, or the provider's no.
    let code = match (answer.code, answer.error) {
        (Some(code), None) => AuthorizationCode::new(code),
        (None, Some(error)) => return Err(Failure::Refused(error)),
        _ => return Err(Failure::BadRequest("neither or both of code and error".to_owned())),
    };

    // 4. Once: to the provider, a code that is presented twice was stolen.
    let SignIn { nonce, verifier, attempt, ends } = sign_in;
    let name = nonce.secret().clone();
    if !app.store.run(move |tx| Once::SignIn.take(tx, &name, now, ends)).await? {
        // The back button or a second click; or this portal was stopped before it could answer the first time.
        return match attempt {
            Attempt::First if !is_signed_in(app, visitor).await => begin(app, visitor, Attempt::Second).await,
            _ => Err(Failure::UnknownSignIn),
        };
    }

    // 5. The code becomes tokens, the tokens a person, the person a session.
    let client = app.provider.client(&app.config).await?;
    let exchange = client.exchange_code(code).map_err(|_| no_token_endpoint())?.set_pkce_verifier(verifier);
    match exchange.request_async(&app.provider.http).await {
        Ok(tokens) => match finish(app, visitor, &tokens, Expected::Nonce(&nonce)).await {
            // UserInfo was not answered, or not any more: the code is used by now, and a new one costs a redirect as well.
            Err(Failure::EndedMeanwhile | Failure::Unreachable(_)) if attempt == Attempt::First => {
                begin(app, visitor, Attempt::Second).await
            }
            finished => finished,
        },
        // No answer, or a code that is no longer good (expired, or the provider restarted): the person is still signed
        // in at the provider, so beginning again costs a redirect and helps more than a page of excuses. Once.
        Err(error) if attempt == Attempt::First && worth_another(&error) => {
            tracing::warn!(%error, "the sign-in begins again");
            begin(app, visitor, Attempt::Second).await
        }
        Err(RequestTokenError::Request(error)) => Err(error.into()),
        Err(error) => Err(Failure::TokensRefused(with_sources(&error))),
    }
}

async fn finish(
    app: &App,
    visitor: &Visitor,
    tokens: &TokenAnswer,
    expected: Expected<'_>,
) -> Result<Response, Failure> {
    let session = accept(app, tokens, expected).await?;
    let subject = session.subject.clone();
    // Whoever was signed in on this browser before is not any more, and the new session has a new id.
    let id = app.sessions.begin(session, visitor.session.as_deref()).await?.ok_or(Failure::EndedMeanwhile)?;
    tracing::info!(subject = subject.as_str(), "signed in");
    let cookie = app.config.cookies.set_session(&id);
    Ok((AppendHeaders([cookie]), Redirect::to("/")).into_response())
}

fn worth_another(error: &RequestTokenError<Unreachable, TokenError>) -> bool {
    match error {
        RequestTokenError::Request(_) => true,
        RequestTokenError::ServerResponse(answer) => *answer.error() == CoreErrorResponseType::InvalidGrant,
        _ => false,
    }
}

pub(super) fn no_token_endpoint() -> Failure {
    Failure::Unreachable("the discovery document names no token endpoint".to_owned())
}
