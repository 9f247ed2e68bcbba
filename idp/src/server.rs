//! Listening: plain HTTP or TLS by the provider itself, a graceful stop, the jobs beside it.

use crate::clock::Clock;
use crate::jobs;
use crate::keystore::prepare::CannotStart;
use crate::keystore::{Prepared, prepare};
use crate::routes;
use crate::settings::{BadSetting, Settings};
use crate::wiring::{CannotWire, Wired, wire};
use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Requests under way may finish for this long after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);
/// The head of a request has to arrive within this time; a connection that is kept alive waits no longer for the next.
const HEAD: Duration = Duration::from_secs(30);
/// A silent HTTP/2 connection is asked whether it is still there.
const IDLE: Duration = Duration::from_secs(60);

/// A provider that is set up and has not begun to listen.
pub struct Server {
    wired: Wired,
    listener: TcpListener,
    tls: Option<RustlsConfig>,
}

/// Why it cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum CannotServe {
    /// Database or keys.
    #[error("{0}")]
    Start(#[from] CannotStart),
    /// The parts.
    #[error("{0}")]
    Wire(#[from] CannotWire),
    /// A setting.
    #[error("{0}")]
    Setting(#[from] BadSetting),
    /// The operating system.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// Serving ended with an error.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl Server {
    /// Opens the database, the keys and the port.
    ///
    /// # Errors
    /// [`CannotServe`].
    pub async fn set_up(settings: &Settings, clock: Clock) -> Result<Self, CannotServe> {
        let tls = match (&settings.server.tls_certificate_file, &settings.server.tls_key_file) {
            (Some(certificate), Some(key)) => Some(RustlsConfig::from_config(Arc::new(read_tls(certificate, key)?))),
            _ => None,
        };
        let prepared: Prepared = prepare(settings, &clock).await?;
        let wired = wire(settings, prepared, clock).await?;
        let listen = settings.server.listen;
        let listener = TcpListener::bind(listen).map_err(|error| CannotServe::Listen(listen, error))?;
        listener.set_nonblocking(true)?;
        Ok(Self { wired, listener, tls })
    }

    /// Where it listens: tells the port when the settings ask for any.
    ///
    /// # Errors
    /// When the operating system does not say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The parts, for tests that look behind the pages.
    pub fn wired(&self) -> &Wired {
        &self.wired
    }

    /// Serves until `stop` is done; then lets requests under way finish.
    ///
    /// # Errors
    /// When the port fails.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), CannotServe> {
        let jobs = jobs::start(&self.wired.jobs);
        let handle = Handle::new();
        let stopper = handle.clone();
        tokio::spawn(async move {
            stop.await;
            tracing::info!("stopping");
            stopper.graceful_shutdown(Some(GRACE));
        });
        let service = routes::router(&self.wired).into_make_service_with_connect_info::<SocketAddr>();
        let nodelay = NoDelayAcceptor::new();
        match self.tls {
            None => {
                let mut server = axum_server::from_tcp(self.listener)?.acceptor(nodelay).handle(handle);
                bound_slow_clients(server.http_builder());
                server.serve(service).await?;
            }
            Some(tls) => {
                let acceptor = RustlsAcceptor::new(tls).acceptor(nodelay);
                let mut server = axum_server::from_tcp(self.listener)?.acceptor(acceptor).handle(handle);
                bound_slow_clients(server.http_builder());
                server.serve(service).await?;
            }
        }
        jobs.stop().await;
        Ok(())
    }
}

/// Whoever does not finish the head of a request, or stays silent between two, gives the place back.
fn bound_slow_clients(builder: &mut Builder<TokioExecutor>) {
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(IDLE)
        .keep_alive_timeout(HEAD)
        .max_concurrent_streams(64);
}

fn read_tls(certificate: &Path, key: &Path) -> Result<ServerConfig, BadSetting> {
    let wrong = |setting: &str, path: &Path, why: &dyn std::fmt::Display| {
        BadSetting(format!("setting server.{setting}: {}: {why}", path.display()))
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain = chain.map_err(|why| wrong("tls_certificate_file", certificate, &why))?;
    let mode = std::fs::metadata(key).map_err(|why| wrong("tls_key_file", key, &why))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(wrong("tls_key_file", key, &"can be read by others than its owner; run chmod 600"));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|why| wrong("tls_key_file", key, &why))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = versions.map_err(|why| BadSetting(format!("TLS: {why}")))?.with_no_client_auth();
    let mut config =
        builder.with_single_cert(chain, private).map_err(|why| wrong("tls_certificate_file", certificate, &why))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Done when the operator stops the program: SIGTERM or Ctrl-C.
pub async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
