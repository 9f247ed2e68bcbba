//! Where a person may go after signing out: to a registered address of the portal that proved itself, and nowhere else.

use super::{BYE, BYE_WITH_QUERY, confirm, is_signed_in, leave, leaving, signed_in};
use conformance::steps::{browser, disable, register};

#[tokio::test]
async fn a_portal_signs_its_person_out_and_gets_back_state_and_nothing_else() {
    let (provider, portal) = leaving().await;
    let odd: String = (0x20..0x7f_u8).map(char::from).collect();
    for state in [Some("s".repeat(128)), Some(odd), Some("中文 & = + %41".into()), None] {
        for uri in [BYE, BYE_WITH_QUERY] {
            let browser = browser(&provider);
            let given = signed_in(&portal, &browser).await;
            let mut params = vec![("id_token_hint", given.id_token.as_str()), ("post_logout_redirect_uri", uri)];
            params.extend(state.as_deref().map(|state| ("state", state)));
            let page = leave(&browser, &provider, &params).await;
            assert!(page.url.starts_with(uri), "{} {}", page.url, page.body);
            let all: Vec<(String, String)> = url::Url::parse(&page.url).unwrap().query_pairs().into_owned().collect();
            let mut expected = Vec::new();
            if uri == BYE_WITH_QUERY {
                expected.push(("from".to_owned(), "idp".to_owned()));
            }
            expected.extend(state.clone().map(|state| ("state".to_owned(), state)));
            assert_eq!(all, expected);
            assert!(state.is_some() || page.url == uri);
            assert!(!is_signed_in(&portal, &browser).await);
            assert_eq!(portal.userinfo(&given.access).await.unwrap().status, 401);
        }
    }
}

/// Against sign-outs that end at a stranger's page, or in a script.
#[tokio::test]
async fn nobody_is_sent_to_an_address_that_is_not_registered_byte_for_byte_and_the_person_is_asked() {
    let (provider, portal) = leaving().await;
    register(&provider, "other", |asked| {
        asked.post_logout_redirect_uris = vec!["http://localhost:9/other".into()];
    })
    .await;
    for uri in [
        "https://evil.example/",
        "http://localhost:9/bye/",
        "http://localhost:9/bye?extra=1",
        "http://localhost:9/bye?from=idp&extra=1",
        "http://localhost:9/bye#evil",
        "http://localhost:9/bye/../evil",
        "http://localhost:9/%62ye",
        "http://localhost:9@evil.example/bye",
        "http://127.0.0.1:9/bye",
        "http://localhost:9/portal",
        "http://localhost:9/other",
        "//evil.example/bye",
        "javascript:alert(1)",
        "",
    ] {
        let browser = browser(&provider);
        let given = signed_in(&portal, &browser).await;
        let params = [("id_token_hint", given.id_token.as_str()), ("post_logout_redirect_uri", uri), ("state", "s")];
        let asked = leave(&browser, &provider, &params).await;
        assert!(asked.url.starts_with(&provider.issuer), "{uri}: {}", asked.url);
        // A parameter without a value is none (RFC 6749 §3.1).
        let page = if uri.is_empty() {
            asked
        } else {
            assert!(is_signed_in(&portal, &browser).await, "{uri}");
            confirm(&browser, &asked).await
        };
        assert!(page.url.starts_with(&provider.issuer) && page.has("logged-out"), "{uri}: {} {}", page.url, page.body);
        assert!(!page.body.contains("evil") && !page.body.contains("javascript"), "{uri}");
        assert!(!is_signed_in(&portal, &browser).await);
    }
}

#[tokio::test]
async fn an_address_without_a_portal_leads_nowhere() {
    let (provider, portal) = leaving().await;
    let browser = browser(&provider);
    signed_in(&portal, &browser).await;
    let params = [("post_logout_redirect_uri", BYE), ("state", "s")];
    let page = confirm(&browser, &leave(&browser, &provider, &params).await).await;
    assert!(page.url.starts_with(&provider.issuer) && page.has("logged-out"), "{}", page.url);
    let page = leave(&browser, &provider, &params).await;
    assert!(page.url.starts_with(&provider.issuer) && page.has("logged-out"), "also without a session: {}", page.url);
}

#[tokio::test]
async fn a_portal_named_without_proof_has_the_person_asked_and_may_have_them_back() {
    let (provider, portal) = leaving().await;
    let browser = browser(&provider);
    signed_in(&portal, &browser).await;
    let params = [("client_id", "portal"), ("post_logout_redirect_uri", BYE), ("state", "s 1")];
    let page = leave(&browser, &provider, &params).await;
    assert!(is_signed_in(&portal, &browser).await, "not yet");
    assert!(page.body.contains("入口網 portal"), "the page says who asks");
    let page = confirm(&browser, &page).await;
    assert_eq!(page.url, "http://localhost:9/bye?state=s+1");
    assert!(!is_signed_in(&portal, &browser).await);
    let page = leave(&browser, &provider, &params).await;
    assert_eq!(page.url, "http://localhost:9/bye?state=s+1", "without a session there is nothing to confirm");
}

#[tokio::test]
async fn a_disabled_portal_gets_nobody_back() {
    let (provider, portal) = leaving().await;
    let browser = browser(&provider);
    let given = signed_in(&portal, &browser).await;
    disable(&provider, "portal").await;
    let params = [("id_token_hint", given.id_token.as_str()), ("post_logout_redirect_uri", BYE)];
    let page = leave(&browser, &provider, &params).await;
    assert!(page.url.starts_with(&provider.issuer), "{}", page.url);
}
