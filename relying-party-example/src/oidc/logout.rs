//! `POST /sign-out`: ends the session here, then at the provider and so at every other portal.
//! `GET /signed-out`: the way back. RP-Initiated Logout 1.0 §2, §3.

use std::sync::Arc;

use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Query, State};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{CsrfToken, LogoutRequest};
use serde::Deserialize;

use crate::failure::Failure;
use crate::pages::SignedOutEverywhere;
use crate::sealed::Purpose;
use crate::sessions::{Found, Session};
use crate::visitor::Visitor;
use crate::{App, pages};

const LONGEST_SIGN_OUT: TimeDelta = TimeDelta::minutes(10);

#[derive(Deserialize)]
pub(crate) struct SignOutForm {
    form_token: String,
}

pub(crate) async fn sign_out(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    form: Result<Form<SignOutForm>, FormRejection>,
) -> Response {
    match end_here(&app, &visitor, form).await {
        Ok(Some(session)) => end_elsewhere(&app, &visitor, &session).await,
        Ok(None) => Redirect::to("/").into_response(),
        Err(failure) => pages::failure(&app, visitor.language, &failure),
    }
}

/// The session that is over now; `None` if there was none.
async fn end_here(
    app: &App,
    visitor: &Visitor,
    form: Result<Form<SignOutForm>, FormRejection>,
) -> Result<Option<Box<Session>>, Failure> {
    let Some(id) = &visitor.session else { return Ok(None) };
    let Found::SignedIn(session) = app.sessions.find(id).await? else { return Ok(None) };
    // `SameSite=Lax` keeps other sites' forms out already; the token also stops neighbours on the same site.
    if !form.is_ok_and(|Form(form)| form.form_token == session.form_token) {
        return Err(Failure::ForeignForm);
    }
    app.sessions.end(id).await?;
    tracing::info!(subject = session.subject.as_str(), "signed out");
    Ok(Some(session))
}

async fn end_elsewhere(app: &App, visitor: &Visitor, session: &Session) -> Response {
    let end_session = match app.provider.metadata().await {
        Ok(metadata) => metadata.additional_metadata().end_session_endpoint.clone(),
        Err(error) => {
            tracing::warn!(%error, "signed out here only");
            None
        }
    };
    let forget = app.config.cookies.end_session();
    let Some(end_session) = end_session else {
        let page = pages::signed_out(app, visitor.language, SignedOutEverywhere::No);
        return (AppendHeaders([forget]), page).into_response();
    };
    let browser = visitor.browser_or_new();
    let remember = app.config.cookies.set_browser(&browser);
    let state = match app.sealer.seal(Purpose::SignOut, &browser, &(app.clock.now() + LONGEST_SIGN_OUT)) {
        Ok(state) => CsrfToken::new(state),
        Err(failure) => return pages::failure(app, visitor.language, &failure),
    };
    let url = LogoutRequest::from(end_session)
        .set_id_token_hint(&session.id_token)
        .set_client_id(app.config.client_id.clone())
        .set_post_logout_redirect_uri(app.config.post_logout_redirect_uri.clone())
        .set_state(state)
        .http_get_url();
    (AppendHeaders([forget, remember]), Redirect::to(url.as_str())).into_response()
}

#[derive(Deserialize)]
pub(crate) struct SignedOut {
    state: Option<String>,
}

pub(crate) async fn signed_out(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    query: Result<Query<SignedOut>, QueryRejection>,
) -> Response {
    // Nobody may be told «you are signed out» by a link from elsewhere.
    let ends: Option<DateTime<Utc>> = query
        .ok()
        .and_then(|Query(answer)| app.sealer.open(Purpose::SignOut, visitor.browser.as_ref()?, &answer.state?));
    match ends {
        Some(ends) if ends > app.clock.now() => pages::signed_out(&app, visitor.language, SignedOutEverywhere::Yes),
        _ => pages::failure(&app, visitor.language, &Failure::UnknownSignOut),
    }
}
