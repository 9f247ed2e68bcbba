//! A portal's back-channel logout address: keeps what it is sent and answers as it is told.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

/// What a receiver does with a request.
#[derive(Clone, Copy, Debug)]
pub enum Then {
    Answer(u16),
    /// Sends whoever asks elsewhere on the same host.
    Redirect,
    Hang,
}

#[derive(Default)]
struct Inner {
    got: Vec<Sent>,
    script: VecDeque<Then>,
}

/// What was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    pub content_type: String,
    pub fields: Vec<(String, String)>,
}

impl Sent {
    /// The logout token, which must be all there is.
    pub fn token(&self) -> &str {
        assert_eq!(self.content_type, "application/x-www-form-urlencoded");
        assert_eq!(self.fields.len(), 1);
        assert_eq!(self.fields[0].0, "logout_token");
        &self.fields[0].1
    }
}

#[derive(Clone)]
pub struct Receiver {
    pub uri: String,
    inner: Arc<Mutex<Inner>>,
}

impl Receiver {
    /// Answers 200 once the script is over.
    pub async fn start(script: impl IntoIterator<Item = Then>) -> Self {
        let inner = Arc::new(Mutex::new(Inner { got: Vec::new(), script: script.into_iter().collect() }));
        let app = Router::new()
            .route("/backchannel", post(receive))
            .route("/elsewhere", post(receive))
            .with_state(inner.clone());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let uri = format!("http://127.0.0.1:{}/backchannel", listener.local_addr().unwrap().port());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { uri, inner }
    }

    pub fn got(&self) -> Vec<Sent> {
        self.inner.lock().unwrap().got.clone()
    }

    /// Waits until so many requests came, for at most ten seconds.
    pub async fn wait_for(&self, count: usize) -> Vec<Sent> {
        for _ in 0..500 {
            if self.got().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let got = self.got();
        assert_eq!(got.len(), count, "at {}", self.uri);
        got
    }

    /// Makes sure that nothing more comes while two rounds of the job go by.
    pub async fn stays_at(&self, count: usize) {
        tokio::time::sleep(Duration::from_millis(2200)).await;
        assert_eq!(self.got().len(), count, "at {}", self.uri);
    }
}

async fn receive(State(inner): State<Arc<Mutex<Inner>>>, headers: HeaderMap, body: String) -> (StatusCode, HeaderMap) {
    let then = {
        let mut inner = inner.lock().unwrap();
        let content_type = headers.get("content-type").map(|value| value.to_str().unwrap().to_owned());
        let fields = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        inner.got.push(Sent { content_type: content_type.unwrap_or_default(), fields });
        inner.script.pop_front().unwrap_or(Then::Answer(200))
    };
    let mut headers = HeaderMap::new();
    let status = match then {
        Then::Answer(status) => StatusCode::from_u16(status).unwrap(),
        Then::Redirect => {
            headers.insert("location", "/elsewhere".parse().unwrap());
            StatusCode::TEMPORARY_REDIRECT
        }
        Then::Hang => std::future::pending().await,
    };
    (status, headers)
}
