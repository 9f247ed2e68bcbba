//! `Host`, `Forwarded` and `X-Forwarded-*` are believed from nobody.

use crate::support::{Answer, Visitor, asked_by};
use conformance::{CIVIL_SERVANT, PASSWORD, Provider};

const SPOOFED: [(&str, &str); 7] = [
    ("host", "evil.example"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-port", "666"),
    ("x-original-url", "/evil.example"),
    ("x-forwarded-prefix", "/evil.example"),
    ("forwarded", "host=evil.example;proto=https"),
];

async fn get_spoofed(visitor: &mut Visitor, url: String) -> Answer {
    let request = visitor.http.get(url);
    visitor.send(SPOOFED.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

#[tokio::test]
async fn nothing_that_is_written_names_a_spoofed_host() {
    let provider = Provider::start().await.unwrap();
    let asked = asked_by("emic", "http://localhost:1/callback");
    for path in ["/", "/sign-in", "/nowhere", "/.well-known/openid-configuration", "/connect/end_session", &asked] {
        let (mut honest, mut spoofed) = (Visitor::of(&provider), Visitor::of(&provider));
        let (plain, answer) = (honest.get(path).await, get_spoofed(&mut spoofed, provider.url(path)).await);
        assert_eq!(answer.status, plain.status, "{path}");
        assert_eq!(answer.location(), plain.location(), "{path}");
        assert!(!answer.body.contains("evil.example") && !answer.body.contains(":666"), "{path}: {}", answer.body);
        let cookies = |visitor: &Visitor| visitor.cookies.keys().cloned().collect::<Vec<_>>();
        assert_eq!(cookies(&spoofed), cookies(&honest), "{path}: the scheme was believed");
    }
}

#[tokio::test]
async fn a_form_is_compared_with_the_issuer_and_not_with_the_host_header() {
    let provider = Provider::start().await.unwrap();
    let mut victim = Visitor::of(&provider);
    let interaction = victim.sign_in_page().await;
    let fields = [("interaction", interaction.as_str()), ("username", CIVIL_SERVANT), ("password", PASSWORD)];
    let request = victim.http.post(provider.url("/sign-in")).form(&fields);
    let request = request.header("host", "evil.example").header("origin", "http://evil.example");
    assert_eq!(victim.send(request).await.status, 403);
}

#[tokio::test]
async fn a_sign_in_with_spoofed_headers_leads_to_the_registered_portal_and_names_the_issuer() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    visitor.sign_in(CIVIL_SERVANT, PASSWORD).await;
    let url = provider.url(&asked_by("emic", "http://localhost:1/callback"));
    visitor.arrive(&asked_by("emic", "http://localhost:1/callback")).await;
    let sent = get_spoofed(&mut visitor, url).await.location().unwrap();
    let issuer: String = form_urlencoded::byte_serialize(provider.issuer.as_bytes()).collect();
    assert!(sent.starts_with("http://localhost:1/callback?code="), "{sent}");
    assert!(sent.contains(&format!("iss={issuer}")), "{sent}");
}
