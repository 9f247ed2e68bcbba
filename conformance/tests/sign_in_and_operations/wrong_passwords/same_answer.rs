//! What is answered, and at what cost, tells nothing about accounts and passwords.

use crate::support::{Answer, Visitor, hashed, set_state, wait};
use conformance::{CIVIL_SERVANT, EDUCATOR, NATURAL_PERSON, PASSWORD, Provider};
use idp_core::people::account::AccountState;

/// As long as the known one, so that a page that repeats what was typed is as long.
const UNKNOWN: &str = "fireman0110";

/// One guess in a browser of its own, and how many hashes it cost.
async fn guess(provider: &Provider, username: &str, password: &str) -> (Answer, u64) {
    let mut visitor = Visitor::of(provider);
    let interaction = visitor.sign_in_page().await;
    let before = hashed(provider);
    let answer = visitor.guess(&interaction, username, password).await;
    (answer, hashed(provider) - before)
}

#[tokio::test]
async fn a_known_and_an_unknown_account_are_answered_alike_at_the_same_cost_from_the_first_guess_to_the_lock() {
    let provider = Provider::start().await.unwrap();
    let mut statuses = Vec::new();
    // Seconds to wait before each guess; the second one comes too soon, the last two meet the lock.
    for seconds in [0, 1, 4, 5, 15, 30, 1, 60] {
        wait(&provider, seconds).await;
        let (known, known_cost) = guess(&provider, CIVIL_SERVANT, "abcd12345").await;
        let (unknown, unknown_cost) = guess(&provider, UNKNOWN, "abcd12345").await;
        assert_eq!(known.told(CIVIL_SERVANT), unknown.told(UNKNOWN));
        assert_eq!(known_cost, unknown_cost);
        statuses.push((known.status.as_u16(), known_cost, known.retry_after().unwrap()));
    }
    let expected = [
        (422, 1, 5),
        (429, 0, 4),
        (422, 1, 5),
        (422, 1, 15),
        (422, 1, 30),
        (429, 1, 900),
        (429, 0, 899),
        (429, 0, 839),
    ];
    assert_eq!(statuses, expected);
}

#[tokio::test]
async fn a_browser_that_stays_on_the_page_gets_the_same_as_well() {
    let provider = Provider::start().await.unwrap();
    let (mut one, mut other) = (Visitor::of(&provider), Visitor::of(&provider));
    let (mut page, mut other_page) = (one.get("/sign-in").await, other.get("/sign-in").await);
    for _ in 0..6 {
        page = one.guess(&page.field("interaction"), CIVIL_SERVANT, "wrong").await;
        other_page = other.guess(&other_page.field("interaction"), UNKNOWN, "wrong").await;
        assert_eq!(page.told(CIVIL_SERVANT), other_page.told(UNKNOWN));
        wait(&provider, page.retry_after().unwrap().min(60)).await;
    }
}

#[tokio::test]
async fn before_the_wait_is_over_the_right_password_gets_the_same_bytes_as_a_wrong_one() {
    let provider = Provider::start().await.unwrap();
    guess(&provider, CIVIL_SERVANT, "wrong").await;
    let (right, cost) = guess(&provider, CIVIL_SERVANT, PASSWORD).await;
    let (wrong, _) = guess(&provider, CIVIL_SERVANT, "something").await;
    assert_eq!((right.status.as_u16(), cost), (429, 0));
    assert_eq!(right.told("none"), wrong.told("none"));
}

#[tokio::test]
async fn while_a_name_is_locked_the_right_password_gets_the_same_bytes_as_a_wrong_one() {
    let provider = Provider::start().await.unwrap();
    for seconds in [5, 5, 15, 30, 1] {
        guess(&provider, CIVIL_SERVANT, "wrong").await;
        wait(&provider, seconds).await;
    }
    let (right, cost) = guess(&provider, CIVIL_SERVANT, PASSWORD).await;
    let (wrong, _) = guess(&provider, CIVIL_SERVANT, "something").await;
    assert_eq!((right.status.as_u16(), cost), (429, 0));
    assert_eq!(right.told("none"), wrong.told("none"));
    assert_eq!(right.retry_after(), Some(15 * 60 - 1));
}

#[tokio::test]
async fn accounts_that_cannot_be_used_are_told_from_unknown_ones_by_the_right_password_alone() {
    let provider = Provider::start().await.unwrap();
    set_state(&provider, NATURAL_PERSON, AccountState::NotActivated).await;
    set_state(&provider, EDUCATOR, AccountState::Locked).await;
    for (account, nobody) in [(NATURAL_PERSON, "clairesu9999"), (EDUCATOR, "teacher9999")] {
        let (known, known_cost) = guess(&provider, account, "wrong").await;
        let (unknown, unknown_cost) = guess(&provider, nobody, "wrong").await;
        assert_eq!(known.told(account), unknown.told(nobody));
        assert_eq!((known_cost, unknown_cost), (1, 1));
    }
    wait(&provider, 5).await;
    let (not_activated, _) = guess(&provider, NATURAL_PERSON, PASSWORD).await;
    let (locked, _) = guess(&provider, EDUCATOR, PASSWORD).await;
    assert_eq!((not_activated.status.as_u16(), locked.status.as_u16()), (403, 403));
    assert!(not_activated.body.contains("尚未啟用"), "{}", not_activated.body);
    assert!(locked.body.contains("管理人員"), "{}", locked.body);
}
