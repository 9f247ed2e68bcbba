//! Attack: filling somebody's mailbox, in whosever name; keeping somebody from the mails that are theirs; learning from a page what others
//! had sent to a mailbox.

use crate::account::{send, signed_in};
use crate::limits::{asked_for_letters, code_for_sign_in};
use crate::support::*;
use conformance::{Browser, NATURAL_PERSON, Page, Provider};
use idp_core::membership::message::{Channel, Purpose};
use idp_store::messages::{self, State};
use std::time::Duration;

/// Of somebody who has an account with it.
const THEIRS: &str = "clairesu1234@example.gov.tw";
const MINUTE: Duration = Duration::from_secs(61);

/// An application with an address; the page that waits.
async fn apply_with(provider: &Provider, account: &str, email: &str) -> (Browser, Page) {
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = step(&browser, &begin(provider, &browser).await, &first(account)).await;
    let fields = [("name", "蘇小美"), ("email", email), ("email-again", email), ("nickname", "")];
    let last = skip_both(&browser, &step(&browser, &page, &fields).await).await;
    let waiting = agree(provider, &browser, &last).await;
    assert!(waiting.status == 200 && waiting.url.contains("/join/sent?waiting="), "{}", waiting.body);
    (browser, waiting)
}

/// When nothing is due and nothing under way: what waits is held.
async fn quiet(provider: &Provider) {
    let holds = async || {
        let now = provider.clock.now();
        let read = move |conn: &mut idp_store::Conn| {
            // SQLite reads the one after the other. In this order what is taken in between was due, or shows its attempt.
            let due = messages::due(conn, Channel::Mail, now, 1000)?;
            let all = messages::due(conn, Channel::Mail, now.plus(Duration::from_secs(90 * 24 * 3600)), 1000)?;
            Ok::<_, idp_store::Fault>((due.len(), all))
        };
        let (due, all) = provider.wired.base.db.scan(read).await.unwrap();
        due == 0 && all.iter().all(|row| row.attempts == 0)
    };
    until("all that is due has left", holds).await;
}

fn mails_to(provider: &Provider, to: &str) -> Vec<String> {
    let mails = mails(provider).into_iter();
    let theirs = mails.filter(|mail| mail.to().unwrap().first().unwrap().address() == Some(to));
    theirs.map(|mail| mail.subject().unwrap().to_owned()).collect()
}

async fn state(provider: &Provider, account: &'static str) -> State {
    let read = move |conn: &mut idp_store::Conn| {
        let id = idp_store::accounts::login(conn, account)?.unwrap().person.account_id;
        messages::newest(conn, &id, Purpose::Activation)
    };
    provider.wired.base.db.scan(read).await.unwrap().unwrap().state
}

#[tokio::test]
async fn a_mailbox_is_not_filled_by_accounts_that_strangers_make_and_its_owner_still_gets_what_is_theirs() {
    let provider = Provider::start().await.unwrap();
    let accounts = ["strangers01", "strangers02", "strangers03"];
    let mut letters = Vec::new();
    for account in accounts {
        letters.push(asked_for_letters(&provider, account).await);
    }
    let mut waiting = Vec::new();
    for account in accounts {
        waiting.push(apply_with(&provider, account, THEIRS).await);
    }
    // Three codes go out for one application, five an hour to one mailbox.
    let mut codes = Vec::new();
    for account in ["strangers04", "strangers05"] {
        let code = Browser::new(&provider.issuer).unwrap();
        let page = step(&code, &begin(&provider, &code).await, &first(account)).await;
        let fields = [("name", "蘇小美"), ("email", THEIRS), ("email-again", THEIRS), ("nickname", "")];
        let last = skip_both(&code, &step(&code, &page, &fields).await).await;
        codes.push((code, last));
    }
    let mut asked_for = 3;
    for round in 0..5 {
        provider.advance(MINUTE).await.unwrap();
        for (number, account) in accounts.iter().enumerate() {
            for path in ["/resend-confirmation", "/forgot-password"] {
                assert_eq!(asked(&provider, path, account).await.status, 200, "{path} {account}");
            }
            let (browser, page) = &letters[number];
            assert_eq!(code_for_sign_in(browser, page, account).await.status, 200, "{account}");
            let (browser, page) = &waiting[number];
            let handle = page.field("waiting").unwrap();
            let again = browser.submit("/join/sent", &[("waiting", &handle), ("decision", "again")]).await.unwrap();
            assert_eq!(again.status, 200, "{}", again.body);
            asked_for += 4;
        }
        let (code, last) = &codes[round / 3];
        assert_eq!(step(code, last, &[("decision", "mail-code")]).await.status, 200);
        asked_for += 1;
        quiet(&provider).await;
    }
    let sent = mails_to(&provider, THEIRS);
    assert!(asked_for == 68 && sent.len() == 6 + 6 + 5, "{asked_for} asked for, sent: {sent:#?}");
    assert!(matches!(state(&provider, "strangers01").await, State::Held { .. }));

    // The owner's own: help for the account, and what happened to it.
    let before = sent.len();
    assert_eq!(asked(&provider, "/forgot-password", NATURAL_PERSON).await.status, 200);
    assert_eq!(asked(&provider, "/forgot-account", THEIRS).await.status, 200);
    let (browser, page) = asked_for_letters(&provider, NATURAL_PERSON).await;
    assert_eq!(code_for_sign_in(&browser, &page, NATURAL_PERSON).await.status, 200);
    quiet(&provider).await;
    assert_eq!(mails_to(&provider, THEIRS).len(), before + 3, "{:#?}", mails_to(&provider, THEIRS));
    let link = mails(&provider).iter().rev().find_map(|mail| {
        let text = mail.body_text(0)?.into_owned();
        text.split_whitespace().find(|word| word.contains("/reset-password?key=")).map(str::to_owned)
    });
    let page = browser.open(&link.unwrap()).await.unwrap();
    assert_eq!(set_password(&browser, &page, "another-Good-1").await.status, 200);
    quiet(&provider).await;
    assert_eq!(mails_to(&provider, THEIRS).len(), before + 4, "that it was changed is told in any case");
}

