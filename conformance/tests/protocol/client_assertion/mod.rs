//! Assertions as a client's proof (RFC 7523 §3, OpenID Connect Core 1.0 §9, FAPI 2.0 Security Profile §5.3.2.1): every rule at every
//! endpoint, for both methods.

mod published;
mod rules;
mod single_use;

use crate::client_authentication::{Asking, kept_out, send};
use conformance::steps::{register, seconds};
use conformance::{ASSERTION_TYPE, Answer, Assertion, By, Portal, Provider};
use idp_core::client::registration::Registration;
use idp_core::client::{AuthMethod, Profile};

/// A provider that has been there for long enough to vouch for what is signed now.
pub(crate) async fn provider() -> Provider {
    let provider = Provider::start().await.unwrap();
    provider.advance(seconds(11)).await.unwrap();
    provider
}

/// A client that signs its assertions with a key, or with its secret.
pub(crate) async fn client(
    provider: &Provider,
    id: &str,
    method: AuthMethod,
    change: impl FnOnce(&mut Registration),
) -> Portal {
    let asked = |asked: &mut Registration| {
        asked.auth_method = method;
        change(asked);
    };
    register(provider, id, asked).await
}

/// What it signs with.
pub(crate) fn by(client: &Portal) -> By {
    match &client.key {
        Some(key) => By::Key(key.clone()),
        None => By::Secret(client.secret.clone().into_bytes()),
    }
}

/// A right one.
pub(crate) fn assertion(client: &Portal) -> Assertion {
    Assertion::new(&client.id, &client.issuer, by(client), &client.clock).unwrap()
}

/// Sends it to an endpoint.
pub(crate) async fn present(provider: &Provider, at: Asking, assertion: &str, more: &[(&str, &str)]) -> Answer {
    let form = [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion)];
    send(provider, at, &[], &[&form[..], more].concat()).await
}

/// Both methods, in both profiles.
pub(crate) const KINDS: [(AuthMethod, Profile); 4] = [
    (AuthMethod::PrivateKeyJwt, Profile::Government),
    (AuthMethod::PrivateKeyJwt, Profile::Standard),
    (AuthMethod::ClientSecretJwt, Profile::Government),
    (AuthMethod::ClientSecretJwt, Profile::Standard),
];

/// Refused, whatever the rule, in the same words.
#[track_caller]
pub(crate) fn refused_for(answer: &Answer, why: &str) {
    assert_eq!((answer.status.as_u16(), answer.error()), (401, "invalid_client"), "{why}: {}", answer.body);
    kept_out(answer);
}
