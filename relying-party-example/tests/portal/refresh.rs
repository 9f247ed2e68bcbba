//! The claims of a signed-in person stay current.

use serde_json::json;

use crate::browser::text;
use crate::provider::Edit;
use crate::scene;

#[tokio::test]
async fn when_the_access_token_has_expired_the_page_shows_todays_claims() {
    let scene = scene().await;
    scene.provider.mood(|mood| mood.identity = json!({ "identity_type": "natural_person" }));
    scene.sign_in().await;
    scene.provider.mood(|mood| mood.identity = crate::provider::fireman());
    let page = scene.browser.get("/").await.body;
    assert_eq!(text(&page, "identity-type"), Some("自然人"));
    scene.clock.advance(601);
    let page = scene.browser.get("/").await.body;
    assert_eq!(text(&page, "agency-name"), Some("內政部消防署"));
    assert_eq!(scene.provider.mood(|mood| mood.token_requests), 2);
}

#[tokio::test]
async fn many_pages_at_once_use_a_refresh_token_once() {
    let scene = scene().await;
    scene.sign_in().await;
    scene.clock.advance(601);
    let open = || scene.browser.get("/");
    let (a, b, c, d) = tokio::join!(open(), open(), open(), open());
    for page in [a, b, c, d] {
        assert!(page.body.contains("id=\"sign-out\""));
    }
    assert_eq!(scene.provider.mood(|mood| mood.token_requests), 2);
}

#[tokio::test]
async fn invalid_grant_signs_the_person_out_and_says_so() {
    let scene = scene().await;
    scene.sign_in().await;
    scene.clock.advance(601);
    scene.provider.mood(|mood| mood.token_errors = [(400, "invalid_grant")].into());
    let page = scene.browser.get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("您已經登出") && page.body.contains("id=\"sign-in\""));
    assert!(scene.browser.cookie("emic_session").is_none());
}

#[tokio::test]
async fn a_provider_that_does_not_answer_signs_nobody_out() {
    let scene = scene().await;
    scene.sign_in().await;
    scene.clock.advance(601);
    scene.provider.mood(|mood| mood.token_errors = [(503, ""), (503, "")].into());
    assert!(scene.is_signed_in().await);
    assert_eq!(scene.provider.mood(|mood| mood.token_requests), 3);
    assert!(scene.is_signed_in().await);
    assert_eq!(scene.provider.mood(|mood| mood.token_requests), 3, "asked again within the minute");
    scene.clock.advance(61);
    assert!(scene.is_signed_in().await);
    assert_eq!(scene.provider.mood(|mood| mood.token_requests), 4);
}

#[tokio::test]
async fn an_answer_that_was_lost_is_asked_for_again_at_once() {
    let scene = scene().await;
    scene.sign_in().await;
    scene.clock.advance(601);
    scene.provider.mood(|mood| mood.token_errors = [(502, "")].into());
    assert!(scene.is_signed_in().await);
    assert_eq!(scene.provider.mood(|mood| mood.token_requests), 3);
}

#[tokio::test]
async fn tokens_about_another_sign_in_end_the_session() {
    let edits: [Edit; 5] = [
        |claims| claims["sub"] = json!("somebody-else"),
        |claims| claims["aud"] = json!("another-portal"),
        |claims| claims["iss"] = json!("https://other.example"),
        |claims| claims["nonce"] = json!("another"),
        |claims| claims["auth_time"] = json!(2_000),
    ];
    for edit in edits {
        let scene = scene().await;
        scene.sign_in().await;
        scene.clock.advance(601);
        scene.provider.mood(|mood| mood.edit_claims = edit);
        assert!(!scene.is_signed_in().await);
    }
}

#[tokio::test]
async fn without_a_refresh_token_the_session_lasts_until_its_idle_time_is_over() {
    let scene = scene().await;
    scene.provider.mood(|mood| mood.refresh_tokens = false);
    scene.sign_in().await;
    for _ in 0..3 {
        scene.clock.advance(29 * 60);
        assert!(scene.is_signed_in().await);
    }
    scene.clock.advance(31 * 60);
    assert!(!scene.is_signed_in().await);
    assert_eq!(scene.provider.mood(|mood| mood.token_requests), 1);
}

#[tokio::test]
async fn a_new_refresh_token_is_kept_even_if_the_rest_fails() {
    let scene = scene().await;
    scene.sign_in().await;
    scene.clock.advance(601);
    scene.provider.mood(|mood| mood.user_info_fails = true);
    assert!(scene.is_signed_in().await);
    scene.provider.mood(|mood| mood.user_info_fails = false);
    scene.clock.advance(61);
    assert!(scene.is_signed_in().await);
    assert_eq!(scene.provider.mood(|mood| mood.issued), 3);
}

#[tokio::test]
async fn after_eight_hours_a_session_ends_however_busy() {
    let scene = scene().await;
    scene.sign_in().await;
    for _ in 0..23 {
        scene.clock.advance(20 * 60);
        assert!(scene.is_signed_in().await);
    }
    scene.clock.advance(20 * 60 + 1);
    assert!(!scene.is_signed_in().await);
}

#[tokio::test]
async fn if_the_provider_took_the_token_and_its_answer_was_lost_the_person_is_sent_there_and_comes_back_signed_in() {
    let scene = scene().await;
    scene.sign_in().await;
    scene.clock.advance(601);
    // The first answer is lost, the provider is away for the second, and a minute later the token is a used one.
    scene.provider.mood(|mood| mood.lose = [crate::provider::Lost::BadGateway].into());
    let page = scene.browser.get("/").await;
    assert_eq!(page.status, 303, "{}", page.body);
    let back = scene.browser.get(&scene.provider.authorize(page.location())).await;
    assert_eq!((back.status, back.location()), (303, "/"));
    assert!(scene.is_signed_in().await);
}

#[tokio::test]
async fn a_token_that_is_refused_a_minute_after_an_unanswered_request_sends_the_person_to_the_provider_too() {
    let scene = scene().await;
    scene.sign_in().await;
    scene.clock.advance(601);
    scene.provider.mood(|mood| mood.token_errors = [(503, ""), (503, "")].into());
    assert!(scene.is_signed_in().await, "the provider is away");
    scene.clock.advance(61);
    scene.provider.mood(|mood| mood.token_errors = [(400, "invalid_grant")].into());
    let page = scene.browser.get("/").await;
    assert_eq!(page.status, 303, "{}", page.body);
    assert!(page.location().starts_with(scene.provider.issuer()));
}
