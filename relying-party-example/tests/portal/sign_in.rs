//! `GET /sign-in` and `GET /callback`.

use serde_json::json;

use crate::browser::text;
use crate::provider::Edit;
use crate::{Scene, elearn, scene};

#[tokio::test]
async fn an_official_signs_in_and_the_portal_knows_name_capacity_and_agency() {
    let scene = scene().await;
    let page = scene.sign_in().await;
    assert_eq!(text(&page, "person-name"), Some("fireman0119"));
    assert_eq!(text(&page, "identity-type"), Some("公務人員"));
    assert_eq!(text(&page, "agency-name"), Some("內政部消防署"));
    assert_eq!(text(&page, "agency-oid"), Some("2.16.886.101.20003.20001.20003"));
    assert_eq!(text(&page, "sign-out"), Some("登出"));
}

#[tokio::test]
async fn a_private_individual_has_no_agency() {
    let scene = elearn().await;
    scene.provider.mood(|mood| mood.identity = json!({ "identity_type": "natural_person" }));
    let page = scene.sign_in().await;
    assert_eq!(text(&page, "identity-type"), Some("自然人"));
    assert!(!page.contains("agency-"));
    assert!(scene.browser.cookie("elearn_session").is_some());
}

#[tokio::test]
async fn educators_and_contract_staff_are_named_as_such() {
    for (official_type, shown) in [("educator", "公務人員之教育人員"), ("contract_staff", "公務人員之約聘僱人員")]
    {
        let scene = elearn().await;
        scene.provider.mood(|mood| mood.identity["official_type"] = json!(official_type));
        assert_eq!(text(&scene.sign_in().await, "identity-type"), Some(shown));
    }
}

#[tokio::test]
async fn every_sign_in_gets_a_new_session_and_ends_the_one_before() {
    let scene = scene().await;
    scene.browser.set_cookie("emic_session", "planted-by-somebody");
    scene.sign_in().await;
    let first = scene.browser.cookie("emic_session").unwrap();
    assert_ne!(first, "planted-by-somebody");
    scene.sign_in().await;
    assert_ne!(scene.browser.cookie("emic_session").unwrap(), first);
    scene.browser.set_cookie("emic_session", &first);
    assert!(!scene.is_signed_in().await);
}

#[tokio::test]
async fn two_tabs_can_sign_in_side_by_side() {
    let scene = scene().await;
    let (one, two) = (scene.browser.get("/sign-in").await, scene.browser.get("/sign-in").await);
    for asked in [one, two] {
        assert_eq!(scene.browser.get(&scene.provider.authorize(asked.location())).await.status, 303);
    }
}

#[tokio::test]
async fn another_browser_cannot_finish_a_sign_in_and_does_not_spoil_it() {
    let scene = scene().await;
    let asked = scene.browser.get("/sign-in").await;
    let back = scene.provider.authorize(asked.location());
    let stranger = scene.browser.another();
    assert_eq!(stranger.get(&back).await.status, 400);
    stranger.get("/sign-in").await;
    assert_eq!(stranger.get(&back).await.status, 400);
    assert_eq!(scene.provider.mood(|mood| mood.token_requests), 0);
    assert_eq!(scene.browser.get(&back).await.status, 303);
}

#[tokio::test]
async fn a_sign_in_is_finished_once_and_within_ten_minutes() {
    let scene = scene().await;
    let back = scene.provider.authorize(scene.browser.get("/sign-in").await.location());
    assert_eq!(scene.browser.get(&back).await.status, 303);
    // The back button: the answer is not used again, and whoever is signed in has lost nothing.
    let again = scene.browser.get(&back).await;
    assert_eq!((again.status, again.location()), (303, "/"));
    assert_eq!(scene.provider.mood(|mood| mood.token_requests), 1);
    assert!(scene.is_signed_in().await);
    // Not signed in any more, the same browser begins again, once; another one does not.
    scene.browser.set_cookie("emic_session", "");
    assert_eq!(scene.browser.another().get(&back).await.status, 400);
    let begun = scene.browser.get(&back).await;
    let second = scene.provider.authorize(begun.location());
    assert_eq!(scene.browser.get(&second).await.status, 303);
    scene.browser.set_cookie("emic_session", "");
    assert_eq!(scene.browser.get(&second).await.status, 400);
    assert_eq!(scene.provider.mood(|mood| mood.token_requests), 2);
    let late = scene.provider.authorize(scene.browser.get("/sign-in").await.location());
    scene.clock.advance(601);
    assert_eq!(scene.browser.get(&late).await.status, 400);
}

