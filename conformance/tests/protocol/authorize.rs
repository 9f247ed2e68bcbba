//! The authorization endpoint: what is refused with which error, and what comes back. Where an answer may go stands in
//! `redirect_uri.rs`, how long a person is asked for what in `prompt.rs`.

use conformance::steps::{EMIC, arrive, browser, register, start};
use conformance::{Answer, NATURAL_PERSON, Page, Provider, Request};

/// An answer that goes back to the portal as RFC 6749 §4.1.2.1 and RFC 9207 say.
#[track_caller]
fn returns(page: &Page, provider: &Provider, request: &Request, error: &str) {
    assert_eq!(page.status, 303, "{} {}", page.url, page.body);
    // A portal that asks for tokens looks into the fragment.
    let tokens = request.get("response_type").is_some_and(|kind| kind.contains("token"));
    let behind = if tokens { '#' } else { '?' };
    assert!(page.url.starts_with(&format!("{EMIC}{behind}")), "sent to {}", page.url);
    assert_eq!(page.parameter("error").as_deref(), Some(error), "{}", page.url);
    assert_eq!(page.parameter("state").as_deref(), Some(request.state.as_str()), "{}", page.url);
    assert_eq!(page.parameter("iss").as_deref(), Some(provider.issuer.as_str()));
    assert!(page.parameter("code").is_none());
    let words = page.parameter("error_description").unwrap();
    assert!(words.bytes().all(|b| (0x20..0x7f).contains(&b) && b != b'"' && b != b'\\'), "{words}");
}

#[tokio::test]
async fn what_comes_back_in_a_page_is_text() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let attack = "\"><script>alert(1)</script><a href=javascript:alert(1)>";
    for request in [
        emic.request().with("redirect_uri", attack),
        emic.request().with("client_id", attack),
        emic.request().with("login_hint", attack),
        emic.request().with("ui_locales", attack),
        emic.request().with("state", attack),
        emic.request().with("nonce", attack),
    ] {
        let page = browser.open(&request.url()).await.unwrap();
        assert!(!page.body.contains("<script") && !page.body.contains("<a href=javascript"), "{}", page.body);
        assert!(page.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    }
}

#[tokio::test]
async fn every_wrong_parameter_goes_back_as_the_error_that_the_rfc_names() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    arrive(&browser, &emic.request(), NATURAL_PERSON).await;
    let right = || emic.request();
    let rows = [
        (right().without("response_type"), "invalid_request"),
        (right().with("response_type", "token"), "unsupported_response_type"),
        (right().with("response_type", "id_token"), "unauthorized_client"),
        (right().with("response_type", "code id_token"), "unauthorized_client"),
        (right().with("response_type", "CODE"), "unsupported_response_type"),
        (right().with("response_mode", "web_message"), "invalid_request"),
        (right().with("response_mode", "web_message"), "invalid_request"),
        (right().without("scope"), "invalid_scope"),
        (right().scope("profile"), "invalid_scope"),
        (right().with("request", "eyJhbGciOiJub25lIn0.e30."), "invalid_request_object"),
        (right().with("request_uri", "https://evil.example/r"), "request_uri_not_supported"),
        (right().with("registration", "{}"), "registration_not_supported"),
        (right().with("nonce", &"n".repeat(1025)), "invalid_request"),
        (right().with("prompt", "none login"), "invalid_request"),
        (right().with("prompt", "none consent"), "invalid_request"),
        (right().with("prompt", "create"), "invalid_request"),
        (right().with("max_age", "-1"), "invalid_request"),
        (right().with("max_age", "+1"), "invalid_request"),
        (right().with("max_age", "1.5"), "invalid_request"),
        (right().with("max_age", "99999999999999"), "invalid_request"),
        (right().with("id_token_hint", "garbage"), "invalid_request"),
        (right().without_pkce(), "invalid_request"),
        (right().without("code_challenge"), "invalid_request"),
        (right().without("code_challenge_method"), "invalid_request"),
        (right().with("code_challenge_method", "plain"), "invalid_request"),
        (right().with("code_challenge_method", "s256"), "invalid_request"),
        (right().with("code_challenge", &"c".repeat(42)), "invalid_request"),
        (right().with("code_challenge", &"c".repeat(44)), "invalid_request"),
        (right().with("code_challenge", "=".repeat(43).as_str()), "invalid_request"),
        (right().and("scope", "openid"), "invalid_request"),
        (right().and("nonce", "again"), "invalid_request"),
        (right().and("prompt", "login").and("prompt", "none"), "invalid_request"),
        (right().and("response_type", "code"), "invalid_request"),
        (right().and("code_challenge", "c"), "invalid_request"),
        (right().and("anything", "1").and("anything", "2"), "invalid_request"),
    ];
    for (request, error) in rows {
        returns(&browser.open(&request.url()).await.unwrap(), &provider, &request, error);
    }
    let page = browser.open(&right().and("state", "second").url()).await.unwrap();
    assert_eq!((page.parameter("error").as_deref(), page.parameter("state")), (Some("invalid_request"), None));
    let page = browser.open(&right().with("state", &"s".repeat(2049)).url()).await.unwrap();
    assert_eq!((page.parameter("error").as_deref(), page.parameter("state")), (Some("invalid_request"), None));
}

