//! A provider that registers clients, and somebody who registers one.

use conformance::steps::{browser, tokens};
use conformance::{Answer, NATURAL_PERSON, Portal, Provider, ProviderOptions, Tokens};
use idp::settings::{RegistrationMode, Settings};
use idp_core::client::AuthMethod;
use serde_json::{Value, json};

/// Where the clients of these tests are; nobody listens there.
pub const CALLBACK: &str = "http://localhost:9/callback";

pub async fn open() -> Provider {
    provider(|settings| {
        settings.registration.mode = RegistrationMode::Open;
        settings.registration.per_address = 10_000;
    })
    .await
}

/// The same, for tests that read what a website is answered: refusals go to it at once.
pub async fn answering() -> Provider {
    provider(|settings| {
        settings.registration.mode = RegistrationMode::Open;
        settings.registration.per_address = 10_000;
        settings.registration.return_at_once = true;
    })
    .await
}

pub async fn by_token() -> Provider {
    provider(|settings| settings.registration.mode = RegistrationMode::InitialAccessToken).await
}

pub async fn provider(settings: fn(&mut Settings)) -> Provider {
    let options = ProviderOptions { settings: Some(settings), ..ProviderOptions::default() };
    Provider::start_with(options).await.unwrap()
}

#[expect(clippy::disallowed_methods, reason = "somebody who registers a client in a test, not the provider")]
pub fn http() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

/// POST /connect/register, with an initial access token if there is one.
pub async fn post(provider: &Provider, token: Option<&str>, asked: &Value) -> Answer {
    let request = http().post(provider.url("/connect/register")).json(asked);
    let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
    Answer::of(request).await.unwrap()
}

/// A client that registered itself, and what it was told.
pub struct Registered {
    pub told: Value,
}

impl Registered {
    pub async fn new(provider: &Provider, asked: Value) -> Self {
        let answer = post(provider, None, &asked).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        Self { told: answer.json }
    }

    /// One that says nothing but where answers go and that it refreshes.
    pub async fn plain(provider: &Provider) -> Self {
        let grants = ["authorization_code", "refresh_token"];
        Self::new(provider, json!({ "redirect_uris": [CALLBACK], "grant_types": grants })).await
    }

    pub fn text(&self, member: &str) -> &str {
        self.told[member].as_str().unwrap_or_else(|| panic!("no {member}: {}", self.told))
    }

    /// What it may send back (RFC 7592 §2.2).
    pub fn own(&self) -> Value {
        let mut own = self.told.clone();
        for ours in
            ["registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"]
        {
            own.as_object_mut().unwrap().remove(ours);
        }
        own
    }

    pub async fn manage(&self, method: &str, token: &str, asked: Option<&Value>) -> Answer {
        let request = http().request(method.parse().unwrap(), self.text("registration_client_uri")).bearer_auth(token);
        let request = if let Some(asked) = asked { request.json(asked) } else { request };
        Answer::of(request).await.unwrap()
    }

    pub async fn get(&self) -> Answer {
        self.manage("GET", self.text("registration_access_token"), None).await
    }

    pub async fn put(&self, asked: &Value) -> Answer {
        self.manage("PUT", self.text("registration_access_token"), Some(asked)).await
    }

    pub async fn delete(&self) -> Answer {
        self.manage("DELETE", self.text("registration_access_token"), None).await
    }

    pub async fn portal(&self, provider: &Provider) -> Portal {
        let method = match self.text("token_endpoint_auth_method") {
            "client_secret_basic" => AuthMethod::ClientSecretBasic,
            "client_secret_post" => AuthMethod::ClientSecretPost,
            _ => AuthMethod::None,
        };
        let redirect_uri = self.told["redirect_uris"][0].as_str().unwrap();
        let portal = Portal::new(provider, self.text("client_id"), redirect_uri, method).await.unwrap();
        Portal { secret: self.told["client_secret"].as_str().unwrap_or_default().to_owned(), ..portal }
    }

    /// Somebody signs in at it.
    pub async fn signed_in(&self, provider: &Provider) -> (Portal, Tokens) {
        let portal = self.portal(provider).await;
        let tokens = tokens(&portal, &browser(provider), &portal.request().scope("openid"), NATURAL_PERSON).await;
        (portal, tokens)
    }
}
