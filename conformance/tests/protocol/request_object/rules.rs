//! What a request object has to be, at both endpoints.

use super::{brought, object, signing};
use conformance::steps::{EMIC, arrive, browser, code, refused, register, start};
use conformance::{Assertion, By, ClientKey, NATURAL_PERSON, Portal, Provider, Request};
use keys::Algorithm;
use serde_json::{Value, json};

/// Both endpoints refuse it alike: where a registered address stands outside, the browser is sent there.
async fn is_refused(portal: &Portal, provider: &Provider, request: &Request, token: &str, what: &str) {
    let pushed = portal.push(&brought(request, token)).await.unwrap();
    refused(&pushed, 400, "invalid_request_object");
    let browser = browser(provider);
    let page = browser.open(&brought(request, token).url()).await.unwrap();
    assert!(page.status == 400 && page.body.contains("invalid_request_object"), "{what}: {}", page.body);
    let outside = brought(request, token).with("redirect_uri", &portal.redirect_uri).with("state", "outside");
    let page = browser.open(&outside.url()).await.unwrap();
    assert_eq!(page.parameter("error").as_deref(), Some("invalid_request_object"), "{what}: {}", page.url);
    assert_eq!(page.parameter("state").as_deref(), Some("outside"));
    assert_eq!(page.parameter("error_description").as_deref(), pushed.json["error_description"].as_str());
}

