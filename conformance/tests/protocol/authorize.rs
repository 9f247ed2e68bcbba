//! The authorization endpoint: where an answer may go, what is refused, what comes back.

use crate::support::{EMIC, arrive, browser, disable, refused, register, start};
use conformance::{Answer, NATURAL_PERSON, Page, Provider, Request};
use idp_core::client::{AuthMethod, Profile};

/// An answer that stays at the provider: a page with status 400, no way out to anybody the request names.
#[track_caller]
fn stays(page: &Page, provider: &Provider, what: &str) {
    assert_eq!(page.status, 400, "{what}: {} {}", page.url, page.body);
    assert!(page.url.starts_with(&provider.issuer), "{what}: sent to {}", page.url);
    assert!(page.has("error-title"), "{what}");
    assert!(page.headers.get("location").is_none() && page.headers.get("refresh").is_none(), "{what}");
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    for link in page.body.split(['<', '>']).filter(|tag| tag.contains("href=") || tag.contains("action=")) {
        assert!(!link.contains("evil") && !link.contains("callback") && !link.contains("script:"), "{what}: {link}");
    }
    assert!(!page.body.contains("<script"), "{what}");
}

/// An answer that goes back to the portal as RFC 6749 §4.1.2.1 and RFC 9207 say.
#[track_caller]
fn returns(page: &Page, provider: &Provider, request: &Request, error: &str) {
    assert_eq!(page.status, 303, "{} {}", page.url, page.body);
    assert!(page.url.starts_with(&format!("{EMIC}?")), "sent to {}", page.url);
    assert_eq!(page.parameter("error").as_deref(), Some(error), "{}", page.url);
    assert_eq!(page.parameter("state").as_deref(), Some(request.state.as_str()), "{}", page.url);
    assert_eq!(page.parameter("iss").as_deref(), Some(provider.issuer.as_str()));
    assert!(page.parameter("code").is_none());
    let words = page.parameter("error_description").unwrap();
    assert!(words.bytes().all(|b| (0x20..0x7f).contains(&b) && b != b'"' && b != b'\\'), "{words}");
}

#[tokio::test]
async fn an_answer_never_goes_to_a_redirect_uri_that_is_not_registered_byte_for_byte() {
    let (provider, emic) = start().await;
    let portal = register(&provider, "gov", |asked| {
        asked.redirect_uris = vec!["https://portal.example.gov.tw/callback?from=idp".into()];
    })
    .await;
    let of_gov = [
        "https://portal.example.gov.tw/callback",
        "https://portal.example.gov.tw/callback?from=idp&x=1",
        "https://portal.example.gov.tw/callback?from=idp#evil",
        "https://portal.example.gov.tw/callback/../evil?from=idp",
        "https://portal.example.gov.tw/callback/..%2fevil?from=idp",
        "https://portal.example.gov.tw/callback/%2e%2e/evil?from=idp",
        "https://portal.example.gov.tw/callback/%252e%252e/evil?from=idp",
        "https://portal.example.gov.tw/callback;evil?from=idp",
        "https://portal.example.gov.tw/callback\\..\\evil?from=idp",
        "https://portal.example.gov.tw/%63allback?from=idp",
        "https://portal.example.gov.tw/callback%00?from=idp",
        "https://portal.example.gov.tw/Callback?from=idp",
        "https://PORTAL.example.gov.tw/callback?from=idp",
        "https://portal.example.gov.tw:443/callback?from=idp",
        "https://portal.example.gov.tw:8443/callback?from=idp",
        "https://portal.example.gov.tw@evil.example/callback?from=idp",
        "https://portal.example.gov.tw:443@evil.example/callback?from=idp",
        "https://evil.example@portal.example.gov.tw/callback?from=idp",
        "https://portal.example.gov.tw.evil.example/callback?from=idp",
        "https://evil.portal.example.gov.tw/callback?from=idp",
        "https://portalXexample.gov.tw/callback?from=idp",
        "https://*.example.gov.tw/callback?from=idp",
        "https://evil.example/callback?from=idp",
        "https://evil.example/https://portal.example.gov.tw/callback?from=idp",
        "https://evil.example\\@portal.example.gov.tw/callback?from=idp",
        "http://portal.example.gov.tw/callback?from=idp",
        "//portal.example.gov.tw/callback?from=idp",
        "/callback?from=idp",
        "https:portal.example.gov.tw/callback?from=idp",
        " https://portal.example.gov.tw/callback?from=idp",
        "https://portal.example.gov.tw/callback?from=idp ",
        "https://portal.example.gov.tw/callback?from=idp\r\nLocation: https://evil.example",
        "https://portal.example.gov.tw/callback?from=idp\u{3002}",
        "javascript:alert(1)//evil",
        "data:text/html,evil",
        "",
    ];
    let of_emic = [
        "http://localhost:1/callback/",
        "http://localhost:2/callback",
        "http://localhost/callback",
        "http://127.0.0.1:1/callback",
        "http://localhost:1@evil.example/callback",
        "http://localhost:1/callback\u{0}",
    ];
    let browser = browser(&provider);
    // The person is signed in: nothing but the address is in the way.
    arrive(&browser, &emic.request(), NATURAL_PERSON).await;
    let all = of_gov.map(|uri| (&portal, uri)).into_iter().chain(of_emic.map(|uri| (&emic, uri)));
    for (portal, uri) in all {
        for request in [portal.request(), portal.request().with("prompt", "none"), portal.request().without("scope")] {
            let request = request.with("redirect_uri", uri);
            stays(&browser.open(&request.url()).await.unwrap(), &provider, uri);
            let post = browser.http.post(provider.url("/connect/authorize")).form(&request.params);
            let first = Answer::of(post).await.unwrap();
            let to = first.header("location").unwrap().to_owned();
            assert!(to.starts_with("/connect/authorize?"), "{to}");
            stays(&browser.open(&provider.url(&to)).await.unwrap(), &provider, uri);
        }
    }
    let page = browser.open(&portal.request().url()).await.unwrap();
    let page = browser.decide(&page, "allow").await.unwrap();
    assert!(page.url.starts_with("https://portal.example.gov.tw/callback?from=idp&code="), "{}", page.url);
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
async fn an_unknown_or_disabled_client_is_told_so_here_and_nowhere_else() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    arrive(&browser, &emic.request(), NATURAL_PERSON).await;
    for id in ["nobody", "EMIC", "emic ", "emic\u{0}", "../emic", &"e".repeat(5000), "中文", ""] {
        stays(&browser.open(&emic.request().with("client_id", id).url()).await.unwrap(), &provider, id);
    }
    stays(&browser.open(&emic.request().without("client_id").url()).await.unwrap(), &provider, "missing");
    for second in ["emic", "weather"] {
        let twice = emic.request().and("client_id", second);
        stays(&browser.open(&twice.url()).await.unwrap(), &provider, "twice");
    }
    let waiting = browser.open(&emic.request().with("prompt", "login").url()).await.unwrap();
    disable(&provider, "emic").await;
    stays(&browser.open(&emic.request().url()).await.unwrap(), &provider, "disabled");
    stays(&browser.open(&emic.request().with("prompt", "none").url()).await.unwrap(), &provider, "disabled");
    let page = browser.sign_in(&waiting, NATURAL_PERSON, conformance::PASSWORD).await.unwrap();
    stays(&page, &provider, "disabled while the person was typing");
}

