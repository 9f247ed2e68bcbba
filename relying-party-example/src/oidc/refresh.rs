//! Keeps a session's claims current: when the access token has expired and the person opens a page, the refresh token
//! fetches new ones, and a conversion, a transfer or a suspension shows. RFC 6749 §6, OpenID Connect Core §12.

use std::sync::Arc;

use chrono::TimeDelta;
use openidconnect::core::CoreErrorResponseType;
use openidconnect::{OAuth2TokenResponse, RefreshToken, RequestTokenError};

use super::TokenAnswer;
use super::callback::no_token_endpoint;
use super::tokens::{Expected, accept};
use crate::App;
use crate::failure::Failure;
use crate::http::with_sources;
use crate::sessions::Session;
use crate::visitor::Visitor;

/// Who has opened a page.
pub(crate) enum Visit {
    Nobody,
    /// Somebody whose session ended at the provider.
    Ended,
    SignedIn(Arc<Session>),
}

pub(crate) async fn visit(app: &App, visitor: &Visitor) -> Visit {
    let Some(id) = visitor.session.as_deref() else { return Visit::Nobody };
    let Some(session) = app.sessions.find(id) else { return Visit::Nobody };
    if due(app, &session).is_none() {
        return Visit::SignedIn(session);
    }
    let _alone = session.refreshing.lock().await;
    // Whoever held the lock before may have refreshed, or the session may have ended.
    let Some(session) = app.sessions.find(id) else { return Visit::Ended };
    let Some(refresh_token) = due(app, &session) else { return Visit::SignedIn(session) };

    match refresh(app, id, &session, refresh_token).await {
        Ok(fresh) => app.sessions.update(id, fresh),
        Err(Failure::Unreachable(detail)) => {
            // The page shows when the claims were last checked. Ask again in a minute, not with every page.
            tracing::warn!(detail, "cannot refresh");
            if let Some(kept) = app.sessions.find(id) {
                let fresh_until = app.clock.now() + TimeDelta::minutes(1);
                app.sessions.update(id, Session { fresh_until, ..Session::clone(&kept) });
            }
        }
        Err(failure) => {
            // `invalid_grant`: signed out, locked or revoked at the provider. Anything else that does not hold ends it too.
            tracing::info!(detail = ?failure.detail(), "the session ends");
            app.sessions.end(id);
        }
    }
    app.sessions.find(id).map_or(Visit::Ended, Visit::SignedIn)
}

/// The refresh token, if there is one and it is time to use it.
fn due<'a>(app: &App, session: &'a Session) -> Option<&'a RefreshToken> {
    session.refresh_token.as_ref().filter(|_| app.clock.now() >= session.fresh_until)
}

async fn refresh(app: &App, id: &str, session: &Session, refresh_token: &RefreshToken) -> Result<Session, Failure> {
    // An answer may be lost on its way here. Asked again at once, the provider gives the same tokens; later it would
    // have to take the second use of one refresh token for a theft.
    let tokens = match ask(app, refresh_token).await {
        Err(Failure::Unreachable(_)) => ask(app, refresh_token).await?,
        answered => answered?,
    };
    // The old refresh token is spent: keep the new one even if a check below cannot be made now.
    if let Some(new) = tokens.refresh_token() {
        app.sessions.update(id, Session { refresh_token: Some(new.clone()), ..session.clone() });
    }
    accept(app, &tokens, Expected::SameAs(session)).await
}

async fn ask(app: &App, refresh_token: &RefreshToken) -> Result<TokenAnswer, Failure> {
    let client = app.provider.client(&app.config).await?;
    let exchange = client.exchange_refresh_token(refresh_token).map_err(|_| no_token_endpoint())?;
    exchange.request_async(&app.provider.http).await.map_err(|error| match error {
        RequestTokenError::Request(error) => error.into(),
        RequestTokenError::ServerResponse(answer) if *answer.error() != CoreErrorResponseType::InvalidGrant => {
            Failure::Unreachable(answer.to_string())
        }
        other => Failure::TokensRefused(with_sources(&other)),
    })
}
