//! `POST /backchannel-logout`.

use serde_json::{Value, json};

use crate::browser::Answer;
use crate::provider::{Edit, Provider, SUBJECT};
use crate::{Scene, scene};

pub(crate) fn header() -> Value {
    json!({ "alg": "ES256", "typ": "logout+jwt" })
}

pub(crate) fn claims(provider: &Provider) -> Value {
    let now = provider.now();
    json!({ "iss": provider.issuer(), "aud": "the-portal", "iat": now, "exp": now + 120, "jti": "token-1",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} }, "sub": SUBJECT, "sid": "session-1" })
}

async fn post(scene: &Scene, token: &str) -> Answer {
    scene.browser.another().post("/backchannel-logout", &[("logout_token", token)]).await
}

#[tokio::test]
async fn a_logout_token_ends_the_session_it_names() {
    let edits: [Edit; 4] = [
        |_| {},
        |claims| drop(claims.as_object_mut().unwrap().remove("sub")),
        |claims| drop(claims.as_object_mut().unwrap().remove("sid")),
        |claims| claims["aud"] = json!(["the-portal"]),
    ];
    for edit in edits {
        let scene = scene().await;
        scene.sign_in().await;
        let mut claims = claims(&scene.provider);
        edit(&mut claims);
        let answer = post(&scene, &scene.provider.sign(header(), &claims)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(!scene.is_signed_in().await);
    }
}

#[tokio::test]
async fn a_logout_token_for_another_session_or_person_ends_nothing_here() {
    let edits: [Edit; 3] = [
        |claims| claims["sid"] = json!("session-2"),
        |claims| claims["sub"] = json!("somebody-else"),
        |claims| {
            claims["sub"] = json!("somebody-else");
            drop(claims.as_object_mut().unwrap().remove("sid"));
        },
    ];
    for edit in edits {
        let scene = scene().await;
        scene.sign_in().await;
        let mut claims = claims(&scene.provider);
        edit(&mut claims);
        assert_eq!(post(&scene, &scene.provider.sign(header(), &claims)).await.status, 200);
        assert!(scene.is_signed_in().await);
    }
}

#[tokio::test]
async fn logout_tokens_that_fail_a_check_end_nothing() {
    let headers: [Edit; 8] = [
        |header| header["typ"] = json!("JWT"),
        |header| drop(header.as_object_mut().unwrap().remove("typ")),
        |header| header["alg"] = json!("none"),
        |header| header["alg"] = json!("HS256"),
        |header| header["alg"] = json!("RS256"),
        |header| header["alg"] = json!("EdDSA"),
        |header| header["crit"] = json!(["b64"]),
        |header| header["kid"] = json!("unknown"),
    ];
    let payloads: [Edit; 17] = [
        |claims| claims["iss"] = json!("https://other.example"),
        |claims| claims["aud"] = json!("another-portal"),
        |claims| claims["aud"] = json!(["the-portal", "another-portal"]),
        |claims| claims["aud"] = json!([]),
        |claims| claims["iat"] = json!(claims["iat"].as_i64().unwrap() - 600),
        |claims| claims["iat"] = json!(claims["iat"].as_i64().unwrap() + 600),
        |claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap() - 60),
        |claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap() + 86_400),
        |claims| drop(claims.as_object_mut().unwrap().remove("exp")),
        |claims| drop(claims.as_object_mut().unwrap().remove("iat")),
        |claims| drop(claims.as_object_mut().unwrap().remove("jti")),
        |claims| claims["events"] = json!({}),
        |claims| claims["events"] = json!({ "http://schemas.openid.net/event/backchannel-logout": "yes" }),
        |claims| drop(claims.as_object_mut().unwrap().remove("events")),
        |claims| claims["nonce"] = json!("n"),
        |claims| claims["nonce"] = json!(null),
        |claims| {
            drop(claims.as_object_mut().unwrap().remove("sub"));
            drop(claims.as_object_mut().unwrap().remove("sid"));
        },
    ];
    let scene = scene().await;
    scene.sign_in().await;
    let cases = headers.iter().map(|edit| (Some(edit), None)).chain(payloads.iter().map(|edit| (None, Some(edit))));
    for (number, (edit_header, edit_claims)) in cases.enumerate() {
        let (mut header, mut claims) = (header(), claims(&scene.provider));
        claims["jti"] = json!(format!("token-{number}"));
        if let Some(edit) = edit_header {
            edit(&mut header);
        }
        if let Some(edit) = edit_claims {
            edit(&mut claims);
        }
        scene.clock.advance(2);
        let answer = post(&scene, &scene.provider.sign(header, &claims)).await;
        assert_eq!(answer.status, 400, "case {number}");
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(serde_json::from_str::<Value>(&answer.body).unwrap()["error"], "invalid_request");
        assert!(scene.is_signed_in().await, "case {number}");
    }
}

