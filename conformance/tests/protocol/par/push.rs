//! POST /connect/par: who may push, what is refused, what comes back.

use conformance::steps::{EMIC, WEATHER, browser, code, disable, portal as known, refused, register, seconds, start};
use conformance::{Answer, NATURAL_PERSON, Portal, Provider, ProviderOptions, Request};
use idp_core::client::{AuthMethod, Profile};
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test]
async fn a_push_is_answered_with_a_name_that_nobody_can_guess_and_nobody_may_keep() {
    let (_provider, emic) = start().await;
    let mut seen = BTreeSet::new();
    for _ in 0..20 {
        let answer = emic.push(&emic.request()).await.unwrap();
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.json["expires_in"], json!(90));
        let uri = answer.json["request_uri"].as_str().unwrap();
        let name = uri.strip_prefix("urn:ietf:params:oauth:request_uri:").unwrap();
        assert_eq!(keys::b64::decode(name).unwrap().len(), 32, "256 bits");
        assert!(seen.insert(uri.to_owned()));
    }
}

#[tokio::test]
async fn every_way_of_authentication_pushes_and_signs_a_person_in() {
    let (provider, _) = start().await;
    // It vouches for assertions that are younger than its memory alone.
    provider.advance(seconds(11)).await.unwrap();
    for method in AuthMethod::ALL {
        let portal = register(&provider, method.as_str(), |asked| asked.auth_method = method).await;
        let request = portal.request();
        let brought = portal.pushed(&request).await.unwrap();
        // Redeemed with what belongs to the request that was pushed.
        let code = code(&browser(&provider), &brought, NATURAL_PERSON).await;
        let given = portal.redeem(&request, &code).await.unwrap().tokens().unwrap();
        portal.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
    }
}

#[tokio::test]
async fn whoever_is_not_the_client_pushes_nothing() {
    let (provider, emic) = start().await;
    let weather = register(&provider, "rain", |asked| asked.auth_method = AuthMethod::ClientSecretPost).await;
    let wrong = Portal { secret: "x".repeat(40), ..emic.clone() };
    refused(&wrong.push(&wrong.request()).await.unwrap(), 401, "invalid_client");
    let nobody = Portal { id: "nobody".into(), ..emic.clone() };
    refused(&nobody.push(&nobody.request()).await.unwrap(), 401, "invalid_client");
    // A client with a secret that sends none, and one that sends it another way than registered.
    let bare = Portal { method: AuthMethod::None, ..emic.clone() };
    refused(&bare.push(&bare.request()).await.unwrap(), 401, "invalid_client");
    let other_way = Portal { method: AuthMethod::ClientSecretBasic, ..weather.clone() };
    refused(&other_way.push(&other_way.request()).await.unwrap(), 401, "invalid_client");
    // One client for another.
    let for_another = emic.request().with("client_id", "weather");
    refused(&emic.push(&for_another).await.unwrap(), 400, "invalid_request");
    disable(&provider, "emic").await;
    refused(&emic.push(&emic.request()).await.unwrap(), 401, "invalid_client");
}

#[tokio::test]
async fn only_a_posted_form_pushes() {
    let (provider, emic) = start().await;
    let url = provider.url("/connect/par");
    for method in ["GET", "PUT", "DELETE", "PATCH", "HEAD"] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = emic.http.request(method.clone(), &url).basic_auth(&emic.id, Some(&emic.secret));
        assert_eq!(request.form(&emic.request().params).send().await.unwrap().status(), 405, "{method}");
    }
    let json = emic.http.post(&url).basic_auth(&emic.id, Some(&emic.secret)).body("{}");
    refused(&Answer::of(json.header("content-type", "application/json")).await.unwrap(), 400, "invalid_request");
}

