//! Small servers that misbehave as told, and a resolver that answers as told.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use crate::outside::fetch::resolver::LookupError;
use crate::outside::fetch::{Fetch, FetchSettings};

/// What a server does once it has read a request.
#[derive(Clone)]
pub(super) enum Answer {
    /// Sends this and closes.
    Whole(String),
    /// Sends this and then nothing, with the connection open.
    Stalled(String),
    /// Sends this and then a byte of body again and again.
    Dripping(String),
    /// Sends chunks of 1 KiB until the other side hangs up.
    EndlessChunks,
}

/// A server on 127.0.0.1 and what it saw.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) port: u16,
    requests: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
    hung_up: Arc<tokio::sync::Notify>,
}

impl Server {
    pub(super) async fn start(answer: Answer) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server {
            port: listener.local_addr().unwrap().port(),
            requests: Arc::default(),
            connections: Arc::default(),
            hung_up: Arc::default(),
        };
        let seen = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *seen.connections.lock().unwrap() += 1;
                tokio::spawn(serve(stream, answer.clone(), seen.clone()));
            }
        });
        server
    }

    /// One that answers 200 with `body`.
    pub(super) async fn saying(body: &str) -> Server {
        Server::start(Answer::Whole(ok(body))).await
    }

    pub(super) fn url(&self, host: &str) -> Url {
        url(&format!("http://{host}:{}/", self.port))
    }

    /// The requests, head and body as sent.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// How often somebody connected, whether or not a request came.
    pub(super) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    /// Waits until a server of [`Answer::EndlessChunks`] could send no more.
    pub(super) async fn hung_up(&self) {
        tokio::time::timeout(Duration::from_secs(10), self.hung_up.notified()).await.expect("still sending");
    }
}

async fn serve(mut stream: TcpStream, answer: Answer, seen: Server) {
    let Some(request) = read_request(&mut stream).await else { return };
    seen.requests.lock().unwrap().push(request);
    match answer {
        Answer::Whole(text) => drop(stream.write_all(text.as_bytes()).await),
        Answer::Stalled(text) => {
            drop(stream.write_all(text.as_bytes()).await);
            std::future::pending::<()>().await;
        }
        Answer::Dripping(text) => {
            drop(stream.write_all(text.as_bytes()).await);
            while stream.write_all(b".").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Answer::EndlessChunks => {
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await);
            let chunk = format!("400\r\n{}\r\n", "x".repeat(1024));
            while stream.write_all(chunk.as_bytes()).await.is_ok() {}
            seen.hung_up.notify_one();
        }
    }
}

/// Reads a head and as much body as it announces.
pub(super) async fn read_request(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && body.len() >= header(head, "content-length").map_or(0, |length| length.parse().unwrap())
        {
            return Some(text);
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// The value of a header in a request's head.
pub(super) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(": "));
    fields.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

pub(super) fn ok(body: &str) -> String {
    with_headers("", body)
}

/// A 200 with more header lines, each ending in CRLF.
pub(super) fn with_headers(headers: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

pub(super) fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

/// Settings that allow these hosts and give up within a second.
pub(super) fn allowing(hosts: &[&str]) -> FetchSettings {
    FetchSettings {
        allow_hosts: hosts.iter().map(ToString::to_string).collect(),
        connect_timeout: Duration::from_secs(1),
        timeout: Duration::from_secs(1),
        ..FetchSettings::default()
    }
}

pub(super) fn fetch_allowing(hosts: &[&str]) -> Fetch {
    Fetch::new(allowing(hosts)).unwrap()
}

/// A resolver that gives each answer once, in order, whatever the name.
pub(super) struct Scripted {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
}

impl Scripted {
    pub(super) fn answering(answers: &[&[&str]]) -> Arc<Scripted> {
        let parse = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Scripted { answers: Mutex::new(answers.iter().map(parse).collect()) })
    }

    /// How many answers nobody asked for.
    pub(super) fn left(&self) -> usize {
        self.answers.lock().unwrap().len()
    }
}

impl Resolve for Scripted {
    fn resolve(&self, _name: Name) -> Resolving {
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(async move {
            let answer = answer.ok_or(LookupError::NoAddress)?;
            Ok(Box::new(answer.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}
