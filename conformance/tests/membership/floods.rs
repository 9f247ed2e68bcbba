//! Attacks: one address sends what it can, so that everybody else goes without.

use crate::support::*;
use conformance::{Browser, NATURAL_PERSON, Page, Provider, ProviderOptions};
use idp::settings::Settings;
use idp_store::ephemeral::Once;
use std::time::Duration;

const OVER: &str = "已使用過或已逾時";
const ATTACKER: &str = "198.51.100.7";
const SOMEBODY: &str = "203.0.113.9";

async fn provider(settings: fn(&mut Settings)) -> Provider {
    Provider::start_with(ProviderOptions { settings: Some(settings), ..ProviderOptions::default() }).await.unwrap()
}

fn behind_a_proxy(settings: &mut Settings) {
    settings.server.trusted_proxies = vec!["127.0.0.0/8".into(), "::1".into()];
}

/// The fields that answer the page as it is, or wrongly.
fn answered(provider: &Provider, page: &Page, wrongly: bool) -> (String, String) {
    let [(_, challenge), (_, answer)] = provider.proof(page).unwrap().try_into().unwrap();
    (challenge, if wrongly { "xxxxx".to_owned() } else { answer })
}

/// 忘記密碼 with this answer.
async fn ask(browser: &Browser, (challenge, answer): &(String, String)) -> Page {
    let fields = [("account", NATURAL_PERSON), ("captcha", challenge), ("captcha-answer", answer)];
    browser.submit("/forgot-password", &fields).await.unwrap()
}

#[tokio::test]
async fn an_address_that_answers_wrongly_again_and_again_has_to_wait_and_nobody_else() {
    let provider = provider(|settings| {
        behind_a_proxy(settings);
        settings.passwords.failures_per_address = 5;
    })
    .await;
    let attacker = Browser::at(&provider.issuer, ATTACKER).unwrap();
    let mut page = attacker.open(&provider.url("/forgot-password")).await.unwrap();
    for number in 0..5 {
        page = ask(&attacker, &answered(&provider, &page, true)).await;
        assert!(page.status == 422 && page.body.contains("驗證碼不正確"), "{number}: {}", page.body);
    }
    for wrongly in [true, false, true] {
        let shown = answered(&provider, &page, wrongly);
        let told = ask(&attacker, &shown).await;
        assert_eq!((told.status.as_u16(), &told.headers["retry-after"]), (429, &"300".parse().unwrap()));
        assert!(told.body.contains("在 5 分鐘後再試"), "{}", told.body);
        assert_eq!(told.field("captcha"), Some(answered(&provider, &told, true).0));
        page = told;
    }
    // On every page that asks: the last step of an application, from another browser of that address.
    let other = Browser::at(&provider.issuer, ATTACKER).unwrap();
    let last = to_the_last(&provider, &other, "flooded01").await;
    let told = agree(&provider, &other, &last).await;
    assert_eq!((told.status.as_u16(), &told.headers["retry-after"]), (429, &"300".parse().unwrap()));
    let somebody = Browser::at(&provider.issuer, SOMEBODY).unwrap();
    let theirs = somebody.open(&provider.url("/forgot-password")).await.unwrap();
    assert!(ask(&somebody, &answered(&provider, &theirs, false)).await.url.ends_with("asked=yes"));
    // What was refused was not looked at: the picture still counts when the time is over.
    provider.advance(Duration::from_secs(300)).await.unwrap();
    assert_eq!(agree(&provider, &other, &told).await.status, 200);
    assert!(ask(&attacker, &answered(&provider, &page, true)).await.body.contains("驗證碼不正確"));
}

/// As many right answers as can be remembered, and wrong ones beyond.
#[tokio::test]
async fn while_no_more_answers_can_be_remembered_a_right_one_still_passes_and_once() {
    let provider = Provider::start().await.unwrap();
    let (state, now) = (&provider.wired.base.ephemeral, provider.clock.now());
    let life = Duration::from_secs(600);
    let mut remembered = 0;
    while state.once(&format!("captcha:{remembered}"), now, life, now).await == Ok(Once::First) {
        remembered += 1;
        state.bump(&format!("captcha-looks:{remembered}"), life, now).await.unwrap();
    }
    assert!(remembered >= 100_000, "{remembered}");
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = browser.open(&provider.url("/forgot-password")).await.unwrap();
    let misread = answered(&provider, &page, true);
    let page = ask(&browser, &misread).await;
    assert!(page.status == 422 && page.body.contains("驗證碼不正確"), "{}", page.body);
    let used = answered(&provider, &page, false);
    assert!(ask(&browser, &used).await.url.ends_with("asked=yes"));
    for late in [(misread.0, "abdeh".to_owned()), used] {
        let page = ask(&browser, &late).await;
        assert!(page.status == 422 && page.body.contains(OVER), "{}", page.body);
    }
    // Another account than theirs: only one mail a minute goes out for one.
    let [one, other] = ["flooded02", "flooded03"].map(|account| (account, Browser::new(&provider.issuer).unwrap()));
    for (account, browser) in [one, other] {
        assert!(apply(&provider, &browser, account).await.url.contains("/join/sent"));
    }
}
