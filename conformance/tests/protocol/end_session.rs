//! RP-initiated logout: who is signed out without being asked, who is asked, and where the person may go afterwards.

use crate::support::{arrive, browser, disable, flipped, register, seconds, silent, start, tokens};
use conformance::{Answer, Browser, CIVIL_SERVANT, NATURAL_PERSON, Page, Portal, Provider, Tokens};

const BYE: &str = "http://localhost:9/bye";
const BYE_WITH_QUERY: &str = "http://localhost:9/bye?from=idp";

/// A portal where a person may come back to after signing out.
async fn leaving() -> (Provider, Portal) {
    let (provider, _) = start().await;
    let portal = register(&provider, "portal", |asked| {
        asked.post_logout_redirect_uris = vec![BYE.into(), BYE_WITH_QUERY.into()];
    })
    .await;
    (provider, portal)
}

fn url(provider: &Provider, params: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    provider.url(&format!("/connect/end_session?{query}"))
}

async fn leave(browser: &Browser, provider: &Provider, params: &[(&str, &str)]) -> Page {
    browser.open(&url(provider, params)).await.unwrap()
}

async fn signed_in(portal: &Portal, browser: &Browser) -> Tokens {
    tokens(portal, browser, &portal.request(), NATURAL_PERSON).await
}

async fn confirm(browser: &Browser, page: &Page) -> Page {
    assert!(page.has("logout-confirm"), "{} {}", page.url, page.body);
    let confirmation = page.field("confirmation").unwrap();
    browser.submit("/connect/end_session/confirm", &[("confirmation", &confirmation)]).await.unwrap()
}

async fn is_signed_in(portal: &Portal, browser: &Browser) -> bool {
    silent(portal, browser).await.is_none()
}

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

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_is_not_registered_byte_for_byte() {
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
        let page = leave(&browser, &provider, &params).await;
        assert!(page.url.starts_with(&provider.issuer) && page.has("logged-out"), "{uri}: {} {}", page.url, page.body);
        assert!(!page.body.contains("evil") && !page.body.contains("javascript"), "{uri}");
        assert!(!is_signed_in(&portal, &browser).await);
    }
}

