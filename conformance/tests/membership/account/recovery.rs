//! 忘記密碼救援 of who is signed in.

use super::{send, send_from, signed_in};
use crate::support::*;
use conformance::steps::seconds;
use conformance::{NATURAL_PERSON, PASSWORD as OLD, Page, Provider};
use serde_json::{Value, json};

const PATH: &str = "/account/recovery";

fn fields<'a>(current: &'a str, mobile: &'a str, answer: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("hint-question", "pet"),
        ("own-question", ""),
        ("hint-answer", answer),
        ("rescue-mobile", mobile),
        ("current-password", current),
    ]
}

fn is_saved(page: &Page) -> bool {
    page.status == 200 && page.has("saved")
}

#[tokio::test]
async fn it_is_changed_with_the_current_password_alone() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let wrong = send(&provider, &browser, PATH, &fields("wrong-one", "0911123456", "Mucha")).await;
    assert!(wrong.status == 422 && wrong.has("current-password-error"), "{}", wrong.body);
    assert_eq!(wrong.field("rescue-mobile").as_deref(), Some("0911123456"), "what was typed survives");
    let missing = send_from(&browser, &wrong, PATH, &fields("", "0911123456", "Mucha")).await;
    assert!(missing.status == 422 && missing.body.contains("請輸入目前的密碼"), "{}", missing.body);
    let malformed = send_from(&browser, &wrong, PATH, &fields("wrong-one", "12", "")).await;
    assert!(malformed.has("rescue-mobile-error") && malformed.has("hint-answer-error"), "{}", malformed.body);
    assert!(!malformed.has("current-password-error"), "and no attempt is spent on it");
    provider.advance(seconds(6)).await.unwrap();
    assert!(is_saved(&send_from(&browser, &malformed, PATH, &fields(OLD, "0911-123-456", "Mucha")).await));
    let shown = browser.open(&provider.url("/account")).await.unwrap().body;
    assert!(shown.contains("09******56") && !shown.contains("0911123456") && !shown.contains("Mucha"), "{shown}");
    // The answer stays if none is typed to the same question; an empty mobile is none.
    assert!(is_saved(&send(&provider, &browser, PATH, &fields(OLD, "", "")).await));
    assert!(is_saved(&send(&provider, &browser, PATH, &[("current-password", OLD)]).await));
    let lines = provider.audit(100).await.unwrap();
    let mut said: Vec<Value> = lines
        .iter()
        .filter(|line| line.event == "account.record_changed")
        .map(|line| serde_json::from_str::<Value>(line.detail.as_deref().unwrap()).unwrap()["fields"].clone())
        .collect();
    said.sort_by_key(Value::to_string);
    let all = json!(["hint_question", "hint_answer", "rescue_mobile"]);
    assert_eq!(said, [all, json!(["hint_question", "hint_answer"]), json!(["rescue_mobile"])]);
}

#[tokio::test]
async fn of_two_tabs_the_second_is_told() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let one = browser.open(&provider.url(PATH)).await.unwrap();
    let two = browser.open(&provider.url(PATH)).await.unwrap();
    assert!(is_saved(&send_from(&browser, &one, PATH, &fields(OLD, "0911123456", "Mucha")).await));
    let late = send_from(&browser, &two, PATH, &fields(OLD, "0922123456", "Mucha")).await;
    assert!(late.status == 409 && late.body.contains("沒有儲存"), "{}", late.body);
    assert!(browser.open(&provider.url("/account")).await.unwrap().body.contains("09******56"));
    assert_eq!(events(&provider).await, ["account.record_changed"]);
}
