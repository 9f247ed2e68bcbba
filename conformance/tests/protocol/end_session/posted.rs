//! Requests by POST, and parameters that come twice.

use super::{BYE, is_signed_in, leave, leaving, signed_in};
use conformance::Answer;
use conformance::steps::browser;

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
