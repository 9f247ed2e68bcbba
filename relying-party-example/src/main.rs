//! `relying-party-example --portal emic|elearn`: starts one portal.

use std::future::IntoFuture;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use relying_party_example::portal::{ELEARN, EMIC, Portal};
use relying_party_example::{Clock, Config, Store, portal, read_secret};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// A portal of an agency that signs people in with OpenID Connect.
#[derive(Parser)]
#[command(
    version,
    after_help = "\
Examples:
  relying-party-example --portal emic --client-secret-file emic.secret
  relying-party-example --portal elearn --client-secret-file elearn.secret --issuer https://id.example \\
      --listen 0.0.0.0:8082 --base-url https://elearn.example --ca-file test-ca.pem

Register at the provider, for the base URL http://localhost:8081:
  redirect URI              http://localhost:8081/callback
  post-logout redirect URI  http://localhost:8081/signed-out
  back-channel logout URI   http://localhost:8081/backchannel-logout
  initiate login URI        http://localhost:8081/initiate-login
  scopes                    openid profile email identity
  client authentication     client_secret_basic

The level of the log is set by RUST_LOG, for example RUST_LOG=debug."
)]
struct Arguments {
    /// Which portal to be
    #[arg(long, value_enum)]
    portal: Which,
    /// The provider's issuer URL
    #[arg(long, value_name = "URL", default_value = "http://localhost:8080")]
    issuer: String,
    /// Address to listen on [default: 127.0.0.1:8081 for emic, 127.0.0.1:8082 for elearn]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Where browsers find this portal [default: http://localhost: and the port]
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Client id at the provider [default: the portal's name]
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// File that holds the client secret
    #[arg(long, value_name = "FILE")]
    client_secret_file: PathBuf,
    /// File that keeps the sessions over a restart; made if it is not there [default: the portal's name, then -portal.db]
    #[arg(long, value_name = "FILE")]
    state_file: Option<PathBuf>,
    /// PEM file of one more certificate authority to trust
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Which {
    /// EMIC 應變管理資訊雲端服務
    Emic,
    /// e等公務園
    Elearn,
}

impl Which {
    fn portal(self) -> &'static Portal {
        match self {
            Self::Emic => &EMIC,
            Self::Elearn => &ELEARN,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info")),
        )
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            tracing::error!("{why}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let which = arguments.portal.portal();
    let listen = arguments.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], which.default_port)));
    let base_url = arguments.base_url.unwrap_or_else(|| format!("http://localhost:{}", listen.port()));
    let client_id = arguments.client_id.unwrap_or_else(|| which.key.to_owned());
    let secret = read_secret(&arguments.client_secret_file)?;
    let config = Config::new(which, &arguments.issuer, &base_url, client_id, secret)?;
    let extra_ca = match &arguments.ca_file {
        Some(path) => Some(std::fs::read(path).map_err(|error| format!("--ca-file {}: {error}", path.display()))?),
        None => None,
    };
    let state_file = arguments.state_file.unwrap_or_else(|| format!("{}-portal.db", which.key).into());
    let store = Store::open(&state_file)?;
    let router = portal(config, store, extra_ca.as_deref(), Clock::default())?;

    let listener = TcpListener::bind(listen).await.map_err(|error| format!("--listen {listen}: {error}"))?;
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    tracing::info!("{} listens on {listen}, for browsers at {base_url}", which.key);
    axum::serve(listener, router)
        .with_graceful_shutdown(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        })
        .into_future()
        .await
        .map_err(|error| error.to_string())
}
