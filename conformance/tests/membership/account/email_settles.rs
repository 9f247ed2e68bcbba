//! A changed e-mail address counts for 忘記密碼 when it has settled, and the former one until then.

use super::email::{BEFORE, NEW, PATH, confirm, fields, is_done};
use super::{send, signed_in};
use crate::support::*;
use conformance::steps::seconds;
use conformance::{Browser, NATURAL_PERSON, PASSWORD as OLD, Provider};
use mail_parser::Message;

const DAY: u64 = 86_400;
const RESET: &str = "「我的E政府」重設密碼";
const THIEFS: &str = "thief@example.tw";
const OTHER: &str = "vT4-hN8wq";

/// The mails to an address, the oldest first.
fn all_to(provider: &Provider, to: &str) -> Vec<Message<'static>> {
    let mut mails = mails(provider);
    mails.retain(|mail| mail.to().unwrap().first().unwrap().address() == Some(to));
    mails
}

/// The subjects of those.
fn subjects(provider: &Provider, to: &str) -> Vec<String> {
    all_to(provider, to).iter().map(|mail| mail.subject().unwrap().to_owned()).collect()
}

/// Changes the address, the clock a second and more later; the link that was followed.
async fn change(provider: &Provider, browser: &Browser, email: &str) -> String {
    provider.advance(seconds(61)).await.unwrap();
    let before = all_to(provider, email).iter().filter(|mail| mail.subject().unwrap().contains("確認")).count();
    let page = send(provider, browser, PATH, &fields(email, OLD)).await;
    assert!(page.status == 200 && page.has("withdraw"), "{}", page.body);
    let links = || all_to(provider, email).into_iter().filter(|mail| mail.subject().unwrap().contains("確認"));
    until("the link is there", async || links().count() > before).await;
    let link = link(provider, &links().next_back().unwrap());
    provider.advance(seconds(1)).await.unwrap();
    let done = confirm(browser, &link).await;
    assert!(is_done(&done) && done.has("email-settles"), "{}", done.body);
    link
}

/// Asks for the link of 忘記密碼 once more than before; all that were mailed to an address.
async fn forgot(provider: &Provider, to: &str) -> Vec<Message<'static>> {
    provider.advance(seconds(61)).await.unwrap();
    let before = noted(provider).await;
    assert_eq!(asked(provider, "/forgot-password", NATURAL_PERSON).await.status, 200);
    until("it was looked at", async || settled(provider).await > before).await;
    until("all is delivered", async || settled(provider).await == noted(provider).await).await;
    all_to(provider, to).into_iter().filter(|mail| mail.subject() == Some(RESET)).collect()
}

