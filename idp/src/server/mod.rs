//! Listening: plain HTTP or TLS by the provider itself, a graceful stop, the jobs beside it.
//!
//! [`listener`] gives each connection a place of [`connection_limits`]; [`connection`] serves it and ends it when it waits too long, which
//! [`connection_timeouts`] tells; [`tls`] keeps the certificate fresh; [`open_files`] asks for enough open files.

mod connection;
pub mod connection_limits;
mod connection_timeouts;
mod listener;
mod open_files;
pub mod tls;

pub use connection_timeouts::arrival;

use crate::client_address::TrustedProxies;
use crate::clock::Clock;
use crate::jobs;
use crate::keystore::Prepared;
use crate::keystore::prepare::{CannotStart, prepare_to_serve};
use crate::metrics::gauges::Watched;
use crate::settings::{BadSetting, Settings};
use crate::wiring::{CannotWire, Figures, Wired, wire};
use crate::{metrics, routes};
use axum::Router;
use axum::routing::get;
use connection_limits::{Most, Places};
use connection_timeouts::Timeouts;
use listener::{Limits, Listening, accept, finish};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tls::Certificate;
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, watch};

/// Requests under way may finish for this long after no connection is accepted any more.
const GRACE: Duration = Duration::from_secs(10);

/// Connections for those who fetch figures.
const WATCHERS: Most = Most { all: 64, per_address: 16, per_network: 16 };
/// Connections that may wait to be accepted: a crowd that comes at once. The system may allow fewer (net.core.somaxconn).
const BACKLOG: u32 = 4096;

/// A provider that is set up and has not begun to listen.
pub struct Server {
    wired: Wired,
    listener: TcpListener,
    listening: Arc<Listening>,
    watching: Option<(TcpListener, Arc<Listening>)>,
    drain: Duration,
    hang_up: Signal,
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
        let server = &settings.server;
        // Before anything is said to serve: until it is heard the signal ends the program.
        let hang_up = signal(SignalKind::hangup())?;
        let certificate = Certificate::of(server, &clock)?;
        let proxies = TrustedProxies::parse(&server.trusted_proxies)?;
        let prepared: Prepared = prepare_to_serve(settings, &clock).await?;
        let wired = wire(settings, prepared, clock).await?;
        let listener = listen(server.listen).map_err(|error| CannotServe::Listen(server.listen, error))?;
        let timeouts = Timeouts { head: server.head_timeout.0, idle: server.idle_timeout.0 };
        let most = Most {
            all: open_files::allow(server.max_connections),
            per_address: server.connections_per_address,
            per_network: server.connections_per_network,
        };
        let places = Places::new(most, proxies);
        let limits = Limits { handshake: server.handshake_timeout.0, timeouts };
        let listening = |router, places, certificate| Listening {
            router,
            metrics: wired.figures.metrics.clone(),
            http: connection::http(),
            places,
            certificate,
            limits,
            stopping: watch::Sender::new(false),
        };
        let watching = match server.metrics_listen {
            None => None,
            Some(on) => {
                let socket = listen(on).map_err(|error| CannotServe::Listen(on, error))?;
                let router = watched(&wired, places.clone(), certificate.clone());
                let few = Places::new(WATCHERS, TrustedProxies::default());
                Some((socket, Arc::new(listening(router, few, None))))
            }
        };
        let listening = Arc::new(listening(routes::router(&wired, &places), places, certificate));
        Ok(Self { wired, listener, listening, watching, drain: server.drain.0, hang_up })
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

    /// Serves until `stop` is done; then says that it is not ready, goes on for `server.drain`, accepts nothing more, and lets
    /// requests under way finish.
    ///
    /// # Errors
    /// When the port fails.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), CannotServe> {
        let Self { wired, listener, listening, watching, drain, hang_up } = self;
        let watching = watching.map(|(socket, watching)| {
            tokio::spawn(async move { accept(socket, &watching, std::future::pending()).await })
        });
        let jobs = jobs::start(&wired.jobs);
        let (certificate, hang_ups) = (listening.certificate.clone(), bell_of(hang_up));
        let reloading = certificate.map(|certificate| tokio::spawn(certificate.keep_fresh(hang_ups)));
        let stop = async {
            stop.await;
            tracing::info!("stopping");
            wired.health.draining.begin();
            tokio::time::sleep(drain).await;
        };
        accept(listener, &listening, stop).await;
        finish(&listening, GRACE).await;
        if let Some(reloading) = reloading {
            reloading.abort();
        }
        jobs.stop().await;
        // To the last: what happens while it stops is worth seeing.
        if let Some(watching) = watching {
            watching.abort();
        }
        Ok(())
    }
}

/// `/metrics`, and nothing else.
fn watched(wired: &Wired, places: Places, certificate: Option<Arc<Certificate>>) -> Router {
    let Figures { gauges, registry, .. } = wired.figures.clone();
    let (jobs, health, sign_in) = (wired.jobs.clone(), wired.health.clone(), wired.sign_in.clone());
    let state = Watched { registry, gauges, jobs, health, sign_in, places, certificate };
    Router::new().route("/metrics", get(metrics::gauges::get)).with_state(state)
}

fn listen(on: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if on.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restart shall not wait for what the last one's connections left behind.
    socket.set_reuseaddr(true)?;
    socket.bind(on)?;
    socket.listen(BACKLOG)
}

/// A bell that SIGHUP rings.
fn bell_of(mut hang_up: Signal) -> Arc<Notify> {
    let bell = Arc::<Notify>::default();
    let rung = bell.clone();
    tokio::spawn(async move {
        while hang_up.recv().await.is_some() {
            rung.notify_one();
        }
    });
    bell
}

/// Done when the operator stops the program: SIGTERM or Ctrl-C.
pub async fn stop_signal() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
