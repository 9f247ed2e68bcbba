//! A portal's server with pictures, and what came of them at the provider.

use crate::register::support::{CALLBACK, http};
use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use conformance::steps::browser;
use conformance::{Answer, Portal, Provider};
use idp::settings::{RegistrationMode, Settings};
use idp_store::client_logos::{self, ClientLogo};
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::Cursor;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A portal's server with pictures, which counts who comes for them.
#[derive(Clone)]
pub struct Gallery {
    pub origin: String,
    shelf: Arc<Mutex<Shelf>>,
}

#[derive(Default)]
struct Shelf {
    files: HashMap<String, (u16, &'static str, Vec<u8>)>,
    asked: HashMap<String, usize>,
}

impl Gallery {
    pub async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let origin = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let gallery = Self { origin, shelf: Arc::default() };
        let app = Router::new().fallback(serve).with_state(gallery.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        gallery
    }

    /// Puts a file there; what is its address.
    pub fn put(&self, name: &str, status: u16, kind: &'static str, bytes: Vec<u8>) -> String {
        self.shelf.lock().unwrap().files.insert(format!("/{name}"), (status, kind, bytes));
        format!("{}/{name}", self.origin)
    }

    pub fn picture(&self, name: &str, side: u32, red: u8) -> String {
        self.put(name, 200, "image/png", png(side, red))
    }

    pub fn asked(&self, name: &str) -> usize {
        self.shelf.lock().unwrap().asked.get(&format!("/{name}")).copied().unwrap_or_default()
    }
}

async fn serve(State(gallery): State<Gallery>, uri: axum::http::Uri) -> Response {
    let mut shelf = gallery.shelf.lock().unwrap();
    *shelf.asked.entry(uri.path().to_owned()).or_default() += 1;
    let (status, kind, bytes) = shelf.files.get(uri.path()).cloned().unwrap_or((404, "text/plain", vec![]));
    let status = axum::http::StatusCode::from_u16(status).unwrap();
    (status, [(CONTENT_TYPE, kind)], bytes).into_response()
}

pub fn png(side: u32, red: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = RgbaImage::from_pixel(side, side, Rgba([red, 90, 30, 255]));
    DynamicImage::from(picture).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

pub fn open(settings: &mut Settings) {
    settings.registration.mode = RegistrationMode::Open;
    settings.registration.per_address = 10_000;
    settings.registration.show_logos = true;
}

pub fn asked(logo: &str) -> Value {
    json!({ "redirect_uris": [CALLBACK], "client_name": "天氣", "logo_uri": logo, "scope": "openid profile" })
}

/// What became of the logos of a client.
pub async fn state(provider: &Provider, client: &str) -> Vec<ClientLogo> {
    let id = idp_core::ClientId::parse(client).unwrap();
    provider.wired.base.db.scan(move |conn| client_logos::of_client(conn, &id)).await.unwrap()
}

/// Waits until something is so of what became of the logos of a client.
pub async fn until(provider: &Provider, client: &str, so: impl Fn(&[ClientLogo]) -> bool) -> Vec<ClientLogo> {
    for _ in 0..400 {
        let now = state(provider, client).await;
        if so(&now) {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("never so: {:?}", state(provider, client).await);
}

pub async fn fetched(provider: &Provider, client: &str) -> String {
    let logos = until(provider, client, |logos| logos.iter().any(|logo| logo.picture.is_some())).await;
    // What the database has is in memory a moment later.
    provider.wired.base.directory.check().await.unwrap();
    format!("/client-logo/{}.png", logos.iter().find_map(|logo| logo.picture.clone()).unwrap())
}

pub async fn failed(provider: &Provider, client: &str) -> String {
    let logos = until(provider, client, |logos| logos.iter().any(|logo| logo.problem.is_some())).await;
    logos[0].problem.clone().unwrap()
}

/// The address of the picture on the page of a new visitor, if there is one.
pub async fn shown(portal: &Portal, provider: &Provider, locale: &str) -> Option<String> {
    let request = portal.request().scope("openid").with("ui_locales", locale);
    let page = browser(provider).open(&request.url()).await.unwrap();
    assert!(page.body.contains("login-submit"), "{}", page.body);
    picture_on(&page.body)
}

pub fn picture_on(html: &str) -> Option<String> {
    let (_, rest) = html.split_once("<img ")?;
    let (_, rest) = rest.split_once("src=\"")?;
    Some(rest.split_once('"').unwrap().0.to_owned())
}

pub async fn get(provider: &Provider, path: &str) -> Answer {
    Answer::of(http().get(provider.url(path))).await.unwrap()
}

pub async fn served(provider: &Provider, path: &str) -> RgbaImage {
    let response = http().get(provider.url(path)).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let bytes = response.bytes().await.unwrap();
    image::load_from_memory_with_format(&bytes, ImageFormat::Png).unwrap().into_rgba8()
}
