//! How a client proves itself (RFC 6749 §2.3): by the method it is registered for. Assertions have tests of their own.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use conformance::steps::{disable, refused, register, seconds, start};
use conformance::{ASSERTION_TYPE, Answer, Assertion, By, ClientKey, Provider};
use idp_core::client::AuthMethod;
use keys::Algorithm;

/// The endpoints and a form that reaches the token of each.
pub(crate) const ENDPOINTS: [(&str, [(&str, &str); 2]); 4] = [
    ("/connect/token", [("grant_type", "refresh_token"), ("refresh_token", "garbage")]),
    ("/connect/par", [("response_type", "code"), ("scope", "openid")]),
    ("/connect/revoke", [("token", "garbage"), ("token_type_hint", "refresh_token")]),
    ("/connect/introspect", [("token", "garbage"), ("token_type_hint", "refresh_token")]),
];

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// Sends the form of an endpoint with these credentials.
pub(crate) async fn send(provider: &Provider, path: &str, header: Option<&str>, form: &[(&str, &str)]) -> Answer {
    let fields = ENDPOINTS.iter().find(|(endpoint, _)| *endpoint == path).unwrap().1;
    let http = conformance::Browser::new(&provider.issuer).unwrap().http;
    let mut request = http.post(provider.url(path)).form(&[&fields[..], form].concat());
    if let Some(header) = header {
        request = request.header("authorization", header);
    }
    Answer::of(request).await.unwrap()
}

/// The client was let in: its token is looked at, which is garbage.
#[track_caller]
pub(crate) fn let_in(answer: &Answer, path: &str) {
    match path {
        "/connect/token" => refused(answer, 400, "invalid_grant"),
        // It says nothing about where to return to.
        "/connect/par" => refused(answer, 400, "invalid_request"),
        "/connect/introspect" => assert_eq!(answer.body, "{\"active\":false}"),
        _ => assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "")),
    }
}

#[track_caller]
pub(crate) fn kept_out(answer: &Answer) {
    refused(answer, 401, "invalid_client");
    assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"shenfen\""));
    assert_eq!(answer.json["error_description"], "client authentication failed", "the same words whatever is wrong");
}

#[tokio::test]
async fn a_client_is_let_in_by_the_method_it_is_registered_for_and_by_no_other() {
    let (provider, _) = start().await;
    let secret = |id: &str| Provider::secret(id);
    provider.advance(seconds(11)).await.unwrap();
    for method in AuthMethod::ALL {
        let id = format!("by-{}", method.as_str());
        let portal = register(&provider, &id, |asked| asked.auth_method = method).await;
        let by_key = By::Key(portal.key.clone().unwrap_or_else(|| ClientKey::generate(Algorithm::Es256).unwrap()));
        let assertion = |by| Assertion::new(&id, &provider.issuer, by, &provider.clock).unwrap().signed().unwrap();
        for (path, _) in ENDPOINTS {
            let by_basic = send(&provider, path, Some(&basic(&id, &secret(&id))), &[]).await;
            let by_post = send(&provider, path, None, &[("client_id", &id), ("client_secret", &secret(&id))]).await;
            let by_name = send(&provider, path, None, &[("client_id", &id)]).await;
            let asserted = async |by| {
                let assertion = assertion(by);
                let form = [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion.as_str())];
                send(&provider, path, None, &form).await
            };
            let answers = [
                (AuthMethod::PrivateKeyJwt, asserted(by_key.clone()).await),
                (AuthMethod::ClientSecretJwt, asserted(By::Secret(secret(&id).into_bytes())).await),
                (AuthMethod::ClientSecretBasic, by_basic),
                (AuthMethod::ClientSecretPost, by_post),
                (AuthMethod::None, by_name),
            ];
            for (by, answer) in answers {
                // Whoever anybody can claim to be may not ask about tokens.
                let may = by == method && (by != AuthMethod::None || path != "/connect/introspect");
                if may { let_in(&answer, path) } else { kept_out(&answer) }
            }
        }
    }
}

