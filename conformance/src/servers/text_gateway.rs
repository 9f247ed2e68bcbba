//! A gateway for text messages of a test's own: takes them by HTTP, refuses them, is busy, slow, loses its answer, talks nonsense.

use super::Outcome;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What it does with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Answers with this status line, these header lines and this body.
    Says(&'static str, &'static str, &'static str),
    /// Takes the message and hangs up instead of saying so.
    Lose,
    /// Never answers.
    Silence,
    /// Sends what is no HTTP.
    Rubbish,
    /// Sends a body without end.
    Endless,
}

/// 200 and a body.
pub const ACCEPT: Way = Way::Says("200 OK", "", "{\"status\":\"queued\"}");

/// A request that came.
#[derive(Clone, Debug)]
pub struct Received {
    /// The request line and the header lines, as they came.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Received {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (named, value) = line.split_once(':')?;
            named.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

/// A gateway. Gone when dropped.
pub struct TextGateway {
    address: SocketAddr,
    way: Arc<Mutex<Way>>,
    received: Arc<Mutex<Vec<Received>>>,
    task: JoinHandle<()>,
}

impl Drop for TextGateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl TextGateway {
    /// Starts one that accepts.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start() -> Outcome<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let address = listener.local_addr()?;
        let (way, received) = (Arc::new(Mutex::new(ACCEPT)), Arc::<Mutex<Vec<Received>>>::default());
        let (does, notes) = (way.clone(), received.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let way = does.lock().unwrap_or_else(PoisonError::into_inner).clone();
                tokio::spawn(serve(stream, way, notes.clone()));
            }
        });
        Ok(Self { address, way, received, task })
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}/send", self.address)
    }

    /// From the next request on it does this.
    pub fn does(&self, way: Way) {
        *self.way.lock().unwrap_or_else(PoisonError::into_inner) = way;
    }

    /// What came, the oldest first.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One request a connection.
async fn serve(mut stream: TcpStream, way: Way, received: Arc<Mutex<Vec<Received>>>) {
    let Some(request) = read(&mut stream).await else { return };
    received.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    let answer = match way {
        Way::Lose => return,
        Way::Silence => return tokio::time::sleep(Duration::from_secs(3600)).await,
        Way::Rubbish => "220 mail.example.tw ESMTP ready\r\n".to_owned(),
        Way::Endless => {
            let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
            if stream.write_all(head.as_bytes()).await.is_err() {
                return;
            }
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
            return;
        }
        Way::Says(status, headers, body) => {
            let length = body.len();
            format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}")
        }
    };
    drop(stream.write_all(answer.as_bytes()).await);
    drop(stream.shutdown().await);
}

async fn read(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = format!("{head}\r\n");
            let length = Received { head: head.clone(), body: String::new() };
            let length: usize = length.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            if body.len() >= length {
                return Some(Received { head, body: body.to_owned() });
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
