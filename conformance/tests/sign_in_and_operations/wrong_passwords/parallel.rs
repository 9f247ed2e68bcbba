//! Many guesses at once: exactly those the rule allows reach the hash.

use crate::support::{Visitor, hashed, wait};
use conformance::{CIVIL_SERVANT, Provider, ProviderOptions};
use tokio::task::JoinSet;

const AT_ONCE: usize = 1_000;

/// A thousand guesses at one name at once; the statuses of their answers.
async fn thousand_guesses(provider: &Provider, username: &'static str) -> Vec<u16> {
    let mut visitor = Visitor::of(provider);
    let interaction = visitor.sign_in_page().await;
    let mut guesses = JoinSet::new();
    for number in 0..AT_ONCE {
        let (mut visitor, interaction) = (visitor.clone(), interaction.clone());
        guesses.spawn(async move {
            let password = format!("guess-{number}");
            visitor.guess(&interaction, username, &password).await.status.as_u16()
        });
    }
    guesses.join_all().await
}

async fn whole_sequence(username: &'static str) {
    // Every guess is one request: what pictures let through at once is tested beside them.
    let settings = |settings: &mut idp::settings::Settings| settings.captcha.sign_in_from = 0;
    let options = ProviderOptions { settings: Some(settings), ..ProviderOptions::default() };
    let provider = Provider::start_with(options).await.unwrap();
    let start = hashed(&provider);
    let mut at_each_step = Vec::new();
    for seconds in [5, 5, 15, 30, 15 * 60, 0] {
        let before = hashed(&provider);
        let statuses = thousand_guesses(&provider, username).await;
        at_each_step.push(hashed(&provider) - before);
        // The others are told to come later; 503 when too much waits for the database.
        let judged = statuses.iter().filter(|status| **status == 422).count();
        assert!(judged <= 1, "{judged} guesses were judged");
        assert!(statuses.iter().all(|status| [422, 429, 503].contains(status)), "{statuses:?}");
        wait(&provider, seconds).await;
    }
    assert_eq!(at_each_step, [1; 6]);
    assert_eq!(hashed(&provider) - start, 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_parallel_guesses_at_an_account_one_is_hashed_after_each_wait() {
    whole_sequence(CIVIL_SERVANT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_parallel_guesses_at_nobody_one_is_hashed_after_each_wait() {
    whole_sequence("nobody01").await;
}