#[tokio::test]
async fn a_signed_request_signs_a_person_in_by_value_and_pushed() {
    let (provider, _) = start().await;
    let (portal, key) =
        signing(&provider, "signing", |asked| asked.requests.require_signed_request_object = true).await;
    let browser = browser(&provider);
    for typ in [json!("oauth-authz-req+jwt"), json!("application/oauth-authz-req+jwt"), json!("JWT"), Value::Null] {
        let request = portal.request();
        let token = object(&provider, &key, &request).header("typ", typ).signed().unwrap();
        let by_value = brought(&request, &token);
        let given = code(&browser, &by_value, NATURAL_PERSON).await;
        let given = portal.redeem(&request, &given).await.unwrap().tokens().unwrap();
        portal.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
        let request = portal.request();
        let token = object(&provider, &key, &request).signed().unwrap();
        let pushed = portal.pushed(&brought(&request, &token)).await.unwrap();
        let page = arrive(&browser, &pushed, NATURAL_PERSON).await;
        assert_eq!(page.parameter("state").as_deref(), Some(request.state.as_str()));
        portal.redeem(&request, &page.parameter("code").unwrap()).await.unwrap().tokens().unwrap();
    }
    // Nothing unsigned counts.
    refused(&portal.push(&portal.request()).await.unwrap(), 400, "invalid_request");
    let page = browser.open(&portal.request().url()).await.unwrap();
    assert_eq!(page.parameter("error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn every_algorithm_of_discovery_is_taken_and_a_registered_one_alone() {
    let (provider, _) = start().await;
    let browser = browser(&provider);
    for algorithm in Algorithm::ALL.iter().copied() {
        let key = ClientKey::generate(algorithm).unwrap();
        let id = format!("by-{}", algorithm.as_str());
        let portal = register(&provider, &id, |asked| asked.jwks = Some(key.set())).await;
        let request = portal.request();
        let token = object(&provider, &key, &request).signed().unwrap();
        code(&browser, &brought(&request, &token), NATURAL_PERSON).await;
        let other = if algorithm == Algorithm::EdDsa { Algorithm::Es256 } else { Algorithm::EdDsa };
        let strict = register(&provider, &format!("{id}-only"), |asked| {
            asked.jwks = Some(json!({ "keys": [key.public(), ClientKey::generate(other).unwrap().public()] }));
            asked.requests.request_object_signing_alg = Some(other);
        })
        .await;
        let request = strict.request();
        let token = object(&provider, &key, &request).signed().unwrap();
        is_refused(&strict, &provider, &request, &token, algorithm.as_str()).await;
    }
}

#[tokio::test]
async fn nothing_but_the_clients_own_signature_over_a_request_for_us_counts() {
    let (provider, emic) = start().await;
    let (portal, key) = signing(&provider, "signing", |_| {}).await;
    let (_, others) = signing(&provider, "other", |_| {}).await;
    let request = portal.request();
    let right = || object(&provider, &key, &request);
    let public = serde_json::to_vec(&key.public()).unwrap();
    let named = |by: By| right().by(by).header("kid", json!(key.kid()));
    let wrong: Vec<(&str, Assertion)> = vec![
        ("none", named(By::Bytes(vec![])).header("alg", json!("none"))),
        ("None", named(By::Bytes(vec![])).header("alg", json!("None"))),
        ("HMAC with the public key", named(By::Secret(public)).header("alg", json!("HS256"))),
        ("HMAC with the secret", named(By::Secret(portal.secret.clone().into_bytes())).header("alg", json!("HS256"))),
        ("zero signature", named(By::Bytes(vec![0; 64]))),
        ("no signature", named(By::Bytes(vec![]))),
        ("another client's key", named(By::Key(others.clone()))),
        ("another client's kid", right().by(By::Key(others.clone())).header("kid", json!(others.kid()))),
        ("alg of another family", right().header("alg", json!("RS256"))),
        ("crit", right().header("crit", json!(["x"]))),
        ("ID token", right().header("typ", json!("id_token+jwt"))),
        ("logout token", right().header("typ", json!("logout+jwt"))),
        ("access token", right().header("typ", json!("at+jwt"))),
        ("proof", right().header("typ", json!("dpop+jwt"))),
        ("assertion by typ", right().header("typ", json!("client-authentication+jwt"))),
        ("assertion by sub", right().claim("sub", json!("signing"))),
        ("another issuer", right().claim("iss", json!("other"))),
        ("another client_id", right().claim("client_id", json!("emic"))),
        ("no audience", right().claim("aud", Value::Null)),
        ("another audience", right().claim("aud", json!("https://other.example"))),
        ("expired", right().claim("exp", json!(provider.clock.now().seconds()))),
        ("endless", right().claim("exp", Value::Null)),
        ("request inside", right().claim("request", json!("e30.e30."))),
        ("request_uri inside", right().claim("request_uri", json!("urn:ietf:params:oauth:request_uri:x"))),
    ];
    for (what, object) in wrong {
        is_refused(&portal, &provider, &request, &object.signed().unwrap(), what).await;
    }
    let token = right().signed().unwrap();
    let last = token.len() - 3;
    for (what, text) in [
        ("changed", conformance::steps::flipped(&token, last)),
        ("changed inside", conformance::steps::flipped(&token, token.find('.').unwrap() + 20)),
        ("encrypted", format!("{token}.a.b")),
        ("garbage", "garbage".into()),
        ("two segments", token.rsplit_once('.').unwrap().0.to_owned()),
    ] {
        is_refused(&portal, &provider, &request, &text, what).await;
    }
    // An ID token of ours, and a client that has no keys.
    let browser = browser(&provider);
    let given = conformance::steps::tokens(&portal, &browser, &portal.request(), NATURAL_PERSON).await;
    is_refused(&portal, &provider, &request, &given.id_token, "ID token of ours").await;
    let request = emic.request();
    let token = object(&provider, &key, &request).signed().unwrap();
    is_refused(&emic, &provider, &request, &token, "no keys").await;
}

#[tokio::test]
async fn only_what_is_signed_counts() {
    let (provider, _) = start().await;
    let (portal, key) = signing(&provider, "signing", |_| {}).await;
    let browser = browser(&provider);
    let request = portal.request().without("state");
    let token = object(&provider, &key, &request).signed().unwrap();
    let outside = [
        ("state", "outside"),
        ("nonce", "outside"),
        ("redirect_uri", EMIC),
        ("scope", "openid email"),
        ("response_mode", "form_post"),
        ("prompt", "login"),
        ("code_challenge", "short"),
        ("claims", "["),
    ];
    let all = outside.into_iter().fold(brought(&request, &token), |it, (name, value)| it.with(name, value));
    let page = arrive(&browser, &all.clone().with("response_type", "code"), NATURAL_PERSON).await;
    assert!(page.url.starts_with(&portal.redirect_uri), "the address inside counts: {}", page.url);
    assert_eq!(page.parameter("state"), None);
    let given = portal.redeem(&request, &page.parameter("code").unwrap()).await.unwrap().tokens().unwrap();
    assert_eq!(given.scope, "openid");
    portal.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
    // What does not fit together, and what belongs to nobody.
    let page = browser.open(&all.clone().with("response_type", "token").url()).await.unwrap();
    assert!(page.status == 400 && page.has("error-title"), "{}", page.url);
    for broken in [
        all.clone().without("client_id"),
        all.clone().with("client_id", "nobody"),
        all.clone().and("client_id", "emic"),
        all.clone().and("request", &token),
        all.clone().with("request_uri", "urn:ietf:params:oauth:request_uri:x"),
    ] {
        let page = browser.open(&broken.url()).await.unwrap();
        assert!(page.status == 400 && page.has("error-title"), "{}", page.url);
    }
    // A redirect URI inside that is not registered, and one that is missing.
    for request in
        [portal.request().with("redirect_uri", "https://evil.example/"), portal.request().without("redirect_uri")]
    {
        let token = object(&provider, &key, &request).signed().unwrap();
        let outer = brought(&request, &token).with("redirect_uri", &portal.redirect_uri);
        let page = browser.open(&outer.url()).await.unwrap();
        assert!(page.status == 400 && page.has("error-title"), "{}", page.url);
        refused(&portal.push(&outer).await.unwrap(), 400, "invalid_request");
    }
}

#[tokio::test]
async fn pages_outlive_the_object_they_began_with() {
    let (provider, _) = start().await;
    let (portal, key) = signing(&provider, "signing", |asked| {
        asked.requests.require_signed_request_object = true;
        asked.trusted = false;
    })
    .await;
    let browser = browser(&provider);
    let request = portal.request().scope("openid email");
    let token = object(&provider, &key, &request).signed().unwrap();
    let page = browser.open(&brought(&request, &token).url()).await.unwrap();
    // It lives for a minute; the person takes five.
    provider.advance(conformance::steps::seconds(300)).await.unwrap();
    let page = browser.sign_in(&page, NATURAL_PERSON, conformance::PASSWORD).await.unwrap();
    assert!(page.has("consent-allow"), "{}", page.body);
    let page = browser.decide(&page, "allow").await.unwrap();
    let given = portal.redeem(&request, &page.parameter("code").unwrap()).await.unwrap().tokens().unwrap();
    assert_eq!(given.scope, "openid email");
    let page = browser.open(&brought(&request, &token).url()).await.unwrap();
    assert!(page.body.contains("invalid_request_object"), "{}", page.url);
}
