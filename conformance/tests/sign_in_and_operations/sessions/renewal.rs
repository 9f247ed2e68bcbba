//! Each sign-in gives a new secret; the same person keeps the session, another one ends it.

use crate::support::{Visitor, again, set_state};
use conformance::{CIVIL_SERVANT, EDUCATOR, PASSWORD, Provider};
use idp_core::people::account::AccountState;
use std::collections::HashSet;

#[tokio::test]
async fn each_sign_in_gives_a_new_cookie_and_the_old_one_is_worth_nothing() {
    let provider = Provider::start().await.unwrap();
    let mut person = Visitor::of(&provider);
    let mut seen = HashSet::new();
    for _ in 0..3 {
        let mut before = person.clone();
        person.sign_in(CIVIL_SERVANT, PASSWORD).await;
        assert!(seen.insert(person.cookie("idp_session")) && seen.insert(person.cookie("idp_browser")));
        assert_eq!(person.person().await.as_deref(), Some("林大勇"));
        assert_eq!(before.person().await, None, "the cookie from before still works");
    }
}

#[tokio::test]
async fn two_browsers_of_one_person_are_two_sessions() {
    let provider = Provider::start().await.unwrap();
    let (mut one, mut other) = (Visitor::of(&provider), Visitor::of(&provider));
    one.sign_in(CIVIL_SERVANT, PASSWORD).await;
    other.sign_in(CIVIL_SERVANT, PASSWORD).await;
    let question = one.get("/connect/end_session").await;
    one.post("/connect/end_session/confirm", &[("confirmation", &question.field("confirmation"))]).await;
    assert_eq!(one.person().await, None);
    assert!(other.person().await.is_some(), "signing out here signed out there");
}

#[tokio::test]
async fn another_person_on_the_same_browser_ends_the_first_session() {
    let provider = Provider::start().await.unwrap();
    let mut browser = Visitor::of(&provider);
    browser.sign_in(CIVIL_SERVANT, PASSWORD).await;
    let mut first = browser.clone();
    browser.sign_in(EDUCATOR, PASSWORD).await;
    assert_eq!(browser.person().await.as_deref(), Some("陳書文"));
    assert_eq!(first.person().await, None);
    let lines = provider.audit(10).await.unwrap();
    let ended = lines.iter().find(|line| line.event == "session.ended").unwrap();
    assert!(ended.detail.as_deref().unwrap().contains("another_person"), "{ended:?}");
}

#[tokio::test]
async fn a_lock_ends_the_session_at_once_and_an_unlock_does_not_bring_it_back() {
    let provider = Provider::start().await.unwrap();
    let mut person = Visitor::of(&provider);
    person.sign_in(CIVIL_SERVANT, PASSWORD).await;
    set_state(&provider, CIVIL_SERVANT, AccountState::Locked).await;
    assert_eq!(person.person().await, None);
    set_state(&provider, CIVIL_SERVANT, AccountState::Active).await;
    assert_eq!(person.person().await, None);
}

#[tokio::test]
async fn a_restart_loses_nobodys_session_and_no_open_page() {
    let mut provider = Provider::start().await.unwrap();
    let (mut person, mut typing) = (Visitor::of(&provider), Visitor::of(&provider));
    person.sign_in(CIVIL_SERVANT, PASSWORD).await;
    let interaction = typing.get(&again()).await.field("interaction");
    provider.restart().await.unwrap();
    assert_eq!(person.person().await.as_deref(), Some("林大勇"));
    assert_eq!(typing.guess(&interaction, EDUCATOR, PASSWORD).await.status, 303);
    assert_eq!(typing.person().await.as_deref(), Some("陳書文"));
}