/// Attack: whoever has the password for some minutes makes the address theirs, and the account for good.
#[tokio::test]
async fn a_thief_cannot_take_the_account_by_an_address_of_their_own() {
    let provider = Provider::start().await.unwrap();
    equip(&provider, NATURAL_PERSON, None, Some(MOBILE)).await;
    let before = forgot(&provider, BEFORE).await.pop().unwrap();
    let thief = signed_in(&provider, NATURAL_PERSON, OLD).await;
    change(&provider, &thief, THIEFS).await;
    until("both are told", async || settled(&provider).await == noted(&provider).await).await;
    let told = texts(&provider).pop().expect("a text on the mobile");
    assert!(told.0.contains(&MOBILE[1..]) && told.1.contains("電子信箱已變更"), "{told:?}");
    let mail = all_to(&provider, BEFORE).pop().unwrap();
    let said = mail.body_text(0).unwrap();
    assert_eq!(mail.subject(), Some("「我的E政府」電子信箱已變更"));
    assert!(said.contains("/forgot-password") && said.contains("以前") && said.contains("這個信箱"), "{said}");
    // The thief changes the password as well, asks to be forgotten, and for another link: the person hears of each.
    let other = [("current-password", OLD), ("new-password", OTHER), ("new-password-again", OTHER)];
    assert!(send(&provider, &thief, "/account/password", &other).await.has("password-changed"));
    assert_eq!(forgot(&provider, THIEFS).await.len(), 0, "the thief's address does not count");
    assert!(subjects(&provider, BEFORE).contains(&"「我的E政府」密碼已變更".to_owned()));
    // A link of before the change works no more; one that came after does.
    let owner = Browser::new(&provider.issuer).unwrap();
    assert!(owner.open(&link(&provider, &before)).await.unwrap().has("link-over"));
    let mailed = forgot(&provider, BEFORE).await.pop().unwrap();
    let page = owner.open(&link(&provider, &mailed)).await.unwrap();
    let done = set_password(&owner, &page, PASSWORD).await;
    assert!(done.body.contains("密碼已經重設") && done.has("email-changed-lately"), "{}", done.body);
    assert!(!thief.open(&provider.url("/account")).await.unwrap().has("email"), "signed out");
    // The person changes it back, which counts at once.
    let owner = signed_in(&provider, NATURAL_PERSON, PASSWORD).await;
    let shown = owner.open(&provider.url("/account")).await.unwrap().body;
    assert!(shown.contains(THIEFS) && shown.contains("忘記密碼的連結仍寄到變更前的信箱"), "{shown}");
    provider.advance(seconds(61)).await.unwrap();
    let back = send(&provider, &owner, PATH, &fields(BEFORE, PASSWORD)).await;
    assert!(back.has("withdraw") && back.has("email-settles"), "{}", back.body);
    until("the link is there", async || all_to(&provider, BEFORE).iter().any(is_confirmation)).await;
    let confirmation = all_to(&provider, BEFORE).into_iter().rfind(is_confirmation).unwrap();
    let done = confirm(&owner, &link(&provider, &confirmation)).await;
    assert!(is_done(&done) && !done.has("email-settles"), "{}", done.body);
    let shown = owner.open(&provider.url("/account")).await.unwrap().body;
    assert!(shown.contains(BEFORE) && !shown.contains("忘記密碼的連結仍寄到"), "{shown}");
    provider.advance(seconds(8 * DAY)).await.unwrap();
    assert_eq!(forgot(&provider, THIEFS).await.len(), 0);
    assert!(sign_in(&provider, NATURAL_PERSON, PASSWORD).await.body.contains("蘇小美"));
}

fn is_confirmation(mail: &Message<'static>) -> bool {
    mail.subject().unwrap().contains("確認新的電子信箱")
}

#[tokio::test]
async fn a_changed_address_counts_for_a_reset_when_it_has_settled_and_the_first_one_of_before_until_then() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let page = browser.open(&provider.url(PATH)).await.unwrap();
    assert!(page.body.contains("七天") && !page.has("email-settles"), "said before: {}", page.body);
    change(&provider, &browser, "one@example.tw").await;
    provider.advance(seconds(DAY)).await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    change(&provider, &browser, NEW).await;
    until("all is delivered", async || settled(&provider).await == noted(&provider).await).await;
    let changed = "「我的E政府」電子信箱已變更".to_owned();
    assert_eq!(subjects(&provider, BEFORE).iter().filter(|subject| **subject == changed).count(), 2);
    assert_eq!(subjects(&provider, "one@example.tw").iter().filter(|subject| **subject == changed).count(), 1);
    // What counts from when is said where the address is shown.
    let shown = browser.open(&provider.url(PATH)).await.unwrap();
    assert!(shown.has("email-settles") && shown.body.contains(BEFORE), "{}", shown.body);
    provider.advance(seconds(7 * DAY - 61 - 1)).await.unwrap();
    assert_eq!(forgot(&provider, BEFORE).await.len(), 1, "a second before");
    assert_eq!(forgot(&provider, NEW).await.len(), 1, "from then on");
    assert_eq!(all_to(&provider, BEFORE).iter().filter(|mail| mail.subject() == Some(RESET)).count(), 1);
    assert!(!subjects(&provider, "one@example.tw").contains(&RESET.to_owned()));
    // Nothing says any more which it was.
    sweep(&provider, 300).await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    for path in ["/account", PATH] {
        let shown = browser.open(&provider.url(path)).await.unwrap();
        assert!(!shown.body.contains(BEFORE) && !shown.has("email-settles"), "{}", shown.body);
    }
}