#[tokio::test]
async fn who_applies_with_a_full_mailbox_waits_for_the_hour_and_reads_what_everybody_reads() {
    let provider = Provider::start().await.unwrap();
    let until_then = provider.clock.now().plus(Duration::from_secs(3600));
    for number in 0..6 {
        // Spellings that many servers deliver to one mailbox are one.
        apply_with(&provider, &format!("filling00{number}"), &format!("Claire+{number}@example.gov.tw")).await;
    }
    quiet(&provider).await;
    assert_eq!(mails(&provider).len(), 6);
    provider.advance(Duration::from_secs(600)).await.unwrap();
    let (browser, waiting) = apply_with(&provider, "ownersown1", MAIL).await;
    quiet(&provider).await;
    assert_eq!((mails(&provider).len(), state(&provider, "ownersown1").await), (6, State::Held { next: until_then }));
    let page = browser.open(&waiting.url).await.unwrap();
    // An hour from when it was asked for, as on every page whose mail has not left yet.
    let now = provider.clock.now();
    let moment = idp::pages::dates::until_text(now.plus(Duration::from_secs(3600)).0, now.0, Default::default());
    assert!(page.body.contains("正在寄出") && page.body.contains(&moment), "{moment}: {}", page.body);
    // Who is signed in and asks for the same address is told no more.
    let member = signed_in(&provider, NATURAL_PERSON, conformance::PASSWORD).await;
    let fields = [("email", MAIL), ("email-again", MAIL), ("current-password", conformance::PASSWORD)];
    let asked = send(&provider, &member, "/account/email", &fields).await;
    assert!(asked.status == 200 && asked.body.contains("正在寄出"), "{}", asked.body);
    quiet(&provider).await;
    provider.advance(until_then.since(provider.clock.now())).await.unwrap();
    until("they leave", async || mails_to(&provider, MAIL).len() == 2).await;
    let page = browser.open(&waiting.url).await.unwrap();
    assert!(page.body.contains("寄達對方的郵件伺服器"), "{}", page.body);
    let mail = mails(&provider).into_iter().find(|mail| mail.body_text(0).unwrap().contains("ownersown1")).unwrap();
    assert!(activate(&browser, &link(&provider, &mail)).await.body.contains("帳號已啟用成功"));
}

#[tokio::test]
async fn what_waits_for_a_mailbox_is_not_sent_for_ever() {
    let provider = Provider::start().await.unwrap();
    for number in 0..40 {
        apply_with(&provider, &format!("backlog0{number:02}"), MAIL).await;
    }
    for hour in 1..=8_usize {
        quiet(&provider).await;
        assert_eq!(mails_to(&provider, MAIL).len(), 6 * hour.min(4), "{hour}");
        provider.advance(Duration::from_secs(3600)).await.unwrap();
    }
    let (waiting, _) = provider.wired.base.db.scan(messages::depth).await.unwrap();
    assert_eq!(waiting, 0);
}
