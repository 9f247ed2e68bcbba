//! What a client that registered itself has us call: less than a portal of the operator's.

use super::support::{CALLBACK, Registered, http, post, provider};
use crate::request_object::fetched::by_reference;
use axum::Router;
use conformance::steps::{browser, refused, register, seconds, sign_out, tokens};
use conformance::{Answer, Assertion, By, ClientKey, NATURAL_PERSON, Provider};
use idp::settings::{RegistrationMode, Settings};
use idp_core::ClientId;
use idp_core::client::AuthMethod;
use keys::Algorithm;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A neighbour that strangers have no business with, and how often it was called.
struct Neighbour {
    uri: String,
    calls: Arc<AtomicU64>,
}

impl Neighbour {
    async fn start() -> Self {
        let calls = Arc::new(AtomicU64::new(0));
        let counted = calls.clone();
        let app = Router::new().fallback(async move || {
            counted.fetch_add(1, Ordering::SeqCst);
            json!([CALLBACK]).to_string()
        });
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let uri = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { uri, calls }
    }

    fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }
}

fn as_usual(settings: &mut Settings) {
    settings.registration.mode = RegistrationMode::Open;
    settings.registration.per_address = 10_000;
    settings.requests.fetch_request_uris = true;
    settings.registration.use_allow_hosts = false;
}

fn lent(settings: &mut Settings) {
    as_usual(settings);
    settings.registration.use_allow_hosts = true;
    settings.outbound.allow_hosts.extend((2..=5).map(|last| format!("127.0.0.{last}")));
}

#[tokio::test]
async fn the_operators_private_hosts_are_not_those_of_whoever_registers() {
    let provider = provider(as_usual).await;
    let neighbour = Neighbour::start().await;
    let key = ClientKey::generate(Algorithm::Es256).unwrap();
    let secure = neighbour.uri.replace("http:", "https:");
    for uri in [&neighbour.uri, &secure] {
        for asked in [
            json!({ "jwks_uri": uri, "token_endpoint_auth_method": "private_key_jwt" }),
            json!({ "sector_identifier_uri": uri, "subject_type": "pairwise" }),
            json!({ "request_uris": [uri], "jwks": key.set() }),
            json!({ "backchannel_logout_uri": uri }),
        ] {
            let mut asked = asked;
            asked["redirect_uris"] = json!([CALLBACK]);
            refused(&post(&provider, None, &asked).await, 400, "invalid_client_metadata");
        }
    }
    assert_eq!(neighbour.calls(), 0);
    // The operator's own portal may be there.
    let told = register(&provider, "told", |asked| asked.backchannel_logout_uri = Some(neighbour.uri.clone())).await;
    let browser = browser(&provider);
    tokens(&told, &browser, &told.request(), NATURAL_PERSON).await;
    sign_out(&browser, &provider).await;
    until(|| neighbour.calls() == 1).await;
}

