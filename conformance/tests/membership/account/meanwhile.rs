//! What happens while a password is hashed: the session ends, or whoever sent the form hangs up.

use super::{send_from, signed_in};
use crate::support::*;
use conformance::{Browser, NATURAL_PERSON, PASSWORD as OLD, Page, Provider, ProviderOptions};
use idp_core::people::account::AccountState;
use std::time::Duration;
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

const NEW: &str = "vT4-hN8wq";
/// Nobody's. Comparing with it takes a second or more.
const SLOW: &str = "$argon2id$v=19$m=65536,t=24,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A provider that hashes one password at a time.
async fn start() -> Provider {
    let settings = |settings: &mut idp::settings::Settings| settings.passwords.hashing_threads = 1;
    Provider::start_with(ProviderOptions { settings: Some(settings), ..ProviderOptions::default() }).await.unwrap()
}

/// Sends a form whose password has to wait until another is hashed. Gives when that is over, and the answer.
async fn send_and_wait(
    provider: &Provider,
    browser: &Browser,
    path: &'static str,
    fields: Vec<(&'static str, String)>,
) -> (JoinHandle<()>, JoinHandle<Page>) {
    let passwords = provider.wired.sign_in.passwords.clone();
    let place = passwords.place(None).unwrap();
    let other = tokio::spawn(async move {
        passwords.compare(place, Zeroizing::new("x".to_owned()), Some(SLOW.to_owned())).await.unwrap();
    });
    let browser = browser.clone();
    let sent = tokio::spawn(async move {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.submit(path, &fields).await.unwrap()
    });
    until("the form waits", async || provider.wired.sign_in.passwords.waiting() == 2).await;
    (other, sent)
}

/// The form of a page of the area, with these fields.
async fn form(
    provider: &Provider,
    browser: &Browser,
    path: &str,
    typed: &[(&'static str, &str)],
) -> Vec<(&'static str, String)> {
    let page = browser.open(&provider.url(path)).await.unwrap().field("page").unwrap();
    let typed = typed.iter().map(|(name, value)| (*name, (*value).to_owned()));
    std::iter::once(("page", page)).chain(typed).collect()
}

/// Whoever hangs up: the connection ends, and nobody waits for the answer.
async fn hang_up((other, sent): (JoinHandle<()>, JoinHandle<Page>)) {
    sent.abort();
    assert!(sent.await.unwrap_err().is_cancelled());
    // The provider notices it before the password has its turn.
    tokio::time::sleep(Duration::from_millis(200)).await;
    other.await.unwrap();
}

const LEAVES: [(&str, &str); 2] = [("current-password", OLD), ("understood", "yes")];
const CHANGES: [(&str, &str); 3] = [("current-password", OLD), ("new-password", NEW), ("new-password-again", NEW)];

#[tokio::test]
async fn who_signs_out_while_the_password_is_looked_at_deletes_nothing() {
    let provider = start().await;
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let fields = form(&provider, &browser, "/account/delete", &LEAVES).await;
    let (other, sent) = send_and_wait(&provider, &browser, "/account/delete", fields).await;
    conformance::steps::sign_out(&browser, &provider).await;
    assert!(!other.is_finished(), "it was too quick for this test");
    let page = sent.await.unwrap();
    assert!(page.status == 400 && !page.has("deletion-asked"), "{}", page.body);
    assert_eq!(state(&provider, NATURAL_PERSON).await, Some(AccountState::Active));
    assert_eq!(events(&provider).await, [""; 0]);
}

#[tokio::test]
async fn what_was_asked_for_is_done_whether_anybody_waits_for_the_answer_or_not() {
    for (path, typed, event) in [
        ("/account/password", CHANGES.as_slice(), "account.password_changed"),
        ("/account/delete", LEAVES.as_slice(), "account.deletion_asked"),
    ] {
        let provider = start().await;
        let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
        let there = signed_in(&provider, NATURAL_PERSON, OLD).await;
        let fields = form(&provider, &browser, path, typed).await;
        hang_up(send_and_wait(&provider, &browser, path, fields).await).await;
        until(event, async || events(&provider).await == [event]).await;
        until("and all that follows", async || !there.open(&provider.url("/")).await.unwrap().has("person-name")).await;
    }
}

/// Attack: answers that are guessed without a trace.
#[tokio::test]
async fn an_answer_is_written_down_whether_anybody_waits_for_what_comes_of_it_or_not() {
    let provider = start().await;
    equip(&provider, NATURAL_PERSON, Some(QUESTION), None).await;
    assert_eq!(asked(&provider, "/forgot-password", NATURAL_PERSON).await.status, 200);
    let mail = so_many_mails(&provider, 1).await.pop().unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = browser.open(&link(&provider, &mail)).await.unwrap();
    let key = page.field("key").unwrap();
    let fields = vec![("key", key), ("hint-answer", "Garfield".to_owned())];
    hang_up(send_and_wait(&provider, &browser, "/reset-password", fields).await).await;
    until("it is written down", async || {
        provider.audit(100).await.unwrap().iter().any(|line| line.event == "recovery.tried")
    })
    .await;
}

/// What the page was shown for is over, and so is its form.
#[tokio::test]
async fn a_form_of_a_session_that_ended_meanwhile_changes_no_password() {
    let provider = start().await;
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let page = browser.open(&provider.url("/account/password")).await.unwrap();
    conformance::steps::sign_out(&browser, &provider).await;
    assert!(send_from(&browser, &page, "/account/password", &CHANGES).await.has("login-submit"));
    assert_eq!(events(&provider).await, [""; 0]);
}

/// A right password is no failure, and whoever applied has their account.
#[tokio::test]
async fn an_account_is_activated_whether_anybody_waits_for_the_answer_or_not() {
    let provider = start().await;
    let browser = Browser::new(&provider.issuer).unwrap();
    apply(&provider, &browser, "hangsup001").await;
    let page = browser.open(&link(&provider, &so_many_mails(&provider, 1).await[0])).await.unwrap();
    let fields = vec![("key", page.field("key").unwrap()), ("current-password", PASSWORD.to_owned())];
    hang_up(send_and_wait(&provider, &browser, "/activate", fields).await).await;
    until("it is active", async || state(&provider, "hangsup001").await == Some(AccountState::Active)).await;
    assert_eq!(events(&provider).await, ["account.activated", "account.applied"]);
}
