//! The questions themselves: what a browser or a portal sends, and how its answer is read.

use super::Outcome;
use super::id_token::{self, Jwks};
use super::secrets::{Code, Given, Reply, digest, told};
use crate::history::event::{Answer, TokensSeen};
use crate::request::Request;
use idp::clock::Clock;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Nobody waits longer for an answer. The provider should have given up long before.
const PATIENCE: Duration = Duration::from_secs(20);

/// A portal that is registered.
#[derive(Clone, Debug)]
pub struct Portal {
    /// `client_id`.
    pub id: String,
    /// Its secret.
    pub secret: String,
    /// Its redirect URI.
    pub redirect_uri: String,
}

/// Everybody's way to the provider.
pub struct Wire {
    http: reqwest::Client,
    /// Where the nodes are, or what stands before them.
    pub nodes: Vec<String>,
    issuer: String,
    jwks: Mutex<Jwks>,
}

/// An answer, read to its end.
struct Got {
    status: StatusCode,
    location: String,
    cookies: Vec<String>,
    body: String,
}

impl Wire {
    #[expect(clippy::disallowed_methods, reason = "browsers and portals in a test, not the provider")]
    pub fn new(nodes: &[String], issuer: &str) -> Outcome<Self> {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        let http = http.timeout(PATIENCE).build()?;
        Ok(Self { http, nodes: nodes.to_vec(), issuer: issuer.to_owned(), jwks: Mutex::default() })
    }

    fn url(&self, node: usize, path: &str) -> String {
        format!("{}{path}", self.nodes.get(node).map_or("", String::as_str))
    }

    fn get(&self, node: usize, path: &str) -> RequestBuilder {
        self.http.get(self.url(node, path))
    }

    fn post(&self, node: usize, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        self.http.post(self.url(node, path)).form(form)
    }

    /// POST from one of the provider's own pages.
    fn submit(&self, node: usize, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        self.post(node, path, form).header("origin", &self.issuer).header("sec-fetch-site", "same-origin")
    }

    fn as_client(&self, node: usize, path: &str, portal: &Portal, form: &[(&str, &str)]) -> RequestBuilder {
        self.post(node, path, form).basic_auth(&portal.id, Some(&portal.secret))
    }

    /// Signs in on a browser that has no session: the page from one node, the form to another.
    pub async fn sign_in(&self, nodes: (usize, usize), portal: &Portal, person: (&str, &str)) -> Reply {
        let request = Request::new("", &portal.id, &portal.redirect_uri);
        let page = match send(self.get(nodes.0, &format!("/connect/authorize{}", request.url()))).await {
            Ok(page) => page,
            // Nothing was typed yet.
            Err(_) => return told(Answer::Unreached),
        };
        let (Some(browser), Some(interaction)) = (page.cookie("idp_browser"), page.field("interaction")) else {
            return told(Answer::Refused { error: format!("no sign-in page: {} {}", page.status, page.location) });
        };
        let form = [("interaction", interaction.as_str()), ("username", person.0), ("password", person.1)];
        let form = self.submit(nodes.1, "/sign-in", &form).header(COOKIE, format!("idp_browser={browser}"));
        match send(form).await {
            Ok(got) => match got.cookie("idp_session") {
                Some(session) => {
                    let answer = Answer::Session { session: digest(&session) };
                    (answer, Given { session: Some(session), ..Given::default() })
                }
                None => told(Answer::Refused { error: format!("sign-in page again: {}", got.status) }),
            },
            Err(answer) => told(answer),
        }
    }

    /// Asks silently for a code. The request's nonce stands in it.
    pub async fn authorize(&self, node: usize, portal: (usize, &Portal), request: &Request, session: &str) -> Reply {
        let url = format!("/connect/authorize{}", request.url());
        let got = match send(self.get(node, &url).header(COOKIE, format!("idp_session={session}"))).await {
            Ok(got) => got,
            Err(answer) => return told(answer),
        };
        let parameter = |name: &str| {
            let sent_on = got.location.strip_prefix(&portal.1.redirect_uri)?.strip_prefix('?')?;
            let found = form_urlencoded::parse(sent_on.as_bytes()).find(|(key, _)| key == name);
            found.map(|(_, value)| value.into_owned())
        };
        match parameter("code") {
            Some(code) => {
                let answer = Answer::Code { code: digest(&code) };
                let verifier = request.verifier.clone();
                let code = Code { code, verifier, portal: portal.0, session: session.to_owned() };
                (answer, Given { code: Some(code), ..Given::default() })
            }
            None => told(Answer::Refused {
                error: parameter("error").unwrap_or_else(|| format!("{} {}", got.status, got.location)),
            }),
        }
    }

