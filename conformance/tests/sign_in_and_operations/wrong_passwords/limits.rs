//! Limits per address: they count failures alone, and believe nobody about the address.

use super::guess;
use crate::support::{Answer, Visitor, hashed, wait};
use conformance::{CIVIL_SERVANT, EDUCATOR, PASSWORD, Provider, ProviderOptions};

async fn provider_of_three_failures() -> Provider {
    let settings = |settings: &mut idp::settings::Settings| settings.passwords.failures_per_address = 3;
    Provider::start_with(ProviderOptions { settings: Some(settings), ..ProviderOptions::default() }).await.unwrap()
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

/// Guesses with a wrong password, as a proxy on this machine would pass it on.
async fn guess_through_proxy(provider: &Provider, name: &str, forwarded_for: &str) -> Answer {
    let mut visitor = Visitor::of(provider);
    let interaction = visitor.sign_in_page().await;
    let fields = [("interaction", interaction.as_str()), ("username", name), ("password", "wrong")];
    let request = visitor.http.post(provider.url("/sign-in")).form(&fields);
    visitor.send(request.header("x-forwarded-for", forwarded_for)).await
}

fn behind_a_chain(settings: &mut idp::settings::Settings) {
    settings.passwords.failures_per_address = 3;
    settings.server.trusted_proxies = vec!["127.0.0.0/8".into(), "::1".into(), "10.7.0.0/16".into()];
}

async fn provider_behind_a_chain() -> Provider {
    let settings: fn(&mut idp::settings::Settings) = behind_a_chain;
    Provider::start_with(ProviderOptions { settings: Some(settings), ..ProviderOptions::default() }).await.unwrap()
}

#[tokio::test]
async fn behind_two_trusted_proxies_a_person_is_counted_and_neither_proxy_nor_what_the_person_wrote() {
    let provider = provider_behind_a_chain().await;
    for number in 1..=3 {
        let through = format!("203.0.113.{number}, 198.51.100.7, 10.7.0.2");
        assert_eq!(guess_through_proxy(&provider, &format!("nobody{number:02}"), &through).await.status, 422);
    }
    let again = guess_through_proxy(&provider, "nobody04", "203.0.113.4, 198.51.100.7, 10.7.0.2").await;
    assert_eq!(again.status, 429);
    // Somebody else behind the same proxies is not held up, and nor is the proxy's own machine.
    assert_eq!(guess_through_proxy(&provider, "nobody05", "198.51.100.8, 10.7.0.2").await.status, 422);
    assert_eq!(guess(&provider, CIVIL_SERVANT, PASSWORD).await.status, 303);
}

#[tokio::test]
async fn behind_a_proxy_an_ipv6_network_is_counted_as_one_and_a_list_without_sense_as_the_proxy() {
    let provider = provider_behind_a_chain().await;
    let mut statuses = Vec::new();
    for number in 1..=4 {
        let (name, from) = (format!("nobody{number:02}"), format!("2001:db8:1:2::{number}"));
        statuses.push(guess_through_proxy(&provider, &name, &from).await.status.as_u16());
    }
    for number in 5..=8 {
        let (name, from) = (format!("nobody{number:02}"), format!("198.51.100.{number}, rubbish"));
        statuses.push(guess_through_proxy(&provider, &name, &from).await.status.as_u16());
    }
    assert_eq!(statuses, [422, 422, 422, 429, 422, 422, 422, 429]);
}

#[tokio::test]
async fn a_network_of_ipv6_has_four_times_the_failures_of_an_address_whichever_addresses_it_takes() {
    let provider = provider_behind_a_chain().await;
    for number in 1..=12 {
        let (name, from) = (format!("nobody{number:02}"), format!("2001:db8:1:{number}::1"));
        assert_eq!(guess_through_proxy(&provider, &name, &from).await.status, 422, "{from}");
    }
    assert_eq!(guess_through_proxy(&provider, "nobody13", "2001:db8:1:13::1").await.status, 429);
    assert_eq!(guess_through_proxy(&provider, "nobody14", "2001:db8:2:1::1").await.status, 422);
}