/// Signs in with a provider that is told to misbehave, and expects a page instead of a session.
async fn refused(status: u16, misbehave: impl FnOnce(&Scene)) {
    let scene = scene().await;
    misbehave(&scene);
    let answer = scene.come_back().await;
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(text(&answer.body, "error-title").is_some_and(|title| !title.is_empty()));
    assert!(answer.body.contains("href=\"/"), "the page must say how to go on");
    assert!(scene.browser.cookie("emic_session").is_none());
    assert!(!scene.is_signed_in().await);
}

#[tokio::test]
async fn parameters_that_are_wrong_missing_or_repeated_get_a_clear_page() {
    type EditAnswer = fn(&mut Vec<(String, String)>);
    let cases: [(u16, EditAnswer); 8] = [
        (400, |answer| answer[1].1 = "foreign".into()),
        (400, |answer| drop(answer.remove(1))),
        (400, |answer| answer[2].1 = "https://other.example".into()),
        (400, |answer| drop(answer.remove(2))),
        (400, |answer| answer.push(("state".into(), "again".into()))),
        (400, |answer| answer.push(("code".into(), "again".into()))),
        (400, |answer| answer.push(("error".into(), "access_denied".into()))),
        (414, |answer| answer[0].1 = "x".repeat(9_000)),
    ];
    for (status, edit) in cases {
        refused(status, |scene| scene.provider.mood(|mood| mood.edit_callback = edit)).await;
    }
}

#[tokio::test]
async fn the_providers_no_is_explained_and_never_quoted() {
    for (status, edit) in [
        (403, (|answer| answer[0] = ("error".into(), "access_denied".into())) as fn(&mut Vec<(String, String)>)),
        (403, |answer| answer[0] = ("error".into(), "login_required".into())),
        (503, |answer| answer[0] = ("error".into(), "temporarily_unavailable".into())),
        (502, |answer| answer[0] = ("error".into(), "<script>alert(1)</script>".into())),
    ] {
        let scene = scene().await;
        scene.provider.mood(|mood| mood.edit_callback = edit);
        let back = scene.provider.authorize(scene.browser.get("/sign-in").await.location());
        let answer = scene.browser.get(&format!("{back}&error_description=%3Cb%3Eyou+won%3C%2Fb%3E")).await;
        assert_eq!(answer.status, status);
        assert!(!answer.body.contains("you won") && !answer.body.contains("<script"));
        assert!(answer.body.contains("重新登入") && answer.body.contains("Sign in again"));
    }
}

#[tokio::test]
async fn id_tokens_that_fail_a_check_sign_nobody_in() {
    let edits: [Edit; 12] = [
        |claims| claims["nonce"] = json!("another"),
        |claims| drop(claims.as_object_mut().unwrap().remove("nonce")),
        |claims| claims["iss"] = json!("https://other.example"),
        |claims| claims["aud"] = json!("another-portal"),
        |claims| claims["aud"] = json!(["the-portal", "another-portal"]),
        |claims| claims["azp"] = json!("another-portal"),
        |claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap() - 60),
        |claims| claims["iat"] = json!(claims["iat"].as_i64().unwrap() - 3_600),
        |claims| claims["iat"] = json!(claims["iat"].as_i64().unwrap() + 3_600),
        |claims| claims["at_hash"] = json!("AAAAAAAAAAAAAAAAAAAAAA"),
        |claims| claims["sub"] = json!("somebody-else"),
        |claims| drop(claims.as_object_mut().unwrap().remove("sub")),
    ];
    for edit in edits {
        refused(502, |scene| scene.provider.mood(|mood| mood.edit_claims = edit)).await;
    }
}

#[tokio::test]
async fn signatures_that_prove_nothing_sign_nobody_in() {
    refused(502, |scene| scene.provider.mood(|mood| mood.forge = true)).await;
    let edits: [Edit; 6] = [
        |header| header["alg"] = json!("none"),
        |header| header["alg"] = json!("HS256"),
        |header| header["alg"] = json!("RS256"),
        |header| header["kid"] = json!("unknown"),
        |header| header["crit"] = json!(["b64"]),
        |header| header["typ"] = json!("logout+jwt"),
    ];
    for edit in edits {
        refused(502, |scene| scene.provider.mood(|mood| mood.edit_header = edit)).await;
    }
}

