//! `sector_identifier_uri`: whose subjects a client shares (OpenID Connect Core 1.0 §8.1).

use super::support::{CALLBACK, Registered, open, post};
use axum::Router;
use axum::routing::get;
use conformance::Provider;
use conformance::steps::refused;
use serde_json::{Value, json};

const OTHER: &str = "https://library.example/callback";

/// Where a list is; its address.
async fn list(status: u16, body: String) -> String {
    let status = axum::http::StatusCode::from_u16(status).unwrap();
    let location = [("location", "http://127.0.0.1:1/")];
    let app = Router::new().route("/list", get(async move || (status, location, body.clone())));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let uri = format!("http://127.0.0.1:{}/list", listener.local_addr().unwrap().port());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    uri
}

fn asked(uri: &str) -> Value {
    json!({ "redirect_uris": [CALLBACK, OTHER], "subject_type": "pairwise", "sector_identifier_uri": uri })
}

async fn sector(provider: &Provider, client: &Registered) -> String {
    let id = idp_core::ClientId::parse(client.text("client_id")).unwrap();
    provider.wired.base.directory.client(&id).await.unwrap().unwrap().client.sector.clone()
}

#[tokio::test]
async fn a_client_whose_every_address_is_listed_belongs_to_that_sector() {
    let provider = open().await;
    let uri = list(200, json!([OTHER, "https://a.example/", CALLBACK]).to_string()).await;
    let client = Registered::new(&provider, asked(&uri)).await;
    assert_eq!(client.told["sector_identifier_uri"], uri);
    assert_eq!(sector(&provider, &client).await, "127.0.0.1");
    assert_eq!(client.put(&client.own()).await.json, client.told);
    let mut own = client.own();
    own["redirect_uris"] = json!([CALLBACK, "https://stranger.example/callback"]);
    refused(&client.put(&own).await, 400, "invalid_client_metadata");
}

#[tokio::test]
async fn any_other_list_is_refused_in_words_that_tell_nothing_of_what_is_there() {
    let provider = open().await;
    let whole = json!([CALLBACK, OTHER]).to_string();
    let lacking = post(&provider, None, &asked(&list(200, json!([CALLBACK]).to_string()).await)).await;
    refused(&lacking, 400, "invalid_client_metadata");
    assert!(lacking.body.contains(OTHER), "{}", lacking.body);
    let mut answers = Vec::new();
    for (status, body) in [
        (404, whole.clone()),
        (302, whole.clone()),
        (200, json!({ "redirect_uris": [CALLBACK, OTHER] }).to_string()),
        (200, json!([CALLBACK, OTHER, 1]).to_string()),
        (200, "<html>".to_owned()),
        (200, format!("{whole}{}", " ".repeat(300_000))),
    ] {
        answers.push(post(&provider, None, &asked(&list(status, body).await)).await);
    }
    answers.push(post(&provider, None, &asked("http://127.0.0.1:1/list")).await);
    for answer in &answers {
        refused(answer, 400, "invalid_client_metadata");
        assert_eq!(answer.body, answers[0].body);
    }
    for inside in ["https://10.0.0.1/list", "https://169.254.169.254/list", "https://[fd00::1]/", "https://0x7f.1/"] {
        refused(&post(&provider, None, &asked(inside)).await, 400, "invalid_client_metadata");
    }
}