    /// Presents a code.
    pub async fn redeem(&self, node: usize, portal: &Portal, code: &Code, verifier: &str) -> Reply {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code.code),
            ("code_verifier", verifier),
            ("redirect_uri", &portal.redirect_uri),
        ];
        self.tokens(node, self.as_client(node, "/connect/token", portal, &form)).await
    }

    /// Uses a refresh token.
    pub async fn refresh(&self, node: usize, portal: &Portal, token: &str) -> Reply {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.tokens(node, self.as_client(node, "/connect/token", portal, &form)).await
    }

    async fn tokens(&self, node: usize, request: RequestBuilder) -> Reply {
        let got = match send(request).await {
            Ok(got) => got,
            Err(answer) => return told(answer),
        };
        let (Some(access), Some(id_token)) = (got.text("access_token"), got.text("id_token")) else {
            return told(got.refusal());
        };
        let refresh = got.text("refresh_token");
        if id_token::kid(&id_token).is_some_and(|kid| !self.jwks().contains_key(&kid)) {
            // As portals do with a key they do not know. What is missing afterwards is said of the token.
            self.fetch_keys(node).await;
        }
        let read = id_token::read(&id_token, &self.jwks(), &self.issuer, Clock::System.now().0 / 1000);
        let seen =
            TokensSeen { access: digest(&access), refresh: refresh.as_deref().map(digest), id_token: Some(read) };
        let tokens = Some([access, refresh.unwrap_or_default(), id_token]);
        (Answer::Tokens(seen), Given { tokens, ..Given::default() })
    }

    /// Gives a token back.
    pub async fn revoke(&self, node: usize, portal: &Portal, token: &str) -> Reply {
        match send(self.as_client(node, "/connect/revoke", portal, &[("token", token)])).await {
            Ok(got) if got.status == StatusCode::OK => told(Answer::Done),
            Ok(got) => told(got.refusal()),
            Err(answer) => told(answer),
        }
    }

    /// Asks who somebody is.
    pub async fn user_info(&self, node: usize, token: &str) -> Reply {
        match send(self.get(node, "/connect/userinfo").bearer_auth(token)).await {
            Ok(got) => told(got.text("sub").map_or_else(|| got.refusal(), |sub| Answer::Subject { sub })),
            Err(answer) => told(answer),
        }
    }

    /// Signs out: at once with a hint, or by saying yes to the question.
    pub async fn sign_out(&self, nodes: (usize, usize), session: &str, hint: Option<&str>) -> Reply {
        let cookie = format!("idp_session={session}");
        let path = hint.map_or_else(String::new, |hint| format!("?id_token_hint={hint}"));
        let first = send(self.get(nodes.0, &format!("/connect/end_session{path}")).header(COOKIE, &cookie)).await;
        let page = match first {
            Ok(page) => page,
            // Without a hint the first question changes nothing.
            Err(answer) => return told(if hint.is_some() { answer } else { Answer::Unreached }),
        };
        let Some(confirmation) = page.field("confirmation") else { return told(page.signed_out()) };
        let form = self.submit(nodes.1, "/connect/end_session/confirm", &[("confirmation", &confirmation)]);
        match send(form.header(COOKIE, &cookie)).await {
            Ok(got) => told(got.signed_out()),
            Err(answer) => told(answer),
        }
    }

    /// Fetches the JWKS.
    pub async fn fetch_keys(&self, node: usize) -> Reply {
        let got = match send(self.get(node, "/.well-known/jwks.json")).await {
            Ok(got) if got.status == StatusCode::OK => got,
            Ok(got) => return told(got.refusal()),
            Err(answer) => return told(answer),
        };
        let found = id_token::keys(&serde_json::from_str(&got.body).unwrap_or_default());
        let mut kids: Vec<String> = found.keys().cloned().collect();
        kids.sort();
        self.jwks().extend(found);
        told(Answer::Keys { kids })
    }

    /// Whether a node may be given traffic.
    pub async fn is_ready(&self, node: usize) -> bool {
        send(self.get(node, "/readyz")).await.is_ok_and(|got| got.status == StatusCode::OK)
    }

    fn jwks(&self) -> std::sync::MutexGuard<'_, Jwks> {
        self.jwks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends a request once, and reads the whole answer. What is no answer of the provider's tells nothing.
async fn send(request: RequestBuilder) -> Result<Got, Answer> {
    let unknown = |why: reqwest::Error| {
        let kind = if why.is_timeout() { "no answer in time" } else { "connection lost" };
        if why.is_connect() { Answer::Unreached } else { Answer::Unknown { why: kind.into() } }
    };
    let answer = request.send().await.map_err(unknown)?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer.text().await.map_err(unknown)?;
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Err(Answer::Unknown { why: status.to_string() });
    }
    let text = |value: &reqwest::header::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    Ok(Got {
        status,
        location: headers.get(LOCATION).map(text).unwrap_or_default(),
        cookies: headers.get_all(SET_COOKIE).iter().map(text).collect(),
        body,
    })
}

impl Got {
    /// The value that a cookie is set to.
    fn cookie(&self, name: &str) -> Option<String> {
        let pairs = self.cookies.iter().filter_map(|set| set.split(';').next()?.split_once('='));
        let set = pairs.filter(|(cookie, value)| *cookie == name && !value.is_empty());
        set.map(|(_, value)| value.to_owned()).next()
    }

    /// The value of a hidden field. What is sealed has nothing in it that HTML escapes.
    fn field(&self, name: &str) -> Option<String> {
        let tag = self.body.split("<input").find(|tag| tag.contains(&format!("name=\"{name}\"")))?;
        Some(tag.split_once("value=\"")?.1.split('"').next()?.to_owned())
    }

    fn text(&self, name: &str) -> Option<String> {
        let document: Value = serde_json::from_str(&self.body).ok()?;
        Some(document.get(name)?.as_str()?.to_owned())
    }

    fn refusal(&self) -> Answer {
        Answer::Refused { error: self.text("error").unwrap_or_else(|| self.status.to_string()) }
    }

    /// The page that says so, or the way to it: the session is over before anybody is sent there.
    fn signed_out(&self) -> Answer {
        let sent_on =
            ["portals?", "done?"].iter().any(|page| self.location.starts_with(&format!("/connect/end_session/{page}")));
        if sent_on || self.body.contains("id=\"logged-out\"") { Answer::Done } else { self.refusal() }
    }
}