#[tokio::test]
async fn what_is_too_long_is_refused_as_too_large() {
    let (_provider, emic) = start().await;
    for length in [11_000, 17_000, 33_000, 500_000] {
        let answer = emic.push(&emic.request().with("x", &"x".repeat(length))).await.unwrap();
        refused(&answer, 413, "invalid_request");
    }
    assert_eq!(emic.push(&emic.request().with("x", &"x".repeat(9000))).await.unwrap().status, 201);
    let mut many = emic.request();
    for number in 0..80 {
        many = many.and(&format!("p{number}"), "1");
    }
    refused(&emic.push(&many).await.unwrap(), 400, "invalid_request");
}

/// A change to a request, and the error that both endpoints answer it with.
type Row = (&'static str, fn(Request) -> Request, &'static str);

const ROWS: [Row; 22] = [
    ("state too long", |it| it.with("state", &"x".repeat(2049)), "invalid_request"),
    ("twice", |it| it.and("scope", "openid"), "invalid_request"),
    ("request", |it| it.with("request", "e30.e30."), "invalid_request_object"),
    ("registration", |it| it.with("registration", "{}"), "registration_not_supported"),
    ("no response_type", |it| it.without("response_type"), "invalid_request"),
    ("response_type", |it| it.with("response_type", "nothing"), "unsupported_response_type"),
    ("response_mode", |it| it.with("response_mode", "pigeon"), "invalid_request"),
    ("no scope", |it| it.without("scope"), "invalid_scope"),
    ("no openid", |it| it.scope("identity"), "invalid_scope"),
    ("claims", |it| it.with("claims", "["), "invalid_request"),
    (
        "essential acr",
        |it| it.with("claims", r#"{"id_token":{"acr":{"essential":true,"value":"gold"}}}"#),
        "unmet_authentication_requirements",
    ),
    ("nonce", |it| it.with("nonce", &"x".repeat(1025)), "invalid_request"),
    ("no PKCE", |it| it.without_pkce(), "invalid_request"),
    ("PKCE plain", |it| it.with("code_challenge_method", "plain"), "invalid_request"),
    ("PKCE without method", |it| it.without("code_challenge_method"), "invalid_request"),
    ("PKCE too short", |it| it.with("code_challenge", "short"), "invalid_request"),
    ("prompt", |it| it.with("prompt", "create"), "invalid_request"),
    ("prompt none login", |it| it.with("prompt", "none login"), "invalid_request"),
    ("max_age", |it| it.with("max_age", "-1"), "invalid_request"),
    ("max_age +", |it| it.with("max_age", "+1"), "invalid_request"),
    ("max_age 1.5", |it| it.with("max_age", "1.5"), "invalid_request"),
    ("scope not registered", |it| it.scope("openid uid"), "invalid_scope"),
];

#[tokio::test]
async fn both_endpoints_refuse_the_same_with_the_same_words() {
    let (provider, _) = start().await;
    let portal = register(&provider, "portal", |asked| asked.scope = "openid identity".into()).await;
    let browser = browser(&provider);
    for (what, change, error) in ROWS {
        let request = change(portal.request());
        let pushed = portal.push(&request).await.unwrap();
        refused(&pushed, 400, error);
        let page = browser.open(&request.url()).await.unwrap();
        assert_eq!(page.parameter("error").as_deref(), Some(error), "{what}");
        assert_eq!(page.parameter("error_description").as_deref(), pushed.json["error_description"].as_str(), "{what}");
    }
}

#[tokio::test]
async fn what_would_be_a_page_is_said_to_the_client() {
    let (_provider, emic) = start().await;
    let rows: [fn(Request) -> Request; 6] = [
        |it| it.without("redirect_uri"),
        |it| it.with("redirect_uri", "https://evil.example/callback"),
        |it| it.and("redirect_uri", "http://localhost:1/callback"),
        |it| it.with("redirect_uri", "http://localhost:1/callback/../evil"),
        |it| it.with("request_uri", "urn:ietf:params:oauth:request_uri:AAAA"),
        |it| it.with("request_uri", "https://emic.example/request"),
    ];
    for change in rows {
        refused(&emic.push(&change(emic.request())).await.unwrap(), 400, "invalid_request");
    }
    // The name of one that was pushed before, too.
    let before = emic.pushed(&emic.request()).await.unwrap();
    let uri = before.get("request_uri").unwrap();
    refused(&emic.push(&emic.request().with("request_uri", uri)).await.unwrap(), 400, "invalid_request");
}

#[tokio::test]
async fn of_a_client_that_has_to_push_nothing_else_counts() {
    let (provider, _) = start().await;
    let portal = register(&provider, "pushing", |asked| {
        asked.profile = Profile::Standard;
        asked.requests.require_pushed_authorization_requests = true;
    })
    .await;
    let browser = browser(&provider);
    let request = portal.request();
    let page = browser.open(&request.url()).await.unwrap();
    assert_eq!(page.parameter("error").as_deref(), Some("invalid_request"));
    let brought = portal.pushed(&request).await.unwrap();
    let given = code(&browser, &brought, NATURAL_PERSON).await;
    portal.redeem(&request, &given).await.unwrap().tokens().unwrap();
    // Signed in already: no page carried it.
    let request = portal.request();
    let given = code(&browser, &portal.pushed(&request).await.unwrap(), NATURAL_PERSON).await;
    portal.redeem(&request, &given).await.unwrap().tokens().unwrap();
    let page = browser.open(&portal.request().with("prompt", "none").url()).await.unwrap();
    assert_eq!(page.parameter("error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn a_client_that_pushes_too_much_is_told_to_wait_and_others_are_not() {
    let options = ProviderOptions { settings: Some(|it| it.requests.pushed_per_minute = 5), ..Default::default() };
    let provider = Provider::start_with(options).await.unwrap();
    let emic = known(&provider, "emic", EMIC).await;
    let weather = known(&provider, "weather", WEATHER).await;
    for _ in 0..5 {
        assert_eq!(emic.push(&emic.request()).await.unwrap().status, 201);
    }
    for _ in 0..3 {
        let answer = emic.push(&emic.request()).await.unwrap();
        refused(&answer, 429, "temporarily_unavailable");
        assert_eq!(answer.header("retry-after"), Some("60"));
    }
    assert_eq!(weather.push(&weather.request()).await.unwrap().status, 201);
    provider.advance(seconds(60)).await.unwrap();
    assert_eq!(emic.push(&emic.request()).await.unwrap().status, 201);
}

#[tokio::test]
async fn no_secret_is_kept_with_a_request() {
    let (provider, _) = start().await;
    let portal = register(&provider, "post", |asked| asked.auth_method = AuthMethod::ClientSecretPost).await;
    let brought = portal.pushed(&portal.request()).await.unwrap();
    let page = browser(&provider).open(&brought.url()).await.unwrap();
    let interaction = page.field("interaction").unwrap();
    let sealer = &provider.wired.base.directory.snapshot().sealer;
    let carried = idp_core::sign_in::interaction::Interaction::open(sealer, &interaction).unwrap().request.unwrap();
    assert!(carried.query.contains("client_id=post") && !carried.query.contains("secret"), "{}", carried.query);
    let uri = brought.get("request_uri").unwrap();
    let name = uri.rsplit(':').next().unwrap();
    let kept = provider.wired.base.ephemeral.get(&format!("pushed:{name}"), provider.clock.now()).await.unwrap();
    let kept = String::from_utf8(kept.unwrap()).unwrap();
    assert!(!kept.contains("client_id"), "sealed: {kept}");
    // It was no more than a look.
    tokens_of(&portal, &provider, &brought).await;
}

async fn tokens_of(portal: &Portal, provider: &Provider, brought: &Request) {
    let code = code(&browser(provider), brought, NATURAL_PERSON).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", &portal.redirect_uri),
        ("code_verifier", &brought.verifier),
    ];
    portal.token(&fields).await.unwrap().tokens().unwrap();
}
