//! The hint question (密碼提示問題): an added proof, never the only one, and no trap for who forgot its answer.

use crate::support::*;
use conformance::steps::run;
use conformance::{Browser, NATURAL_PERSON, PASSWORD as OLD, Page, Provider};
use std::time::Duration;

const NEW: &str = "vT4-hN8wq";

async fn with(question: Option<&str>, mobile: Option<&str>) -> (Provider, Browser) {
    let provider = Provider::start().await.unwrap();
    equip(&provider, NATURAL_PERSON, question, mobile).await;
    let browser = Browser::new(&provider.issuer).unwrap();
    (provider, browser)
}

/// Opens the link that is mailed, the newest of so many mails.
async fn by_mail(provider: &Provider, browser: &Browser, number: usize) -> Page {
    let page = asked(provider, "/forgot-password", NATURAL_PERSON).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let mail = so_many_mails(provider, number).await.pop().unwrap();
    browser.open(&link(provider, &mail)).await.unwrap()
}

async fn answer(browser: &Browser, page: &Page, typed: &str) -> Page {
    let key = page.field("key").unwrap_or_else(|| panic!("no question: {}", page.body));
    browser.submit("/reset-password", &[("key", &key), ("hint-answer", typed)]).await.unwrap()
}

#[tokio::test]
async fn behind_the_mailed_link_the_answer_is_asked_and_read_as_people_type_it() {
    let (provider, browser) = with(Some(QUESTION), None).await;
    let page = by_mail(&provider, &browser, 1).await;
    assert!(page.body.contains(QUESTION) && !page.has("reset") && !page.has("by-text"), "{}", page.body);
    assert!(page.body.contains("客服中心"), "without a mobile: people: {}", page.body);
    let missing = answer(&browser, &page, " ").await;
    assert!(missing.status == 422 && missing.body.contains("請輸入密碼提示答案"), "{}", missing.body);
    let wrong = answer(&browser, &page, "Garfield").await;
    assert!(wrong.status == 422 && wrong.body.contains("還可以輸入 4 次"), "{}", wrong.body);
    assert!(!wrong.body.contains("Garfield"));
    let right = answer(&browser, &page, "　ＭＵＣＨＡ 一世 ").await;
    assert!(right.has("reset"), "{}", right.body);
    provider.advance(Duration::from_secs(1)).await.unwrap();
    assert!(set_password(&browser, &right, NEW).await.body.contains("密碼已經重設"));
    assert!(sign_in(&provider, NATURAL_PERSON, NEW).await.body.contains("蘇小美"));
    let lines = provider.audit(100).await.unwrap();
    let reset = lines.iter().find(|line| line.event == "account.password_reset").unwrap();
    assert_eq!(reset.detail.as_deref(), Some("{\"proofs\":[\"mail\",\"answer\"],\"recovery_removed\":false}"));
    let tried: Vec<_> = lines.iter().filter(|line| line.event == "recovery.tried").collect();
    assert_eq!(tried.len(), 2);
    assert!(tried.iter().all(|line| line.detail.as_deref().unwrap().contains("\"proof\":\"answer\"")));
}

/// Attack: the step left out.
#[tokio::test]
async fn without_the_answer_neither_link_nor_code_sets_a_password() {
    let (provider, browser) = with(Some(QUESTION), Some(MOBILE)).await;
    let page = by_mail(&provider, &browser, 1).await;
    let after = set_password(&browser, &page, NEW).await;
    assert!(after.status == 422 && after.body.contains(QUESTION), "{}", after.body);
    let waits = ask_by_text(&provider, &browser, NATURAL_PERSON).await;
    let code = code_in(&so_many_texts(&provider, 1).await[0].1);
    let page = type_code(&browser, &waits, &code).await;
    assert!(page.body.contains(QUESTION) && !page.has("by-text"), "{}", page.body);
    let after = set_password(&browser, &page, NEW).await;
    assert!(after.status == 422 && after.body.contains(QUESTION), "{}", after.body);
    assert!(sign_in(&provider, NATURAL_PERSON, OLD).await.body.contains("蘇小美"));
    assert!(answer(&browser, &page, ANSWER).await.has("reset"), "a code and the answer");
}

#[tokio::test]
async fn who_forgot_the_answer_proves_mail_and_text_message_both() {
    let (provider, browser) = with(Some(QUESTION), Some(MOBILE)).await;
    let page = by_mail(&provider, &browser, 1).await;
    assert!(page.has("by-text") && page.body.contains("09******56") && !page.body.contains(MOBILE), "{}", page.body);
    let key = page.field("key").unwrap();
    let by_text = [("key", key.as_str()), ("decision", "text")];
    let waits = browser.submit("/reset-password", &by_text).await.unwrap();
    let soon = browser.submit("/reset-password", &by_text).await.unwrap();
    assert!(soon.status == 429 && soon.body.contains(QUESTION), "{}", soon.body);
    assert!(!waits.body.contains("存在") && waits.body.contains("救援手機"), "they were shown it: {}", waits.body);
    assert!(waits.body.contains(&format!("/reset-password?key={key}")), "back to the question: {}", waits.body);
    let (number, says) = so_many_texts(&provider, 1).await.pop().unwrap();
    assert_eq!(number, MOBILE);
    let page = type_code(&browser, &waits, &code_in(&says)).await;
    assert!(page.has("reset"), "{}", page.body);
    assert!(set_password(&browser, &page, NEW).await.body.contains("密碼已經重設"));
    let lines = provider.audit(100).await.unwrap();
    let reset = lines.iter().find(|line| line.event == "account.password_reset").unwrap();
    assert_eq!(reset.detail.as_deref(), Some("{\"proofs\":[\"mail\",\"text_code\"],\"recovery_removed\":false}"));
}

