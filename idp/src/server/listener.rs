//! The listener: gives each connection a place and a task of its own, turns away whoever comes when there is none, and stops.

use super::connection;
use super::connection_limits::{Full, Places};
use super::connection_timeouts::Timeouts;
use super::tls::Certificate;
use crate::metrics::Metrics;
use axum::Router;
use hyper_util::rt::TokioExecutor;
use hyper_util::server::conn::auto::Builder;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

/// When the process has no file left for a connection, it asks again after this.
const NO_FILES: Duration = Duration::from_millis(100);
/// Who is turned away is told so for this long at most, and so many at once; further ones are closed without a word.
const GOODBYE: Duration = Duration::from_secs(1);
const GOODBYES: usize = 64;

/// What every connection is given.
pub struct Listening {
    /// Every URL.
    pub router: Router,
    /// Where requests are counted.
    pub metrics: Metrics,
    /// How HTTP is spoken.
    pub http: Builder<TokioExecutor>,
    /// Places for connections.
    pub places: Places,
    /// With one, TLS is spoken.
    pub certificate: Option<Arc<Certificate>>,
    /// How long is waited.
    pub limits: Limits,
    /// Whether connections shall end.
    pub stopping: watch::Sender<bool>,
}

/// How long is waited for a peer.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The TLS handshake.
    pub handshake: Duration,
    /// Heads and next requests.
    pub timeouts: Timeouts,
}

/// Accepts until `stop` is done.
pub async fn accept(listener: TcpListener, listening: &Arc<Listening>, stop: impl Future<Output = ()>) {
    let goodbyes = Arc::new(Semaphore::new(GOODBYES));
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.as_mut() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => match listening.places.take(peer.ip()) {
                Ok(place) => {
                    tokio::spawn(connection::serve(listening.clone(), stream, peer, place));
                }
                Err(full) => turn_away(listening, stream, full, &goodbyes),
            },
            // It was gone before it was looked at.
            Err(why) if matches!(why.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) => {}
            Err(why) => {
                tracing::error!(%why, "cannot accept connections for now");
                tokio::time::sleep(NO_FILES).await;
            }
        }
    }
}

/// Tells connections to end, and waits for them.
pub async fn finish(listening: &Listening, grace: Duration) {
    let _ = listening.stopping.send(true);
    let _ = tokio::time::timeout(grace, listening.stopping.closed()).await;
}

/// In plain HTTP a balancer is told to try another node; before a TLS handshake there is nothing to say.
fn turn_away(listening: &Listening, mut stream: TcpStream, full: Full, goodbyes: &Arc<Semaphore>) {
    tracing::warn!(?full, open = listening.places.open(), "a connection was turned away");
    let Ok(permit) = goodbyes.clone().try_acquire_owned() else { return };
    if listening.certificate.is_some() {
        return;
    }
    let words: &[u8] = match full {
        Full::Everywhere => {
            b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        }
        Full::ForThisAddress | Full::ForThisNetwork => {
            b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        }
    };
    let say = async move {
        stream.write_all(words).await?;
        stream.shutdown().await?;
        // What was sent is read away: closed on unread bytes, TCP would throw our answer away.
        let mut away = [0; 1024];
        while stream.read(&mut away).await? > 0 {}
        std::io::Result::Ok(())
    };
    tokio::spawn(async move {
        let _ = tokio::time::timeout(GOODBYE, say).await;
        drop(permit);
    });
}
