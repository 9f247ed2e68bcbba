//! Keys that a client publishes itself (`jwks_uri`): how they rotate, how often they are asked for, and hosts that are slow, broken or
//! hostile.

use super::{client, present, provider, refused_for};
use crate::client_authentication::{Asking, everywhere, let_in};
use axum::Router;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use conformance::steps::seconds;
use conformance::{Answer, Assertion, By, ClientKey, Portal, Provider};
use futures_util::future::join_all;
use idp_core::client::AuthMethod;
use keys::Algorithm;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::Instant;

fn at() -> Asking {
    everywhere()[0]
}

/// What a host answers.
#[derive(Clone)]
enum Says {
    Set(Value),
    Hurried(Value),
    /// To be kept for a day.
    Lasting(Value),
    Text(String),
    Status(u16),
    Elsewhere,
    /// After a while.
    Late(Value),
    Never,
}

/// A client's host.
#[derive(Clone)]
struct Host {
    uri: String,
    says: Arc<Mutex<(Says, u32)>>,
}

impl Host {
    async fn start(says: Says) -> Self {
        let says = Arc::new(Mutex::new((says, 0)));
        let app = Router::new().route("/jwks", get(answer)).route("/elsewhere", get(answer)).with_state(says.clone());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let uri = format!("http://127.0.0.1:{}/jwks", listener.local_addr().unwrap().port());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { uri, says }
    }

    fn now_says(&self, says: Says) {
        self.says.lock().unwrap().0 = says;
    }

    fn asked(&self) -> u32 {
        self.says.lock().unwrap().1
    }
}

async fn answer(State(says): State<Arc<Mutex<(Says, u32)>>>) -> Response {
    let now = {
        let mut says = says.lock().unwrap();
        says.1 += 1;
        says.0.clone()
    };
    match now {
        Says::Set(set) => set.to_string().into_response(),
        Says::Hurried(set) => ([(CACHE_CONTROL, "max-age=10")], set.to_string()).into_response(),
        Says::Lasting(set) => ([(CACHE_CONTROL, "max-age=86400")], set.to_string()).into_response(),
        Says::Text(text) => text.into_response(),
        Says::Status(status) => (axum::http::StatusCode::from_u16(status).unwrap(), "{\"keys\":[]}").into_response(),
        Says::Elsewhere => Redirect::temporary("/elsewhere").into_response(),
        Says::Late(set) => {
            tokio::time::sleep(Duration::from_millis(400)).await;
            set.to_string().into_response()
        }
        Says::Never => std::future::pending().await,
    }
}

fn set(keys: &[&ClientKey]) -> Value {
    json!({ "keys": keys.iter().map(|key| key.public()).collect::<Vec<_>>() })
}

fn key() -> ClientKey {
    ClientKey::generate(Algorithm::Es256).unwrap()
}

async fn publisher(provider: &Provider, id: &str, host: &Host) -> Portal {
    client(provider, id, AuthMethod::PrivateKeyJwt, |asked| asked.jwks_uri = Some(host.uri.clone())).await
}

async fn sign_in(provider: &Provider, client: &Portal, key: &ClientKey) -> Answer {
    let right = Assertion::new(&client.id, &client.issuer, By::Key(key.clone()), &client.clock).unwrap();
    present(provider, at(), &right.signed().unwrap(), &[]).await
}

#[tokio::test]
async fn a_client_rotates_by_publishing_a_key_and_what_it_takes_back_is_worth_nothing_a_minute_later() {
    let provider = provider().await;
    let (old, new) = (key(), key());
    let host = Host::start(Says::Set(set(&[&old]))).await;
    let client = publisher(&provider, "rotates", &host).await;
    for _ in 0..5 {
        let_in(&sign_in(&provider, &client, &old).await, at());
    }
    assert_eq!(host.asked(), 1, "a set is kept");
    host.now_says(Says::Set(set(&[&new, &old])));
    provider.advance(seconds(5)).await.unwrap();
    let_in(&sign_in(&provider, &client, &new).await, at());
    let_in(&sign_in(&provider, &client, &old).await, at());
    assert_eq!(host.asked(), 2, "for the key that nobody knew");
    host.now_says(Says::Set(set(&[&new])));
    provider.advance(seconds(59)).await.unwrap();
    let_in(&sign_in(&provider, &client, &old).await, at());
    provider.advance(seconds(1)).await.unwrap();
    refused_for(&sign_in(&provider, &client, &old).await, "taken back");
    let_in(&sign_in(&provider, &client, &new).await, at());
    assert_eq!(host.asked(), 3);
}

