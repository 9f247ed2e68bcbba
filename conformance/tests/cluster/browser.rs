//! A browser and a portal that come in wherever the balancer sends them.

use conformance::history::run::Portal;
use reqwest::header::{HeaderMap, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::Value;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Each request goes to the next of them.
pub struct Way {
    bases: Vec<String>,
    turn: AtomicUsize,
}

impl Way {
    pub fn new<S: Into<String>>(bases: impl IntoIterator<Item = S>) -> Self {
        Self { bases: bases.into_iter().map(Into::into).collect(), turn: AtomicUsize::new(0) }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.bases[self.turn.fetch_add(1, Ordering::Relaxed) % self.bases.len()])
    }
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Got {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Where it sends the browser.
    pub location: String,
    pub body: String,
    /// Null if the body is none.
    pub json: Value,
}

impl Got {
    async fn of(request: RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let location = headers.get(LOCATION).map_or_else(String::new, |to| to.to_str().unwrap().to_owned());
        let body = answer.text().await.unwrap();
        let json = serde_json::from_str(&body).unwrap_or_default();
        Self { status, headers, location, body, json }
    }

    /// A member of the document; empty if there is none.
    pub fn text(&self, name: &str) -> String {
        self.json.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// The value of a hidden field. What is sealed has nothing in it that HTML escapes.
    pub fn field(&self, name: &str) -> Option<String> {
        let tag = self.body.split("<input").find(|tag| tag.contains(&format!("name=\"{name}\"")))?;
        Some(tag.split_once("value=\"")?.1.split('"').next()?.to_owned())
    }

    pub fn has(&self, id: &str) -> bool {
        self.body.contains(&format!("id=\"{id}\""))
    }

    /// A parameter of where the browser was sent.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let query = self.location.split_once('?')?.1;
        form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

fn client(cookies: bool) -> Client {
    // Reading the system's authorities takes long where hundreds of clients are made.
    let builder = Client::builder().tls_built_in_root_certs(false).no_proxy();
    builder.cookie_store(cookies).redirect(Policy::none()).build().unwrap()
}

/// A browser: its cookies count for every node, as behind one name.
pub struct Browser {
    http: Client,
    issuer: String,
}

impl Browser {
    pub fn new(issuer: &str) -> Self {
        Self { http: client(true), issuer: issuer.to_owned() }
    }

    /// Opens a path and follows redirects as long as they stay at the provider.
    pub async fn open(&self, way: &Way, path: &str) -> Got {
        self.follow(way, Got::of(self.http.get(way.url(path))).await).await
    }

    /// Sends a form as a page of the provider does.
    pub async fn submit(&self, way: &Way, path: &str, form: &[(&str, &str)]) -> Got {
        let request = self.http.post(way.url(path)).header("origin", &self.issuer);
        let request = request.header("sec-fetch-site", "same-origin").form(form);
        self.follow(way, Got::of(request).await).await
    }

    /// Fills in the sign-in page.
    pub async fn sign_in(&self, way: &Way, page: &Got, (account, password): (&str, &str)) -> Got {
        let interaction = page.field("interaction").unwrap_or_else(|| panic!("no sign-in page: {page:?}"));
        let form = [("interaction", interaction.as_str()), ("username", account), ("password", password)];
        self.submit(way, "/sign-in", &form).await
    }

    /// Presses a button of the page that asks.
    pub async fn decide(&self, way: &Way, page: &Got, decision: &str) -> Got {
        assert!(page.has("consent-allow"), "{page:?}");
        let interaction = page.field("interaction").unwrap_or_default();
        self.submit(way, "/consent", &[("interaction", &interaction), ("decision", decision)]).await
    }

    async fn follow(&self, way: &Way, mut got: Got) -> Got {
        for _ in 0..10 {
            let inside = got.location.strip_prefix(&self.issuer).unwrap_or(&got.location).to_owned();
            if !got.status.is_redirection() || !inside.starts_with('/') {
                return got;
            }
            got = Got::of(self.http.get(way.url(&inside))).await;
        }
        panic!("too many redirects: {got:?}")
    }
}

/// A portal's back end.
#[derive(Clone)]
pub struct BackEnd {
    http: Client,
    pub portal: Portal,
}

impl BackEnd {
    pub fn new(portal: &Portal) -> Self {
        Self { http: client(false), portal: portal.clone() }
    }

    pub async fn post(&self, way: &Way, path: &str, form: &[(&str, &str)]) -> Got {
        self.send(way, path, form, None).await
    }

    /// With its secret, if it has one, and with a DPoP proof, if there is one.
    pub async fn send(&self, way: &Way, path: &str, form: &[(&str, &str)], proof: Option<&str>) -> Got {
        let mut request = self.http.post(way.url(path)).form(form);
        if !self.portal.secret.is_empty() {
            request = request.basic_auth(&self.portal.id, Some(&self.portal.secret));
        }
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        Got::of(request).await
    }

    pub async fn redeem(&self, way: &Way, code: &str, verifier: &str) -> Got {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", verifier),
            ("redirect_uri", &self.portal.redirect_uri),
        ];
        self.post(way, "/connect/token", &form).await
    }

    pub async fn refresh(&self, way: &Way, token: &str) -> Got {
        self.post(way, "/connect/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    pub async fn user_info(&self, way: &Way, token: &str) -> Got {
        Got::of(self.http.get(way.url("/connect/userinfo")).bearer_auth(token)).await
    }

    pub async fn get(&self, way: &Way, path: &str) -> Got {
        Got::of(self.http.get(way.url(path))).await
    }
}