#[tokio::test]
async fn a_scope_that_the_portal_may_not_have_is_refused_and_one_that_nobody_knows_is_passed_over() {
    let (provider, emic) = start().await;
    register(&provider, "small", |asked| {
        asked.scope = "openid identity".into();
        asked.redirect_uris = vec![EMIC.into()];
    })
    .await;
    let small = emic.request().with("client_id", "small");
    let browser = browser(&provider);
    let page = browser.open(&small.clone().scope("openid uid").url()).await.unwrap();
    returns(&page, &provider, &small, "invalid_scope");
    let page = arrive(&browser, &small.clone().scope("openid weather offline_access"), NATURAL_PERSON).await;
    assert!(page.parameter("code").is_some(), "{}", page.url);
}

#[tokio::test]
async fn state_comes_back_as_it_was_sent_and_iss_with_it() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let printable: String = (0x20..0x7f_u8).map(char::from).collect();
    let odd = "s=&+%2B%20%%\"'<>#?/\\中文\u{1f600}\t".to_owned();
    for state in [printable, odd, "a b+c".into(), "s".repeat(128), "t".repeat(2048), "&code=evil&iss=evil".into()] {
        let request = emic.request().with("state", &state);
        for request in [request.clone(), request.clone().with("prompt", "none").with("max_age", "0")] {
            let page = arrive(&browser, &request, NATURAL_PERSON).await;
            let all: Vec<_> = url::Url::parse(&page.url).unwrap().query_pairs().into_owned().collect();
            let of = |name: &str| {
                all.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect::<Vec<_>>()
            };
            assert_eq!(of("state"), [state.as_str()]);
            assert_eq!(of("iss"), [provider.issuer.as_str()]);
            assert_eq!(of("code").len() + of("error").len(), 1);
        }
    }
    let page = arrive(&browser, &emic.request().without("state"), NATURAL_PERSON).await;
    assert!(page.parameter("code").is_some() && page.parameter("state").is_none());
}

#[tokio::test]
async fn parameters_that_nobody_knows_and_their_order_do_not_matter() {
    let (provider, emic) = start().await;
    let mut request = emic.request().with("acr_values", "urn:shenfen:acr:password 1").with("display", "popup");
    request =
        request.with("claims_locales", "zh-TW").with("ui_locales", "se").with("extra", "foobar").scope("email openid");
    request.params.reverse();
    let page = arrive(&browser(&provider), &request, NATURAL_PERSON).await;
    assert!(page.parameter("code").is_some(), "{}", page.url);
}

#[tokio::test]
async fn the_endpoint_takes_get_and_post_alone() {
    let (provider, emic) = start().await;
    for method in ["PUT", "DELETE", "PATCH"] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let answer = Answer::of(emic.http.request(method, emic.request().url())).await.unwrap();
        assert_eq!(answer.status, 405);
        assert_eq!(Answer::of(emic.http.get(provider.url("/livez"))).await.unwrap().status, 200);
    }
}
