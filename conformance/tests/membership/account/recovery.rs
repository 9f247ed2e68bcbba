//! 忘記密碼救援 of who is signed in.

use super::{send, send_from, signed_in};
use crate::support::*;
use conformance::steps::seconds;
use conformance::{Browser, NATURAL_PERSON, PASSWORD as OLD, Page, Provider};
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
    assert!(shown.contains("0911123456") && !shown.contains("Mucha"), "{shown}");
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
    assert!(browser.open(&provider.url("/account")).await.unwrap().body.contains("0911123456"));
    assert_eq!(events(&provider).await, ["account.record_changed"]);
    // The password was right: nobody has to wait as after a wrong one.
    let meant = send_from(&browser, &late, PATH, &fields(OLD, "0922123456", "Mucha")).await;
    assert!(is_saved(&meant), "{} {}", meant.status, meant.body);
}

const NEW: &str = "vT4-hN8wq";
const DAY: u64 = 86_400;

/// Opens the link of 忘記密碼 and sets another password, if nothing more is asked.
async fn reset(provider: &Provider, browser: &Browser) -> Page {
    let before = mails(provider).len();
    assert_eq!(asked(provider, "/forgot-password", NATURAL_PERSON).await.status, 200);
    let mails = so_many_mails(provider, before + 1).await;
    let mail = mails.iter().rfind(|mail| mail.subject() == Some("「我的E政府」重設密碼")).unwrap();
    let page = browser.open(&link(provider, mail)).await.unwrap();
    let Some(key) = page.field("key").filter(|_| page.has("new-password")) else { return page };
    let fields = [("key", key.as_str()), ("new-password", NEW), ("new-password-again", NEW)];
    browser.submit("/reset-password", &fields).await.unwrap()
}

/// Attack: whoever has the password makes recovery theirs, and shuts the person out for good.
#[tokio::test]
async fn a_thief_cannot_make_recovery_theirs_before_the_person_hears_of_it() {
    let provider = Provider::start().await.unwrap();
    equip(&provider, NATURAL_PERSON, None, Some(MOBILE)).await;
    let thief = signed_in(&provider, NATURAL_PERSON, OLD).await;
    assert!(is_saved(&send(&provider, &thief, PATH, &fields(OLD, "0987654321", "thief")).await));
    let told = so_many_mails(&provider, 1).await.pop().unwrap();
    let (subject, said) = (told.subject().unwrap(), told.body_text(0).unwrap());
    assert!(subject.contains("忘記密碼救援已變更") && said.contains("/forgot-password"), "{subject} {said}");
    let texts = so_many_texts(&provider, 1).await;
    assert!(texts[0].0.contains(&MOBILE[1..]) && texts[0].1.contains("已變更"), "on the mobile of before: {texts:?}");
    // The mobile of a moment ago gets no code.
    let page = ask_by_text(&provider, &Browser::new(&provider.issuer).unwrap(), NATURAL_PERSON).await;
    assert!(page.field("asking").is_some(), "nobody sees the difference: {}", page.body);
    provider.advance(seconds(60)).await.unwrap();
    // The person resets by the mail alone: nobody asks them what the thief knows.
    let owner = Browser::new(&provider.issuer).unwrap();
    let done = reset(&provider, &owner).await;
    assert!(done.body.contains("密碼已經重設") && done.has("recovery-removed"), "{}", done.body);
    assert_eq!(texts_to(&provider, "987654321"), 0);
    let lines = provider.audit(100).await.unwrap();
    let line = lines.iter().find(|line| line.event == "account.password_reset").unwrap();
    assert!(line.detail.as_deref().unwrap().contains("\"recovery_removed\":true"), "{:?}", line.detail);
    // And it stays removed.
    provider.advance(seconds(8 * DAY)).await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, NEW).await;
    let shown = browser.open(&provider.url(PATH)).await.unwrap();
    assert_eq!(shown.field("rescue-mobile").as_deref(), Some(""), "{}", shown.body);
}

fn texts_to(provider: &Provider, number: &str) -> usize {
    texts(provider).iter().filter(|(to, _)| to.contains(number)).count()
}

#[tokio::test]
async fn what_was_changed_counts_when_it_has_settled() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    assert!(is_saved(&send(&provider, &browser, PATH, &fields(OLD, MOBILE, "Mucha")).await));
    so_many_mails(&provider, 1).await;
    // Both pages say from when on.
    for path in ["/account", PATH] {
        let page = browser.open(&provider.url(path)).await.unwrap();
        assert!(page.body.contains("計入日期"), "{path}: {}", page.body);
    }
    provider.advance(seconds(7 * DAY - 1)).await.unwrap();
    ask_by_text(&provider, &browser, NATURAL_PERSON).await;
    until("it was looked at", async || settled(&provider).await == 2).await;
    provider.advance(seconds(61)).await.unwrap();
    let page = ask_by_text(&provider, &browser, NATURAL_PERSON).await;
    let texts = so_many_texts(&provider, 1).await;
    assert_eq!(texts.len(), 1, "the first was too early");
    let page = type_code(&browser, &page, &code_in(&texts[0].1)).await;
    assert!(page.has("hint-answer"), "the question is asked: {}", page.body);
    let settled = signed_in(&provider, NATURAL_PERSON, OLD).await;
    for path in ["/account", PATH] {
        assert!(!settled.open(&provider.url(path)).await.unwrap().body.contains("計入日期"), "{path}");
    }
    let by_mail = reset(&provider, &browser).await;
    assert!(by_mail.has("hint-answer"), "by mail, too: {}", by_mail.body);
}

