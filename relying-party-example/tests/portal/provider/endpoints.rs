//! Its endpoints.

use super::{Lost, Provider, SUBJECT, encode, parameter};
use crate::CLIENT_SECRET;
use axum::Json;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::signature::KeyPair;
use serde_json::{Value, json};
use std::collections::HashMap;

pub(super) async fn discovery(State(provider): State<Provider>) -> Json<Value> {
    let issuer = provider.issuer();
    let mut document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "end_session_endpoint": format!("{issuer}/end-session"),
        "authorization_response_iss_parameter_supported": true,
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["ES256", "RS256", "HS256", "none", "X999"],
    });
    provider.mood(|mood| {
        if let Some(elsewhere) = &mood.token_endpoint {
            document["token_endpoint"] = json!(elsewhere);
        }
        (mood.edit_discovery)(&mut document);
    });
    Json(document)
}

pub(super) async fn jwks(State(provider): State<Provider>) -> Response {
    provider.mood(|mood| mood.jwks_requests += 1);
    let keys: Vec<_> = provider
        .0
        .keys
        .lock()
        .unwrap()
        .iter()
        .map(|(kid, key)| {
            let point = key.public_key().as_ref();
            json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid,
            "x": encode(&point[1..33]), "y": encode(&point[33..65]) })
        })
        .collect();
    ([(header::CACHE_CONTROL, "max-age=3600")], Json(json!({ "keys": keys }))).into_response()
}

pub(super) async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let trouble = provider.mood(|mood| {
        mood.token_requests += 1;
        mood.token_errors.pop_front()
    });
    if let Some((status, error)) = trouble {
        return (StatusCode::from_u16(status).unwrap(), Json(json!({ "error": error }))).into_response();
    }
    let secret: String = openidconnect::url::form_urlencoded::byte_serialize(CLIENT_SECRET.as_bytes()).collect();
    let expected = format!("Basic {}", BASE64_STANDARD.encode(format!("the-portal:{secret}")));
    assert_eq!(headers[header::AUTHORIZATION], expected);
    if form["grant_type"] == "refresh_token" {
        // As rotation demands: the latest one, once.
        if form["refresh_token"] != format!("refresh-{}", provider.mood(|mood| mood.issued)) {
            return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
        }
        return deliver(&provider, provider.tokens(None)).await;
    }
    let request = provider.0.codes.lock().unwrap().remove(&form["code"]).unwrap();
    let challenge = ring::digest::digest(&ring::digest::SHA256, form["code_verifier"].as_bytes());
    assert_eq!(parameter(&request, "code_challenge"), encode(challenge));
    assert_eq!(parameter(&request, "redirect_uri"), form["redirect_uri"]);
    let tokens = provider.tokens(Some(parameter(&request, "nonce")));
    deliver(&provider, tokens).await
}

pub(super) async fn deliver(provider: &Provider, tokens: Value) -> Response {
    let lost = provider.mood(|mood| mood.lose.pop_front());
    match lost {
        None => Json(tokens).into_response(),
        Some(Lost::BadGateway) => StatusCode::BAD_GATEWAY.into_response(),
        Some(Lost::Silence) => std::future::pending().await,
    }
}

pub(super) async fn user_info(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    assert!(headers[header::AUTHORIZATION].to_str().unwrap().starts_with("Bearer access-"));
    let mut claims = json!({ "sub": SUBJECT, "name": "fireman0119", "email": "fireman0119@example.test" });
    let fails = provider.mood(|mood| {
        (mood.edit_user_info)(&mut claims);
        mood.user_info_fails
    });
    if fails { StatusCode::SERVICE_UNAVAILABLE.into_response() } else { Json(claims).into_response() }
}
