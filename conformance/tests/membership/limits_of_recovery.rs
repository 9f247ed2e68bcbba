//! What protects a person's mailbox, phone and hint answer holds them back, too: each says until when, in both languages.

use crate::account::{send, signed_in};
use crate::limits::tells;
use crate::support::*;
use conformance::steps::seconds;
use conformance::{Browser, CIVIL_SERVANT, NATURAL_PERSON, PASSWORD as OLD, Page, Provider};
use idp_core::UnixMillis;

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// Turned away now and a little later, in both languages, until the same moment.
async fn is_told(
    provider: &Provider,
    (what, browser): (&str, &Browser),
    until: UnixMillis,
    again: impl AsyncFn() -> Page,
) {
    for tag in ["zh-Hant-TW", "en", "zh-Hant-TW"] {
        let page = browser.open(&provider.url("/forgot-account")).await.unwrap();
        in_language(browser, &page, tag).await;
        let page = again().await;
        assert!(page.body.contains(&format!("<html lang=\"{tag}\"")), "{what}: {}", page.body);
        tells(provider, what, &page, until);
        provider.advance(seconds(20) + std::time::Duration::from_millis(300)).await.unwrap();
    }
}

#[tokio::test]
async fn who_answered_five_times_wrong_is_told_when_answers_are_looked_at_again() {
    let provider = Provider::start().await.unwrap();
    equip(&provider, NATURAL_PERSON, Some(QUESTION), None).await;
    let browser = Browser::new(&provider.issuer).unwrap();
    assert_eq!(asked(&provider, "/forgot-password", NATURAL_PERSON).await.status, 200);
    let page = browser.open(&link(&provider, &so_many_mails(&provider, 1).await[0])).await.unwrap();
    let key = page.field("key").unwrap();
    let answer =
        async |typed: &str| browser.submit("/reset-password", &[("key", &key), ("hint-answer", typed)]).await.unwrap();
    for _ in 0..4 {
        provider.advance(seconds(60)).await.unwrap();
        assert_eq!(answer("Garfield").await.status, 422);
    }
    let until = provider.clock.now().plus(seconds(DAY));
    tells(&provider, "the fifth", &answer("Garfield").await, until);
    is_told(&provider, ("answers", &browser), until, async || answer(ANSWER).await).await;
}

#[tokio::test]
async fn who_was_texted_six_codes_is_told_when_the_day_ends() {
    let provider = Provider::start().await.unwrap();
    equip(&provider, NATURAL_PERSON, None, Some(MOBILE)).await;
    let browser = Browser::new(&provider.issuer).unwrap();
    let until = provider.clock.now().plus(seconds(DAY));
    for number in 1..=6 {
        assert!(ask_by_text(&provider, &browser, NATURAL_PERSON).await.has("type-code"), "{number}");
        provider.advance(seconds(60)).await.unwrap();
    }
    let again = async || ask_by_text(&provider, &browser, NATURAL_PERSON).await;
    is_told(&provider, ("codes", &browser), until, again).await;
}

#[tokio::test]
async fn who_was_mailed_five_links_is_told_when_the_hour_ends() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, CIVIL_SERVANT, OLD).await;
    let email = async || {
        let new = "new@example.tw";
        let typed = [("email", new), ("email-again", new), ("current-password", OLD)];
        send(&provider, &browser, "/account/email", &typed).await
    };
    let until = provider.clock.now().plus(seconds(HOUR));
    for number in 1..=5 {
        assert_eq!(email().await.status, 200, "{number}");
        for (path, typed) in [
            ("/forgot-password", NATURAL_PERSON),
            ("/resend-confirmation", NATURAL_PERSON),
            ("/forgot-account", "clairesu1234@example.gov.tw"),
        ] {
            assert_eq!(asked(&provider, path, typed).await.status, 200, "{path} {number}");
        }
        provider.advance(seconds(61)).await.unwrap();
    }
    is_told(&provider, ("/account/email", &browser), until, email).await;
    for (path, typed) in [
        ("/forgot-password", NATURAL_PERSON),
        ("/resend-confirmation", NATURAL_PERSON),
        ("/forgot-account", "clairesu1234@example.gov.tw"),
    ] {
        let again = async || asked_by(&provider, &browser, path, typed).await;
        is_told(&provider, (path, &browser), until, again).await;
    }
}
