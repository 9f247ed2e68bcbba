//! Attacks: one address sends what it can, so that everybody else goes without.

use crate::account::{send, signed_in};
use crate::support::*;
use conformance::{Browser, CIVIL_SERVANT, NATURAL_PERSON, PASSWORD as OLD, Page, Provider, ProviderOptions};
use idp::passwords::Place;
use idp::settings::Settings;
use idp_store::ephemeral::Once;
use mail_parser::Message;
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

/// Attack: an estimate takes a processor longer than a hash.
#[tokio::test]
async fn a_password_is_estimated_by_who_hashes_once_the_address_was_counted_and_the_rest_is_right() {
    let provider = provider(|settings| {
        behind_a_proxy(settings);
        settings.membership.applications_per_address = 3;
    })
    .await;
    let first = async |address: &str, account: &str, password: &str| {
        let browser = Browser::at(&provider.issuer, address).unwrap();
        let page = begin(&provider, &browser).await;
        let fields = [("account", account), ("new-password", password), ("new-password-again", password)];
        step(&browser, &page, &fields).await
    };
    for _ in 0..5 {
        let page = first(ATTACKER, "1bad", "password").await;
        assert!(page.has("account-error") && !page.has("new-password-error"), "{}", page.body);
    }
    for _ in 0..3 {
        let page = first(ATTACKER, "flooded04", "password").await;
        assert!(page.status == 422 && page.has("new-password-error"), "{}", page.body);
    }
    assert_eq!(first(ATTACKER, "flooded04", "password").await.status, 429);
    let passwords = &provider.wired.sign_in.passwords;
    let queue: Vec<_> = std::iter::from_fn(|| passwords.place(None).ok()).collect();
    let page = first(SOMEBODY, "flooded04", "password").await;
    assert!(page.status == 503 && !page.has("new-password-error"), "{}", page.body);
    drop(queue);
    assert_eq!(first(SOMEBODY, "flooded04", PASSWORD).await.status, 200);
}

/// As many places to be hashed as an address can have.
fn crowd(provider: &Provider, address: &str) -> Vec<Place> {
    let (passwords, address) = (&provider.wired.sign_in.passwords, address.parse().unwrap());
    std::iter::from_fn(|| passwords.place(Some(address)).ok()).collect()
}

/// Sends a form while the attacker has as many places as it can: whether it is turned away.
async fn behind_a_crowd((provider, turned_away): (&Provider, bool), form: &str, sent: impl Future<Output = Page>) {
    let waiting = crowd(provider, ATTACKER);
    let page = sent.await;
    assert_eq!(page.status == 503, turned_away, "{form}, {} wait: {}", waiting.len(), page.body);
}

