//! Signed request objects (RFC 9101, OpenID Connect Core 1.0 §6): by value, pushed, and fetched.

pub(crate) mod fetched;
mod rules;
mod same;

use conformance::steps::register;
use conformance::{Assertion, By, ClientKey, Portal, Provider, Request};
use idp_core::client::registration::Registration;
use keys::Algorithm;
use serde_json::{Value, json};

/// A portal that signs, and its key.
pub(crate) async fn signing(
    provider: &Provider,
    id: &str,
    change: impl FnOnce(&mut Registration),
) -> (Portal, ClientKey) {
    let key = ClientKey::generate(Algorithm::Es256).unwrap();
    let portal = register(provider, id, |asked| {
        asked.jwks = Some(key.set());
        change(asked);
    })
    .await;
    (portal, key)
}

/// A request object with these parameters, to be signed with this key.
pub(crate) fn object(provider: &Provider, key: &ClientKey, request: &Request) -> Assertion {
    let id = request.get("client_id").unwrap();
    let plain = Assertion::new(id, &provider.issuer, By::Key(key.clone()), &provider.clock).unwrap();
    let plain = plain.claim("sub", Value::Null).claim("nbf", json!(provider.clock.now().seconds()));
    let plain = plain.header("typ", json!("oauth-authz-req+jwt"));
    let value = |name: &str, text: &str| match name {
        "max_age" => text.parse::<i64>().map_or(json!(text), |number| json!(number)),
        "claims" => serde_json::from_str(text).unwrap_or(json!(text)),
        _ => json!(text),
    };
    request.params.iter().fold(plain, |object, (name, text)| object.claim(name, value(name, text)))
}

/// The request as a browser brings it with an object beside `client_id`.
pub(crate) fn brought(request: &Request, token: &str) -> Request {
    let params = [("client_id", request.get("client_id").unwrap()), ("request", token)];
    Request { params: params.map(|(name, value)| (name.into(), value.into())).into(), ..request.clone() }
}
