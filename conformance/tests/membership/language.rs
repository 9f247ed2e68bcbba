//! In which language people are written to.

use crate::account::send;
use crate::support::*;
use conformance::{Browser, Provider};
use mail_parser::Message;
use std::time::Duration;

const BRAND: &str = "我的E政府";
const ACCOUNT: &str = "english01";
const NEW: &str = "vT4-hN8wq";
const LATER: &str = "sW5-iM9xr";

/// A browser in which somebody pressed «English».
async fn english(provider: &Provider) -> Browser {
    let browser = Browser::new(&provider.issuer).unwrap();
    let home = browser.open(&provider.url("/")).await.unwrap();
    let fields = [("lang", "en"), ("return_to", &*home.field("return_to").unwrap())];
    let page = browser.submit("/language", &fields).await.unwrap();
    assert!(page.body.contains("<html lang=\"en\">"), "{}", page.body);
    browser
}

fn is_chinese(text: &str) -> bool {
    text.replace(BRAND, "").chars().any(|letter| u32::from(letter) > 0x2e7f)
}

/// So many mails are there, and the clock goes on: what is asked for next is newer, and not too soon.
async fn told(provider: &Provider, number: usize) -> Message<'static> {
    let newest = so_many_mails(provider, number).await.pop().unwrap();
    provider.advance(Duration::from_secs(61)).await.unwrap();
    newest
}

/// 加入會員, its letters, and what who has not activated yet asks for. Five mails; the account is active then.
async fn applying(provider: &Provider, browser: &Browser) {
    let last = to_the_last(provider, browser, ACCOUNT).await;
    step(browser, &last, &[("decision", "mail-code")]).await;
    told(provider, 1).await;
    apply(provider, browser, ACCOUNT).await;
    told(provider, 2).await;
    asked_by(provider, browser, "/resend-confirmation", ACCOUNT).await;
    let confirmation = told(provider, 3).await;
    asked_by(provider, browser, "/forgot-password", ACCOUNT).await;
    told(provider, 4).await;
    let page = activate(browser, &link(provider, &confirmation)).await;
    assert!(page.body.contains("account is active"), "{}", page.body);
    asked_by(provider, browser, "/forgot-account", MAIL).await;
    told(provider, 5).await;
}

/// 忘記密碼 by mail and by text message, and wrong passwords. Ten mails; the account is locked for a while then.
async fn recovering(provider: &Provider, browser: &Browser) {
    equip(provider, ACCOUNT, None, Some(MOBILE)).await;
    asked_by(provider, browser, "/forgot-password", ACCOUNT).await;
    let page = browser.open(&link(provider, &told(provider, 6).await)).await.unwrap();
    set_password(browser, &page, LATER).await;
    told(provider, 7).await;
    so_many_texts(provider, 1).await;
    let page = ask_by_text(provider, browser, ACCOUNT).await;
    let (_, says) = so_many_texts(provider, 2).await.pop().unwrap();
    set_password(browser, &type_code(browser, &page, &code_in(&says)).await, NEW).await;
    told(provider, 8).await;
    so_many_texts(provider, 3).await;
    for _ in 0..4 {
        sign_in_by(provider, browser, ACCOUNT, "wrong-one").await;
        provider.advance(Duration::from_secs(31)).await.unwrap();
    }
    let page = browser.open(&provider.url("/sign-in")).await.unwrap();
    let interaction = page.field("interaction").unwrap();
    let fields = [("interaction", &*interaction), ("username", ACCOUNT), ("decision", "mail-code")];
    let page = browser.submit("/sign-in", &fields).await.unwrap();
    assert!(page.has("captcha-answer"), "{} {}", page.status, page.body);
    told(provider, 9).await;
    sign_in_by(provider, browser, ACCOUNT, "wrong-one").await;
    told(provider, 10).await;
}