/// What the newest mail about it says.
async fn told(provider: &Provider, number: usize) -> String {
    let mail = so_many_mails(provider, number).await.pop().unwrap();
    assert!(mail.subject().unwrap().contains("忘記密碼救援已變更"), "{:?}", mail.subject());
    mail.body_text(0).unwrap().into_owned()
}

/// Attack: whoever has the password for a moment switches the question off by another mobile.
#[tokio::test]
async fn who_changes_the_mobile_alone_is_asked_the_question_as_before() {
    let provider = Provider::start().await.unwrap();
    equip(&provider, NATURAL_PERSON, Some(QUESTION), Some(MOBILE)).await;
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let own = [
        ("hint-question", "own"),
        ("own-question", QUESTION),
        ("hint-answer", ""),
        ("rescue-mobile", "0987654321"),
        ("current-password", OLD),
    ];
    let saved = send(&provider, &browser, PATH, &own).await;
    assert!(is_saved(&saved) && saved.has("mobile-counts-from") && !saved.has("hint-counts-from"), "{}", saved.body);
    let said = told(&provider, 1).await;
    assert!(said.contains("救援手機") && !said.contains("提示問題"), "{said}");
    let shown = browser.open(&provider.url("/account")).await.unwrap().body;
    assert_eq!(shown.matches("計入日期").count(), 1, "{shown}");
    provider.advance(seconds(2 * DAY)).await.unwrap();
    let owner = Browser::new(&provider.issuer).unwrap();
    let page = reset(&provider, &owner).await;
    assert!(page.has("hint-answer") && page.body.contains(QUESTION), "{}", page.body);
    // Who answers it sets another password: of what helps them the mobile alone is removed.
    let key = page.field("key").unwrap();
    let answered = owner.submit("/reset-password", &[("key", &key), ("hint-answer", ANSWER)]).await.unwrap();
    let done = set_password(&owner, &answered, NEW).await;
    assert!(done.has("recovery-removed"), "{}", done.body);
    let browser = signed_in(&provider, NATURAL_PERSON, NEW).await;
    let shown = browser.open(&provider.url(PATH)).await.unwrap();
    assert_eq!(shown.field("rescue-mobile").as_deref(), Some(""), "{}", shown.body);
    assert_eq!(shown.field("own-question").as_deref(), Some(QUESTION));
    assert!(!shown.has("mobile-counts-from"));
}

#[tokio::test]
async fn who_changes_the_question_alone_is_texted_as_before_and_everybody_reads_why_no_text_came() {
    let provider = Provider::start().await.unwrap();
    equip(&provider, NATURAL_PERSON, Some(QUESTION), Some(MOBILE)).await;
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let saved = send(&provider, &browser, PATH, &fields(OLD, MOBILE, "Mucha")).await;
    assert!(is_saved(&saved) && saved.has("hint-counts-from") && !saved.has("mobile-counts-from"), "{}", saved.body);
    let said = told(&provider, 1).await;
    assert!(said.contains("提示問題") && !said.contains("救援手機已變更"), "{said}");
    so_many_texts(&provider, 1).await;
    provider.advance(seconds(2 * DAY)).await.unwrap();
    let stranger = Browser::new(&provider.issuer).unwrap();
    let page = ask_by_text(&provider, &stranger, NATURAL_PERSON).await;
    assert!(page.body.contains("變更還不滿七天"), "{}", page.body);
    let text = so_many_texts(&provider, 2).await.pop().unwrap();
    let page = type_code(&stranger, &page, &code_in(&text.1)).await;
    assert!(page.has("new-password"), "nobody is asked what a thief may have set: {}", page.body);
    // One that is taken away is asked for no more, and that is all that is told.
    provider.advance(seconds(6 * DAY)).await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let none = [("rescue-mobile", MOBILE), ("current-password", OLD)];
    let saved = send(&provider, &browser, PATH, &none).await;
    assert!(is_saved(&saved) && !saved.has("hint-counts-from"), "{}", saved.body);
    let said = told(&provider, 2).await;
    assert!(said.contains("提示問題已取消") && !said.contains("七天之內重設"), "{said}");
}

#[tokio::test]
async fn what_is_missing_is_told_at_once_and_an_answer_stays_to_its_question_alone() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let stays = "答案已經設定好了";
    assert!(is_saved(&send(&provider, &browser, PATH, &fields(OLD, "", "Mucha")).await));
    assert!(browser.open(&provider.url(PATH)).await.unwrap().body.contains(stays));
    let other = [("hint-question", "school"), ("rescue-mobile", "12")];
    let page = send(&provider, &browser, PATH, &other).await;
    for field in ["hint-answer", "rescue-mobile", "current-password"] {
        assert!(page.has(&format!("{field}-error")), "{field}: {}", page.body);
        assert!(page.body.contains(&format!("href=\"#{field}\"")), "{field}: {}", page.body);
    }
    assert!(page.status == 422 && !page.body.contains(stays), "{}", page.body);
    let same = send(&provider, &browser, PATH, &[("hint-question", "pet")]).await;
    assert!(same.has("current-password-error") && same.body.contains(stays), "{}", same.body);
    let own = [("hint-question", "own"), ("own-question", "我的貓叫什麼名字？"), ("lang", "zh-Hant-TW")];
    let switched = send(&provider, &browser, PATH, &own).await;
    assert!(switched.status == 200 && !switched.body.contains(stays), "{}", switched.body);
}
