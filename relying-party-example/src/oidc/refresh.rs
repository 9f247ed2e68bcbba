//! Keeps a session's claims current: when the access token has expired and the person opens a page, the refresh token
//! fetches new ones, and a conversion, a transfer or a suspension shows. RFC 6749 §6, OpenID Connect Core §12.

use chrono::TimeDelta;
use openidconnect::core::CoreErrorResponseType;
use openidconnect::{OAuth2TokenResponse, RefreshToken, RequestTokenError};

use super::TokenAnswer;
use super::callback::no_token_endpoint;
use super::tokens::{Expected, accept};
use crate::App;
use crate::failure::Failure;
use crate::http::with_sources;
use crate::sessions::{Found, Session};
use crate::visitor::Visitor;

/// Who has opened a page.
pub(crate) enum Visit {
    Nobody,
    /// Somebody whose session ended at the provider.
    Ended,
    /// Somebody whose tokens are gone because an answer was lost, not because anybody ended anything: the provider knows,
    /// and asking it costs the person a redirect.
    Unsettled,
    SignedIn(Box<Session>),
}

pub(crate) async fn visit(app: &App, visitor: &Visitor) -> Result<Visit, Failure> {
    let Some(id) = visitor.session.as_deref() else { return Ok(Visit::Nobody) };
    let found = app.sessions.find(id).await?;
    if !matches!(&found, Found::SignedIn(session) if due(app, session).is_some()) {
        return Ok(found.into());
    }
    let _alone = app.sessions.alone(id).await;
    // Whoever held the lock before may have refreshed, or the session may have ended.
    let session = match app.sessions.find(id).await? {
        Found::SignedIn(session) => session,
        gone => return Ok(gone.into()),
    };
    let Some(refresh_token) = due(app, &session) else { return Ok(Visit::SignedIn(session)) };

    match refresh(app, id, &session, refresh_token).await {
        Ok(fresh) => app.sessions.update(id, &fresh).await?,
        Err(Failure::Unreachable(detail)) => {
            // The page shows when the claims were last checked. Ask again in a minute, not with every page.
            tracing::warn!(detail, "cannot refresh");
            if let Found::SignedIn(kept) = app.sessions.find(id).await? {
                let fresh_until = app.clock.now() + TimeDelta::minutes(1);
                app.sessions.update(id, &Session { fresh_until, ..*kept }).await?;
            }
        }
        Err(Failure::AnswerLost(detail)) => {
            tracing::warn!(detail, "an earlier answer was lost; the sign-in begins again");
            app.sessions.end(id).await?;
            return Ok(Visit::Unsettled);
        }
        Err(Failure::Storage(detail)) => return Err(Failure::Storage(detail)),
        Err(failure) => {
            // `invalid_grant`: signed out, locked or revoked at the provider. Anything else that does not hold ends it too.
            tracing::info!(detail = ?failure.detail(), "the session ends");
            app.sessions.end(id).await?;
            return Ok(Visit::Ended);
        }
    }
    Ok(app.sessions.find(id).await?.into())
}

impl From<Found> for Visit {
    fn from(found: Found) -> Self {
        match found {
            Found::Nobody => Self::Nobody,
            Found::Ended => Self::Ended,
            Found::SignedIn(session) => Self::SignedIn(session),
        }
    }
}

/// The refresh token, if there is one and it is time to use it.
fn due<'a>(app: &App, session: &'a Session) -> Option<&'a RefreshToken> {
    session.refresh_token.as_ref().filter(|_| app.clock.now() >= session.fresh_until)
}

async fn refresh(app: &App, id: &str, session: &Session, refresh_token: &RefreshToken) -> Result<Session, Failure> {
    // Written down before it is sent: if this portal or the provider stops now, the token may be used all the same.
    let mut unanswered = session.refresh_unanswered;
    app.sessions.update(id, &Session { refresh_unanswered: true, ..session.clone() }).await?;
    // An answer may be lost on its way here. Asked again at once, the provider gives the same tokens; later it would
    // have to take the second use of one refresh token for a theft.
    let mut answered = ask(app, refresh_token).await;
    if matches!(answered, Err(Failure::Unreachable(_))) {
        unanswered = true;
        answered = ask(app, refresh_token).await;
    }
    let tokens = answered.map_err(|failure| match failure {
        Failure::TokensRefused(why) if unanswered => Failure::AnswerLost(why),
        other => other,
    })?;
    // The old refresh token is spent: keep the new one even if a check below cannot be made now.
    let new = tokens.refresh_token().cloned().or_else(|| session.refresh_token.clone());
    let kept = Session { refresh_token: new, refresh_unanswered: false, ..session.clone() };
    app.sessions.update(id, &kept).await?;
    accept(app, &tokens, Expected::SameAs(&kept)).await
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