/// 我的專區: another password, another address. Fourteen mails.
async fn changing(provider: &Provider, browser: &Browser) {
    let change = [("current-password", NEW), ("new-password", LATER), ("new-password-again", LATER)];
    assert!(send(provider, browser, "/account/password", &change).await.has("password-changed"));
    told(provider, 11).await;
    let new = "new@example.tw";
    let change = [("email", new), ("email-again", new), ("current-password", LATER)];
    send(provider, browser, "/account/email", &change).await;
    told(provider, 13).await;
    let mails = mails(provider);
    let to_new = mails.iter().find(|mail| mail.to().unwrap().first().unwrap().address() == Some(new)).unwrap();
    let confirming = link(provider, to_new);
    let key = confirming.split_once("key=").unwrap().1;
    let page = browser.open(&confirming).await.unwrap();
    let done = crate::account::send_from(browser, &page, "/account/email/confirm", &[("key", key)]).await;
    assert!(done.has("email-changed"), "{}", done.body);
    told(provider, 14).await;
}

/// 刪除帳號, undone and carried out: told to both mailboxes while the new address settles. Twenty-one mails.
async fn leaving(provider: &Provider, browser: &Browser) {
    let yes = [("current-password", LATER), ("understood", "yes")];
    assert!(send(provider, browser, "/account/delete", &yes).await.has("deletion-asked"));
    told(provider, 16).await;
    let page = sign_in_by(provider, browser, ACCOUNT, LATER).await;
    let (key, interaction) = (page.field("key").unwrap(), page.field("interaction").unwrap());
    let undo = [("key", &*key), ("interaction", &*interaction)];
    assert!(browser.submit("/undo-deletion", &undo).await.unwrap().has("deletion-undone"));
    told(provider, 18).await;
    assert!(sign_in_by(provider, browser, ACCOUNT, LATER).await.has("person-name"));
    assert!(send(provider, browser, "/account/delete", &yes).await.has("deletion-asked"));
    told(provider, 20).await;
    provider.advance(Duration::from_secs(15 * 86_400)).await.unwrap();
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    idp::jobs::sweep::often(provider.wired.jobs.clone(), stopped).await.unwrap();
    told(provider, 21).await;
}

#[tokio::test]
async fn who_reads_english_pages_is_written_to_in_english_from_the_application_to_the_removal() {
    let provider = Provider::start().await.unwrap();
    let browser = english(&provider).await;
    applying(&provider, &browser).await;
    recovering(&provider, &browser).await;
    provider.advance(Duration::from_secs(3_600)).await.unwrap();
    assert!(sign_in_by(&provider, &browser, ACCOUNT, NEW).await.has("person-name"));
    changing(&provider, &browser).await;
    leaving(&provider, &browser).await;
    let mails = mails(&provider);
    for mail in &mails {
        let (plain, html) = (mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
        for said in [mail.subject().unwrap(), &plain, &html] {
            assert!(!is_chinese(said), "{said}");
        }
        assert!(html.contains("<html lang=\"en\">"), "{html}");
    }
    for (_, says) in texts(&provider) {
        assert!(!is_chinese(&says), "{says}");
    }
    let mut subjects: Vec<_> = mails.iter().map(|mail| mail.subject().unwrap().replace(BRAND, "BRAND")).collect();
    // The two about another address leave in the same moment.
    subjects[11..13].sort();
    let expected = [
        "Your code for BRAND",
        "Confirm your account at BRAND",
        "Confirm your account at BRAND",
        "Reset your password at BRAND",
        "Your account name at BRAND",
        "Reset your password at BRAND",
        "Your password at BRAND was changed",
        "Your password at BRAND was changed",
        "Your code for BRAND",
        "Your account at BRAND is locked for a while",
        "Your password at BRAND was changed",
        "BRAND: another email address was asked for",
        "BRAND: confirm your new email address",
        "BRAND: your email address was changed",
        "BRAND: your account will be deleted",
        "BRAND: your account will be deleted",
        "BRAND: your account is kept",
        "BRAND: your account is kept",
        "BRAND: your account will be deleted",
        "BRAND: your account will be deleted",
        "BRAND: your account has been deleted",
    ];
    assert_eq!(subjects, expected);
}