#[tokio::test]
async fn user_info_about_somebody_else_signs_nobody_in() {
    refused(502, |scene| scene.provider.mood(|mood| mood.edit_user_info = |claims| claims["sub"] = json!("other")))
        .await;
}

#[tokio::test]
async fn when_user_info_does_not_answer_the_sign_in_begins_again_once() {
    let scene = scene().await;
    scene.provider.mood(|mood| mood.user_info_fails = true);
    let again = scene.come_back().await;
    assert_eq!(again.status, 303, "{}", again.body);
    assert!(again.location().starts_with(scene.provider.issuer()));
    let page = scene.browser.get(&scene.provider.authorize(again.location())).await;
    assert_eq!(page.status, 503, "{}", page.body);
    assert!(text(&page.body, "error-title").is_some());
    scene.provider.mood(|mood| mood.user_info_fails = false);
    let back = scene.come_back().await;
    assert_eq!((back.status, back.location()), (303, "/"), "{}", back.body);
    assert!(scene.is_signed_in().await);
}

#[tokio::test]
async fn a_discovery_document_of_another_issuer_is_not_believed() {
    let scene = scene().await;
    scene.provider.mood(|mood| mood.edit_discovery = |document| document["issuer"] = json!("https://other.example"));
    assert_eq!(scene.browser.get("/sign-in").await.status, 503);
}

#[tokio::test]
async fn keys_are_kept_and_fetched_again_when_a_token_names_a_new_one() {
    let scene = scene().await;
    scene.sign_in().await;
    scene.sign_in().await;
    assert_eq!(scene.provider.mood(|mood| mood.jwks_requests), 1);
    scene.provider.change_key();
    scene.clock.advance(2);
    scene.sign_in().await;
    assert_eq!(scene.provider.mood(|mood| mood.jwks_requests), 2);
    scene.clock.advance(3_601);
    scene.sign_in().await;
    assert_eq!(scene.provider.mood(|mood| mood.jwks_requests), 3);
}

#[tokio::test]
async fn after_a_failure_of_the_token_endpoint_the_sign_in_begins_again_once() {
    for trouble in [(503, "whatever"), (500, ""), (400, "invalid_grant")] {
        let scene = scene().await;
        scene.provider.mood(|mood| mood.token_errors = [trouble].into());
        let again = scene.come_back().await;
        assert_eq!(again.status, 303, "{trouble:?}");
        let answer = scene.browser.get(&scene.provider.authorize(again.location())).await;
        assert_eq!((answer.status, answer.location()), (303, "/"));
        assert!(scene.is_signed_in().await);
    }
}

#[tokio::test]
async fn when_the_token_endpoint_fails_twice_the_person_is_told() {
    for (trouble, status) in [((503, ""), 503), ((400, "invalid_grant"), 502)] {
        let scene = scene().await;
        scene.provider.mood(|mood| mood.token_errors = [trouble, trouble].into());
        let again = scene.come_back().await;
        let answer = scene.browser.get(&scene.provider.authorize(again.location())).await;
        assert_eq!(answer.status, status);
        assert!(text(&answer.body, "error-title").is_some());
        assert_eq!(scene.provider.mood(|mood| mood.token_requests), 2);
    }
}

#[tokio::test]
async fn other_errors_of_the_token_endpoint_are_not_tried_again() {
    refused(502, |scene| scene.provider.mood(|mood| mood.token_errors = [(401, "invalid_client")].into())).await;
}

#[tokio::test]
async fn the_provider_may_begin_a_sign_in_but_nobody_elses() {
    let scene = scene().await;
    let issuer = scene.provider.issuer();
    let begun = scene.browser.get(&format!("/initiate-login?iss={issuer}&target_link_uri=https://evil.example")).await;
    assert_eq!(begun.status, 303);
    assert_eq!(scene.browser.get(&scene.provider.authorize(begun.location())).await.location(), "/");
    assert_eq!(scene.browser.get("/initiate-login?iss=https://other.example").await.status, 400);
    assert_eq!(scene.browser.get("/initiate-login").await.status, 400);
}
