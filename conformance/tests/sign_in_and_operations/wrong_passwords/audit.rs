//! What is written down of a failure: enough to find a series of guesses, never what was typed.

use crate::support::{Visitor, wait};
use conformance::{CIVIL_SERVANT, PASSWORD, Provider, ProviderOptions, Request};
use idp::commands::{Cli, Context, Output};
use idp_core::people::account_name::counter_key;
use idp_store::password_attempts;
use serde_json::Value;
use std::time::Duration;

/// Name digest and number of failures of every failed sign-in, oldest first.
async fn failures(provider: &Provider) -> Vec<(String, u64)> {
    let lines = provider.audit(100).await.unwrap();
    let failed = lines.into_iter().rev().filter(|line| line.event == "sign_in.failed");
    let read = failed.map(|line| {
        assert_eq!((line.account_id, line.client), (None, None), "the line tells who exists");
        let detail: Value = serde_json::from_str(&line.detail.unwrap()).unwrap();
        (detail["name"].as_str().unwrap().to_owned(), detail["failures"].as_u64().unwrap())
    });
    read.collect()
}

async fn guess(provider: &Provider, username: &str) {
    let mut visitor = Visitor::of(provider);
    let interaction = visitor.sign_in_page().await;
    visitor.guess(&interaction, username, "typed-Password-9").await;
}

#[tokio::test]
async fn failures_at_known_and_unknown_names_are_written_down_alike() {
    let provider = Provider::start().await.unwrap();
    // Lines of one millisecond have no order.
    for (name, seconds) in [(CIVIL_SERVANT, 1), ("nobody01", 5), ("FIREMAN0119", 1), ("Nobody01 ", 1)] {
        guess(&provider, name).await;
        wait(&provider, seconds).await;
    }
    let lines = failures(&provider).await;
    let counts: Vec<_> = lines.iter().map(|(_, failures)| *failures).collect();
    assert_eq!(counts, [1, 1, 2, 2]);
    assert_eq!((&lines[0].0, &lines[1].0), (&lines[2].0, &lines[3].0), "one name has one digest");
    assert_ne!(lines[0].0, lines[1].0);
}

#[tokio::test]
async fn the_portal_that_asked_stands_beside_the_failure() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let query = Request::new("", "emic", "http://localhost:1/callback").query();
    let interaction = visitor.open(&format!("/connect/authorize?{query}")).await.field("interaction");
    visitor.guess(&interaction, CIVIL_SERVANT, "typed-Password-9").await;
    let lines = provider.audit(100).await.unwrap();
    let failed = lines.iter().find(|line| line.event == "sign_in.failed").unwrap();
    assert_eq!((failed.client.as_deref(), failed.account_id.as_deref()), (Some("emic"), None));
}

#[tokio::test]
async fn the_digest_of_a_name_is_another_at_another_provider() {
    // Providers of tests begin with the same keys; one with other settings makes its own.
    let settings =
        |settings: &mut idp::settings::Settings| settings.keys.rotate_every = idp::settings::Span::from_secs(0);
    let options = ProviderOptions { settings: Some(settings), ..ProviderOptions::default() };
    let (one, other) = (Provider::start().await.unwrap(), Provider::start_with(options).await.unwrap());
    guess(&one, CIVIL_SERVANT).await;
    guess(&other, CIVIL_SERVANT).await;
    assert_ne!(failures(&one).await[0].0, failures(&other).await[0].0, "a list of names would open the digests");
}

#[tokio::test]
async fn guesses_that_are_not_looked_at_write_nothing() {
    let provider = Provider::start().await.unwrap();
    for _ in 0..20 {
        guess(&provider, CIVIL_SERVANT).await;
    }
    assert_eq!(failures(&provider).await.len(), 1);
}

#[tokio::test]
async fn what_was_typed_stands_nowhere_in_the_database() {
    let mut provider = Provider::start().await.unwrap();
    guess(&provider, "zelda98765").await;
    Visitor::of(&provider).sign_in(CIVIL_SERVANT, PASSWORD).await;
    // A backup holds every record, wherever they are kept; a file of SQLite also what was deleted from it.
    let file = provider.folder().join("all.backup");
    let cli = Cli::read(&["idp", "backup", &file.display().to_string()]).unwrap();
    let out = Output { json: true };
    let context = Context { settings: provider.settings.clone(), out, clock: provider.clock.clone() };
    cli.perform(context).await.unwrap();
    provider.stop().await;
    let mut all = Vec::new();
    for file in std::fs::read_dir(provider.folder()).unwrap() {
        all.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let holds = |text: &str| all.windows(text.len()).any(|bytes| bytes.eq_ignore_ascii_case(text.as_bytes()));
    assert!(holds(CIVIL_SERVANT), "this looks in the wrong place");
    for typed in ["zelda98765", "typed-Password-9", PASSWORD] {
        assert!(!holds(typed), "{typed} is in the database");
    }
}

/// Otherwise names could be locked without a trace, and past the limit of an address.
#[tokio::test(flavor = "multi_thread")]
async fn a_guess_whose_sender_hangs_up_is_written_down_like_any_other() {
    let provider = Provider::start().await.unwrap();
    const NAMES: usize = 30;
    for number in 0..NAMES {
        let mut visitor = Visitor::of(&provider);
        let interaction = visitor.sign_in_page().await;
        let name = format!("person{number}");
        let guess = visitor.guess(&interaction, &name, "typed-Password-9");
        let _ = tokio::time::timeout(Duration::from_millis(number as u64 % 15 * 3), guess).await;
    }
    // What was under way ends.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let counted = names_with_a_failure(&provider, NAMES).await;
    assert!(counted > 5, "hardly any of them arrived: {counted}");
    assert_eq!(failures(&provider).await.len(), counted);
}

async fn names_with_a_failure(provider: &Provider, names: usize) -> usize {
    let secret = provider.wired.base.directory.snapshot().secrets.typed_name.clone();
    let mut counted = 0;
    for number in 0..names {
        let digest = keys::hmac_sha256(&secret, counter_key(&format!("person{number}")).as_bytes());
        let found = provider.wired.base.db.read(move |conn| password_attempts::find(conn, &digest)).await.unwrap();
        counted += usize::from(found.is_some());
    }
    counted
}
