//! One connection: its handshake, its requests, and its end when it waits too long or the program stops.

use super::connection_limits::Place;
use super::connection_timeouts::{Activity, CROWDED, ObservedStream, Timeouts, arrival, now};
use super::listener::Listening;
use crate::metrics::Metrics;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tower_service::Service;

/// How often at least it is asked whether it waits too long: timeouts shrinks when places do.
const ASKED: Duration = Duration::from_secs(5);
/// To end in order, once told to.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// A silent HTTP/2 peer is asked whether it is still there.
const PING: Duration = Duration::from_secs(20);
/// A head on HTTP/1: four times what a query may have.
const LONGEST_HEAD: usize = 64 << 10;
/// Requests at once on one HTTP/2 connection, each of which can hold a head while it waits for a body: 256 KiB together.
const STREAMS: u32 = 16;
/// A head on HTTP/2, unpacked.
const LONGEST_HEADER_LIST: u32 = 16 << 10;
/// What a request may send ahead on HTTP/2: a body at its longest, so that none needs more.
const STREAM_WINDOW: u32 = 128 << 10;

/// How HTTP is spoken. Against floods of resets hyper ends the connection by itself (20 streams reset before they were
/// looked at, 1024 that it had to reset).
pub fn http() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(LONGEST_HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(LONGEST_HEADER_LIST)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(1024)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(2 * STREAM_WINDOW);
    builder
}

/// Serves a connection until its end.
pub async fn serve(listening: Arc<Listening>, stream: TcpStream, peer: SocketAddr, place: Place) {
    // Answers are written whole: waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    match &listening.certificate {
        None => serve_http(&listening, stream, peer).await,
        Some(certificate) => {
            let handshake = certificate.acceptor().accept(stream);
            if let Some(Ok(stream)) = arrival(handshake, listening.limits.handshake, &listening.places).await {
                serve_http(&listening, stream, peer).await;
            }
        }
    }
    drop(place);
}

async fn serve_http<S>(listening: &Listening, stream: S, peer: SocketAddr)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = Activity::new();
    let io = TokioIo::new(ObservedStream::new(stream, activity.clone()));
    let (router, of_requests, metrics) = (listening.router.clone(), activity.clone(), listening.metrics.clone());
    let service = service_fn(move |request| answer(&router, (&of_requests, &metrics), request, peer));
    let mut connection = std::pin::pin!(listening.http.serve_connection(io, service));
    let mut stopping = listening.stopping.subscribe();
    let mut ending = false;
    let mut timer = std::pin::pin!(tokio::time::sleep(ASKED.min(listening.limits.timeouts.head)));
    loop {
        tokio::select! {
            biased;
            // Why a connection failed is its peer's business: nobody reads a log of broken connections.
            _ = connection.as_mut() => return,
            () = stopped(&mut stopping), if !ending => {
                ending = true;
                connection.as_mut().graceful_shutdown();
            }
            () = timer.as_mut() => {
                let now = now();
                match activity.until(&timeouts(listening)) {
                    Some(until) if until <= now && ending => return,
                    Some(until) if until <= now => {
                        ending = true;
                        connection.as_mut().graceful_shutdown();
                        timer.as_mut().reset(now + LAST_WORDS);
                    }
                    until => timer.as_mut().reset(until.unwrap_or(now + ASKED).min(now + ASKED)),
                }
            }
        }
    }
}

/// What is borne now.
fn timeouts(listening: &Listening) -> Timeouts {
    let Timeouts { head, idle } = listening.limits.timeouts;
    if listening.places.crowded() {
        Timeouts { head: head.min(CROWDED), idle: idle.min(CROWDED) }
    } else {
        Timeouts { head, idle }
    }
}

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // The sender lives as long as the listener, and this as long as its connections.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

fn answer(
    router: &Router,
    (activity, metrics): (&Activity, &Metrics),
    request: Request<Incoming>,
    peer: SocketAddr,
) -> impl Future<Output = Result<Response, Infallible>> + use<> {
    let (under_way, begun) = (activity.request(request.version()), now());
    let (metrics, route) = (metrics.clone(), metrics.route(request.uri().path()));
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    let answered = router.clone().call(request);
    async move {
        let answer = answered.await?;
        metrics.answered(route, &answer, begun.elapsed());
        drop(under_way);
        Ok(answer)
    }
}
