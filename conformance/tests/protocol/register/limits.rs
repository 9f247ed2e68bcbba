//! Nobody fills the provider with clients.

use super::support::{CALLBACK, Registered, http, post, provider};
use conformance::Answer;
use conformance::steps::{browser, refused, seconds};
use idp::settings::{RegistrationMode, Settings};
use serde_json::json;

fn narrow(settings: &mut Settings) {
    settings.registration.mode = RegistrationMode::Open;
    settings.registration.per_address = 5;
    settings.registration.most_clients = 7;
}

#[tokio::test]
async fn one_address_registers_so_many_an_hour() {
    let provider = provider(narrow).await;
    let fine = json!({ "redirect_uris": [CALLBACK] });
    for round in 0..5 {
        let asked = if round == 2 { json!({}) } else { fine.clone() };
        let status = post(&provider, None, &asked).await.status;
        assert_eq!(status, if round == 2 { 400 } else { 201 }, "refused ones count, too");
    }
    let answer = post(&provider, None, &fine).await;
    refused(&answer, 429, "temporarily_unavailable");
    assert_eq!(answer.header("retry-after"), Some("3600"));
    provider.advance(seconds(3_600)).await.unwrap();
    assert_eq!(post(&provider, None, &fine).await.status, 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn there_are_never_more_clients_of_open_registration_than_the_operator_wants() {
    let provider = provider(|settings| {
        narrow(settings);
        settings.registration.per_address = 1_000;
    })
    .await;
    let fine = json!({ "redirect_uris": [CALLBACK] });
    let racers: Vec<_> =
        (0..12).map(|_| tokio::spawn(Answer::of(http().post(provider.url("/connect/register")).json(&fine)))).collect();
    let mut all = Vec::new();
    for racer in racers {
        all.push(racer.await.unwrap().unwrap());
    }
    assert_eq!(all.iter().filter(|answer| answer.status == 201).count(), 7);
    for answer in all.iter().filter(|answer| answer.status != 201) {
        refused(answer, 429, "temporarily_unavailable");
    }
    let first = all.into_iter().find(|answer| answer.status == 201).unwrap();
    let first = Registered { told: first.json };
    assert_eq!(first.delete().await.status, 204);
    assert_eq!(post(&provider, None, &fine).await.status, 201, "there is room again");
}

#[tokio::test]
async fn a_client_that_nobody_entered_goes_after_a_while_and_the_others_stay() {
    let provider = provider(narrow).await;
    let (entered, never) = (Registered::plain(&provider).await, Registered::plain(&provider).await);
    entered.signed_in(&provider).await;
    // Opened, and nobody signed in.
    let opened = never.portal(&provider).await;
    assert!(browser(&provider).open(&opened.request().scope("openid").url()).await.unwrap().has("login-submit"));
    let sweep = async || {
        let (_tell, stopped) = tokio::sync::watch::channel(false);
        idp::jobs::sweep::often(provider.wired.jobs.clone(), stopped).await.unwrap();
        provider.wired.base.directory.check().await.unwrap();
    };
    provider.advance(seconds(7 * 86_400 - 60)).await.unwrap();
    sweep().await;
    assert_eq!(never.get().await.status, 200, "not yet");
    provider.advance(seconds(600)).await.unwrap();
    sweep().await;
    refused(&never.get().await, 401, "invalid_token");
    assert_eq!(entered.get().await.status, 200);
    let lines = provider.audit(5).await.unwrap();
    let line = lines.iter().find(|line| line.event == "client.removed").unwrap();
    assert_eq!(line.client.as_deref(), Some(never.text("client_id")));
    assert!(line.detail.as_deref().unwrap().contains("sweep"));
}
