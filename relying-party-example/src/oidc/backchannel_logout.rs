//! `POST /backchannel-logout`: the provider ends sessions here without a browser. OpenID Connect Back-Channel Logout 1.0
//! §2.6 (what to check), §2.7 (what to do), §2.8 (what to answer). The crate knows no logout tokens, so they are taken
//! apart here; the signature is verified by the crate's keys.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKey, JsonWebKeyId};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::jwks::Unverified;
use crate::App;
use crate::clock::SKEW;
use crate::failure::Failure;
use crate::sessions::end_named;
use crate::store::Once;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
const OLDEST: TimeDelta = TimeDelta::minutes(5);
/// Longer than an ID token is taken (`jwks.rs`).
const REMEMBERED: TimeDelta = TimeDelta::minutes(15);

#[derive(Deserialize)]
pub(crate) struct LogoutForm {
    logout_token: String,
}

#[derive(Deserialize)]
struct Header {
    alg: CoreJwsSigningAlgorithm,
    kid: Option<JsonWebKeyId>,
    typ: Option<String>,
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    #[serde(with = "chrono::serde::ts_seconds")]
    iat: DateTime<Utc>,
    #[serde(with = "chrono::serde::ts_seconds")]
    exp: DateTime<Utc>,
    jti: String,
    events: Map<String, Value>,
    sub: Option<String>,
    sid: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    /// For us and nobody else, as with ID tokens.
    fn is_only(&self, us: &str) -> bool {
        match self {
            Self::One(one) => one == us,
            Self::Many(many) => !many.is_empty() && many.iter().all(|one| one == us),
        }
    }
}

pub(crate) async fn backchannel_logout(
    State(app): State<Arc<App>>,
    form: Result<Form<LogoutForm>, FormRejection>,
) -> Response {
    let ended = match form {
        Ok(Form(form)) => end_sessions(&app, &form.logout_token).await,
        Err(error) => Err(Failure::BadRequest(error.body_text())),
    };
    match ended {
        Ok(count) => {
            tracing::info!(count, "signed out by the provider");
            StatusCode::OK.into_response()
        }
        Err(failure) => {
            tracing::warn!(detail = ?failure.detail(), "logout token refused");
            let (error, why) = match failure {
                Failure::NotVerified(why) | Failure::BadRequest(why) => ("invalid_request", why),
                Failure::Storage(_) => ("temporarily_unavailable", "the sign-out cannot be stored now".to_owned()),
                _ => ("temporarily_unavailable", "the keys cannot be fetched now".to_owned()),
            };
            (StatusCode::BAD_REQUEST, Json(json!({ "error": error, "error_description": why }))).into_response()
        }
    }
}

async fn end_sessions(app: &App, token: &str) -> Result<usize, Failure> {
    let claims = verify(app, token).await?;
    let now = app.clock.now();
    // One transaction: when 200 is answered the sessions are over, also after a power cut; and when it fails the token is
    // not used up, so that the provider's next attempt is heard.
    let ended = app.store.run(move |tx| {
        // §2.6 step 8: used once. Remembered for as long as the token could pass the checks above.
        if !Once::LogoutToken.take(tx, &claims.jti, now, claims.exp + SKEW)? {
            return Ok(None);
        }
        // A sign-in of this very session may be on its way here; its ID token is taken for ten minutes at most.
        if let Some(sid) = &claims.sid {
            Once::Sid.take(tx, sid, now, now + REMEMBERED)?;
        }
        end_named(tx, claims.sub.as_deref(), claims.sid.as_deref()).map(Some)
    });
    ended.await?.ok_or_else(|| Failure::NotVerified("this jti was seen before".to_owned()))
}

async fn verify(app: &App, token: &str) -> Result<Claims, Failure> {
    let refused = |why: &str| Failure::NotVerified(why.to_owned());

    // Three parts; a header that we understand; the type that keeps ID tokens and logout tokens apart (RFC 8725 §3.11).
    let (signed, signature) = token.rsplit_once('.').ok_or_else(|| refused("not a JWT"))?;
    let (header, payload) = signed.split_once('.').ok_or_else(|| refused("not a JWT"))?;
    let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| refused("not base64url"));
    let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| refused("header"))?;
    let signature = decode(signature)?;
    let payload = decode(payload)?;
    let typ = header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
    if typ.strip_prefix("application/").unwrap_or(&typ) != "logout+jwt" {
        return Err(refused("typ must be logout+jwt"));
    }
    if header.crit.is_some() {
        return Err(refused("crit"));
    }
    if !app.provider.algorithms().await?.contains(&header.alg) {
        return Err(refused("alg"));
    }
    app.provider.with_keys(|keys| verify_signature(keys, &header, signed.as_bytes(), &signature)).await?;

    // Only now is the content believed to be the provider's.
    let payload: Map<String, Value> = serde_json::from_slice(&payload).map_err(|_| refused("payload"))?;
    if payload.contains_key("nonce") {
        return Err(refused("nonce: this is an ID token"));
    }
    let claims: Claims = serde_json::from_value(payload.into()).map_err(|error| refused(&error.to_string()))?;
    let us = app.config.client_id.as_str();
    let now = app.clock.now();
    let wrong = [
        ("iss", claims.iss != app.config.issuer.as_str()),
        ("aud", !claims.aud.is_only(us)),
        ("iat", claims.iat > now + SKEW || claims.iat < now - OLDEST),
        ("exp", claims.exp <= now - SKEW || claims.exp > now + OLDEST + SKEW),
        ("events", !claims.events.get(EVENT).is_some_and(Value::is_object)),
        ("sub and sid", claims.sub.is_none() && claims.sid.is_none()),
        ("jti", claims.jti.is_empty() || claims.jti.len() > 256),
    ];
    match wrong.iter().find(|(_, is_wrong)| *is_wrong) {
        Some((claim, _)) => Err(refused(claim)),
        None => Ok(claims),
    }
}

/// The key is chosen by `kid` and must itself be for this `alg` (the crate checks type, use and `alg` of the key).
fn verify_signature(
    keys: &CoreJsonWebKeySet,
    header: &Header,
    signed: &[u8],
    signature: &[u8],
) -> Result<(), Unverified> {
    let Some(kid) = &header.kid else { return Err(Unverified::Refused("kid is missing".to_owned())) };
    let key = keys.keys().iter().find(|key| key.key_id() == Some(kid)).ok_or(Unverified::UnknownKey)?;
    key.verify_signature(&header.alg, signed, signature).map_err(|error| Unverified::Refused(error.to_string()))
}