#[tokio::test]
async fn what_a_link_proved_counts_for_nothing_beside_a_code_once_it_is_over() {
    let (provider, browser) = with(Some(QUESTION), Some(MOBILE)).await;
    let page = by_mail(&provider, &browser, 1).await;
    provider.advance(Duration::from_secs(3599)).await.unwrap();
    let key = page.field("key").unwrap();
    let waits = browser.submit("/reset-password", &[("key", &key), ("decision", "text")]).await.unwrap();
    let code = code_in(&so_many_texts(&provider, 1).await[0].1);
    provider.advance(Duration::from_secs(2)).await.unwrap();
    let page = type_code(&browser, &waits, &code).await;
    assert!(page.body.contains(QUESTION) && !page.has("reset"), "the code alone: {}", page.body);
}

/// Attack: guessing the answer, in parallel, through link after link; and locking the person out by it.
#[tokio::test]
async fn five_answers_are_looked_at_in_a_day_whatever_the_links_and_nobody_is_locked_out_by_them() {
    let (mut provider, browser) = with(Some(QUESTION), Some(MOBILE)).await;
    let page = by_mail(&provider, &browser, 1).await;
    let hashed = provider.wired.membership.sign_in.passwords.hashed();
    let all = futures_util::future::join_all((0..12).map(|_| answer(&browser, &page, "Garfield"))).await;
    assert!(all.iter().all(|page| !page.has("reset")));
    // Of many in the same moment some are told to come again; in the end five are looked at.
    let mut last = answer(&browser, &page, "Garfield").await;
    for _ in 0..8 {
        last = answer(&browser, &page, "Garfield").await;
    }
    assert_eq!(provider.wired.membership.sign_in.passwords.hashed() - hashed, 5);
    assert!(last.status == 429 && last.body.contains("原來的密碼仍然可以登入"), "{}", last.body);
    assert_eq!(last.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() / 3600, 24);
    provider.restart().await.unwrap();
    provider.advance(Duration::from_secs(61)).await.unwrap();
    let other = by_mail(&provider, &browser, 2).await;
    assert_eq!(answer(&browser, &other, ANSWER).await.status, 429, "another link, another process, the right answer");
    assert!(sign_in(&provider, NATURAL_PERSON, OLD).await.body.contains("蘇小美"));
    let key = other.field("key").unwrap();
    let waits = browser.submit("/reset-password", &[("key", &key), ("decision", "text")]).await.unwrap();
    assert!(waits.has("type-code"), "the other way is open");
    provider.advance(Duration::from_secs(24 * 3600)).await.unwrap();
    let page = by_mail(&provider, &browser, 3).await;
    assert!(answer(&browser, &page, ANSWER).await.has("reset"), "a day later");
}

#[tokio::test]
async fn without_a_question_the_mailed_link_is_enough_and_no_answer_is_taken_for_one() {
    let (provider, browser) = with(None, Some(MOBILE)).await;
    let page = by_mail(&provider, &browser, 1).await;
    assert!(page.has("reset") && !page.body.contains("提示問題"), "{}", page.body);
    for typed in ["", "Garfield", ANSWER] {
        let answered = answer(&browser, &page, typed).await;
        assert!(answered.status == 422 && answered.has("reset"), "{typed}: {}", answered.body);
        assert!(answered.body.contains("請輸入密碼"), "it is a password that is missing: {}", answered.body);
    }
    assert!(set_password(&browser, &page, NEW).await.body.contains("密碼已經重設"));
    let lines = provider.audit(100).await.unwrap();
    let reset = lines.iter().find(|line| line.event == "account.password_reset").unwrap();
    assert_eq!(reset.detail.as_deref(), Some("{\"proofs\":[\"mail\"],\"recovery_removed\":false}"));
    assert!(lines.iter().all(|line| line.event != "recovery.tried"));
}

#[tokio::test]
async fn an_operator_removes_the_question_of_who_has_no_other_way() {
    let (provider, browser) = with(Some(QUESTION), Some(MOBILE)).await;
    let forget = ["accounts", "forget-hint", NATURAL_PERSON];
    run(&provider, &forget).await.unwrap();
    let told = so_many_mails(&provider, 1).await.pop().unwrap();
    assert_eq!(told.subject(), Some("「我的E政府」密碼提示問題已取消"));
    provider.advance(Duration::from_secs(1)).await.unwrap();
    assert!(by_mail(&provider, &browser, 2).await.has("reset"), "the mailed link is enough");
    let waits = ask_by_text(&provider, &browser, NATURAL_PERSON).await;
    assert_eq!(so_many_texts(&provider, 1).await[0].0, MOBILE, "the mobile stays");
    assert!(waits.has("type-code"));
    assert!(run(&provider, &forget).await.is_err(), "there is none any more");
    assert!(provider.audit(10).await.unwrap().iter().any(|line| {
        line.event == "administered" && line.detail.as_deref().unwrap_or_default().contains("accounts.forget_hint")
    }));
}