#[tokio::test]
async fn a_host_may_want_its_set_asked_for_sooner_and_not_later() {
    let provider = provider().await;
    let (old, new) = (key(), key());
    let host = Host::start(Says::Hurried(set(&[&old]))).await;
    let client = publisher(&provider, "hurried", &host).await;
    let_in(&sign_in(&provider, &client, &old).await, at());
    host.now_says(Says::Hurried(set(&[&new])));
    provider.advance(seconds(10)).await.unwrap();
    refused_for(&sign_in(&provider, &client, &old).await, "taken back");
}

#[tokio::test]
async fn a_set_that_shall_be_kept_for_a_day_is_used_for_a_minute() {
    let provider = provider().await;
    let (old, new) = (key(), key());
    let host = Host::start(Says::Lasting(set(&[&old]))).await;
    let client = publisher(&provider, "lasting", &host).await;
    let_in(&sign_in(&provider, &client, &old).await, at());
    host.now_says(Says::Lasting(set(&[&new])));
    provider.advance(seconds(59)).await.unwrap();
    let_in(&sign_in(&provider, &client, &old).await, at());
    assert_eq!(host.asked(), 1);
    provider.advance(seconds(1)).await.unwrap();
    refused_for(&sign_in(&provider, &client, &old).await, "taken back a minute ago");
}

#[tokio::test]
async fn a_set_without_names_rotates_too() {
    let provider = provider().await;
    let (old, new) = (key(), key());
    let nameless = |key: &ClientKey| {
        let mut public = key.public();
        public.as_object_mut().unwrap().remove("kid");
        json!({ "keys": [public] })
    };
    let host = Host::start(Says::Set(nameless(&old))).await;
    let client = publisher(&provider, "nameless", &host).await;
    let sign = |key: &ClientKey| {
        let right = Assertion::new(&client.id, &client.issuer, By::Key(key.clone()), &client.clock).unwrap();
        right.header("kid", Value::Null).signed().unwrap()
    };
    let_in(&present(&provider, at(), &sign(&old), &[]).await, at());
    host.now_says(Says::Set(nameless(&new)));
    provider.advance(seconds(5)).await.unwrap();
    let_in(&present(&provider, at(), &sign(&new), &[]).await, at());
}

#[tokio::test]
async fn strangers_who_invent_names_of_keys_have_a_host_asked_once_in_five_seconds() {
    let provider = provider().await;
    let own = key();
    let host = Host::start(Says::Set(set(&[&own]))).await;
    let client = publisher(&provider, "invented", &host).await;
    let_in(&sign_in(&provider, &client, &own).await, at());
    for round in 1..=3 {
        provider.advance(seconds(5)).await.unwrap();
        let strangers: Vec<_> = (0..30).map(|_| key()).collect();
        for answer in join_all(strangers.iter().map(|stranger| sign_in(&provider, &client, stranger))).await {
            refused_for(&answer, "a key that nobody published");
        }
        assert_eq!(host.asked(), 1 + round);
    }
}

#[tokio::test]
async fn many_at_once_share_one_fetch_and_one_who_goes_away_does_not_break_it_off() {
    let provider = provider().await;
    let own = key();
    let host = Host::start(Says::Late(set(&[&own]))).await;
    let client = publisher(&provider, "shared", &host).await;
    let leaves = tokio::time::timeout(Duration::from_millis(100), sign_in(&provider, &client, &own)).await;
    assert!(leaves.is_err());
    for answer in join_all((0..20).map(|_| sign_in(&provider, &client, &own))).await {
        let_in(&answer, at());
    }
    assert_eq!(host.asked(), 1);
}

