//! A code: it works once, for its own portal, for a minute, in its session; and what a wrong use costs.

use conformance::steps::{EMIC, WEATHER, browser, code, is_dead, refused, register, seconds, sign_out, silent, start};
use conformance::{NATURAL_PERSON, Portal};
use idp_core::client::AuthMethod;

/// Elsewhere a code was good many times, for whoever was quick.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_redemptions_at_once_give_one_success_and_then_nobody_keeps_anything() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    for _ in 0..3 {
        let request = emic.request();
        let code = code(&browser, &request, NATURAL_PERSON).await;
        let mut racers = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let (emic, request, code) = (emic.clone(), request.clone(), code.clone());
            racers.spawn(async move { emic.redeem(&request, &code).await.unwrap() });
        }
        let answers = racers.join_all().await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1);
        for answer in &lost {
            refused(answer, 400, "invalid_grant");
        }
        let given = won[0].tokens().unwrap();
        assert!(is_dead(&emic, &given.access).await);
        refused(&emic.refresh(&given.refresh).await.unwrap(), 400, "invalid_grant");
    }
    assert_eq!(silent(&emic, &browser).await, None, "the person is still signed in");
}

#[tokio::test]
async fn a_code_used_again_takes_everything_back_even_after_it_expired() {
    let (provider, emic) = start().await;
    for later in [0, 59, 61, 3600] {
        let request = emic.request();
        let browser = browser(&provider);
        let code = code(&browser, &request, NATURAL_PERSON).await;
        let given = emic.redeem(&request, &code).await.unwrap().tokens().unwrap();
        let newest = emic.refresh(&given.refresh).await.unwrap().tokens().unwrap();
        provider.advance(seconds(later)).await.unwrap();
        refused(&emic.redeem(&request, &code).await.unwrap(), 400, "invalid_grant");
        refused(&emic.refresh(&newest.refresh).await.unwrap(), 400, "invalid_grant");
        assert!(is_dead(&emic, &newest.access).await, "after {later} s");
    }
}

#[tokio::test]
async fn a_code_lives_a_minute() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    for (later, good) in [(59, true), (60, false)] {
        let request = emic.request();
        let code = code(&browser, &request, NATURAL_PERSON).await;
        provider.advance(seconds(later)).await.unwrap();
        let answer = emic.redeem(&request, &code).await.unwrap();
        if good {
            answer.tokens().unwrap();
        } else {
            refused(&answer, 400, "invalid_grant");
        }
    }
}

#[tokio::test]
async fn another_portal_cannot_use_a_code_and_changes_nothing_for_its_owner() {
    let (provider, emic) = start().await;
    let thief = register(&provider, "thief", |asked| asked.redirect_uris = vec![EMIC.into()]).await;
    let public = register(&provider, "public", |asked| {
        asked.redirect_uris = vec![EMIC.into()];
        asked.auth_method = AuthMethod::None;
    })
    .await;
    let request = emic.request();
    let code = code(&browser(&provider), &request, NATURAL_PERSON).await;
    for stranger in [&thief, &public] {
        refused(&stranger.redeem(&request, &code).await.unwrap(), 400, "invalid_grant");
    }
    let given = emic.redeem(&request, &code).await.unwrap().tokens().unwrap();
    for stranger in [&thief, &public] {
        refused(&stranger.redeem(&request, &code).await.unwrap(), 400, "invalid_grant");
        refused(&stranger.refresh(&given.refresh).await.unwrap(), 400, "invalid_grant");
    }
    assert!(!is_dead(&emic, &given.access).await);
    emic.refresh(&given.refresh).await.unwrap().tokens().unwrap();
}

#[tokio::test]
async fn a_code_is_burnt_by_its_own_portal_that_got_the_rest_wrong() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    for (name, value) in [
        ("code_verifier", "w".repeat(43)),
        ("redirect_uri", "http://localhost:1/callback/".into()),
        ("redirect_uri", WEATHER.into()),
        ("redirect_uri", String::new()),
    ] {
        let request = emic.request();
        let code = code(&browser, &request, NATURAL_PERSON).await;
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", EMIC),
            ("code_verifier", &request.verifier),
        ];
        fields.retain(|(key, _)| *key != name);
        fields.push((name, &value));
        refused(&emic.token(&fields).await.unwrap(), 400, "invalid_grant");
        refused(&emic.redeem(&request, &code).await.unwrap(), 400, "invalid_grant");
    }
}

#[tokio::test]
async fn whoever_stole_the_code_of_a_public_portal_cannot_burn_it() {
    let (provider, _) = start().await;
    let app = register(&provider, "app", |asked| asked.auth_method = AuthMethod::None).await;
    let request = app.request();
    let code = code(&browser(&provider), &request, NATURAL_PERSON).await;
    let stolen = conformance::Request { verifier: "w".repeat(43), ..request.clone() };
    refused(&app.redeem(&stolen, &code).await.unwrap(), 400, "invalid_grant");
    let given = app.redeem(&request, &code).await.unwrap().tokens().unwrap();
    refused(&app.redeem(&stolen, &code).await.unwrap(), 400, "invalid_grant");
    assert!(!is_dead(&app, &given.access).await);
}

#[tokio::test]
async fn a_secret_sent_with_a_wrong_one_beside_the_code_does_not_burn_it() {
    let (provider, emic) = start().await;
    let request = emic.request();
    let code = code(&browser(&provider), &request, NATURAL_PERSON).await;
    let impostor = Portal { secret: "guessed".into(), ..emic.clone() };
    let wrong = conformance::Request { verifier: "w".repeat(43), ..request.clone() };
    refused(&impostor.redeem(&wrong, &code).await.unwrap(), 401, "invalid_client");
    emic.redeem(&request, &code).await.unwrap().tokens().unwrap();
}

#[tokio::test]
async fn a_code_gives_nothing_after_sign_out() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let request = emic.request();
    let code = code(&browser, &request, NATURAL_PERSON).await;
    sign_out(&browser, &provider).await;
    refused(&emic.redeem(&request, &code).await.unwrap(), 400, "invalid_grant");
}
