//! Where an answer may go: to a registered redirect URI of a client in service, byte for byte, and nowhere else.

use conformance::steps::{EMIC, arrive, browser, disable, register, start};
use conformance::{Answer, NATURAL_PERSON, Page, Provider};

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

/// Wildcards, paths that climb, encoded once or twice, user names before the host, a dot for any character, another port, scheme or case,
/// and what two readers of URLs read differently: each let a code go astray at some provider.
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
