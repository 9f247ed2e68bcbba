//! The sections of the settings, with their defaults. What each key means stands in [`super::table`].

use super::{BadSetting, SecretUrl, Span};
use idp_core::Lifetimes;
use idp_core::scope::{Scope, ScopeSet};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Where the provider listens and what it is called.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// The issuer.
    pub issuer: String,
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Where `/metrics` is served; nowhere if not given.
    pub metrics_listen: Option<SocketAddr>,
    /// Connections at once.
    pub max_connections: usize,
    /// Connections at once from one address that is no trusted proxy.
    pub connections_per_address: usize,
    /// Connections at once from one /48 of IPv6 that is no trusted proxy's.
    pub connections_per_network: usize,
    /// For a TLS handshake.
    pub handshake_timeout: Span,
    /// For the head of a request.
    pub head_timeout: Span,
    /// For the body of a request.
    pub body_timeout: Span,
    /// For the next request on a connection.
    pub idle_timeout: Span,
    /// How long it goes on after the signal to stop, while `/readyz` says no.
    pub drain: Span,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<String>,
    /// PEM certificate chain.
    pub tls_certificate_file: Option<PathBuf>,
    /// PEM private key.
    pub tls_key_file: Option<PathBuf>,
    /// The provider's name for people.
    pub brand: String,
    /// How people reach the service desk.
    pub service_desk: Option<String>,
}

/// Where records are kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: SecretUrl,
    /// The password of `postgres://…`.
    pub password_file: Option<PathBuf>,
    /// PEM certificate authorities of the database server.
    pub ca_file: Option<PathBuf>,
    /// Connections of this program to PostgreSQL, at most.
    pub connections: u16,
}

/// Where a person's redoable state is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EphemeralSection {
    /// `memory:` or `redis://…`.
    pub url: SecretUrl,
    /// PEM file of the certificate authorities to trust for `rediss://`.
    pub ca_file: Option<PathBuf>,
    /// File with the password.
    pub password_file: Option<PathBuf>,
    /// What every key begins with.
    pub prefix: String,
    /// Whether `redis://` may lead to another machine.
    pub allow_plain: bool,
}

/// Keys and their rotation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// Path of the master key; beside the database if not given.
    pub master_key_file: Option<PathBuf>,
    /// The longest a portal may keep the JWKS.
    pub jwks_max_age: Span,
    /// How long a key signs before the next takes over by itself; `0s`: only on command.
    pub rotate_every: Span,
    /// How long a sealing key seals before another takes over by itself; `0s`: only on command.
    pub sealing_rotate_every: Span,
    /// How far clocks may be apart.
    pub clock_skew: Span,
}

/// How long things live; see [`Lifetimes`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the table of settings says what each is")]
pub struct LifetimesSection {
    pub code: Span,
    pub access_token: Span,
    pub id_token: Span,
    pub logout_token: Span,
    pub session_idle: Span,
    pub session: Span,
    pub refresh_idle: Span,
    pub refresh: Span,
    pub refresh_grace: Span,
    pub pushed_request: Span,
    pub sign_in_page: Span,
}

/// How portals may send their requests.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Requests {
    /// Requests that one client may push within a minute.
    pub pushed_per_minute: u32,
    /// Whether request objects are fetched from where clients keep them.
    pub fetch_request_uris: bool,
}

/// What portals may be allowed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OAuth {
    /// Tokens from the authorization endpoint.
    pub front_channel_tokens: bool,
}

/// The audit.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditSection {
    /// How long a line is kept; `0s`: for ever.
    pub keep: Span,
}

impl AuditSection {
    /// How long a line is kept; `None`: for ever.
    pub fn kept(&self) -> Option<Duration> {
        Some(self.keep.0).filter(|keep| !keep.is_zero())
    }
}

/// Who may register clients over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationMode {
    /// Nobody.
    Off,
    /// Who holds an initial access token.
    InitialAccessToken,
    /// Everybody.
    Open,
}

/// Clients that register themselves.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegistrationSection {
    /// Who may.
    pub mode: RegistrationMode,
    /// The scopes that can be had by registering.
    pub scope: String,
    /// Open registrations from one address within an hour.
    pub per_address: u32,
    /// Clients of open registration at once.
    pub most_clients: u32,
    /// How long a client of open registration stays that nobody entered; `0s`: for ever.
    pub keep_unused: Span,
    /// Whether the private hosts that may be reached are theirs, too.
    pub use_allow_hosts: bool,
    /// Whether refusals and sign-outs send people to clients of open registration without asking.
    pub return_at_once: bool,
    /// Whether logos of clients of open registration are shown.
    pub show_logos: bool,
}