#[tokio::test]
async fn a_redirect_uri_that_is_missing_or_repeated_stays_here() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    stays(&browser.open(&emic.request().without("redirect_uri").url()).await.unwrap(), &provider, "missing");
    for second in [EMIC, "https://evil.example/"] {
        let twice = emic.request().and("redirect_uri", second);
        stays(&browser.open(&twice.url()).await.unwrap(), &provider, second);
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
        (right().with("response_type", "id_token"), "unsupported_response_type"),
        (right().with("response_type", "code id_token"), "unsupported_response_type"),
        (right().with("response_type", "CODE"), "unsupported_response_type"),
        (right().with("response_mode", "fragment"), "invalid_request"),
        (right().with("response_mode", "form_post"), "invalid_request"),
        (right().with("response_mode", "web_message"), "invalid_request"),
        (right().without("scope"), "invalid_scope"),
        (right().scope("profile"), "invalid_scope"),
        (right().with("request", "eyJhbGciOiJub25lIn0.e30."), "request_not_supported"),
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
async fn pkce_is_asked_for_as_the_profile_says() {
    use AuthMethod::{ClientSecretBasic as Secret, None as Public};
    let (provider, _) = start().await;
    let browser = browser(&provider);
    for (number, (profile, method, needed)) in [
        (Profile::Government, Secret, true),
        (Profile::Government, Public, true),
        (Profile::Standard, Public, true),
        (Profile::Standard, Secret, false),
    ]
    .into_iter()
    .enumerate()
    {
        let portal = register(&provider, &format!("client-{number}"), |asked| {
            (asked.profile, asked.auth_method) = (profile, method);
        })
        .await;
        let page = arrive(&browser, &portal.request().without_pkce(), NATURAL_PERSON).await;
        let expected = needed.then_some("invalid_request");
        assert_eq!(page.parameter("error").as_deref(), expected, "{profile:?} {method:?} {}", page.url);
        for request in [
            portal.request().with("code_challenge_method", "plain"),
            portal.request().without("code_challenge_method"),
            portal.request().without("code_challenge"),
        ] {
            let page = arrive(&browser, &request, NATURAL_PERSON).await;
            assert_eq!(page.parameter("error").as_deref(), Some("invalid_request"), "{profile:?} {method:?}");
        }
    }
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
