//! How long a refresh token lives: with its session, or offline with the consent, and as the settings say.

use super::{DAY, gone, next, signed_in};
use conformance::steps::{
    EVERYTHING, WEATHER, arrive, browser, is_dead, lock, portal, seconds, sign_out, silent, start, tokens, unlock,
};
use conformance::{CIVIL_SERVANT, NATURAL_PERSON, Provider, ProviderOptions, Request};

#[tokio::test]
async fn an_unused_refresh_token_ends_after_thirty_days_and_a_used_one_after_a_year() {
    let (provider, emic) = start().await;
    let (_, idle) = signed_in(&provider, &emic, "openid offline_access").await;
    let (_, mut used) = signed_in(&provider, &emic, "openid offline_access").await;
    for _ in 0..12 {
        provider.advance(seconds(30 * DAY - 1)).await.unwrap();
        used = next(&emic, &used).await;
    }
    gone(&emic.refresh(&idle.refresh).await.unwrap());
    provider.advance(seconds(5 * DAY + 13)).await.unwrap();
    gone(&emic.refresh(&used.refresh).await.unwrap());
    let (_, late) = signed_in(&provider, &emic, "openid offline_access").await;
    provider.advance(seconds(30 * DAY)).await.unwrap();
    gone(&emic.refresh(&late.refresh).await.unwrap());
}

#[tokio::test]
async fn without_offline_access_a_refresh_token_ends_with_its_session() {
    let (provider, emic) = start().await;
    let (browser, given) = signed_in(&provider, &emic, "openid").await;
    let newer = next(&emic, &given).await;
    sign_out(&browser, &provider).await;
    gone(&emic.refresh(&newer.refresh).await.unwrap());
    assert!(is_dead(&emic, &newer.access).await);
}

#[tokio::test]
async fn a_session_ends_after_eight_idle_hours_and_a_refresh_is_use() {
    let (provider, emic) = start().await;
    let (browser, mut given) = signed_in(&provider, &emic, "openid").await;
    for _ in 0..3 {
        provider.advance(seconds(7 * 3600)).await.unwrap();
        given = next(&emic, &given).await;
    }
    assert_eq!(silent(&emic, &browser).await, None);
    provider.advance(seconds(3 * 3600)).await.unwrap();
    gone(&emic.refresh(&given.refresh).await.unwrap());
    assert_eq!(silent(&emic, &browser).await.as_deref(), Some("login_required"), "a day is the longest");
    let (browser, given) = signed_in(&provider, &emic, "openid").await;
    provider.advance(seconds(8 * 3600)).await.unwrap();
    gone(&emic.refresh(&given.refresh).await.unwrap());
    assert_eq!(silent(&emic, &browser).await.as_deref(), Some("login_required"));
}

#[tokio::test]
async fn offline_access_survives_sign_out_and_dies_with_the_account() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let request = emic.request().scope("openid offline_access");
    let given = tokens(&emic, &browser, &request, CIVIL_SERVANT).await;
    assert_eq!(given.scope, "openid offline_access");
    let before = emic.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
    sign_out(&browser, &provider).await;
    assert!(!is_dead(&emic, &given.access).await);
    let newer = next(&emic, &given).await;
    let claims = emic.verify(&newer.id_token, None).await.unwrap();
    assert_eq!(claims.additional_claims().text("sid"), before.additional_claims().text("sid"));
    lock(&provider, CIVIL_SERVANT).await;
    gone(&emic.refresh(&newer.refresh).await.unwrap());
    assert!(is_dead(&emic, &newer.access).await);
    unlock(&provider, CIVIL_SERVANT).await;
    gone(&emic.refresh(&newer.refresh).await.unwrap());
    assert!(is_dead(&emic, &newer.access).await, "what a lock ended does not come back");
}

#[tokio::test]
async fn offline_access_needs_prompt_consent_or_a_consent_on_record() {
    let (provider, _) = start().await;
    let weather = portal(&provider, "weather", WEATHER).await;
    let browser = browser(&provider);
    let asks = || weather.request().scope("openid email offline_access");
    let granted = |request: Request| {
        let (weather, browser) = (weather.clone(), browser.clone());
        async move { tokens(&weather, &browser, &request, NATURAL_PERSON).await.scope }
    };
    assert_eq!(granted(weather.request().scope("openid email")).await, "openid email");
    assert_eq!(granted(asks()).await, "openid email", "nobody agreed to offline access yet");
    assert_eq!(granted(asks().with("prompt", "consent")).await, "openid email offline_access");
    assert_eq!(granted(asks()).await, "openid email offline_access", "now somebody did");
    assert_eq!(granted(asks().with("prompt", "none")).await, "openid email offline_access");
}

#[tokio::test]
async fn the_lives_of_tokens_are_settings() {
    let shorter = |settings: &mut idp::settings::Settings| {
        settings.lifetimes.access_token = idp::settings::Span::from_secs(30);
        settings.lifetimes.id_token = idp::settings::Span::from_secs(45);
        settings.lifetimes.refresh = idp::settings::Span::from_secs(120);
    };
    let provider =
        Provider::start_with(ProviderOptions { settings: Some(shorter), ..ProviderOptions::default() }).await.unwrap();
    let emic = portal(&provider, "emic", conformance::steps::EMIC).await;
    let request = emic.request().scope(EVERYTHING);
    let browser = browser(&provider);
    let code = arrive(&browser, &request, NATURAL_PERSON).await.parameter("code").unwrap();
    let answer = emic.redeem(&request, &code).await.unwrap();
    assert_eq!(answer.json["expires_in"], 30);
    let given = answer.tokens().unwrap();
    let claims = emic.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
    assert_eq!((claims.expiration() - claims.issue_time()).num_seconds(), 45);
    provider.advance(seconds(29)).await.unwrap();
    assert!(!is_dead(&emic, &given.access).await);
    provider.advance(seconds(1)).await.unwrap();
    assert!(is_dead(&emic, &given.access).await);
    let newer = next(&emic, &given).await;
    provider.advance(seconds(90)).await.unwrap();
    gone(&emic.refresh(&newer.refresh).await.unwrap());
}