impl RegistrationSection {
    /// The scopes, read.
    ///
    /// # Errors
    /// Which of them there is not.
    pub fn scopes(&self) -> Result<ScopeSet, BadSetting> {
        let wrong = |why: String| BadSetting(format!("setting registration.scope: {why}"));
        let scope =
            ScopeSet::parse_strict(&self.scope).map_err(|unknown| wrong(format!("there is no scope {unknown:?}")))?;
        if scope.has(Scope::OpenId) { Ok(scope) } else { Err(wrong("must hold openid".into())) }
    }

    /// How long a client of open registration stays that nobody entered; `None`: for ever.
    pub fn unused_kept(&self) -> Option<Duration> {
        Some(self.keep_unused.0).filter(|keep| !keep.is_zero())
    }
}

/// What leaves the house.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Outbound {
    /// Private hosts that may be reached, `host` or `host:port`.
    pub allow_hosts: Vec<String>,
    /// PEM file of certificate authorities to trust beside the system's.
    pub extra_ca_file: Option<PathBuf>,
}

/// Proofs of a key (RFC 9449).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DpopSection {
    /// Whether a proof has to carry a nonce of ours.
    pub require_nonce: bool,
}

/// The log.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Filter, such as `info` or `idp=debug`.
    pub filter: String,
    /// `json` or `text`.
    pub format: LogFormat,
    /// Lines of one kind within ten seconds; the rest is counted. `0`: all.
    pub lines_of_a_kind: u32,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            issuer: "http://localhost:8080".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            metrics_listen: None,
            max_connections: 8192,
            connections_per_address: 1024,
            connections_per_network: 2048,
            handshake_timeout: Span::from_secs(10),
            head_timeout: Span::from_secs(15),
            body_timeout: Span::from_secs(30),
            idle_timeout: Span::from_secs(75),
            drain: Span::from_secs(0),
            trusted_proxies: Vec::new(),
            tls_certificate_file: None,
            tls_key_file: None,
            brand: "我的E政府".into(),
            service_desk: None,
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: SecretUrl("sqlite:idp.db".into()),
            password_file: None,
            ca_file: None,
            connections: idp_store::CONNECTIONS,
        }
    }
}

impl Default for EphemeralSection {
    fn default() -> Self {
        Self {
            url: SecretUrl("memory:".into()),
            ca_file: None,
            password_file: None,
            prefix: "shenfen:".into(),
            allow_plain: false,
        }
    }
}

impl Default for Keys {
    fn default() -> Self {
        let seconds = Span::from_secs;
        Self {
            master_key_file: None,
            jwks_max_age: seconds(3600),
            rotate_every: seconds(90 * 86_400),
            sealing_rotate_every: seconds(365 * 86_400),
            clock_skew: seconds(60),
        }
    }
}

impl Default for LifetimesSection {
    fn default() -> Self {
        let life = Lifetimes::default();
        Self {
            code: Span(life.code),
            access_token: Span(life.access_token),
            id_token: Span(life.id_token),
            logout_token: Span(life.logout_token),
            session_idle: Span(life.session_idle),
            session: Span(life.session),
            refresh_idle: Span(life.refresh_idle),
            refresh: Span(life.refresh),
            refresh_grace: Span(life.refresh_grace),
            pushed_request: Span(life.pushed_request),
            sign_in_page: Span(life.sign_in_page),
        }
    }
}

impl Default for Requests {
    fn default() -> Self {
        Self { pushed_per_minute: 3000, fetch_request_uris: false }
    }
}

impl Default for AuditSection {
    fn default() -> Self {
        Self { keep: Span::from_secs(400 * 86_400) }
    }
}

impl Default for RegistrationSection {
    fn default() -> Self {
        Self {
            mode: RegistrationMode::Off,
            scope: "openid profile email phone address identity offline_access".into(),
            per_address: 20,
            most_clients: 1000,
            keep_unused: Span::from_secs(7 * 86_400),
            use_allow_hosts: false,
            return_at_once: false,
            show_logos: false,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".into(), format: LogFormat::Json, lines_of_a_kind: 20 }
    }
}
