//! Limits per address: they count failures alone, and believe nobody about the address.

use crate::support::{Answer, Visitor, hashed, wait};
use conformance::{CIVIL_SERVANT, EDUCATOR, PASSWORD, Provider, ProviderOptions};

async fn provider_of_three_failures() -> Provider {
    let settings = |settings: &mut idp::settings::Settings| settings.passwords.failures_per_address = 3;
    Provider::start_with(ProviderOptions { settings: Some(settings), ..ProviderOptions::default() }).await.unwrap()
}

async fn guess(provider: &Provider, username: &str, password: &str) -> Answer {
    let mut visitor = Visitor::of(provider);
    let interaction = visitor.sign_in_page().await;
    visitor.guess(&interaction, username, password).await
}

#[tokio::test]
async fn a_ministry_behind_one_address_signs_in_as_often_as_it_likes() {
    let provider = provider_of_three_failures().await;
    for _ in 0..10 {
        assert_eq!(guess(&provider, CIVIL_SERVANT, PASSWORD).await.status, 303);
    }
}

#[tokio::test]
async fn after_too_many_failures_at_any_names_nothing_from_that_address_is_looked_at_for_a_while() {
    let provider = provider_of_three_failures().await;
    for name in ["nobody01", "nobody02", CIVIL_SERVANT] {
        assert_eq!(guess(&provider, name, "wrong").await.status, 422);
    }
    let before = hashed(&provider);
    let right = guess(&provider, EDUCATOR, PASSWORD).await;
    let wrong = guess(&provider, EDUCATOR, "wrong").await;
    assert_eq!(right.status, 429);
    assert!(right.retry_after().is_some());
    assert_eq!(right.told("none"), wrong.told("none"));
    assert_eq!(hashed(&provider), before);
    wait(&provider, 300).await;
    // Nothing was counted for the name meanwhile.
    assert_eq!(guess(&provider, EDUCATOR, PASSWORD).await.status, 303);
}

#[tokio::test]
async fn a_header_that_names_another_address_helps_nobody() {
    let provider = provider_of_three_failures().await;
    let mut visitor = Visitor::of(&provider);
    let interaction = visitor.sign_in_page().await;
    let mut statuses = Vec::new();
    for number in 1..=4 {
        let (name, address) = (format!("nobody{number:02}"), format!("198.51.100.{number}"));
        let fields = [("interaction", interaction.as_str()), ("username", &name), ("password", "wrong")];
        let request = visitor.http.post(provider.url("/sign-in")).form(&fields);
        let request = request.header("x-forwarded-for", &address).header("forwarded", format!("for={address}"));
        statuses.push(visitor.send(request.header("x-real-ip", &address)).await.status.as_u16());
    }
    assert_eq!(statuses, [422, 422, 422, 429]);
}
