//! Every form that is held back tells how long, in its words and in `Retry-After`, and means the same moment: the end of a window that
//! began with the first, not one that begins with who asks.

use crate::account::{send, send_from, signed_in};
use crate::support::*;
use conformance::{Browser, NATURAL_PERSON, Page, Provider, ProviderOptions};
use idp::pages::dates::again_text;
use idp::settings::Settings;
use idp::text::Language;
use idp_core::UnixMillis;
use std::time::Duration;

const OLD: &str = conformance::PASSWORD;
const TWENTY_MINUTES: Duration = Duration::from_secs(20 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);

async fn start(settings: fn(&mut Settings)) -> Provider {
    Provider::start_with(ProviderOptions { settings: Some(settings), ..ProviderOptions::default() }).await.unwrap()
}

/// Whether a page turns somebody away, and until when.
pub fn tells(provider: &Provider, what: &str, page: &Page, until: UnixMillis) {
    assert_eq!(page.status.as_u16(), 429, "{what}: {}", page.body);
    says_until(provider, what, page, until);
}

/// Whether a page says until when, in the words of its language and in `Retry-After`.
pub fn says_until(provider: &Provider, what: &str, page: &Page, until: UnixMillis) {
    let now = provider.clock.now();
    let rest = until.since(now).as_millis().div_ceil(1000);
    let said = page.headers.get("retry-after").unwrap_or_else(|| panic!("{what}: no Retry-After: {}", page.body));
    assert_eq!(said.to_str().unwrap(), rest.to_string(), "{what}");
    let (language, minutes) = match page.body.contains("<html lang=\"en\"") {
        true => (Language::En, format!("in {} minutes", rest.div_ceil(60))),
        false => (Language::ZhTw, format!("{} 分鐘後", rest.div_ceil(60))),
    };
    let moment = again_text(until.0, now.0, language);
    assert!(page.body.contains(&moment) || page.body.contains(&minutes), "{what}: {moment}: {}", page.body);
}

/// The sign-in page, after so many wrong passwords that the next guess needs letters.
pub async fn asked_for_letters(provider: &Provider, account: &str) -> (Browser, Page) {
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = asked_for_letters_in(provider, &browser, account).await;
    (browser, page)
}

/// The same in this browser.
pub async fn asked_for_letters_in(provider: &Provider, browser: &Browser, account: &str) -> Page {
    let mut page = browser.open(&provider.url("/sign-in")).await.unwrap();
    for _ in 0..3 {
        page = browser.sign_in(&page, account, "wrong-password").await.unwrap();
        provider.advance(Duration::from_secs(30)).await.unwrap();
    }
    assert!(page.has("captcha-answer"), "{}", page.body);
    page
}

pub async fn code_for_sign_in(browser: &Browser, page: &Page, account: &str) -> Page {
    let interaction = page.field("interaction").unwrap();
    let fields = [("interaction", interaction.as_str()), ("username", account), ("decision", "mail-code")];
    browser.submit("/sign-in", &fields).await.unwrap()
}

async fn again(browser: &Browser, waiting: &Page) -> Page {
    let handle = waiting.field("waiting").unwrap();
    browser.submit("/join/sent", &[("waiting", &handle), ("decision", "again")]).await.unwrap()
}

async fn unseen(provider: &Provider, account: &str) -> Page {
    let browser = Browser::new(&provider.issuer).unwrap();
    let fields = [("account", account), ("decision", "without-picture")];
    browser.submit("/forgot-password", &fields).await.unwrap()
}

fn another(email: &str) -> [(&str, &str); 3] {
    [("email", email), ("email-again", email), ("current-password", OLD)]
}

#[tokio::test]
async fn a_network_address_is_told_when_its_hour_ends_at_every_form_that_has_mails_sent() {
    let provider = start(|settings| settings.membership.mails_per_address = 1).await;
    let member = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let (guesser, letters) = asked_for_letters(&provider, "nobody00000").await;
    let browser = Browser::new(&provider.issuer).unwrap();
    let waiting = apply(&provider, &browser, "network01").await;
    let other = Browser::new(&provider.issuer).unwrap();
    let last = to_the_last(&provider, &other, "network02").await;
    let until = provider.clock.now().plus(HOUR);
    assert_eq!(asked(&provider, "/forgot-password", "nobody00001").await.status, 200);
    provider.advance(TWENTY_MINUTES).await.unwrap();
    for (path, typed) in [
        ("/forgot-password", "nobody00002"),
        ("/forgot-account", "no@example.tw"),
        ("/resend-confirmation", "nobody00003"),
    ] {
        tells(&provider, path, &asked(&provider, path, typed).await, until);
    }
    let sent = again(&browser, &waiting).await;
    tells(&provider, "/join/sent", &sent, until);
    assert!(sent.body.contains("從您的網路") && !sent.body.contains("剛剛才寄過"), "the right cause: {}", sent.body);
    tells(&provider, "/join", &step(&other, &last, &[("decision", "mail-code")]).await, until);
    tells(&provider, "/sign-in", &code_for_sign_in(&guesser, &letters, "nobody00000").await, until);
    let email = send(&provider, &member, "/account/email", &another("other@example.tw")).await;
    tells(&provider, "/account/email", &email, until);
}

