//! What gives an attempt back: the right password, and a password that nobody looked at.

use super::guess;
use crate::support::{Answer, Visitor, hashed, set_state, wait};
use conformance::{CIVIL_SERVANT, NATURAL_PERSON, PASSWORD, Provider, ProviderOptions};
use idp_core::people::account::AccountState;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;
use zeroize::Zeroizing;

#[tokio::test]
async fn the_right_password_forgives_the_wrong_ones_before_it() {
    let provider = Provider::start().await.unwrap();
    for _ in 0..3 {
        for seconds in [5, 5, 15, 30] {
            assert_eq!(guess(&provider, CIVIL_SERVANT, "wrong").await.status, 422);
            wait(&provider, seconds).await;
        }
        assert_eq!(guess(&provider, CIVIL_SERVANT, PASSWORD).await.status, 303);
    }
}

#[tokio::test]
async fn signing_in_again_and_again_never_has_to_wait() {
    let provider = Provider::start().await.unwrap();
    for _ in 0..7 {
        assert_eq!(guess(&provider, CIVIL_SERVANT, PASSWORD).await.status, 303);
    }
}

#[tokio::test]
async fn the_right_password_of_an_account_that_cannot_be_used_is_no_failure() {
    for state in [AccountState::NotActivated, AccountState::Locked] {
        let provider = Provider::start().await.unwrap();
        set_state(&provider, NATURAL_PERSON, state).await;
        for _ in 0..7 {
            let answer = guess(&provider, NATURAL_PERSON, PASSWORD).await;
            assert_eq!((answer.status.as_u16(), answer.retry_after()), (403, None));
        }
    }
}

/// Hashes of this provider take long enough to fill its queue.
async fn slow_provider() -> Provider {
    let settings = |settings: &mut idp::settings::Settings| {
        settings.passwords.argon2_memory_kib = 48 * 1024;
        settings.passwords.hashing_threads = 1;
    };
    Provider::start_with(ProviderOptions { settings: Some(settings), ..ProviderOptions::default() }).await.unwrap()
}

/// One sign-in while the hashing queue is full.
async fn guess_while_flooded(provider: &Provider, username: &str, password: &str) -> Answer {
    let mut visitor = Visitor::of(provider);
    let interaction = visitor.sign_in_page().await;
    let (full, over) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
    let mut flood = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let (passwords, full, over) = (provider.wired.sign_in.passwords.clone(), full.clone(), over.clone());
        flood.spawn(async move {
            while !over.load(Ordering::Relaxed) {
                if passwords.hash(None, Zeroizing::new("flood".into())).await.is_err() {
                    full.notify_one();
                    tokio::task::yield_now().await;
                }
            }
        });
    }
    full.notified().await;
    let answer = visitor.guess(&interaction, username, password).await;
    over.store(true, Ordering::Relaxed);
    flood.join_all().await;
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_turned_away_by_a_full_queue_is_told_when_to_come_back_and_counts_for_nobody() {
    let provider = slow_provider().await;
    let answer = guess_while_flooded(&provider, CIVIL_SERVANT, PASSWORD).await;
    assert_eq!((answer.status.as_u16(), answer.retry_after()), (503, Some(2)));
    // The form is still there, with the name that was typed.
    assert!(answer.has("login-submit") && answer.body.contains(CIVIL_SERVANT), "{}", answer.body);
    assert_eq!(guess(&provider, CIVIL_SERVANT, PASSWORD).await.status, 303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flooding_the_queue_forgives_no_failure() {
    let provider = slow_provider().await;
    for seconds in [5, 5, 15, 30] {
        assert_eq!(guess(&provider, CIVIL_SERVANT, "wrong").await.status, 422);
        wait(&provider, seconds).await;
    }
    assert_eq!(guess_while_flooded(&provider, CIVIL_SERVANT, "wrong").await.status, 503);
    let fifth = guess(&provider, CIVIL_SERVANT, "wrong").await;
    assert_eq!((fifth.status.as_u16(), fifth.retry_after()), (429, Some(900)), "the fifth failure locks");
}

#[tokio::test]
async fn a_hash_of_an_older_cost_is_renewed_when_its_owner_signs_in() {
    let settings = |settings: &mut idp::settings::Settings| settings.passwords.argon2_passes = 2;
    let options = ProviderOptions { settings: Some(settings), ..ProviderOptions::default() };
    let provider = Provider::start_with(options).await.unwrap();
    let stored = async || {
        let login = provider.wired.base.db.read(|conn| idp_store::accounts::login(conn, CIVIL_SERVANT));
        login.await.unwrap().unwrap().password_hash
    };
    assert!(stored().await.contains("t=1"), "{}", stored().await);
    let mut first = Visitor::of(&provider);
    first.sign_in(CIVIL_SERVANT, PASSWORD).await;
    assert!(stored().await.contains("t=2"), "{}", stored().await);
    assert!(first.person().await.is_some(), "a renewed hash ended the session");
    let before = hashed(&provider);
    Visitor::of(&provider).sign_in(CIVIL_SERVANT, PASSWORD).await;
    assert_eq!(hashed(&provider) - before, 1, "a hash of today's cost was renewed again");
}
