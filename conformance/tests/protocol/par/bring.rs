//! The authorization endpoint with a `request_uri` that was given out before.

use super::{is_spent, open};
use conformance::steps::{EMIC, WEATHER, arrive, browser, code, disable, portal, refused, register, seconds, start};
use conformance::{Answer, CIVIL_SERVANT, NATURAL_PERSON, Request};

#[tokio::test]
async fn nothing_beside_client_id_and_request_uri_counts() {
    let (provider, emic) = start().await;
    let outside = [
        ("state", "from outside"),
        ("nonce", "from outside"),
        ("redirect_uri", "https://evil.example/callback"),
        ("scope", "openid email uid"),
        ("response_type", "token"),
        ("response_mode", "form_post"),
        ("prompt", "none"),
        ("max_age", "x"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "plain"),
        ("claims", "["),
        ("id_token_hint", "x"),
        ("login_hint", "somebody"),
        ("ui_locales", "en"),
        ("unknown", "x"),
    ];
    let request = emic.request().without("state");
    let mut brought = emic.pushed(&request).await.unwrap();
    for (name, value) in outside {
        brought = brought.with(name, value);
    }
    let browser = browser(&provider);
    let page = open(&browser, &brought).await;
    assert!(page.has("login-submit") && page.body.contains("lang=\"zh-Hant-TW\""), "{}", page.body);
    assert!(!page.body.contains("value=\"somebody\""));
    let page = arrive(&browser, &brought, NATURAL_PERSON).await;
    assert!(page.url.starts_with(EMIC), "{}", page.url);
    assert_eq!(page.parameter("state"), None, "a state that was not pushed is none");
    let given = emic.redeem(&request, &page.parameter("code").unwrap()).await.unwrap().tokens().unwrap();
    assert_eq!(given.scope, "openid");
    emic.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
}

#[tokio::test]
async fn state_and_long_nonce_come_back_whole() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    for length in [64, 128, 384, 1000] {
        let (state, nonce) = ("s".repeat(length), "n".repeat(length));
        let request = Request { nonce: nonce.clone(), ..emic.request().with("state", &state).with("nonce", &nonce) };
        let page = arrive(&browser, &emic.pushed(&request).await.unwrap(), NATURAL_PERSON).await;
        assert_eq!(page.parameter("state"), Some(state));
        let given = emic.redeem(&request, &page.parameter("code").unwrap()).await.unwrap().tokens().unwrap();
        emic.verify(&given.id_token, Some(&nonce)).await.unwrap();
    }
}

#[tokio::test]
async fn a_request_is_its_clients_alone() {
    let (provider, emic) = start().await;
    let weather = portal(&provider, "weather", WEATHER).await;
    let browser = browser(&provider);
    let brought = emic.pushed(&emic.request()).await.unwrap();
    for client in ["weather", "nobody"] {
        is_spent(&open(&browser, &brought.clone().with("client_id", client)).await);
    }
    for without in [brought.clone().without("client_id"), brought.clone().with("client_id", "a b")] {
        let page = open(&browser, &without).await;
        assert!(page.status == 400 && page.has("error-title"), "{} {}", page.status, page.body);
    }
    for twice in [brought.clone().and("client_id", "weather"), brought.clone().and("request_uri", "x")] {
        let page = open(&browser, &twice).await;
        assert!(page.status == 400 && page.has("error-title"), "{} {}", page.status, page.body);
    }
    let with_both = brought.clone().with("request", "e30.e30.");
    assert_eq!(open(&browser, &with_both).await.status, 400);
    // None of that used it up, and the other's client can redeem nothing of it.
    let request = Request { params: emic.request().params, ..brought.clone() };
    let code = code(&browser, &brought, NATURAL_PERSON).await;
    refused(&weather.redeem(&request, &code).await.unwrap(), 400, "invalid_grant");
}

