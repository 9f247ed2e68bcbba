//! Who may register, and what a client is told.

use super::support::{CALLBACK, Registered, by_token, http, open, post};
use axum::Router;
use axum::routing::get;
use conformance::steps::{browser, portal, refused, run, seconds};
use conformance::{NATURAL_PERSON, Portal, Provider};
use futures_util::future::join_all;
use idp_core::client::AuthMethod;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Barrier;

fn plain() -> Value {
    json!({ "redirect_uris": [CALLBACK] })
}

async fn discovered(provider: &Provider) -> Value {
    let document = http().get(provider.url("/.well-known/openid-configuration")).send().await.unwrap();
    document.json::<Value>().await.unwrap()
}

/// An initial access token.
async fn made(provider: &Provider, uses: &str, life: &str) -> String {
    let file = provider.folder().join(format!("token-{uses}-{life}"));
    let path = file.to_str().unwrap();
    let add = ["clients", "registration-tokens", "add", "--note", "內政部", "--uses", uses, "--life", life];
    run(provider, &[&add[..], &["--token-file", path]].concat()).await.unwrap();
    std::fs::read_to_string(file).unwrap()
}

#[tokio::test]
async fn nobody_registers_unless_the_operator_says_so() {
    let provider = Provider::start().await.unwrap();
    refused(&post(&provider, None, &plain()).await, 400, "access_denied");
    refused(&post(&provider, Some("x"), &plain()).await, 400, "access_denied");
    assert!(discovered(&provider).await.get("registration_endpoint").is_none());
    for provider in [open().await, by_token().await] {
        let expected = provider.url("/connect/register");
        assert_eq!(discovered(&provider).await["registration_endpoint"], expected);
    }
}

#[tokio::test]
async fn a_client_is_told_all_that_it_is_with_a_secret_and_what_manages_it() {
    let provider = open().await;
    let answer = post(&provider, None, &plain()).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (201, Some("no-store")));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let told = answer.json.as_object().unwrap();
    let id = told["client_id"].as_str().unwrap();
    assert_eq!(told["registration_client_uri"], provider.url(&format!("/connect/register/{id}")));
    assert_eq!(told["client_secret_expires_at"], 0);
    assert_eq!(told["client_id_issued_at"], provider.clock.now().0 / 1000);
    for secret in ["client_secret", "registration_access_token"] {
        assert_eq!(told[secret].as_str().unwrap().len(), 43, "256 random bits: {secret}");
    }
    for (member, value) in [
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("id_token_signed_response_alg", json!("RS256")),
        ("response_types", json!(["code"])),
        ("grant_types", json!(["authorization_code"])),
        ("application_type", json!("web")),
        ("redirect_uris", json!([CALLBACK])),
    ] {
        assert_eq!(told[member], value, "{member}");
    }
}

#[tokio::test]
async fn whoever_registered_signs_people_in_at_once_by_each_method() {
    let provider = open().await;
    for method in ["client_secret_basic", "client_secret_post", "none"] {
        let asked = json!({
            "redirect_uris": [CALLBACK], "token_endpoint_auth_method": method, "client_name": "Library",
            "client_name#zh-TW": "圖書館",
        });
        let client = Registered::new(&provider, asked).await;
        assert_eq!(client.told.get("client_secret").is_some(), method != "none");
        assert_eq!(client.told.get("client_secret_expires_at").is_some(), method != "none");
        let portal = client.portal(&provider).await;
        let page = browser(&provider).open(&portal.request().scope("openid").url()).await.unwrap();
        assert!(page.body.contains("圖書館"), "{}", page.body);
        client.signed_in(&provider).await;
    }
}

#[tokio::test]
async fn pkce_is_asked_of_public_clients_and_not_of_those_with_a_secret() {
    let provider = open().await;
    for (method, may) in [("client_secret_basic", true), ("none", false)] {
        let asked = json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": method });
        let portal = Registered::new(&provider, asked).await.portal(&provider).await;
        let page = browser(&provider).open(&portal.request().scope("openid").without_pkce().url()).await.unwrap();
        assert_eq!(page.has("login-submit"), may, "{method}: {}", page.url);
    }
}

