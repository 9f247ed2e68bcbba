//! A portal over HTTP against a small provider that can be told to misbehave.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a surprise shall stop the test"
)]

mod backchannel_logout;
mod browser;
mod pages;
mod provider;
mod refresh;
mod restart;
mod sign_in;
mod sign_out;
mod strangers;
mod unanswered;

use browser::Browser;
use provider::Provider;
use relying_party_example::portal::{ELEARN, EMIC, Portal};
use relying_party_example::{Clock, Config, Store};
use tempfile::TempDir;
use tokio::net::TcpListener;

pub(crate) const CLIENT_SECRET: &str = "a secret/with+signs";

/// A provider, a portal that uses it, and a person's browser.
pub(crate) struct Scene {
    pub(crate) clock: Clock,
    pub(crate) provider: Provider,
    pub(crate) browser: Browser,
    pub(crate) folder: TempDir,
}

pub(crate) async fn scene() -> Scene {
    scene_of(&EMIC).await
}

pub(crate) async fn elearn() -> Scene {
    scene_of(&ELEARN).await
}

async fn scene_of(which: &'static Portal) -> Scene {
    let clock = Clock::default();
    let provider = Provider::start(clock.clone()).await;
    let (base_url, folder) = start_portal(which, provider.issuer(), clock.clone()).await;
    Scene { clock, provider, browser: Browser::new(base_url), folder }
}

pub(crate) async fn start_portal(which: &'static Portal, issuer: &str, clock: Clock) -> (String, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("portal.db")).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let config = Config::new(which, issuer, &base_url, "the-portal".into(), CLIENT_SECRET.into()).unwrap();
    let router = relying_party_example::portal(config, store, None, clock).unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (base_url, folder)
}

impl Scene {
    /// From the button to the provider and back, up to the portal's answer at `/callback`.
    pub(crate) async fn come_back(&self) -> browser::Answer {
        let asked = self.browser.get("/sign-in").await;
        let back = self.provider.authorize(asked.location());
        self.browser.get(&back).await
    }

    /// A whole sign-in that must succeed; the page that the person then sees.
    pub(crate) async fn sign_in(&self) -> String {
        let answer = self.come_back().await;
        assert_eq!((answer.status, answer.location()), (303, "/"), "{}", answer.body);
        self.browser.get("/").await.body
    }

    pub(crate) async fn is_signed_in(&self) -> bool {
        self.browser.get("/").await.body.contains("id=\"sign-out\"")
    }
}