async fn until(so: impl Fn() -> bool) {
    for _ in 0..500 {
        if so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never so");
}

#[tokio::test]
async fn what_was_registered_while_it_was_allowed_is_not_called_afterwards() {
    let mut provider = provider(lent).await;
    let neighbour = Neighbour::start().await;
    let uri = &neighbour.uri;
    let signing =
        json!({ "redirect_uris": [CALLBACK], "jwks_uri": uri, "token_endpoint_auth_method": "private_key_jwt" });
    let signing = Registered::new(&provider, signing).await;
    let key = ClientKey::generate(Algorithm::Es256).unwrap();
    let mut told = json!({ "redirect_uris": [CALLBACK], "backchannel_logout_uri": uri, "jwks": key.set() });
    told["request_uris"] = json!([uri]);
    let told = Registered::new(&provider, told).await;
    let portal = told.portal(&provider).await;
    let referring = by_reference(&portal.request().scope("openid"), uri);
    let opened = browser(&provider).open(&referring.url()).await.unwrap();
    assert!(opened.body.contains("invalid_request_object"), "what is there is none: {}", opened.body);
    assert_eq!(neighbour.calls(), 1, "while it is allowed");

    provider.settings.registration.use_allow_hosts = false;
    provider.restart().await.unwrap();
    provider.advance(seconds(20)).await.unwrap();
    let opened = browser(&provider).open(&referring.url()).await.unwrap();
    assert!(opened.body.contains("invalid_request_uri"), "{}", opened.body);
    let portal = told.portal(&provider).await;
    let assertion = Assertion::new(signing.text("client_id"), &portal.issuer, By::Key(key), &portal.clock).unwrap();
    refused(&present(&provider, &assertion.signed().unwrap()).await, 401, "invalid_client");
    let browser = browser(&provider);
    tokens(&portal, &browser, &portal.request().scope("openid"), NATURAL_PERSON).await;
    sign_out(&browser, &provider).await;
    let why = outcome(&provider, told.text("client_id")).await;
    assert!(why.contains("only for hosts on the operator's allow-list"), "{why}");
    assert_eq!(neighbour.calls(), 1);
}

/// Asks for tokens without a code: whoever is believed hears that it is missing.
async fn present(provider: &Provider, assertion: &str) -> Answer {
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let form = [("client_assertion_type", kind), ("client_assertion", assertion), ("grant_type", "authorization_code")];
    Answer::of(http().post(provider.url("/connect/token")).form(&form)).await.unwrap()
}

/// Why the last logout token was not delivered.
async fn outcome(provider: &Provider, client: &str) -> String {
    let client = ClientId::parse(client).unwrap();
    for _ in 0..500 {
        let (client, now) = (client.clone(), provider.clock.now());
        let unit = move |conn: &mut idp_store::Conn| idp_store::outbox::of_client(conn, &client, now, 1);
        let rows = provider.wired.base.db.scan(unit).await.unwrap();
        if let Some(outcome) = rows.into_iter().next().and_then(|row| row.outcome) {
            return outcome;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never tried");
}

/// A client that registered itself, with its keys at an address.
async fn publisher(provider: &Provider, jwks_uri: &str) -> Registered {
    let asked = json!({
        "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": jwks_uri,
    });
    Registered::new(provider, asked).await
}

#[tokio::test]
async fn a_host_that_hangs_takes_four_places_whatever_clients_name_it_and_other_hosts_are_asked() {
    let provider = provider(lent).await;
    provider.advance(seconds(20)).await.unwrap();
    let silent = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let uri = format!("http://127.0.0.1:{}/", silent.local_addr().unwrap().port());
    let key = ClientKey::generate(Algorithm::Es256).unwrap();
    let set = serde_json::to_string(&json!({ "keys": [key.public()] })).unwrap();
    let listener = tokio::net::TcpListener::bind(("127.0.0.2", 0)).await.unwrap();
    let healthy = format!("http://127.0.0.2:{}/", listener.local_addr().unwrap().port());
    let app = Router::new().fallback(async move || set);
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let mut hanging = Vec::new();
    for _ in 0..16 {
        hanging.push(publisher(&provider, &uri).await);
    }
    let healthy = publisher(&provider, &healthy).await;
    let emic = conformance::steps::portal(&provider, "emic", conformance::steps::EMIC).await;
    let signed = |one: &Registered| {
        let by = By::Key(key.clone());
        Assertion::new(one.text("client_id"), &emic.issuer, by, &emic.clock).unwrap().signed().unwrap()
    };
    let assertions: Vec<_> = hanging.iter().map(&signed).collect();
    let all = futures_util::future::join_all(assertions.iter().map(|assertion| present(&provider, assertion)));
    let during = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        present(&provider, &signed(&healthy)).await
    };
    let (all, during) = tokio::join!(all, during);
    assert_eq!(during.error(), "invalid_request", "let in, and asks for nothing: {}", during.body);
    assert_eq!(all.iter().filter(|answer| answer.status == 503).count(), 12, "four waited for the host");
}

#[tokio::test]
async fn hosts_that_hang_hold_up_nobody_whom_the_operator_registered() {
    let provider = provider(lent).await;
    // The memory of assertions vouches for nothing that is older than itself.
    provider.advance(seconds(20)).await.unwrap();
    let silent = tokio::net::TcpListener::bind(("0.0.0.0", 0)).await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let mut hanging = Vec::new();
    for number in 0..20 {
        // Five hosts, each asked for four sets.
        hanging.push(publisher(&provider, &format!("http://127.0.0.{}:{port}/", 1 + number % 5)).await);
    }
    let emic = conformance::steps::portal(&provider, "emic", conformance::steps::EMIC).await;
    let key = ClientKey::generate(Algorithm::Es256).unwrap();
    let signed =
        |id: &str| Assertion::new(id, &emic.issuer, By::Key(key.clone()), &emic.clock).unwrap().signed().unwrap();
    let assertions: Vec<_> = hanging.iter().map(|one| signed(one.text("client_id"))).collect();
    let all = assertions.iter().map(|assertion| present(&provider, assertion));
    let all = futures_util::future::join_all(all);
    let set = serde_json::to_string(&json!({ "keys": [key.public()] })).unwrap();
    let app = Router::new().fallback(async move || set);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let healthy = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    register(&provider, "healthy", |asked| {
        asked.auth_method = AuthMethod::PrivateKeyJwt;
        asked.jwks_uri = Some(healthy.clone());
    })
    .await;
    let during = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        present(&provider, &signed("healthy")).await
    };
    let (all, during) = tokio::join!(all, during);
    assert_eq!(during.error(), "invalid_request", "let in, and asks for nothing: {}", during.body);
    let busy = all.iter().filter(|answer| answer.status == 503).count();
    assert_eq!(busy, 4, "the others of sixteen waited for their host");
    assert!(all.iter().filter(|answer| answer.status == 503).all(|answer| answer.header("retry-after").is_some()));
}
