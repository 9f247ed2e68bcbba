//! What protects a person's mailbox, phone and hint answer holds them back, too: each says until when, in both languages.

use crate::account::{send, signed_in};
use crate::limits::tells;
use crate::recover::ask;
use crate::support::*;
use conformance::steps::seconds;
use conformance::{Browser, CIVIL_SERVANT, NATURAL_PERSON, PASSWORD as OLD, Page, Provider};
use idp_core::UnixMillis;
use std::time::Duration;

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
        provider.advance(seconds(20) + Duration::from_millis(300)).await.unwrap();
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

/// Attack: filling a mailbox, and keeping somebody from recovering by asking in their name.
#[tokio::test]
async fn a_name_is_mailed_once_a_minute_and_five_times_an_hour_and_its_last_link_works_until_the_next() {
    let provider = Provider::start().await.unwrap();
    let mut last = String::new();
    for number in 1..=5 {
        last = link(&provider, &ask(&provider, CIVIL_SERVANT, number).await);
        let soon = asked(&provider, "/forgot-password", &CIVIL_SERVANT.to_uppercase()).await;
        assert_eq!(soon.status, 429);
        if number < 5 {
            assert_eq!(soon.headers["retry-after"], "60");
        }
        provider.advance(Duration::from_secs(60)).await.unwrap();
    }
    let often = asked(&provider, "/forgot-password", CIVIL_SERVANT).await;
    assert_eq!(often.status, 429);
    let wait: u64 = often.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert_eq!(wait, 3600 - 300);
    // Another kind and another name are counted apart.
    assert_eq!(asked(&provider, "/resend-confirmation", CIVIL_SERVANT).await.status, 200);
    assert_eq!(asked(&provider, "/forgot-password", NATURAL_PERSON).await.status, 200);
    provider.advance(Duration::from_secs(wait - 1)).await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    assert!(browser.open(&last).await.unwrap().field("key").is_some(), "whoever waits has a link");
    assert_eq!(asked(&provider, "/forgot-password", CIVIL_SERVANT).await.status, 429);
    provider.advance(Duration::from_secs(1)).await.unwrap();
    assert_eq!(asked(&provider, "/forgot-password", CIVIL_SERVANT).await.status, 200);
}

#[tokio::test]
async fn of_many_who_ask_at_once_one_mail_goes_out() {
    let provider = Provider::start().await.unwrap();
    let ask = |_| asked(&provider, "/forgot-password", NATURAL_PERSON);
    let all = futures_util::future::join_all((0..6).map(ask)).await;
    assert_eq!(all.iter().filter(|page| page.status == 200).count(), 1);
    assert_eq!(all.iter().filter(|page| page.status == 429).count(), 5);
    so_many_mails(&provider, 1).await;
    assert_eq!(noted(&provider).await, 1);
}

#[tokio::test]
async fn a_network_address_that_asks_too_often_is_told_until_when() {
    let options = conformance::ProviderOptions {
        settings: Some(|settings| settings.membership.mails_per_address = 2),
        ..Default::default()
    };
    let provider = Provider::start_with(options).await.unwrap();
    for account in ["nobody00001", "nobody00002"] {
        assert_eq!(asked(&provider, "/forgot-password", account).await.status, 200);
    }
    for path in ["/forgot-password", "/resend-confirmation"] {
        let page = asked(&provider, path, NATURAL_PERSON).await;
        assert_eq!((page.status.as_u16(), &page.headers["retry-after"]), (429, &"3600".parse().unwrap()));
        assert_eq!(page.field("account").as_deref(), Some(NATURAL_PERSON));
    }
    provider.advance(Duration::from_secs(3601)).await.unwrap();
    assert_eq!(asked(&provider, "/forgot-password", NATURAL_PERSON).await.status, 200);
}
