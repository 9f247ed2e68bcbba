//! What anybody can push: whoever knows the id of a client without a secret, and whoever registered one.

use conformance::steps::{EMIC, portal, refused, register, seconds};
use conformance::{Answer, Portal, Provider, ProviderOptions, Request};
use idp_core::client::AuthMethod;

async fn provider() -> Provider {
    let settings = |it: &mut idp::settings::Settings| {
        it.server.trusted_proxies = vec!["127.0.0.0/8".into(), "::1".into()];
    };
    Provider::start_with(ProviderOptions { settings: Some(settings), ..Default::default() }).await.unwrap()
}

async fn push_from(portal: &Portal, address: &str, request: &Request) -> Answer {
    let sent = portal.http.post(format!("{}/connect/par", portal.issuer)).header("x-forwarded-for", address);
    let sent = match portal.method {
        AuthMethod::None => sent,
        _ => sent.basic_auth(&portal.id, Some(&portal.secret)),
    };
    Answer::of(sent.form(&request.params)).await.unwrap()
}

#[tokio::test]
async fn a_stranger_uses_up_nothing_of_a_client_without_a_secret_but_a_share_for_one_address() {
    let provider = provider().await;
    let app = register(&provider, "app", |asked| asked.auth_method = AuthMethod::None).await;
    let emic = portal(&provider, "emic", EMIC).await;
    let (stranger, person) = ("198.51.100.7", "203.0.113.9");
    for _ in 0..120 {
        assert_eq!(push_from(&app, stranger, &app.request()).await.status, 201);
    }
    let answer = push_from(&app, stranger, &app.request()).await;
    refused(&answer, 429, "temporarily_unavailable");
    assert_eq!(answer.header("retry-after"), Some("60"));
    assert_eq!(push_from(&app, person, &app.request()).await.status, 201);
    let other = register(&provider, "other", |asked| asked.auth_method = AuthMethod::None).await;
    assert_eq!(push_from(&other, stranger, &other.request()).await.status, 201);
    for _ in 0..125 {
        assert_eq!(push_from(&emic, stranger, &emic.request()).await.status, 201, "it proves itself");
    }
    provider.advance(seconds(60)).await.unwrap();
    assert_eq!(push_from(&app, stranger, &app.request()).await.status, 201);
}

#[tokio::test]
async fn a_client_without_a_secret_pushes_little_into_room_of_its_own() {
    let provider = provider().await;
    let app = register(&provider, "app", |asked| asked.auth_method = AuthMethod::None).await;
    let emic = portal(&provider, "emic", EMIC).await;
    refused(&app.push(&app.request().with("x", &"x".repeat(4096))).await.unwrap(), 413, "invalid_request");
    let long = app.pushed(&app.request().with("x", &"x".repeat(3000))).await.unwrap();
    let (ephemeral, now) = (&provider.wired.base.ephemeral, provider.clock.now());
    for (brought, own, not) in [
        (long, "pushed_by_anybody", "pushed"),
        (emic.pushed(&emic.request()).await.unwrap(), "pushed", "pushed_by_anybody"),
    ] {
        let name = brought.get("request_uri").unwrap().rsplit(':').next().unwrap().to_owned();
        assert!(ephemeral.get(&format!("{own}:{name}"), now).await.unwrap().is_some());
        assert!(ephemeral.get(&format!("{not}:{name}"), now).await.unwrap().is_none());
    }
}
