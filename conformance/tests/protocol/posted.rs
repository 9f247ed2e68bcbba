//! Authorization requests by POST, and what is too large for any endpoint.

use conformance::steps::{browser, refused, start};
use conformance::{Answer, NATURAL_PERSON, Request};

#[tokio::test]
async fn a_posted_request_is_as_good_as_one_by_get() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let post = |request: &Request| browser.http.post(provider.url("/connect/authorize")).form(&request.params);
    // Longer than a query may be, with characters that no query holds.
    for request in [emic.request(), emic.request().with("claims_locales", &"中".repeat(1000))] {
        let first = Answer::of(post(&request)).await.unwrap();
        assert_eq!(first.status, 303);
        let to = provider.url(first.header("location").unwrap());
        assert!(to.len() < 4300);
        let mut page = browser.open(&to).await.unwrap();
        if page.has("login-submit") {
            page = browser.sign_in(&page, NATURAL_PERSON, conformance::PASSWORD).await.unwrap();
        }
        assert!(page.parameter("code").is_some(), "{} {}", page.url, page.body);
        assert_eq!(page.parameter("state").as_deref(), Some(request.state.as_str()));
    }
    let json =
        browser.http.post(provider.url("/connect/authorize")).body("{}").header("content-type", "application/json");
    let answer = Answer::of(json).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (400, Some("text/html; charset=utf-8")));
}

#[tokio::test]
async fn a_request_kept_for_one_endpoint_is_nothing_at_the_other() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let long = emic.request().with("claims_locales", &"x".repeat(5000));
    let first = browser.http.post(provider.url("/connect/authorize")).form(&long.params);
    let kept = Answer::of(first).await.unwrap().header("location").unwrap().to_owned();
    let elsewhere = kept.replace("/connect/authorize", "/connect/end_session");
    assert!(browser.open(&provider.url(&elsewhere)).await.unwrap().has("error-title"));
    assert!(browser.open(&provider.url(&kept)).await.unwrap().has("login-submit"));

    let first = browser.http.post(provider.url("/connect/end_session")).form(&long.params);
    let kept = Answer::of(first).await.unwrap().header("location").unwrap().to_owned();
    let elsewhere = kept.replace("/connect/end_session", "/connect/authorize");
    assert!(browser.open(&provider.url(&elsewhere)).await.unwrap().has("error-title"));
    assert!(browser.open(&provider.url("/connect/authorize?posted=invented")).await.unwrap().has("error-title"));
}

#[tokio::test]
async fn what_is_too_large_is_refused_in_clear_words() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let get = |url: String| browser.http.get(url);
    let authorize = provider.url("/connect/authorize");
    let mut many = emic.request();
    for number in 0..80 {
        many = many.and(&format!("p{number}"), "1");
    }
    let rows = [
        ("query", get(emic.request().with("claims", &"x".repeat(20_000)).url()), vec![413]),
        ("many parameters", get(many.url()), vec![413]),
        ("query beyond what a server reads", get(emic.request().with("x", &"x".repeat(100_000)).url()), vec![414, 431]),
        ("body", browser.http.post(&authorize).form(&[("x", "x".repeat(20_000))]), vec![413]),
        ("huge body", browser.http.post(&authorize).form(&[("x", "x".repeat(1_000_000))]), vec![413]),
        ("sign-in body", browser.http.post(provider.url("/sign-in")).form(&[("x", "x".repeat(1_000_000))]), vec![413]),
        ("header", get(emic.request().url()).header("x-anything", "x".repeat(30_000)), vec![200, 431]),
        ("huge header", get(emic.request().url()).header("x-anything", "x".repeat(1_000_000)), vec![431]),
        (
            "cookie",
            get(emic.request().url()).header("cookie", format!("idp_session={}", "x".repeat(20_000))),
            vec![200],
        ),
        ("language", get(emic.request().url()).header("accept-language", "zh,".repeat(5000)), vec![200]),
        ("login_hint", get(emic.request().with("login_hint", &"x".repeat(9000)).url()), vec![200]),
        ("id_token_hint", get(emic.request().with("id_token_hint", &"x".repeat(9000)).url()), vec![303]),
    ];
    for (what, request, statuses) in rows {
        // A server that says no before it has read everything may cut the line.
        match Answer::of(request).await {
            Ok(answer) => {
                assert!(statuses.contains(&answer.status.as_u16()), "{what}: {} {}", answer.status, answer.body)
            }
            Err(error) => assert!(what.contains("huge") || what.contains("beyond"), "{what}: {error:?}"),
        }
    }
    let page = browser.open(&emic.request().url()).await.unwrap();
    let page = browser.sign_in(&page, NATURAL_PERSON, &"p".repeat(10_000)).await.unwrap();
    assert_eq!(page.status, 422, "an overlong password is a wrong one");
    let basic = browser.http.post(provider.url("/connect/token")).basic_auth("emic", Some("x".repeat(10_000)));
    refused(&Answer::of(basic.form(&[("grant_type", "refresh_token")])).await.unwrap(), 401, "invalid_client");
    assert_eq!(browser.open(&provider.url("/livez")).await.unwrap().status, 200);
}
