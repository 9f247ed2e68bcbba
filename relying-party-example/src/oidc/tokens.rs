//! Tokens become a session. The one way in, for sign-in and refresh alike, so that neither can forget a check.
//! OpenID Connect Core §3.1.3.7 (ID token), §3.1.3.8 (`at_hash`), §5.3.2 (UserInfo), §12.2 (refresh).

use std::time::Duration;

use chrono::TimeDelta;
use openidconnect::core::{CoreGenderClaim, CoreTokenType};
use openidconnect::{
    AccessTokenHash, IdTokenVerifier, Nonce, NonceVerifier, OAuth2TokenResponse, TokenResponse, UserInfoClaims,
    UserInfoError,
};

use super::jwks::{Claims, Unverified};
use super::{IdToken, TokenAnswer};
use crate::App;
use crate::failure::Failure;
use crate::http::with_sources;
use crate::person::{IdentityClaims, Person};
use crate::sessions::Session;
use crate::visitor::random;

/// What the tokens must answer to.
pub(super) enum Expected<'a> {
    /// A sign-in that sent this nonce.
    Nonce(&'a Nonce),
    /// A refresh of this session: the same person, signed in at the same time.
    SameAs(&'a Session),
}

pub(super) async fn accept(app: &App, tokens: &TokenAnswer, expected: Expected<'_>) -> Result<Session, Failure> {
    if *tokens.token_type() != CoreTokenType::Bearer {
        return Err(Failure::NotVerified("the access token is no bearer token".to_owned()));
    }
    let (id_token, before) = match (tokens.id_token(), &expected) {
        (Some(id_token), Expected::Nonce(_)) => (id_token, None),
        (Some(id_token), Expected::SameAs(session)) => (id_token, Some(*session)),
        (None, _) => return Err(Failure::NotVerified("no ID token".to_owned())),
    };
    let claims = verify(app, id_token, &expected).await?;
    verify_at_hash(app, tokens, id_token, claims).await?;
    let about = user_info(app, tokens, claims).await?;

    let now = app.clock.now();
    let fresh_for = tokens.expires_in().unwrap_or(Duration::from_secs(600)).as_secs().min(86_400);
    Ok(Session {
        person: Person::new(claims.additional_claims(), &about),
        subject: claims.subject().clone(),
        sid: claims.additional_claims().sid.clone(),
        id_token: id_token.clone(),
        nonce: match &expected {
            Expected::Nonce(nonce) => Nonce::clone(nonce),
            Expected::SameAs(session) => session.nonce.clone(),
        },
        auth_time: claims.auth_time(),
        // A provider that does not rotate sends none with a refresh: the old one stays good (RFC 6749 §6).
        refresh_token: tokens.refresh_token().cloned().or(before.and_then(|session| session.refresh_token.clone())),
        checked_at: now,
        fresh_until: now + TimeDelta::seconds(i64::try_from(fresh_for).unwrap_or(600)),
        refresh_unanswered: false,
        form_token: before.map_or_else(random, |session| session.form_token.clone()),
        began_at: before.map_or(now, |session| session.began_at),
    })
}

async fn verify<'a>(app: &App, id_token: &'a IdToken, expected: &Expected<'_>) -> Result<&'a Claims, Failure> {
    let nonce = |found: Option<&Nonce>| match (expected, found) {
        (Expected::Nonce(sent), _) => sent.verify(found),
        // §12.2: a refreshed ID token need not repeat the nonce, but must not have another.
        (Expected::SameAs(_), None) => Ok(()),
        (Expected::SameAs(session), Some(_)) => session.nonce.verify(found),
    };
    let claims = app.provider.verify_id_token(&app.config.client_id, id_token, nonce).await?;
    if let Expected::SameAs(session) = expected {
        let same_time = claims.auth_time().is_none() || claims.auth_time() == session.auth_time;
        if *claims.subject() != session.subject || !same_time {
            return Err(Failure::NotVerified("the refreshed ID token is about another sign-in".to_owned()));
        }
    }
    Ok(claims)
}

/// The access token belongs to the ID token: not swapped on the way.
async fn verify_at_hash(app: &App, tokens: &TokenAnswer, id_token: &IdToken, claims: &Claims) -> Result<(), Failure> {
    let Some(expected) = claims.access_token_hash() else { return Ok(()) };
    app.provider
        .with_keys(|keys| {
            let config = &app.config;
            let verifier =
                IdTokenVerifier::new_public_client(config.client_id.clone(), config.issuer.clone(), keys.clone());
            let hash = id_token
                .signing_key(&verifier)
                .and_then(|key| Ok((key, id_token.signing_alg()?)))
                .map_err(|error| Unverified::Refused(error.to_string()))
                .and_then(|(key, alg)| {
                    AccessTokenHash::from_token(tokens.access_token(), alg, key)
                        .map_err(|error| Unverified::Refused(error.to_string()))
                })?;
            if hash == *expected { Ok(()) } else { Err(Unverified::Refused("ID token: at_hash".to_owned())) }
        })
        .await
}

/// UserInfo, refused unless it is about the ID token's `sub` (§5.3.2: token substitution).
async fn user_info(
    app: &App,
    tokens: &TokenAnswer,
    claims: &Claims,
) -> Result<UserInfoClaims<IdentityClaims, CoreGenderClaim>, Failure> {
    let client = app.provider.client(&app.config).await?;
    client
        .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
        .map_err(|error| Failure::Unreachable(error.to_string()))?
        .request_async(&app.provider.http)
        .await
        .map_err(|error| match error {
            UserInfoError::Request(error) => error.into(),
            other => Failure::NotVerified(format!("UserInfo: {}", with_sources(&other))),
        })
}
