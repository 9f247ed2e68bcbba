//! `request_uri` (OpenID Connect Core 1.0 §6.2): fetched with the operator's leave alone, from where the client said.

use super::{object, signing};
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use conformance::steps::{browser, code, refused, start};
use conformance::{NATURAL_PERSON, Provider, ProviderOptions, Request};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// What a portal serves, and how often it was asked.
#[derive(Clone, Default)]
struct Shelf(Arc<(Mutex<(u16, String)>, AtomicU64)>);

impl Shelf {
    async fn start() -> (Self, String) {
        let shelf = Self::default();
        let answer = |State(shelf): State<Shelf>| async move {
            shelf.0.1.fetch_add(1, Ordering::SeqCst);
            let (status, text) = shelf.0.0.lock().unwrap().clone();
            (axum::http::StatusCode::from_u16(status).unwrap(), text)
        };
        let router = Router::new().route("/request", get(answer)).with_state(shelf.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://127.0.0.1:{}/request", listener.local_addr().unwrap().port());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (shelf, uri)
    }

    fn holds(&self, status: u16, text: &str) {
        *self.0.0.lock().unwrap() = (status, text.to_owned());
    }

    fn asked(&self) -> u64 {
        self.0.1.load(Ordering::SeqCst)
    }
}

pub(crate) fn by_reference(request: &Request, uri: &str) -> Request {
    let params = [("client_id", request.get("client_id").unwrap()), ("request_uri", uri)];
    Request { params: params.map(|(name, value)| (name.into(), value.into())).into(), ..request.clone() }
}

async fn fetching() -> Provider {
    let options = ProviderOptions { settings: Some(|it| it.requests.fetch_request_uris = true), ..Default::default() };
    Provider::start_with(options).await.unwrap()
}

#[tokio::test]
async fn a_registered_address_is_fetched_and_its_fragment_is_not_sent() {
    let provider = fetching().await;
    let (shelf, uri) = Shelf::start().await;
    let (portal, key) = signing(&provider, "signing", |asked| asked.requests.request_uris = vec![uri.clone()]).await;
    let browser = browser(&provider);
    for fragment in ["", "#c2hhMjU2", "#other"] {
        let request = portal.request();
        shelf.holds(200, &object(&provider, &key, &request).signed().unwrap());
        let given = code(&browser, &by_reference(&request, &format!("{uri}{fragment}")), NATURAL_PERSON).await;
        portal.redeem(&request, &given).await.unwrap().tokens().unwrap();
    }
    let document = portal.http.get(provider.url("/.well-known/openid-configuration"));
    let document = conformance::Answer::of(document).await.unwrap().json;
    assert_eq!(document["request_uri_parameter_supported"], true);
}

#[tokio::test]
async fn whatever_is_wrong_there_is_said_and_nobody_hangs() {
    let provider = fetching().await;
    let (shelf, uri) = Shelf::start().await;
    let (portal, key) = signing(&provider, "signing", |asked| asked.requests.request_uris = vec![uri.clone()]).await;
    let browser = browser(&provider);
    let request = portal.request();
    let good = object(&provider, &key, &request).signed().unwrap();
    let asked = by_reference(&request, &uri).with("redirect_uri", &portal.redirect_uri);
    for (status, text, error) in [
        (404, good.as_str(), "invalid_request_uri"),
        (302, &good, "invalid_request_uri"),
        (500, &good, "invalid_request_uri"),
        (200, &"x".repeat(300_000), "invalid_request_uri"),
        (200, &"x".repeat(20_000), "invalid_request_object"),
        (200, "", "invalid_request_object"),
        (200, "garbage", "invalid_request_object"),
        (200, "eyJhbGciOiJub25lIn0.e30.", "invalid_request_object"),
    ] {
        shelf.holds(status, text);
        let page = browser.open(&asked.url()).await.unwrap();
        assert_eq!(page.parameter("error").as_deref(), Some(error), "{status} {:.20}", text);
    }
}

/// A link that makes the provider fetch what it names is a way into the network behind it.
#[tokio::test]
async fn nothing_is_fetched_that_was_not_registered_or_not_allowed() {
    let provider = fetching().await;
    let (shelf, uri) = Shelf::start().await;
    let (portal, key) = signing(&provider, "signing", |asked| asked.requests.request_uris = vec![uri.clone()]).await;
    let (other, _) = signing(&provider, "other", |_| {}).await;
    let browser = browser(&provider);
    shelf.holds(200, &object(&provider, &key, &portal.request()).signed().unwrap());
    let elsewhere =
        [format!("{uri}x"), format!("{uri}?x=1"), uri.replace("http", "HTTP"), uri.replace("127.0.0.1", "localhost")];
    for uri in elsewhere.iter().map(String::as_str).chain(["http://169.254.169.254/", "file:///etc/passwd", "x"]) {
        let asked = by_reference(&portal.request(), uri).with("redirect_uri", &portal.redirect_uri);
        let page = browser.open(&asked.url()).await.unwrap();
        assert_eq!(page.parameter("error").as_deref(), Some("invalid_request_uri"), "{uri}");
    }
    let asked = by_reference(&other.request(), &uri).with("redirect_uri", &other.redirect_uri);
    let page = browser.open(&asked.url()).await.unwrap();
    assert_eq!(page.parameter("error").as_deref(), Some("invalid_request_uri"));
    // Neither by a push, alone or beside an object.
    let object = object(&provider, &key, &portal.request()).signed().unwrap();
    let both = by_reference(&portal.request(), &uri).with("request", &object);
    for pushed in [by_reference(&portal.request(), &uri), both] {
        refused(&portal.push(&pushed).await.unwrap(), 400, "invalid_request");
    }
    assert_eq!(shelf.asked(), 0);
    // Without the operator's leave.
    let (provider, _) = start().await;
    let (closed, _) = signing(&provider, "signing", |asked| asked.requests.request_uris = vec![uri.clone()]).await;
    let asked = closed.request().with("request_uri", &uri);
    let page = browser.open(&asked.url()).await.unwrap();
    assert_eq!(page.parameter("error").as_deref(), Some("request_uri_not_supported"));
    assert_eq!(shelf.asked(), 0);
}

#[tokio::test]
async fn nobody_makes_us_fetch_for_a_client_that_is_switched_off_or_more_often_than_links_are_opened() {
    let provider = fetching().await;
    let (shelf, uri) = Shelf::start().await;
    let asks = async |id: &str| signing(&provider, id, |asked| asked.requests.request_uris = vec![uri.clone()]).await;
    let ((busy, key), (off, _)) = (asks("busy").await, asks("off").await);
    shelf.holds(200, &object(&provider, &key, &busy.request()).signed().unwrap());
    let (window, now) = (std::time::Duration::from_secs(60), provider.clock.now());
    for _ in 0..299 {
        provider.wired.base.ephemeral.bump("fetched_count:busy", window, now).await.unwrap();
    }
    let browser = browser(&provider);
    let asked = by_reference(&busy.request(), &uri).with("redirect_uri", &busy.redirect_uri);
    assert!(browser.open(&asked.url()).await.unwrap().has("login-submit"));
    assert_eq!(shelf.asked(), 1);
    let page = browser.open(&asked.url()).await.unwrap();
    assert_eq!(page.parameter("error").as_deref(), Some("temporarily_unavailable"), "{}", page.body);
    conformance::steps::disable(&provider, "off").await;
    let asked = by_reference(&off.request(), &uri).with("redirect_uri", &off.redirect_uri);
    let page = browser.open(&asked.url()).await.unwrap();
    assert!(page.status == 400 && page.has("error-title"), "{}", page.url);
    assert_eq!(shelf.asked(), 1);
}
