//! Stands between everybody and the provider, and does wrong what a provider could do wrong.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What it does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Nothing.
    Nothing,
    /// Sends every code twice, and gives the first answer.
    SendsCodesTwice,
    /// Answers a code that worked with the same tokens again.
    LetsCodesWorkAgain,
    /// Answers a refresh token that worked with the same successor, however late.
    LetsRefreshTokensWorkAgain,
    /// Says «signed out», and tells nobody.
    ForgetsSignOuts,
    /// Says «revoked», and tells nobody.
    ForgetsRevocations,
    /// Answers a code with the tokens of the code before.
    MixesUpTokens,
    /// Publishes the keys of yesterday.
    PublishesOldKeys,
    /// Answers UserInfo from memory.
    RemembersPeople,
}

/// The proxy, while it listens.
pub struct Proxy {
    /// Where.
    pub base: String,
    task: JoinHandle<()>,
}

#[derive(Clone)]
struct Inside {
    wrong: Wrong,
    target: String,
    http: reqwest::Client,
    /// Answers by what was asked.
    kept: Arc<Mutex<HashMap<String, Answer>>>,
}

#[derive(Clone)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

struct Asked {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Proxy {
    /// Listens on a free port, before the provider at `target`.
    #[expect(clippy::disallowed_methods, reason = "a proxy in a test, not the provider")]
    pub async fn start(target: String, wrong: Wrong) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(Inside { wrong, target, http, kept: Arc::default() });
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { base, task }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    State(inside): State<Inside>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, StatusCode> {
    let asked = Asked { method, uri, headers, body };
    let answer = inside.misbehave(&asked).await.ok_or(StatusCode::BAD_GATEWAY)?;
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    Ok(response)
}

impl Inside {
    async fn misbehave(&self, asked: &Asked) -> Option<Answer> {
        let (code, refresh) = (asked.form("code"), asked.form("refresh_token"));
        let signs_out = asked.uri.query().is_some_and(|query| query.contains("id_token_hint"))
            || asked.uri.path() == "/connect/end_session/confirm";
        match self.wrong {
            Wrong::SendsCodesTwice if code.is_some() => {
                let first = self.forward(asked).await;
                self.forward(asked).await;
                first
            }
            Wrong::LetsCodesWorkAgain if code.is_some() => self.remembered(asked, code?).await,
            Wrong::LetsRefreshTokensWorkAgain if refresh.is_some() => self.remembered(asked, refresh?).await,
            Wrong::ForgetsSignOuts if signs_out => Some(Answer::ok(r#"<h1 id="logged-out">已登出</h1>"#)),
            Wrong::ForgetsRevocations if asked.uri.path() == "/connect/revoke" => Some(Answer::ok("")),
            Wrong::MixesUpTokens if code.is_some() => {
                let own = self.forward(asked).await?;
                let before = self.kept.lock().unwrap().insert(String::new(), own.clone());
                Some(before.filter(|before| own.status == 200 && before.status == 200).unwrap_or(own))
            }
            Wrong::PublishesOldKeys if asked.uri.path() == "/.well-known/jwks.json" => {
                self.remembered(asked, String::new()).await
            }
            Wrong::RemembersPeople if asked.uri.path() == "/connect/userinfo" => {
                let token = asked.headers.get("authorization")?.to_str().ok()?.to_owned();
                self.remembered(asked, token).await
            }
            _ => self.forward(asked).await,
        }
    }

    /// What was answered to the same before, if it was a yes.
    async fn remembered(&self, asked: &Asked, name: String) -> Option<Answer> {
        let kept = self.kept.lock().unwrap().get(&name).cloned();
        if kept.is_some() {
            return kept;
        }
        let answer = self.forward(asked).await?;
        if answer.status == 200 {
            self.kept.lock().unwrap().insert(name, answer.clone());
        }
        Some(answer)
    }

    async fn forward(&self, asked: &Asked) -> Option<Answer> {
        let mut headers = asked.headers.clone();
        for own in [HOST, CONTENT_LENGTH, CONNECTION] {
            headers.remove(own);
        }
        let request = self.http.request(asked.method.clone(), format!("{}{}", self.target, asked.uri));
        let answer = request.headers(headers).body(asked.body.clone()).send().await.ok()?;
        let (status, mut headers) = (answer.status(), answer.headers().clone());
        for own in [TRANSFER_ENCODING, CONTENT_LENGTH, CONNECTION] {
            headers.remove(own);
        }
        Some(Answer { status, headers, body: answer.bytes().await.ok()? })
    }
}

impl Asked {
    /// A field of a form posted to the token endpoint.
    fn form(&self, name: &str) -> Option<String> {
        let mut fields = form_urlencoded::parse(&self.body).filter(|_| self.uri.path() == "/connect/token");
        fields.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

impl Answer {
    fn ok(body: &'static str) -> Self {
        Self { status: StatusCode::OK, headers: HeaderMap::new(), body: Bytes::from_static(body.as_bytes()) }
    }
}
