//! The rule of the manuals: five seconds, then longer, then locked; and open again by itself.

use super::guess;
use crate::support::{Visitor, hashed, wait};
use conformance::{CIVIL_SERVANT, EDUCATOR, PASSWORD, Provider};
use std::time::Duration;

/// Whether a guess is looked at.
async fn looked_at(provider: &Provider, username: &str, password: &str) -> bool {
    let before = hashed(provider);
    let mut visitor = Visitor::of(provider);
    let interaction = visitor.sign_in_page().await;
    visitor.guess(&interaction, username, password).await;
    hashed(provider) > before
}

#[tokio::test]
async fn each_wait_ends_to_the_millisecond_and_the_fifth_failure_locks_for_fifteen_minutes() {
    let provider = Provider::start().await.unwrap();
    for seconds in [5, 5, 15, 30, 15 * 60] {
        assert!(looked_at(&provider, CIVIL_SERVANT, "wrong").await);
        provider.advance(Duration::from_millis(seconds * 1000 - 1)).await.unwrap();
        assert!(!looked_at(&provider, CIVIL_SERVANT, "wrong").await, "{seconds} s were not over");
        provider.advance(Duration::from_millis(1)).await.unwrap();
    }
    // Open again by itself, and nothing of the past counts: the right password needs no other help.
    let mut person = Visitor::of(&provider);
    person.sign_in(CIVIL_SERVANT, PASSWORD).await;
    assert_eq!(person.person().await.as_deref(), Some("林大勇"));
}

#[tokio::test]
async fn after_the_lock_the_count_begins_anew() {
    let provider = Provider::start().await.unwrap();
    for seconds in [5, 5, 15, 30, 15 * 60] {
        looked_at(&provider, CIVIL_SERVANT, "wrong").await;
        wait(&provider, seconds).await;
    }
    assert!(looked_at(&provider, CIVIL_SERVANT, "wrong").await);
    wait(&provider, 5).await;
    assert!(looked_at(&provider, CIVIL_SERVANT, "wrong").await, "the first failure after a lock waits 5 s");
}

#[tokio::test]
async fn the_answer_says_until_when_in_the_readers_language() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let interaction = visitor.sign_in_page().await;
    let first = visitor.guess(&interaction, CIVIL_SERVANT, "wrong").await;
    assert!(first.body.contains("5 秒"), "{}", first.body);
    wait(&provider, 2).await;
    let early = visitor.guess(&first.field("interaction"), CIVIL_SERVANT, "wrong").await;
    assert_eq!(early.retry_after(), Some(3));
    assert!(early.body.contains("3 秒"), "{}", early.body);
    let english = visitor.http.get(provider.url("/sign-in")).header("accept-language", "en");
    let page = visitor.send(english).await;
    let fields =
        [("interaction", page.field("interaction")), ("username", CIVIL_SERVANT.into()), ("password", "x".into())];
    let request = visitor.http.post(provider.url("/sign-in")).header("accept-language", "en").form(&fields);
    let said = visitor.send(request).await;
    assert!(said.body.contains("in about 3 seconds"), "{}", said.body);
}

#[tokio::test]
async fn a_locked_name_locks_no_other_not_even_on_the_same_browser() {
    let provider = Provider::start().await.unwrap();
    for seconds in [5, 5, 15, 30, 0] {
        looked_at(&provider, CIVIL_SERVANT, "wrong").await;
        wait(&provider, seconds).await;
    }
    let mut visitor = Visitor::of(&provider);
    let interaction = visitor.sign_in_page().await;
    let locked = visitor.guess(&interaction, CIVIL_SERVANT, PASSWORD).await;
    assert_eq!(locked.status, 429);
    assert_eq!(visitor.guess(&locked.field("interaction"), EDUCATOR, PASSWORD).await.status, 303);
    assert_eq!(visitor.person().await.as_deref(), Some("陳書文"));
}

#[tokio::test]
async fn a_name_is_one_name_whatever_its_case_and_the_blanks_around_it() {
    let provider = Provider::start().await.unwrap();
    assert!(looked_at(&provider, "FireMan0119", "wrong").await);
    for same in [CIVIL_SERVANT, "FIREMAN0119", "  fireman0119 ", "\u{3000}Fireman0119"] {
        assert!(!looked_at(&provider, same, PASSWORD).await, "{same:?} is another name");
    }
    wait(&provider, 5).await;
    let mut person = Visitor::of(&provider);
    person.sign_in(" FIREMAN0119", PASSWORD).await;
    assert_eq!(person.person().await.as_deref(), Some("林大勇"));
}

#[tokio::test]
async fn a_restart_forgets_no_failure() {
    let mut provider = Provider::start().await.unwrap();
    for seconds in [5, 5, 15, 30, 0] {
        looked_at(&provider, CIVIL_SERVANT, "wrong").await;
        wait(&provider, seconds).await;
    }
    provider.restart().await.unwrap();
    assert!(!looked_at(&provider, CIVIL_SERVANT, PASSWORD).await);
}

#[tokio::test]
async fn who_may_be_wrong_once_more_before_the_lock_is_told_so_whether_the_name_exists_or_not() {
    for name in [CIVIL_SERVANT, "nobody1234"] {
        let provider = Provider::start().await.unwrap();
        for (failure, seconds) in [5, 5, 15, 30].into_iter().enumerate() {
            let said = guess(&provider, name, "wrong").await;
            let warned = said.body.contains("再輸入錯誤一次，帳號會暫時鎖定 15 分鐘");
            assert_eq!((said.status.as_u16(), warned), (422, failure == 3), "{name}, {failure}: {}", said.body);
            assert!(said.body.contains(&format!("約 {seconds} 秒後")), "{name}, {failure}: {}", said.body);
            wait(&provider, seconds).await;
        }
        let locked = guess(&provider, name, "wrong").await;
        assert!(
            locked.status == 429 && locked.body.contains("分") && locked.body.contains("之後再試"),
            "{}",
            locked.body
        );
    }
}
