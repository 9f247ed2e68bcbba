//! A portal's back end that answers badly, late or never.

use conformance::steps::register;
use conformance::{Portal, Provider};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a portal does with a request.
#[derive(Clone, Copy, Debug)]
pub enum Does {
    Answers(u16),
    Redirects,
    Hangs,
    /// A byte now and then, never the end.
    Trickles,
    /// Bytes that are no HTTP.
    Rubbish,
    /// An answer of 100 MB.
    Floods,
    Closes,
    Resets,
    /// Half an answer.
    Breaks,
}

/// A portal's back end, without a library that would put it right. Answers 200 once its script is over.
#[derive(Clone)]
pub struct Rude {
    address: String,
    requests: Arc<AtomicUsize>,
    pub sent: Arc<AtomicUsize>,
    script: Arc<Mutex<VecDeque<Does>>>,
}

impl Rude {
    pub async fn start(script: impl IntoIterator<Item = Does>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let rude = Self {
            address: listener.local_addr().unwrap().to_string(),
            requests: Arc::default(),
            sent: Arc::default(),
            script: Arc::new(Mutex::new(script.into_iter().collect())),
        };
        let server = rude.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(server.clone().serve(connection));
            }
        });
        rude
    }

    pub async fn serve(self, mut connection: TcpStream) {
        let mut request = Vec::new();
        // What a web server without TLS says to somebody who begins with a TLS record.
        if connection.read_buf(&mut request).await.is_ok() && request.first() == Some(&0x16) {
            return drop(connection.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await);
        }
        while !request.windows(13).any(|part| part == b"logout_token=") {
            if connection.read_buf(&mut request).await.unwrap_or(0) == 0 {
                return;
            }
        }
        self.requests.fetch_add(1, Ordering::SeqCst);
        let does = self.script.lock().unwrap().pop_front().unwrap_or(Does::Answers(200));
        let words = match does {
            Does::Closes => return,
            Does::Resets => return drop(connection.set_zero_linger()),
            Does::Hangs => return std::future::pending().await,
            Does::Answers(status) => {
                format!("HTTP/1.1 {status} So\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            }
            Does::Redirects => format!(
                "HTTP/1.1 307 So\r\nlocation: http://{}/else\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                self.address
            ),
            Does::Rubbish => "\u{0}\u{1}\u{7f} no HTTP at all \r\n\r\n".repeat(50),
            Does::Breaks => "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf".into(),
            Does::Floods | Does::Trickles => "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".into(),
        };
        if connection.write_all(words.as_bytes()).await.is_err() {
            return;
        }
        let (chunk, pause, chunks) = match does {
            Does::Floods => (format!("10000\r\n{}\r\n", "x".repeat(0x10000)), Duration::ZERO, 1600),
            Does::Trickles => ("1\r\nx\r\n".to_owned(), Duration::from_millis(300), 1000),
            _ => return,
        };
        for _ in 0..chunks {
            if connection.write_all(chunk.as_bytes()).await.is_err() {
                return;
            }
            self.sent.fetch_add(chunk.len(), Ordering::SeqCst);
            tokio::time::sleep(pause).await;
        }
    }

    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    pub async fn portal(&self, provider: &Provider, id: &str) -> Portal {
        self.portal_by("http", provider, id).await
    }

    pub async fn portal_by(&self, scheme: &str, provider: &Provider, id: &str) -> Portal {
        let uri = format!("{scheme}://{}/backchannel", self.address);
        register(provider, id, |asked| asked.backchannel_logout_uri = Some(uri)).await
    }
}
