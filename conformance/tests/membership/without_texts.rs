//! 忘記密碼 where nobody would read a text message: no page offers one, and nobody gets one by hand.

use crate::account::{send, signed_in};
use crate::support::*;
use conformance::{Browser, NATURAL_PERSON, PASSWORD as OLD, Provider};
use idp_core::membership::message::Channel;

/// A provider that offers none, and the link that was mailed to somebody with a question and a mobile. From here on all messages wait.
async fn without_texts() -> (Provider, String) {
    let mut provider = Provider::start().await.unwrap();
    equip(&provider, NATURAL_PERSON, Some(QUESTION), Some(MOBILE)).await;
    assert_eq!(asked(&provider, "/forgot-password", NATURAL_PERSON).await.status, 200);
    let link = link(&provider, &so_many_mails(&provider, 1).await[0]);
    until("it is over", async || settled(&provider).await == 1).await;
    assert!(Browser::new(&provider.issuer).unwrap().open(&link).await.unwrap().has("by-text"), "it was offered");
    provider.wired.membership.offers_texts = false;
    provider.wired.account.membership.offers_texts = false;
    provider.without_jobs().await.unwrap();
    provider.advance(std::time::Duration::from_secs(61)).await.unwrap();
    (provider, link)
}

/// How many messages wait: mails, text messages.
async fn waiting(provider: &Provider) -> (usize, usize) {
    let now = provider.clock.now();
    let due = async |channel| {
        let read = move |conn: &mut idp_store::Conn| idp_store::messages::due(conn, channel, now, 100);
        provider.wired.base.db.scan(read).await.unwrap().len()
    };
    (due(Channel::Mail).await, due(Channel::Text).await)
}

#[tokio::test]
async fn who_forgot_the_password_is_offered_mail_alone_and_gets_mail_whatever_they_send() {
    let (provider, _) = without_texts().await;
    let browser = Browser::new(&provider.issuer).unwrap();
    let form = browser.open(&provider.url("/forgot-password")).await.unwrap();
    assert!(
        form.has("account") && !form.body.contains("手機簡訊") && !form.body.contains("name=\"way\""),
        "{}",
        form.body
    );
    let page = ask_by_text(&provider, &browser, NATURAL_PERSON).await;
    assert!(page.status == 200 && page.url.ends_with("/forgot-password?asked=yes"), "{}", page.url);
    assert!(!page.body.contains("手機簡訊") && !page.has("type-code"), "{}", page.body);
    assert_eq!(waiting(&provider).await, (1, 0));
    let late = ask_by_text(&provider, &browser, NATURAL_PERSON).await;
    assert!(late.status == 429 && !late.body.contains("改用電子郵件"), "it counts as a mail: {}", late.body);
}

#[tokio::test]
async fn who_forgot_the_answer_is_sent_to_people_and_gets_no_code_by_hand() {
    let (provider, link) = without_texts().await;
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = browser.open(&link).await.unwrap();
    assert!(page.has("hint-answer") && page.body.contains("客服中心"), "{}", page.body);
    assert!(!page.has("by-text") && !page.body.contains("09******56"), "{}", page.body);
    let key = page.field("key").unwrap();
    let by_hand = browser.submit("/reset-password", &[("key", &key), ("decision", "text")]).await.unwrap();
    assert!(by_hand.has("hint-answer") && !by_hand.has("type-code"), "{}", by_hand.body);
    assert_eq!(waiting(&provider).await, (0, 0));
}

#[tokio::test]
async fn who_changes_something_is_told_by_mail_alone() {
    let (provider, _) = without_texts().await;
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let helps = [("rescue-mobile", "0922333444"), ("current-password", OLD)];
    assert!(send(&provider, &browser, "/account/recovery", &helps).await.has("saved"));
    let typed = [("current-password", OLD), ("new-password", "vT4-hN8wq"), ("new-password-again", "vT4-hN8wq")];
    assert!(send(&provider, &browser, "/account/password", &typed).await.has("password-changed"));
    assert_eq!(waiting(&provider).await, (2, 0));
}
