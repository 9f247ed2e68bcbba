//! How a client proves itself (RFC 6749 §2.3): by the method it is registered for, wherever a client is asked who it is.
//! [`everywhere`] is that list; what assertions must hold has tests of its own.

mod methods;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use conformance::steps::refused;
use conformance::{Answer, Provider};
use idp_core::client::GrantType;
use std::sync::OnceLock;

/// A request that has its client prove itself, and reaches a token that is garbage if it does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking {
    /// The endpoint.
    pub path: &'static str,
    form: [(&'static str, &'static str); 2],
    /// Status and error for a client that was let in; 200: no error.
    then: (u16, &'static str),
}

/// Every request of the kind: the token endpoint with each grant, and the others. A grant that is new does not compile before it
/// has its line.
pub(crate) fn everywhere() -> Vec<Asking> {
    let by_grant = |grant: GrantType| {
        let (parameter, then) = match grant {
            GrantType::AuthorizationCode => ("code", (400, "invalid_grant")),
            GrantType::RefreshToken => ("refresh_token", (400, "invalid_grant")),
            GrantType::Implicit => ("code", (400, "unsupported_grant_type")),
            // No client of these tests is registered for it.
            GrantType::ClientCredentials => ("resource", (400, "unauthorized_client")),
        };
        Asking { path: "/connect/token", form: [("grant_type", grant.as_str()), (parameter, "garbage")], then }
    };
    let garbage = [("token", "garbage"), ("token_type_hint", "refresh_token")];
    let others = [
        // It says nothing about where to return to.
        Asking {
            path: "/connect/par",
            form: [("response_type", "code"), ("scope", "openid")],
            then: (400, "invalid_request"),
        },
        Asking { path: "/connect/revoke", form: garbage, then: (200, "") },
        Asking { path: INTROSPECTION, form: garbage, then: (200, "") },
    ];
    GrantType::ALL.into_iter().map(by_grant).chain(others).collect()
}

/// Where a client that anybody can claim to be may not ask.
pub(crate) const INTROSPECTION: &str = "/connect/introspect";

pub(crate) fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// A program's connections, none of them kept: each test has a runtime of its own.
#[expect(clippy::disallowed_methods, reason = "a portal in a test, not the provider")]
fn http() -> &'static reqwest::Client {
    static HTTP: OnceLock<reqwest::Client> = OnceLock::new();
    HTTP.get_or_init(|| reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap())
}

/// Sends the request with these credentials.
pub(crate) async fn send(provider: &Provider, at: Asking, headers: &[&str], form: &[(&str, &str)]) -> Answer {
    let request = http().post(provider.url(at.path)).form(&[&at.form[..], form].concat());
    let request = headers.iter().fold(request, |request, header| request.header("authorization", *header));
    Answer::of(request).await.unwrap()
}

/// The client was let in: its token is looked at, which is garbage.
#[track_caller]
pub(crate) fn let_in(answer: &Answer, at: Asking) {
    match (at.then, at.path) {
        ((200, _), INTROSPECTION) => assert_eq!(answer.body, "{\"active\":false}"),
        ((200, _), _) => assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "")),
        ((status, error), _) => refused(answer, status, error),
    }
}

#[track_caller]
pub(crate) fn kept_out(answer: &Answer) {
    refused(answer, 401, "invalid_client");
    assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"shenfen\""));
    assert_eq!(answer.json["error_description"], "client authentication failed", "the same words whatever is wrong");
}
