//! A pushed request gives one answer, whichever way it takes (RFC 9126 §4, §7.3).

use super::{is_spent, open};
use conformance::steps::{EMIC, WEATHER, arrive, browser, portal, seconds, start};
use conformance::{NATURAL_PERSON, PASSWORD, Provider, ProviderOptions};
use idp::settings::EphemeralSection;

#[tokio::test]
async fn it_can_be_looked_at_until_it_is_answered_and_never_again() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let brought = emic.pushed(&emic.request()).await.unwrap();
    for _ in 0..3 {
        assert!(open(&browser, &brought).await.has("login-submit"));
    }
    let elsewhere = conformance::steps::browser(&provider);
    let other_page = open(&elsewhere, &brought).await;
    assert!(arrive(&browser, &brought, NATURAL_PERSON).await.parameter("code").is_some());
    is_spent(&open(&browser, &brought).await);
    // A page of before, in another browser: the person signs in and has no code.
    is_spent(&elsewhere.sign_in(&other_page, NATURAL_PERSON, PASSWORD).await.unwrap());
}

/// Elsewhere a pushed request was used up on one way and good again and again on the silent one.
#[tokio::test]
async fn every_way_to_a_code_uses_it_up() {
    let (provider, emic) = start().await;
    let weather = portal(&provider, "weather", WEATHER).await;
    let browser = browser(&provider);
    // By the sign-in page.
    let brought = emic.pushed(&emic.request()).await.unwrap();
    assert!(arrive(&browser, &brought, NATURAL_PERSON).await.parameter("code").is_some());
    is_spent(&open(&browser, &brought).await);
    // By the session, by prompt=none, by form_post.
    for (name, value) in [("x", "y"), ("prompt", "none"), ("response_mode", "form_post"), ("max_age", "10000")] {
        let brought = emic.pushed(&emic.request().with(name, value)).await.unwrap();
        assert!(open(&browser, &brought).await.parameter("code").is_some(), "{name}={value}");
        is_spent(&open(&browser, &brought).await);
    }
    // By the consent page, and in another tab of it.
    let brought = weather.pushed(&weather.request()).await.unwrap();
    let (page, other_tab) = (open(&browser, &brought).await, open(&browser, &brought).await);
    assert!(page.has("consent-allow") && other_tab.has("consent-allow"));
    assert!(browser.decide(&page, "allow").await.unwrap().parameter("code").is_some());
    is_spent(&browser.decide(&other_tab, "allow").await.unwrap());
    is_spent(&open(&browser, &brought).await);
}

#[tokio::test]
async fn a_no_is_an_answer_too() {
    let (provider, emic) = start().await;
    let weather = portal(&provider, "weather", WEATHER).await;
    let browser = browser(&provider);
    let brought = emic.pushed(&emic.request()).await.unwrap();
    let page = open(&browser, &brought).await;
    let interaction = page.field("interaction").unwrap();
    let fields = [("interaction", interaction.as_str()), ("decision", "cancel")];
    let page = browser.submit("/sign-in", &fields).await.unwrap();
    assert_eq!(page.parameter("error").as_deref(), Some("access_denied"));
    is_spent(&open(&browser, &brought).await);
    arrive(&browser, &emic.request(), NATURAL_PERSON).await;
    let request = weather.request();
    let brought = weather.pushed(&request).await.unwrap();
    let page = open(&browser, &brought).await;
    let page = browser.decide(&page, "deny").await.unwrap();
    assert_eq!(page.parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(page.parameter("state").as_deref(), Some(request.state.as_str()));
    is_spent(&open(&browser, &brought).await);
}

#[tokio::test]
async fn a_refusal_that_asks_nobody_leaves_it_for_a_page() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let brought = emic.pushed(&emic.request().with("prompt", "none")).await.unwrap();
    for _ in 0..2 {
        assert_eq!(open(&browser, &brought).await.parameter("error").as_deref(), Some("login_required"));
    }
    arrive(&browser, &emic.request(), NATURAL_PERSON).await;
    assert!(open(&browser, &brought).await.parameter("code").is_some());
    is_spent(&open(&browser, &brought).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_who_bring_it_at_once_one_has_a_code() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    arrive(&browser, &emic.request(), NATURAL_PERSON).await;
    for _ in 0..5 {
        let url = emic.pushed(&emic.request()).await.unwrap().url();
        let all: Vec<_> = (0..50)
            .map(|_| {
                let (browser, url) = (browser.clone(), url.clone());
                tokio::spawn(async move { browser.open(&url).await.unwrap() })
            })
            .collect();
        let mut codes = 0;
        for one in all {
            let page = one.await.unwrap();
            match page.parameter("code") {
                Some(_) => codes += 1,
                None => is_spent(&page),
            }
        }
        assert_eq!(codes, 1);
    }
}

#[tokio::test]
async fn whoever_began_in_time_may_take_as_long_as_a_page() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let brought = emic.pushed(&emic.request()).await.unwrap();
    provider.advance(seconds(80)).await.unwrap();
    let page = open(&browser, &brought).await;
    provider.advance(seconds(1700)).await.unwrap();
    is_spent(&open(&browser, &brought).await);
    assert!(browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap().parameter("code").is_some());
    // Beyond that nothing is kept.
    let brought = emic.pushed(&emic.request().with("prompt", "login")).await.unwrap();
    let page = open(&browser, &brought).await;
    provider.advance(seconds(1795)).await.unwrap();
    let again = browser.sign_in(&page, NATURAL_PERSON, "wrong").await.unwrap();
    provider.advance(seconds(200)).await.unwrap();
    is_spent(&browser.sign_in(&again, NATURAL_PERSON, PASSWORD).await.unwrap());
}

#[tokio::test]
async fn a_restart_forgets_what_waits_in_the_process_and_says_so() {
    let options = ProviderOptions { ephemeral: Some(EphemeralSection::default()), ..Default::default() };
    let mut provider = Provider::start_with(options).await.unwrap();
    let emic = portal(&provider, "emic", EMIC).await;
    let browser = browser(&provider);
    let brought = emic.pushed(&emic.request()).await.unwrap();
    let page = open(&browser, &brought).await;
    provider.restart().await.unwrap();
    is_spent(&open(&browser, &brought).await);
    is_spent(&browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap());
}
