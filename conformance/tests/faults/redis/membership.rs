//! What people who apply or ask for help notice of a Redis that is away: nothing. And nothing is used twice by it.

use super::{eventually, redis, switched_on};
use conformance::servers::redis::RedisServer;
use conformance::{Browser, Page, Provider, ProviderOptions};

const OVER: &str = "已使用過";
const EMAIL: &str = "claire@example.gov.tw";
const PASSWORD: &str = "xK9mQ2v-z";

async fn start(server: &RedisServer) -> Provider {
    let few = |settings: &mut idp::settings::Settings| settings.membership.mails_per_address = 8;
    let ephemeral = Some(server.settings().unwrap());
    Provider::start_with(ProviderOptions { ephemeral, settings: Some(few), ..Default::default() }).await.unwrap()
}

async fn is(provider: &Provider, well: bool) {
    let what = if well { "it is well again" } else { "it is away" };
    let is_well = async || {
        let said = reqwest::get(provider.url("/readyz")).await.unwrap().text().await.unwrap();
        !said.contains("warning")
    };
    eventually(what, async || is_well().await == well).await;
}

/// A form of 忘記密碼 with its picture read.
struct Form {
    browser: Browser,
    proof: Vec<(&'static str, String)>,
}

impl Form {
    async fn open(provider: &Provider) -> Self {
        let browser = Browser::new(&provider.issuer).unwrap();
        let page = browser.open(&provider.url("/forgot-password")).await.unwrap();
        Self { proof: provider.proof(&page).unwrap(), browser }
    }

    async fn send(&self, account: &str) -> Page {
        let mut fields = vec![("account", account)];
        fields.extend(self.proof.iter().map(|(name, value)| (*name, value.as_str())));
        self.browser.submit("/forgot-password", &fields).await.unwrap()
    }
}

fn is_taken(page: &Page) -> bool {
    page.status == 200 && page.url.ends_with("asked=yes")
}

fn is_over(page: &Page) -> bool {
    page.status == 422 && page.body.contains(OVER)
}

async fn step(browser: &Browser, page: &Page, fields: &[(&str, &str)]) -> Page {
    let application = page.field("application").unwrap_or_else(|| panic!("no step: {}", page.body));
    // Which documents the last step showed.
    let documents = page.field("documents");
    let shown: Vec<_> = documents.iter().map(|shown| ("documents", shown.as_str())).collect();
    browser
        .submit("/join", &[&[("application", application.as_str())], shown.as_slice(), fields].concat())
        .await
        .unwrap()
}

/// The last step of 加入會員, where a code was mailed; and that code.
async fn code_mailed(provider: &Provider, browser: &Browser) -> (Page, String, String) {
    let page = browser.open(&provider.url("/join?kind=general")).await.unwrap();
    let chosen = [("account", "applicant1"), ("new-password", PASSWORD), ("new-password-again", PASSWORD)];
    let page = step(browser, &page, &chosen).await;
    let basics = [("name", "蘇小美"), ("email", EMAIL), ("email-again", EMAIL), ("nickname", "")];
    let page = step(browser, &page, &basics).await;
    let page = step(browser, &page, &[("decision", "skip")]).await;
    let page = step(browser, &page, &[("decision", "skip")]).await;
    let page = step(browser, &page, &[("decision", "mail-code")]).await;
    let [(_, challenge), (_, code)] = provider.proof(&page).unwrap().try_into().unwrap();
    (page, challenge, code)
}

async fn guess(browser: &Browser, page: &Page, challenge: &str, code: &str) -> Page {
    step(browser, page, &[("agree", "yes"), ("captcha", challenge), ("captcha-answer", code)]).await
}

#[tokio::test]
async fn while_redis_is_frozen_a_picture_is_read_once_and_after_it_is_back_it_is_still_used_up() {
    if !switched_on() {
        return;
    }
    let server = redis().await;
    let provider = start(&server).await;
    let (early, late) = (Form::open(&provider).await, Form::open(&provider).await);
    server.freeze().unwrap();
    // What was asked before is answered when it goes on.
    is(&provider, false).await;
    let page = early.send("nobody01").await;
    assert!(is_taken(&page), "{} {}", page.status, page.body);
    let page = early.send("nobody02").await;
    assert!(is_over(&page), "{} {}", page.status, page.body);
    server.thaw().unwrap();
    is(&provider, true).await;
    let page = early.send("nobody03").await;
    assert!(is_over(&page), "read while it was away: {} {}", page.status, page.body);
    assert!(is_taken(&late.send("nobody04").await));
    assert!(is_over(&late.send("nobody05").await));
}

#[tokio::test]
async fn a_picture_of_before_an_emptied_redis_is_read_anew_and_no_old_answer_counts() {
    if !switched_on() {
        return;
    }
    let server = redis().await;
    let provider = start(&server).await;
    let (used, unused) = (Form::open(&provider).await, Form::open(&provider).await);
    assert!(is_taken(&used.send("nobody01").await));
    server.flush().unwrap();
    for form in [&used, &unused] {
        let page = form.send("nobody02").await;
        assert!(is_over(&page), "{} {}", page.status, page.body);
    }
    provider.advance(idp_store::ephemeral::AHEAD).await.unwrap();
    assert!(is_taken(&Form::open(&provider).await.send("nobody03").await), "a new one does");
}

#[tokio::test]
async fn tries_of_a_mailed_code_count_together_with_redis_and_without() {
    if !switched_on() {
        return;
    }
    let server = redis().await;
    let provider = start(&server).await;
    let browser = Browser::new(&provider.issuer).unwrap();
    let (page, challenge, code) = code_mailed(&provider, &browser).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let is_looked_at = async || guess(&browser, &page, &challenge, wrong).await.body.contains("電子郵件驗證碼不正確");
    for _ in 0..2 {
        assert!(is_looked_at().await);
    }
    server.freeze().unwrap();
    is(&provider, false).await;
    for _ in 0..2 {
        assert!(is_looked_at().await, "nobody is kept from typing it");
    }
    server.thaw().unwrap();
    is(&provider, true).await;
    assert!(!is_looked_at().await, "the fifth ends it");
    let late = guess(&browser, &page, &challenge, &code).await;
    assert!(late.status == 422 && late.body.contains("輸入錯誤太多次"), "{} {}", late.status, late.body);
}

#[tokio::test]
async fn mails_from_an_address_are_counted_with_redis_and_without_and_its_return_forgives_nobody() {
    if !switched_on() {
        return;
    }
    let mut server = redis().await;
    let provider = start(&server).await;
    let ask = async |number: usize| {
        let browser = Browser::new(&provider.issuer).unwrap();
        let account = format!("nobody{number:04}");
        let fields = [("account", &*account), ("decision", "without-picture")];
        browser.submit("/forgot-password", &fields).await.unwrap()
    };
    for number in 0..4 {
        assert!(is_taken(&ask(number).await));
    }
    server.stop().unwrap();
    is(&provider, false).await;
    for number in 4..12 {
        assert!(is_taken(&ask(number).await), "this node counts for itself: {number}");
    }
    let too_many = ask(12).await;
    assert!(too_many.status == 429 && too_many.headers.contains_key("retry-after"), "{}", too_many.body);
    server.start_again().await.unwrap();
    is(&provider, true).await;
    assert_eq!(ask(13).await.status, 429);
}