#[tokio::test]
async fn a_forged_or_broken_logout_token_ends_nothing() {
    let scene = scene().await;
    scene.sign_in().await;
    scene.provider.mood(|mood| mood.forge = true);
    let forged = scene.provider.sign(header(), &claims(&scene.provider));
    let long = "x".repeat(20_000);
    for token in [forged.as_str(), "", "a", "a.b", "a.b.c", "....", &long] {
        assert_eq!(post(&scene, token).await.status, 400);
    }
    let twice = [("logout_token", "a"), ("logout_token", "b")];
    assert_eq!(scene.browser.post("/backchannel-logout", &twice).await.status, 400);
    assert_eq!(scene.browser.post("/backchannel-logout", &[]).await.status, 400);
    assert!(scene.is_signed_in().await);
}

#[tokio::test]
async fn a_logout_token_works_once() {
    let scene = scene().await;
    scene.sign_in().await;
    let mut claims = claims(&scene.provider);
    claims.as_object_mut().unwrap().remove("sid");
    let token = scene.provider.sign(header(), &claims);
    assert_eq!(post(&scene, &token).await.status, 200);
    scene.sign_in().await;
    assert_eq!(post(&scene, &token).await.status, 400);
    assert!(scene.is_signed_in().await);
}

#[tokio::test]
async fn a_logout_token_signed_with_a_new_key_is_verified_with_fresh_keys() {
    let scene = scene().await;
    scene.sign_in().await;
    scene.provider.change_key();
    scene.clock.advance(2);
    assert_eq!(post(&scene, &scene.provider.sign(header(), &claims(&scene.provider))).await.status, 200);
    assert!(!scene.is_signed_in().await);
}

#[tokio::test]
async fn invented_key_ids_do_not_make_the_portal_flood_the_provider() {
    let scene = scene().await;
    scene.sign_in().await;
    for number in 0..20 {
        let header = json!({ "alg": "ES256", "typ": "logout+jwt", "kid": format!("invented-{number}") });
        assert_eq!(post(&scene, &scene.provider.sign(header, &claims(&scene.provider))).await.status, 400);
    }
    assert!(scene.provider.mood(|mood| mood.jwks_requests) < 10);
}

#[tokio::test]
async fn the_person_reads_that_the_provider_has_ended_the_sign_in_and_reads_it_once() {
    let scene = scene().await;
    scene.sign_in().await;
    assert_eq!(post(&scene, &scene.provider.sign(header(), &claims(&scene.provider))).await.status, 200);
    let page = scene.browser.get("/").await;
    assert!(page.body.contains("您已經登出") && page.body.contains("id=\"sign-in\""));
    assert!(scene.browser.cookie("emic_session").is_none());
    assert!(!scene.browser.get("/").await.body.contains("您已經登出"));
}

#[tokio::test]
async fn a_sign_in_whose_session_the_provider_ends_meanwhile_begins_again_and_does_not_come_to_life() {
    let scene = scene().await;
    let back = scene.provider.authorize(scene.browser.get("/sign-in").await.location());
    assert_eq!(post(&scene, &scene.provider.sign(header(), &claims(&scene.provider))).await.status, 200);
    let again = scene.browser.get(&back).await;
    assert!(scene.browser.cookie("emic_session").is_none());
    // The provider asks for the password, and the new sign-in has a session of its own.
    let back = scene.provider.authorize(again.location());
    scene.provider.mood(|mood| mood.sid = "session-2");
    assert_eq!(scene.browser.get(&back).await.location(), "/");
    assert!(scene.is_signed_in().await);
}

#[tokio::test]
async fn a_session_that_goes_on_at_the_provider_after_a_logout_token_signs_in_again() {
    let scene = scene().await;
    assert_eq!(post(&scene, &scene.provider.sign(header(), &claims(&scene.provider))).await.status, 200);
    assert!(!scene.is_signed_in().await);
    let again = scene.come_back().await;
    assert!(!scene.is_signed_in().await, "what may have been on its way then is asked for anew");
    assert_eq!(scene.browser.get(&scene.provider.authorize(again.location())).await.location(), "/");
    assert!(scene.is_signed_in().await);
}