/// Attack: who knows one password signs in with it all day, as often as can be hashed.
#[tokio::test]
async fn one_address_leaves_others_their_places_to_be_hashed_behind_every_form() {
    let provider = provider(behind_a_proxy).await;
    equip(&provider, NATURAL_PERSON, Some(QUESTION), None).await;
    let mailed_to = async |account| {
        assert_eq!(asked(&provider, "/forgot-password", account).await.status, 200);
        let is_theirs = |mail: &Message<'_>| mail.body_text(0).unwrap().contains(account);
        until("the link is mailed", async || mails(&provider).iter().any(is_theirs)).await;
        link(&provider, mails(&provider).iter().find(|mail| is_theirs(mail)).unwrap())
    };
    let links = [mailed_to(NATURAL_PERSON).await, mailed_to(CIVIL_SERVANT).await];
    for (address, turned_away) in [(ATTACKER, true), (SOMEBODY, false)] {
        let browser = Browser::at(&provider.issuer, address).unwrap();
        let first_step = begin(&provider, &browser).await;
        let second_step = step(&browser, &first_step, &first("fairly0001")).await;
        let fourth_step = step(&browser, &step(&browser, &second_step, &SECOND).await, &SKIP).await;
        let (question, reset) = (browser.open(&links[0]).await.unwrap(), browser.open(&links[1]).await.unwrap());
        let hint = [("key", question.field("key").unwrap()), ("hint-answer", "Garfield".to_owned())];
        let hint = hint.each_ref().map(|(name, value)| (*name, value.as_str()));
        behind_a_crowd((&provider, turned_away), "/sign-in", sign_in_by(&provider, &browser, NATURAL_PERSON, OLD))
            .await;
        let fields = first("fairly0002");
        behind_a_crowd((&provider, turned_away), "/join, the password", step(&browser, &first_step, &fields)).await;
        behind_a_crowd((&provider, turned_away), "/join, the hint", step(&browser, &fourth_step, &FOURTH)).await;
        let sent = async { browser.submit("/reset-password", &hint).await.unwrap() };
        behind_a_crowd((&provider, turned_away), "/reset-password, the hint", sent).await;
        behind_a_crowd((&provider, turned_away), "/reset-password", set_password(&browser, &reset, "vT4-hN8wq")).await;
    }
    let member = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let waiting = crowd(&provider, "127.0.0.1");
    for path in ["/account/password", "/account/recovery"] {
        let fields = [("current-password", OLD), ("new-password", "vT4-hN8wq"), ("new-password-again", "vT4-hN8wq")];
        assert_eq!(
            send(&provider, &member, path, &fields).await.status,
            503,
            "{path}, its current password, {} wait",
            waiting.len()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_has_so_many_pictures_drawn_at_once_and_another_its_own() {
    let provider = provider(behind_a_proxy).await;
    let of = async |address: &str| {
        let browser = Browser::at(&provider.issuer, address).unwrap();
        let page = browser.open(&provider.url("/forgot-password")).await.unwrap();
        let picture = provider.url(&format!("/captcha/image?challenge={}", page.field("captcha").unwrap()));
        (browser, picture)
    };
    let ((attacker, one), (somebody, other)) = (of(ATTACKER).await, of(SOMEBODY).await);
    let flood = (0..60).map(|_| attacker.http.get(&one).send());
    let all = async { futures_util::future::join_all(flood).await };
    let theirs = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        somebody.http.get(&other).send().await.unwrap().status()
    };
    let (all, theirs) = futures_util::future::join(all, theirs).await;
    let drawn = |status: u16| all.iter().filter(|answer| answer.as_ref().unwrap().status() == status).count();
    assert_eq!(theirs, 200);
    assert!(drawn(200) >= 1 && drawn(503) >= 1 && drawn(200) + drawn(503) == 60, "{} {}", drawn(200), drawn(503));
    assert_eq!(attacker.http.get(&one).send().await.unwrap().status(), 200, "places are given back");
}

#[tokio::test]
async fn what_is_refused_uses_up_nothing_of_what_an_address_may_ask_for() {
    let provider = provider(|settings| {
        behind_a_proxy(settings);
        settings.membership.mails_per_address = 3;
    })
    .await;
    let browser = Browser::at(&provider.issuer, ATTACKER).unwrap();
    let unseen = async |account: &str| {
        let fields = [("account", account), ("decision", "without-picture")];
        browser.submit("/forgot-password", &fields).await.unwrap()
    };
    assert_eq!(unseen("nobody3001").await.status, 200);
    for _ in 0..30 {
        assert_eq!(unseen("nobody3001").await.status, 429);
    }
    let last = to_the_last(&provider, &browser, "flooded05").await;
    let code = async || step(&browser, &last, &[("decision", "mail-code")]).await;
    assert_eq!(code().await.status, 200);
    for _ in 0..5 {
        assert_eq!(code().await.status, 429);
    }
    let waits = Browser::at(&provider.issuer, ATTACKER).unwrap();
    let handle = apply(&provider, &waits, "flooded08").await.field("waiting").unwrap();
    for _ in 0..5 {
        let again = waits.submit("/join/sent", &[("waiting", &handle), ("decision", "again")]).await.unwrap();
        assert_eq!(again.status, 429, "{}", again.body);
    }
    assert_eq!(unseen("nobody3002").await.status, 200, "two of three were used");
    let often = unseen("nobody3003").await;
    assert_eq!((often.status.as_u16(), &often.headers["retry-after"]), (429, &"3600".parse().unwrap()));
}

/// Attack: writing to strangers from one application.
#[tokio::test]
async fn codes_for_one_application_and_without_a_picture_from_one_address_are_few() {
    let provider = provider(behind_a_proxy).await;
    let browser = Browser::at(&provider.issuer, ATTACKER).unwrap();
    let mut page = to_the_last(&provider, &browser, "flooded06").await;
    let mut statuses = Vec::new();
    for number in 0..5 {
        let email = format!("stranger{number}@example.tw");
        let second = step(&browser, &page, &[("decision", "basics")]).await;
        let fields = [("name", "蘇小美"), ("email", &email), ("email-again", &email), ("nickname", "")];
        page = skip_both(&browser, &step(&browser, &second, &fields).await).await;
        let coded = step(&browser, &page, &[("decision", "mail-code")]).await;
        statuses.push(coded.status.as_u16());
        if coded.status == 429 {
            assert!(coded.body.contains("60 分鐘後再試") && coded.has("captcha-image"), "{}", coded.body);
        }
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    assert_eq!(noted(&provider).await, 3);
    for number in 3..20 {
        let (account, decision) = (format!("nobody4{number:03}"), ("decision", "without-picture"));
        let asked = browser.submit("/forgot-password", &[("account", &account), decision]).await.unwrap();
        assert_eq!(asked.status, 200, "{number}");
    }
    let other = Browser::at(&provider.issuer, ATTACKER).unwrap();
    let last = to_the_last(&provider, &other, "flooded07").await;
    assert_eq!(step(&other, &last, &[("decision", "mail-code")]).await.status, 429, "twenty from one address");
    assert!(agree(&provider, &other, &last).await.url.contains("/join/sent"), "with the picture it goes on");
}
