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
async fn a_client_that_registered_itself_pushes_a_little() {
    let provider = provider(narrow).await;
    let (one, other) = (Registered::plain(&provider).await, Registered::plain(&provider).await);
    let (one, other) = (one.portal(&provider).await, other.portal(&provider).await);
    let long = one.request().scope("openid").with("x", &"x".repeat(4_096));
    refused(&one.push(&long).await.unwrap(), 413, "invalid_request");
    for _ in 1..120 {
        assert_eq!(one.push(&one.request().scope("openid")).await.unwrap().status, 201);
    }
    refused(&one.push(&one.request().scope("openid")).await.unwrap(), 429, "temporarily_unavailable");
    assert_eq!(other.push(&other.request().scope("openid")).await.unwrap().status, 201);
}

#[tokio::test]
async fn a_client_changes_so_often_an_hour_and_fills_no_audit() {
    let provider = provider(narrow).await;
    let (one, other) = (Registered::plain(&provider).await, Registered::plain(&provider).await);
    let contacts = |round: u32| -> Vec<_> {
        (0..10).map(|number| format!("round{round}.{number}.{}@library.example", "x".repeat(40))).collect()
    };
    for round in 0..30 {
        let mut own = one.own();
        own["contacts"] = json!(contacts(round));
        own["client_name"] = json!(format!("Name {round}"));
        let expected = if round == 7 { 400 } else { 200 };
        if round == 7 {
            own["redirect_uris"] = json!("none");
        }
        assert_eq!(one.put(&own).await.status, expected, "{round}");
    }
    let answer = one.put(&one.own()).await;
    refused(&answer, 429, "temporarily_unavailable");
    assert_eq!(answer.header("retry-after"), Some("3600"));
    assert_eq!(one.get().await.status, 200);
    assert_eq!(other.put(&other.own()).await.status, 200);
    let lines = provider.audit(100).await.unwrap();
    let lines: Vec<_> = lines.iter().filter(|line| line.event == "client.changed").collect();
    assert_eq!(lines.len(), 29);
    for line in lines {
        let detail = line.detail.as_deref().unwrap();
        assert!(detail.len() < 1_200, "{} {detail}", detail.len());
        let detail: serde_json::Value = serde_json::from_str(detail).unwrap();
        let to = &detail["changed"]["presentation"]["to"];
        assert!(to["beginning"].as_str().unwrap().chars().count() == 200, "{detail}");
        assert_eq!(keys::b64::decode(to["sha256"].as_str().unwrap()).unwrap().len(), 32);
    }
    provider.advance(seconds(3_600)).await.unwrap();
    assert_eq!(one.put(&one.own()).await.status, 200);
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