#[tokio::test]
async fn an_initial_access_token_registers_so_many_clients_in_its_time_and_no_other() {
    let provider = by_token().await;
    let unknown = post(&provider, Some("x"), &plain()).await;
    refused(&unknown, 401, "invalid_token");
    let none = post(&provider, None, &plain()).await;
    refused(&none, 401, "invalid_token");
    assert!(none.header("www-authenticate").unwrap().starts_with("Bearer "));
    let token = made(&provider, "2", "1h").await;
    let bad = post(&provider, Some(&token), &json!({ "redirect_uris": [] })).await;
    refused(&bad, 400, "invalid_redirect_uri");
    for _ in 0..2 {
        assert_eq!(post(&provider, Some(&token), &plain()).await.status, 201, "a refused one takes no use");
    }
    let over = post(&provider, Some(&token), &plain()).await;
    refused(&over, 401, "invalid_token");
    assert_eq!(over.body, unknown.body, "one answer for all of them");
    let old = made(&provider, "5", "1m").await;
    provider.advance(seconds(60)).await.unwrap();
    refused(&post(&provider, Some(&old), &plain()).await, 401, "invalid_token");
    let revoked = made(&provider, "9", "2h").await;
    let digest = keys::sha256(revoked.as_bytes());
    let find = move |conn: &mut idp_store::Conn| idp_store::registration_tokens::find(conn, &digest);
    let id = provider.wired.base.db.read(find).await.unwrap().unwrap().id;
    run(&provider, &["clients", "registration-tokens", "revoke", "--", &id]).await.unwrap();
    refused(&post(&provider, Some(&revoked), &plain()).await, 401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_hold_one_token_at_once_only_as_many_register_as_it_has_uses() {
    let provider = by_token().await;
    let token = made(&provider, "3", "1h").await;
    let racers = (0..20).map(|_| {
        let request = http().post(provider.url("/connect/register")).bearer_auth(&token).json(&plain());
        tokio::spawn(async move { request.send().await.unwrap().status().as_u16() })
    });
    let mut statuses = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        statuses.push(racer.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 3, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 17, "{statuses:?}");
    let all = provider.wired.base.db.scan(idp_store::registrations::origins).await.unwrap();
    assert_eq!(all.len(), 3);
}

#[tokio::test]
async fn a_token_of_the_profile_government_makes_clients_of_it() {
    let provider = by_token().await;
    let file = provider.folder().join("token");
    let add = ["clients", "registration-tokens", "add", "--note", "x", "--profile", "government", "--token-file"];
    run(&provider, &[&add[..], &[file.to_str().unwrap()]].concat()).await.unwrap();
    let token = std::fs::read_to_string(file).unwrap();
    let public = post(&provider, Some(&token), &json!({ "redirect_uris": [CALLBACK], "subject_type": "public" })).await;
    refused(&public, 400, "invalid_client_metadata");
    let made = post(&provider, Some(&token), &plain()).await;
    assert_eq!((made.status.as_u16(), &made.json["subject_type"]), (201, &json!("pairwise")), "{}", made.body);
    let id = made.json["client_id"].as_str().unwrap();
    let portal = Portal::new(&provider, id, CALLBACK, AuthMethod::ClientSecretBasic).await.unwrap();
    let page = browser(&provider).open(&portal.request().scope("openid").without_pkce().url()).await.unwrap();
    assert_eq!(page.parameter("error").as_deref(), Some("invalid_request"), "PKCE: {}", page.url);
}

#[tokio::test]
async fn every_registration_change_and_removal_is_in_the_audit_without_a_secret() {
    let provider = open().await;
    let client = Registered::plain(&provider).await;
    let mut own = client.own();
    own["client_name"] = json!("Another name");
    assert_eq!(client.put(&own).await.status, 200);
    assert_eq!(client.delete().await.status, 204);
    let lines = provider.audit(20).await.unwrap();
    let of_it: Vec<_> = lines.iter().rev().filter(|line| line.event.starts_with("client.")).collect();
    // All in one millisecond of the clock that stands: the order is that of chance.
    let names: BTreeSet<_> = of_it.iter().map(|line| line.event.as_str()).collect();
    assert_eq!(names, BTreeSet::from(["client.changed", "client.registered", "client.removed"]));
    for line in &of_it {
        assert_eq!(line.client.as_deref(), Some(client.text("client_id")));
        let detail = line.detail.clone().unwrap_or_default();
        for secret in ["client_secret", "registration_access_token"] {
            assert!(!detail.contains(client.text(secret)), "{detail}");
        }
    }
    let changed = of_it.iter().find(|line| line.event == "client.changed").unwrap();
    let changed: Value = serde_json::from_str(changed.detail.as_deref().unwrap()).unwrap();
    assert_eq!(changed["changed"], json!({ "name": { "from": "localhost", "to": "Another name" } }));
}

#[tokio::test]
async fn the_operators_portals_are_as_they_were() {
    let provider = open().await;
    let emic = portal(&provider, "emic", conformance::steps::EMIC).await;
    let request = http().get(provider.url("/connect/register/emic")).bearer_auth(&emic.secret);
    assert_eq!(conformance::Answer::of(request).await.unwrap().status, 401, "an operator's portal has no such token");
    conformance::steps::tokens(&emic, &browser(&provider), &emic.request(), NATURAL_PERSON).await;
}

#[tokio::test]
async fn only_with_a_token_of_the_operators_somebody_registers_a_client_that_acts_for_itself() {
    let itself = json!({ "grant_types": ["client_credentials"], "client_name": "Robot" });
    let both = json!({ "redirect_uris": [CALLBACK], "grant_types": ["authorization_code", "client_credentials"] });
    let open = open().await;
    let token = made(&open, "3", "1h").await;
    let mine = Registered::plain(&open).await;
    for asked in [&itself, &both] {
        let answer = post(&open, None, asked).await;
        refused(&answer, 400, "invalid_client_metadata");
        assert!(answer.json["error_description"].as_str().unwrap().contains("initial access token"), "{}", answer.body);
        let mut own = mine.own();
        own["grant_types"] = asked["grant_types"].clone();
        refused(&mine.put(&own).await, 400, "invalid_client_metadata");
    }
    for asked in [itself, both] {
        let answer = post(&open, Some(&token), &asked).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let client = Registered { told: answer.json };
        assert_eq!(client.put(&client.own()).await.json, client.told, "it keeps it");
        let (id, method) = (client.text("client_id"), AuthMethod::ClientSecretBasic);
        let portal = Portal::new(&open, id, CALLBACK, method).await.unwrap();
        let portal = Portal { secret: client.text("client_secret").to_owned(), ..portal };
        let given = portal.token(&[("grant_type", "client_credentials")]).await.unwrap();
        assert_eq!((given.status.as_u16(), given.json.get("refresh_token")), (200, None), "{}", given.body);
    }
    let robots = [("response_types", json!([])), ("redirect_uris", json!([])), ("scope", json!(""))];
    let answer = post(&open, Some(&token), &json!({ "grant_types": ["client_credentials"] })).await;
    for (member, value) in robots {
        assert_eq!(answer.json[member], value, "{member}: nobody signs in at it");
    }
}

/// When the first of them is registered all others have passed the first look at their token.
#[tokio::test]
async fn a_token_that_is_under_way_more_often_than_it_has_uses_registers_no_more_than_those() {
    let provider = by_token().await;
    let token = made(&provider, "3", "1h").await;
    let together = Arc::new(Barrier::new(8));
    let list = move || {
        let together = together.clone();
        async move {
            together.wait().await;
            axum::Json([CALLBACK])
        }
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let app = Router::new().route("/list", get(list));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    // One host is asked for four lists at once.
    let asked = ["localhost", "127.0.0.1"].map(
        |host| json!({ "redirect_uris": [CALLBACK], "sector_identifier_uri": format!("http://{host}:{port}/list") }),
    );
    let answers = join_all(asked.iter().cycle().take(8).map(|asked| post(&provider, Some(&token), asked))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 3);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        refused(answer, 401, "invalid_token");
    }
}