#[tokio::test]
async fn a_name_that_was_never_given_out_is_nothing() {
    let (provider, emic) = start().await;
    let brought = emic.pushed(&emic.request()).await.unwrap();
    let uri = brought.get("request_uri").unwrap();
    let urn = "urn:ietf:params:oauth:request_uri:";
    let browser = browser(&provider);
    let wrong = [
        conformance::steps::flipped(uri, uri.len() - 5),
        uri[..uri.len() - 1].to_owned(),
        format!("{uri}A"),
        format!("{uri}="),
        urn.to_owned(),
        format!("{urn}{}", "x".repeat(3000)),
        format!("{urn}../../etc/passwd"),
        format!("{urn}*"),
    ];
    for uri in wrong {
        is_spent(&open(&browser, &brought.clone().with("request_uri", &uri)).await);
    }
    // Those of another endpoint's handles, and what names no pushed request.
    let page = open(&browser, &emic.request().with("request_uri", "https://emic.example/request")).await;
    assert_eq!(page.parameter("error").as_deref(), Some("request_uri_not_supported"));
    let page = open(&browser, &emic.request().with("request_uri", &uri.to_uppercase())).await;
    assert_eq!(page.parameter("error").as_deref(), Some("request_uri_not_supported"));
    assert!(open(&browser, &brought).await.has("login-submit"));
}

#[tokio::test]
async fn a_request_can_be_brought_for_as_long_as_was_said() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let brought = emic.pushed(&emic.request()).await.unwrap();
    provider.advance(seconds(89)).await.unwrap();
    assert!(open(&browser, &brought).await.has("login-submit"));
    provider.advance(seconds(1)).await.unwrap();
    is_spent(&open(&browser, &brought).await);
    provider.advance(seconds(7200)).await.unwrap();
    is_spent(&open(&browser, &brought).await);
}

#[tokio::test]
async fn what_changes_meanwhile_counts() {
    let (provider, _) = start().await;
    let gone = register(&provider, "gone", |_| {}).await;
    let brought = gone.pushed(&gone.request()).await.unwrap();
    disable(&provider, "gone").await;
    let page = open(&browser(&provider), &brought).await;
    assert!(page.status == 400 && page.has("error-title"), "{}", page.body);
    // Registered for less than was pushed.
    let less = register(&provider, "less", |_| {}).await;
    let brought = less.pushed(&less.request().scope("openid uid")).await.unwrap();
    conformance::steps::run(&provider, &["clients", "update", "less", "--scope", "openid"]).await.unwrap();
    provider.wired.base.directory.check().await.unwrap();
    let page = open(&browser(&provider), &brought).await;
    assert_eq!(page.parameter("error").as_deref(), Some("invalid_scope"));
    conformance::steps::run(&provider, &["clients", "update", "less", "--redirect-uri", "https://new.example/cb"])
        .await
        .unwrap();
    provider.wired.base.directory.check().await.unwrap();
    let page = open(&browser(&provider), &brought).await;
    assert!(page.status == 400 && page.has("error-title"), "{}", page.body);
}

#[tokio::test]
async fn a_browser_may_post_it_too() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let request = emic.request();
    let brought = emic.pushed(&request).await.unwrap();
    // Padded: kept under a handle of its own on the way.
    for brought in [brought.clone(), brought.with("x", &"x".repeat(5000))] {
        let first = browser.http.post(provider.url("/connect/authorize")).form(&brought.params);
        let to = provider.url(Answer::of(first).await.unwrap().header("location").unwrap());
        assert!(browser.open(&to).await.unwrap().has("login-submit"));
    }
}

#[tokio::test]
async fn pushed_by_one_client_and_brought_with_anothers_session_gives_only_the_first_its_code() {
    let (provider, emic) = start().await;
    let weather = portal(&provider, "weather", WEATHER).await;
    let browser = browser(&provider);
    arrive(&browser, &weather.request(), CIVIL_SERVANT).await;
    let request = emic.request();
    let page = arrive(&browser, &emic.pushed(&request).await.unwrap(), CIVIL_SERVANT).await;
    assert!(page.url.starts_with(EMIC));
    assert_eq!(page.parameter("iss").as_deref(), Some(provider.issuer.as_str()), "against mix-up (RFC 9207)");
    refused(&weather.redeem(&request, &page.parameter("code").unwrap()).await.unwrap(), 400, "invalid_grant");
}