#[tokio::test]
async fn whatever_is_wrong_with_the_credentials_the_answer_is_the_same() {
    let (provider, _) = start().await;
    register(&provider, "post", |asked| asked.auth_method = AuthMethod::ClientSecretPost).await;
    let right = Provider::secret("emic");
    let upper = right.to_uppercase();
    for (path, _) in ENDPOINTS {
        for header in [
            basic("emic", "wrong"),
            basic("emic", ""),
            basic("emic", &right[..39]),
            basic("emic", &format!("{right} ")),
            basic("emic", &upper),
            basic("nobody", &right),
            basic("weather", &right),
            basic("", &right),
            basic("emic%", &right),
            basic("中文", &right),
            "Basic".into(),
            "Basic ".into(),
            "Basic !!!!".into(),
            format!("Basic {}", STANDARD.encode("no colon")),
            format!("Basic {}", STANDARD.encode([0xff, 0xfe, b':', 0xff])),
            format!("Bearer {right}"),
            format!("Digest {right}"),
            right.clone(),
        ] {
            kept_out(&send(&provider, path, Some(&header), &[]).await);
        }
        for form in [
            vec![("client_id", "post"), ("client_secret", "wrong")],
            vec![("client_id", "post"), ("client_secret", &right)],
            vec![("client_id", "post")],
            vec![("client_id", "nobody"), ("client_secret", &right)],
            vec![("client_secret", &right)],
            vec![
                ("client_assertion", "e30"),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ],
            vec![],
        ] {
            kept_out(&send(&provider, path, None, &form).await);
        }
    }
}

#[tokio::test]
async fn two_ways_at_once_are_refused_as_a_bad_request() {
    let (provider, _) = start().await;
    let header = basic("emic", &Provider::secret("emic"));
    for (path, _) in ENDPOINTS {
        let secret = Provider::secret("emic");
        for form in [
            vec![("client_id", "emic"), ("client_secret", secret.as_str())],
            vec![("client_secret", secret.as_str())],
            vec![("client_id", "weather")],
            vec![("client_assertion_type", ASSERTION_TYPE), ("client_assertion", "a.b.c")],
            vec![("client_assertion", "a.b.c")],
            vec![("client_assertion_type", ASSERTION_TYPE)],
        ] {
            refused(&send(&provider, path, Some(&header), &form).await, 400, "invalid_request");
        }
        let http = conformance::Browser::new(&provider.issuer).unwrap().http;
        let two_headers = http.post(provider.url(path)).form(&[("token", "x")]);
        let two_headers = two_headers.header("authorization", &header).header("authorization", &header);
        refused(&Answer::of(two_headers).await.unwrap(), 400, "invalid_request");
        let twice = [("client_id", "emic"), ("client_id", "emic")];
        refused(&send(&provider, path, None, &twice).await, 400, "invalid_request");
        let_in(&send(&provider, path, Some(&header), &[("client_id", "emic")]).await, path);
    }
}

#[tokio::test]
async fn the_halves_of_a_basic_header_are_form_encoded_and_the_scheme_has_no_case() {
    let (provider, _) = start().await;
    for (path, _) in ENDPOINTS {
        let secret = Provider::secret("emic").replace('-', "%2D");
        let_in(&send(&provider, path, Some(&basic("%65mic", &secret)), &[]).await, path);
        let lower = basic("emic", &Provider::secret("emic")).replace("Basic", "bASIC");
        let_in(&send(&provider, path, Some(&lower), &[]).await, path);
    }
}

#[tokio::test]
async fn a_disabled_client_is_kept_out_with_the_right_secret() {
    let (provider, _) = start().await;
    let header = basic("emic", &Provider::secret("emic"));
    disable(&provider, "emic").await;
    for (path, _) in ENDPOINTS {
        kept_out(&send(&provider, path, Some(&header), &[]).await);
    }
}
