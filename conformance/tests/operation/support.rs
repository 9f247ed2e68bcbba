//! Raw connections, and a certificate as an operator would have it.

use conformance::{Provider, ProviderOptions};
use idp::settings::{Settings, Span};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// A request that is answered without the database.
pub const LIVEZ: &[u8] = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";

pub async fn provider(settings: fn(&mut Settings)) -> Provider {
    Provider::start_with(ProviderOptions { settings: Some(settings), ..ProviderOptions::default() }).await.unwrap()
}

pub fn milliseconds(count: u64) -> Span {
    Span(Duration::from_millis(count))
}

pub async fn connect(provider: &Provider) -> TcpStream {
    TcpStream::connect(provider.settings.server.listen).await.unwrap()
}

/// A connection from another address of this machine.
pub async fn from(host: u8, provider: &SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from(([127, 0, 0, host], 0)))?;
    socket.connect(*provider).await
}

/// A connection that says something first.
pub async fn says(provider: &Provider, bytes: &[u8]) -> TcpStream {
    let mut stream = connect(provider).await;
    stream.write_all(bytes).await.unwrap();
    stream
}

/// The status of the next answer, read with its body; `None`: it was closed.
pub async fn status(stream: &mut (impl AsyncReadExt + Unpin)) -> Option<u16> {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        text.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(text).unwrap().to_ascii_lowercase();
    let length = head
        .split_once("content-length: ")
        .map_or(0, |(_, rest)| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap());
    stream.read_exact(&mut vec![0; length]).await.ok()?;
    Some(head.split(' ').nth(1).unwrap().parse().unwrap())
}

/// How long it takes until the other side closes; whatever it says before is passed over.
pub async fn closed_after(stream: &mut (impl AsyncReadExt + Unpin)) -> Duration {
    let begun = now();
    let mut rest = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
    assert!(read.is_ok(), "it was not closed");
    begun.elapsed()
}

#[expect(clippy::disallowed_methods, reason = "sockets are timed by the machine's clock")]
pub fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "a browser in a test, not the provider")]
pub fn http() -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy().danger_accept_invalid_certs(true);
    builder.redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// A certificate for localhost and its key.
pub struct Certificate {
    folder: TempDir,
    pub der: Vec<u8>,
}

impl Certificate {
    pub fn new() -> Self {
        let mut made = Self { folder: tempfile::tempdir().unwrap(), der: Vec::new() };
        made.der = made.renew(rcgen::date_time_ymd(2090, 1, 1));
        made
    }

    /// Puts another pair in place of the one that is there; gives the certificate.
    pub fn renew(&self, expires: time::OffsetDateTime) -> Vec<u8> {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_after = expires;
        let certificate = params.self_signed(&key).unwrap();
        self.write("key.pem", &key.serialize_pem());
        self.write("certificate.pem", &certificate.pem());
        certificate.der().to_vec()
    }

    /// As renewing programs do it: beside, then moved.
    pub fn write(&self, file: &str, contents: &str) {
        let (beside, path) = (self.folder.path().join("new"), self.folder.path().join(file));
        std::fs::write(&beside, contents).unwrap();
        std::fs::set_permissions(&beside, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::rename(beside, path).unwrap();
    }

    pub fn pair(&self) -> (PathBuf, PathBuf) {
        (self.folder.path().join("certificate.pem"), self.folder.path().join("key.pem"))
    }

    pub fn options(&self, settings: Option<fn(&mut Settings)>) -> ProviderOptions {
        ProviderOptions { settings, tls: Some(self.pair()), ..ProviderOptions::default() }
    }
}