#[tokio::test]
async fn a_host_that_is_broken_or_hostile_lets_nobody_in_and_is_left_alone_for_a_while() {
    let provider = provider().await;
    let own = key();
    let mut private = set(&[&own]);
    private["keys"][0]["d"] = json!("AA");
    let mut encryption = set(&[&own]);
    encryption["keys"][0]["use"] = json!("enc");
    let mut symmetric = set(&[&own]);
    symmetric["keys"].as_array_mut().unwrap().push(json!({ "kty": "oct", "k": "c2VjcmV0", "kid": "s" }));
    let mut long = set(&[&own]);
    long["padding"] = json!("x".repeat(33_000));
    let many = json!({ "keys": (0..21).map(|_| key().public()).chain([own.public()]).collect::<Vec<_>>() });
    let hosts = [
        ("an error", Says::Status(500)),
        ("a page that is missing", Says::Status(404)),
        ("an empty answer", Says::Status(204)),
        ("a redirect", Says::Elsewhere),
        ("no JSON", Says::Text("<html>".into())),
        ("no set", Says::Text("[]".into())),
        ("an endless answer", Says::Text("x".repeat(300_000))),
        ("a private key", Says::Set(private)),
        ("a symmetric key", Says::Set(symmetric)),
        ("a key for encryption", Says::Set(encryption)),
        ("a long set", Says::Set(long)),
        ("many keys", Says::Set(many)),
        ("twins", Says::Set(set(&[&own, &own]))),
        ("no key", Says::Set(json!({ "keys": [] }))),
    ];
    for (number, (name, says)) in hosts.into_iter().enumerate() {
        let host = Host::start(says).await;
        let client = publisher(&provider, &format!("host-{number}"), &host).await;
        for _ in 0..4 {
            refused_for(&sign_in(&provider, &client, &own).await, name);
        }
        assert!(host.asked() <= 2, "{name}: asked {} times", host.asked());
        host.now_says(Says::Set(set(&[&own])));
        provider.advance(seconds(5)).await.unwrap();
        let_in(&sign_in(&provider, &client, &own).await, at());
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "how long it takes is the question")]
async fn a_host_that_never_answers_costs_its_own_client_five_seconds_and_others_nothing() {
    let provider = provider().await;
    let own = key();
    let (silent, good) = (Host::start(Says::Never).await, Host::start(Says::Set(set(&[&own]))).await);
    let waits = publisher(&provider, "silent", &silent).await;
    let goes_on = publisher(&provider, "good", &good).await;
    let begun = Instant::now();
    let (refused, _) = tokio::join!(join_all((0..10).map(|_| sign_in(&provider, &waits, &own))), async {
        let_in(&sign_in(&provider, &goes_on, &own).await, at());
        assert!(begun.elapsed() < Duration::from_secs(4), "others wait: {:?}", begun.elapsed());
    });
    for answer in refused {
        refused_for(&answer, "no answer");
    }
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
    assert_eq!(silent.asked(), 1);
    let again = Instant::now();
    refused_for(&sign_in(&provider, &waits, &own).await, "a failure is remembered");
    assert!(again.elapsed() < Duration::from_secs(3) && silent.asked() == 1);
}

#[tokio::test]
async fn while_a_host_is_down_a_fresh_set_serves_and_an_old_one_does_not() {
    let provider = provider().await;
    let own = key();
    let host = Host::start(Says::Set(set(&[&own]))).await;
    let client = publisher(&provider, "down", &host).await;
    let_in(&sign_in(&provider, &client, &own).await, at());
    host.now_says(Says::Status(503));
    provider.advance(seconds(10)).await.unwrap();
    refused_for(&sign_in(&provider, &client, &key()).await, "an unknown key");
    let_in(&sign_in(&provider, &client, &own).await, at());
    provider.advance(seconds(50)).await.unwrap();
    refused_for(&sign_in(&provider, &client, &own).await, "a minute old");
}