#[tokio::test]
async fn a_network_address_is_told_when_its_window_ends_wherever_it_makes_us_hash() {
    let provider = start(|settings| {
        settings.membership.applications_per_address = 1;
        settings.passwords.failures_per_address = 2;
    })
    .await;
    let browser = Browser::new(&provider.issuer).unwrap();
    let until = provider.clock.now().plus(HOUR);
    let page = step(&browser, &begin(&provider, &browser).await, &first("hashes001")).await;
    let page = step(&browser, &step(&browser, &page, &SECOND).await, &SKIP).await;
    let last = step(&browser, &page, &FOURTH).await;
    provider.advance(TWENTY_MINUTES).await.unwrap();
    let other = Browser::new(&provider.issuer).unwrap();
    let second = step(&other, &begin(&provider, &other).await, &first("hashes002")).await;
    tells(&provider, "/join, the password", &second, until);
    let fourth = step(&browser, &last, &[("decision", "recovery")]).await;
    let mut helps = FOURTH;
    helps[2].1 = "another answer";
    tells(&provider, "/join, the hint", &step(&browser, &fourth, &helps).await, until);

    let until = provider.clock.now().plus(Duration::from_secs(300));
    for account in ["nobody00001", "nobody00002"] {
        assert_eq!(sign_in(&provider, account, "wrong-password").await.status, 422);
    }
    provider.advance(Duration::from_secs(100)).await.unwrap();
    tells(&provider, "/sign-in", &sign_in(&provider, NATURAL_PERSON, OLD).await, until);
}

#[tokio::test]
async fn who_reads_no_picture_is_told_when_the_hour_ends() {
    let provider = Provider::start().await.unwrap();
    let until = provider.clock.now().plus(HOUR);
    assert_eq!(unseen(&provider, "nobody00000").await.status, 200);
    provider.advance(TWENTY_MINUTES).await.unwrap();
    for number in 1..20 {
        assert_eq!(unseen(&provider, &format!("nobody{number:05}")).await.status, 200, "{number}");
    }
    tells(&provider, "/forgot-password", &unseen(&provider, "nobody00020").await, until);
}

/// Half a second counts as a whole one: who comes when they were told does not come too early.
#[tokio::test]
async fn who_asked_a_moment_ago_is_told_until_when_to_the_second_and_not_too_early() {
    let provider = Provider::start().await.unwrap();
    equip(&provider, NATURAL_PERSON, None, Some(MOBILE)).await;
    let member = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let (guesser, letters) = asked_for_letters(&provider, "nobody00000").await;
    let browser = Browser::new(&provider.issuer).unwrap();
    let waiting = apply(&provider, &browser, "moment001").await;
    let (phone, other) = (Browser::new(&provider.issuer).unwrap(), Browser::new(&provider.issuer).unwrap());
    let last = to_the_last(&provider, &other, "moment002").await;
    let until = provider.clock.now().plus(Duration::from_secs(60));
    let help = [
        ("/forgot-password", "nobody00001"),
        ("/forgot-account", "no@example.tw"),
        ("/resend-confirmation", "nobody00003"),
    ];
    for (path, typed) in help {
        assert_eq!(asked(&provider, path, typed).await.status, 200, "{path}");
    }
    assert_eq!(ask_by_text(&provider, &phone, NATURAL_PERSON).await.status, 200);
    assert_eq!(step(&other, &last, &[("decision", "mail-code")]).await.status, 200);
    assert_eq!(code_for_sign_in(&guesser, &letters, "nobody00000").await.status, 200);
    assert_eq!(send(&provider, &member, "/account/email", &another("other@example.tw")).await.status, 200);
    provider.advance(Duration::from_millis(20_500)).await.unwrap();
    for (path, typed) in help {
        tells(&provider, path, &asked(&provider, path, typed).await, until);
    }
    tells(&provider, "by text", &ask_by_text(&provider, &phone, NATURAL_PERSON).await, until);
    tells(&provider, "/join/sent", &again(&browser, &waiting).await, until);
    tells(&provider, "/join", &step(&other, &last, &[("decision", "mail-code")]).await, until);
    tells(&provider, "/sign-in", &code_for_sign_in(&guesser, &letters, "nobody00000").await, until);
    let page = member.open(&provider.url("/account/email")).await.unwrap();
    tells(
        &provider,
        "/account/email",
        &send_from(&member, &page, "/account/email", &[("decision", "again")]).await,
        until,
    );
}

#[tokio::test]
async fn who_finds_all_hashing_threads_taken_is_told_how_long_and_loses_nothing() {
    let provider = start(|settings| settings.passwords.hashing_threads = 1).await;
    let passwords = provider.wired.membership.sign_in.passwords.clone();
    let browser = Browser::new(&provider.issuer).unwrap();
    let one = begin(&provider, &browser).await;
    let page = step(&browser, &one, &first("busy00001")).await;
    let fourth = step(&browser, &step(&browser, &page, &SECOND).await, &SKIP).await;
    let places: Vec<_> = std::iter::from_fn(|| passwords.place(None).ok()).take(2000).collect();
    assert!(passwords.place(None).is_err(), "{} places", places.len());
    let pages = [
        ("/join, the password", step(&browser, &one, &first("busy00002")).await),
        ("/join, the hint", step(&browser, &fourth, &FOURTH).await),
        ("/sign-in", sign_in(&provider, NATURAL_PERSON, OLD).await),
    ];
    for (what, page) in &pages {
        assert_eq!(page.status, 503, "{what}: {}", page.body);
        let seconds = page.headers.get("retry-after").map(|said| said.to_str().unwrap().parse::<u64>().unwrap());
        assert!(seconds.is_some_and(|seconds| (1..=10).contains(&seconds)), "{what}: {seconds:?}");
    }
    drop(places);
    assert_eq!(step(&browser, &pages[0].1, &first("busy00002")).await.status, 200);
}