#[tokio::test]
async fn a_hint_that_is_not_ours_sends_nobody_anywhere_and_the_person_is_asked() {
    let (provider, portal) = leaving().await;
    let (elsewhere, _) = start().await;
    let twin = register(&elsewhere, "portal", |asked| asked.post_logout_redirect_uris = vec![BYE.into()]).await;
    let foreign = signed_in(&twin, &browser(&elsewhere)).await.id_token;
    let browser = browser(&provider);
    let given = signed_in(&portal, &browser).await;
    let [header, payload, signature] = given.id_token.split('.').collect::<Vec<_>>().try_into().unwrap();
    for hint in [
        foreign.clone(),
        format!("eyJhbGciOiJub25lIn0.{payload}."),
        format!("eyJhbGciOiJub25lIn0.{payload}.{signature}"),
        format!("{header}.{payload}."),
        flipped(&given.id_token, header.len() + 20),
        flipped(&given.id_token, given.id_token.len() - 20),
        given.access.clone(),
        "garbage".into(),
    ] {
        for extra in [None, Some(("client_id", "portal"))] {
            let mut params = vec![("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE), ("state", "s")];
            params.extend(extra);
            let page = leave(&browser, &provider, &params).await;
            assert!(page.has("logout-confirm"), "{hint}: {} {}", page.url, page.body);
            assert!(is_signed_in(&portal, &browser).await);
        }
    }
    let params = [("id_token_hint", foreign.as_str()), ("post_logout_redirect_uri", BYE)];
    let page = confirm(&browser, &leave(&browser, &provider, &params).await).await;
    assert!(page.url.starts_with(&provider.issuer) && page.has("logged-out"), "{}", page.url);
    assert!(!is_signed_in(&portal, &browser).await);
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
async fn without_parameters_the_person_is_asked_and_then_signed_out() {
    let (provider, portal) = leaving().await;
    for params in [vec![], vec![("state", "s")], vec![("client_id", "nobody")], vec![("logout_hint", NATURAL_PERSON)]] {
        let browser = browser(&provider);
        let given = signed_in(&portal, &browser).await;
        let page = leave(&browser, &provider, &params).await;
        assert!(is_signed_in(&portal, &browser).await, "{params:?}");
        let page = confirm(&browser, &page).await;
        assert!(page.has("logged-out") && page.url.starts_with(&provider.issuer));
        assert!(!is_signed_in(&portal, &browser).await);
        assert_eq!(portal.userinfo(&given.access).await.unwrap().status, 401);
        let again = leave(&browser, &provider, &params).await;
        assert!(again.has("logged-out") && !again.has("logout-confirm"), "nothing to confirm any more");
    }
    let browser = browser(&provider);
    let given = signed_in(&portal, &browser).await;
    let page = leave(&browser, &provider, &[("id_token_hint", &given.id_token)]).await;
    assert!(page.has("logged-out"), "a hint alone is enough");
    assert!(!is_signed_in(&portal, &browser).await);
}

#[tokio::test]
async fn an_expired_hint_of_this_session_is_as_good() {
    let (provider, portal) = leaving().await;
    let browser = browser(&provider);
    let given = signed_in(&portal, &browser).await;
    provider.advance(seconds(7200)).await.unwrap();
    let params = [("id_token_hint", given.id_token.as_str()), ("post_logout_redirect_uri", BYE)];
    assert_eq!(leave(&browser, &provider, &params).await.url, BYE);
    assert!(!is_signed_in(&portal, &browser).await);
}

#[tokio::test]
async fn the_hint_of_another_session_signs_nobody_out_unasked() {
    let (provider, portal) = leaving().await;
    let (mine, theirs) = (browser(&provider), browser(&provider));
    let given = signed_in(&portal, &mine).await;
    tokens(&portal, &theirs, &portal.request(), CIVIL_SERVANT).await;
    let second = browser(&provider);
    signed_in(&portal, &second).await;
    let params = [("id_token_hint", given.id_token.as_str()), ("post_logout_redirect_uri", BYE)];
    for other in [&theirs, &second] {
        let page = leave(other, &provider, &params).await;
        assert!(page.has("logout-confirm"), "{}", page.url);
        assert!(is_signed_in(&portal, other).await);
        assert_eq!(confirm(other, &page).await.url, BYE);
        assert!(!is_signed_in(&portal, other).await);
    }
    assert!(is_signed_in(&portal, &mine).await, "and the session of the hint stays");
}

#[tokio::test]
async fn a_hint_and_a_client_that_contradict_each_other_lead_nowhere() {
    let (provider, portal) = leaving().await;
    let other = register(&provider, "other", |asked| asked.post_logout_redirect_uris = vec![BYE.into()]).await;
    let browser = browser(&provider);
    let given = signed_in(&portal, &browser).await;
    arrive(&browser, &other.request(), NATURAL_PERSON).await;
    let hint = ("id_token_hint", given.id_token.as_str());
    let params = [hint, ("client_id", "other"), ("post_logout_redirect_uri", BYE)];
    let page = confirm(&browser, &leave(&browser, &provider, &params).await).await;
    assert!(page.url.starts_with(&provider.issuer) && page.has("logged-out"));
    let given = signed_in(&portal, &browser).await;
    let params =
        [("id_token_hint", given.id_token.as_str()), ("client_id", "portal"), ("post_logout_redirect_uri", BYE)];
    assert_eq!(leave(&browser, &provider, &params).await.url, BYE);
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

#[tokio::test]
async fn the_confirmation_counts_only_from_our_page_for_the_session_it_was_shown_to() {
    let (provider, portal) = leaving().await;
    let (mine, theirs) = (browser(&provider), browser(&provider));
    signed_in(&portal, &mine).await;
    tokens(&portal, &theirs, &portal.request(), CIVIL_SERVANT).await;
    let page = leave(&mine, &provider, &[]).await;
    let confirmation = page.field("confirmation").unwrap();
    let their_confirmation = leave(&theirs, &provider, &[]).await.field("confirmation").unwrap();
    let address = provider.url("/connect/end_session/confirm");
    let post = |value: &str| mine.http.post(&address).form(&[("confirmation", value)]);
    let refused = [
        ("another site", post(&confirmation).header("origin", "https://evil.example"), 403),
        ("a neighbour", post(&confirmation).header("sec-fetch-site", "same-site"), 403),
        ("cross-site", post(&confirmation).header("sec-fetch-site", "cross-site"), 403),
        ("an opaque origin", post(&confirmation).header("origin", "null"), 403),
        ("another person's", post(&their_confirmation), 400),
        ("forged", post(&flipped(&confirmation, confirmation.len() / 2)), 400),
        ("garbage", post("garbage"), 400),
        ("nothing", mine.http.post(&address).form(&[("other", "x")]), 400),
        ("by GET", mine.http.get(format!("{address}?confirmation={confirmation}")), 405),
    ];
    for (what, request, status) in refused {
        let answer = Answer::of(request).await.unwrap();
        assert_eq!(answer.status.as_u16(), status, "{what}: {}", answer.body);
        assert!(answer.body.contains("id=\"error-title\""), "{what}");
        assert!(is_signed_in(&portal, &mine).await, "{what}");
    }
    assert!(confirm(&mine, &page).await.has("logged-out"));
    assert!(is_signed_in(&portal, &theirs).await);
    // Signed in again, the old page is not about this session.
    signed_in(&portal, &mine).await;
    let answer = Answer::of(post(&confirmation)).await.unwrap();
    assert_eq!(answer.status, 400);
    assert!(is_signed_in(&portal, &mine).await);
}

#[tokio::test]
async fn a_posted_request_keeps_the_hint_out_of_the_url() {
    let (provider, portal) = leaving().await;
    let browser = browser(&provider);
    let given = signed_in(&portal, &browser).await;
    let form = [("id_token_hint", given.id_token.as_str()), ("post_logout_redirect_uri", BYE), ("state", "s")];
    // As a cross-site form does it: without the session's cookie.
    let post =
        portal.http.post(provider.url("/connect/end_session")).header("origin", "http://localhost:9").form(&form);
    let answer = Answer::of(post).await.unwrap();
    assert_eq!(answer.status, 303);
    let to = answer.header("location").unwrap();
    assert!(to.starts_with("/connect/end_session?posted=") && !to.contains(&given.id_token), "{to}");
    assert!(is_signed_in(&portal, &browser).await);
    let page = browser.open(&provider.url(to)).await.unwrap();
    assert_eq!(page.url, "http://localhost:9/bye?state=s");
    assert!(!is_signed_in(&portal, &browser).await);
    let json =
        portal.http.post(provider.url("/connect/end_session")).header("content-type", "application/json").body("{}");
    assert_eq!(Answer::of(json).await.unwrap().status, 400);
    let huge = portal.http.post(provider.url("/connect/end_session")).form(&[("state", "s".repeat(20_000))]);
    assert_eq!(Answer::of(huge).await.unwrap().status, 413);
    let invented = browser.open(&provider.url("/connect/end_session?posted=invented")).await.unwrap();
    assert_eq!((invented.status.as_u16(), invented.has("error-title")), (400, true));
}

#[tokio::test]
async fn a_repeated_parameter_is_a_bad_request_and_signs_nobody_out() {
    let (provider, portal) = leaving().await;
    let browser = browser(&provider);
    let given = signed_in(&portal, &browser).await;
    let hint = ("id_token_hint", given.id_token.as_str());
    for twice in [
        vec![hint, hint],
        vec![hint, ("post_logout_redirect_uri", BYE), ("post_logout_redirect_uri", "https://evil.example/")],
        vec![hint, ("state", "a"), ("state", "b")],
    ] {
        let page = leave(&browser, &provider, &twice).await;
        assert_eq!((page.status.as_u16(), page.has("error-title")), (400, true));
        assert!(is_signed_in(&portal, &browser).await);
    }
}
