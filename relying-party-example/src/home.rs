//! `GET /`: the portal's first page. `GET /language/{code}`: its other language.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};

use crate::failure::Failure;
use crate::language::Language;
use crate::oidc::refresh::{Visit, visit};
use crate::oidc::sign_in::sign_in;
use crate::visitor::Visitor;
use crate::{App, pages};

pub(crate) async fn home(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    let visit = match visit(&app, &visitor).await {
        Ok(visit) => visit,
        Err(failure) => return pages::failure(&app, visitor.language, &failure),
    };
    match visit {
        Visit::SignedIn(session) => pages::signed_in(&app, visitor.language, &session),
        Visit::Nobody => pages::welcome(&app, visitor.language, false),
        Visit::Unsettled => sign_in(State(app), visitor).await,
        Visit::Ended => {
            let forget = app.config.cookies.end_session();
            (AppendHeaders([forget]), pages::welcome(&app, visitor.language, true)).into_response()
        }
    }
}

pub(crate) async fn choose_language(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(code): Path<String>,
) -> Response {
    match Language::from_code(&code) {
        Some(language) => {
            (AppendHeaders([app.config.cookies.set_language(language)]), Redirect::to("/")).into_response()
        }
        None => pages::failure(&app, visitor.language, &Failure::NotFound),
    }
}
