//! Settings: one TOML file, each key overridable by the environment (`IDP__SECTION__KEY`). Unknown keys are refused.
//!
//! Owns reading and checking. What each key means stands in [`table`], from which `docs/settings.md` is printed.

mod duration;
mod ephemeral;
mod secret_url;
mod sections;
pub mod table;

pub use duration::Span;
pub use secret_url::SecretUrl;
pub use sections::{
    AuditSection, Database, DpopSection, EphemeralSection, Keys, LifetimesSection, Log, LogFormat, OAuth, Outbound,
    Passwords, RegistrationMode, RegistrationSection, Requests, Server,
};

use crate::client_address::TrustedProxies;
use figment::providers::{Env, Format, Serialized, Toml};
use figment::{Figment, Source};
use idp_core::Lifetimes;
use idp_core::client::redirect_uri::is_loopback;
use idp_core::oauth::authorize::Allowed;
use idp_core::people::password_attempt::AttemptPolicy;
use idp_core::shown_text;
use idp_store::DbUrl;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use url::Url;

/// The longest name of the provider, in characters.
const LONGEST_BRAND: usize = 80;

/// Every setting, as written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// `[server]`
    pub server: Server,
    /// `[database]`
    pub database: Database,
    /// `[ephemeral]`
    pub ephemeral: EphemeralSection,
    /// `[keys]`
    pub keys: Keys,
    /// `[lifetimes]`
    pub lifetimes: LifetimesSection,
    /// `[requests]`
    pub requests: Requests,
    /// `[oauth]`
    pub oauth: OAuth,
    /// `[passwords]`
    pub passwords: Passwords,
    /// `[registration]`
    pub registration: RegistrationSection,
    /// `[audit]`
    pub audit: AuditSection,
    /// `[outbound]`
    pub outbound: Outbound,
    /// `[dpop]`
    pub dpop: DpopSection,
    /// `[log]`
    pub log: Log,
}

/// Why settings cannot be used. The words say which key and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadSetting(pub String);

fn bad(key: &str, why: impl std::fmt::Display) -> BadSetting {
    BadSetting(format!("setting {key}: {why}"))
}

impl Settings {
    /// Reads the file, if one is given, and the environment; checks what can be checked without starting.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn read(file: Option<&Path>) -> Result<Self, BadSetting> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(path) = file {
            if !path.is_file() {
                return Err(BadSetting(format!("there is no settings file {}", path.display())));
            }
            figment = figment.merge(Toml::file_exact(path));
        }
        let read: Result<Self, _> = figment.merge(Env::prefixed("IDP__").split("__")).extract();
        let settings = read.map_err(|error| BadSetting(words(&error)))?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), BadSetting> {
        let issuer = self.issuer()?;
        self.database_url()?;
        TrustedProxies::parse(&self.server.trusted_proxies)?;
        self.ephemeral.url()?;
        self.check_server()?;
        match (&self.server.tls_certificate_file, &self.server.tls_key_file) {
            (Some(_), None) => return Err(bad("server.tls_key_file", "is needed beside server.tls_certificate_file")),
            (None, Some(_)) => return Err(bad("server.tls_certificate_file", "is needed beside server.tls_key_file")),
            (Some(_), Some(_)) if issuer.scheme() != "https" => {
                return Err(bad("server.issuer", "must be https, since a certificate is given"));
            }
            _ => {}
        }
        if !(1..=1000).contains(&self.database.connections) {
            return Err(bad("database.connections", "must be 1 to 1000"));
        }
        self.registration.scopes()?;
        self.check_numbers()
    }

    fn check_server(&self) -> Result<(), BadSetting> {
        let server = &self.server;
        shown_text::name(&server.brand, LONGEST_BRAND).map_err(|why| bad("server.brand", why))?;
        let (people, figures) = (server.listen, server.metrics_listen);
        let same = |figures: SocketAddr| {
            let hosts = [people.ip(), figures.ip()].map(|ip| ip.to_canonical());
            let anywhere = people.ip().is_unspecified() || figures.ip().is_unspecified();
            people.port() == figures.port() && people.port() != 0 && (hosts[0] == hosts[1] || anywhere)
        };
        match figures.filter(|figures| same(*figures)) {
            Some(on) => Err(bad(
                "server.metrics_listen",
                format!("{on} is taken by server.listen ({people}); give it another port, such as 127.0.0.1:9464"),
            )),
            None => Ok(()),
        }
    }

    fn check_numbers(&self) -> Result<(), BadSetting> {
        let at_least = |key: &str, span: &Span, least: u64| {
            let fine = span.0.as_secs() >= least;
            if fine { Ok(()) } else { Err(bad(key, format!("must be {least} s at least"))) }
        };
        at_least("server.handshake_timeout", &self.server.handshake_timeout, 1)?;
        at_least("server.head_timeout", &self.server.head_timeout, 1)?;
        at_least("server.body_timeout", &self.server.body_timeout, 1)?;
        at_least("server.idle_timeout", &self.server.idle_timeout, 1)?;
        if self.server.max_connections < 16 {
            return Err(bad("server.max_connections", "must be 16 at least"));
        }
        if self.server.connections_per_address < 1 || self.server.connections_per_network < 1 {
            return Err(bad("server.connections_per_address", "and server.connections_per_network must be 1 at least"));
        }
        at_least("keys.jwks_max_age", &self.keys.jwks_max_age, 1)?;
        at_least("lifetimes.code", &self.lifetimes.code, 5)?;
        at_least("lifetimes.access_token", &self.lifetimes.access_token, 5)?;
        at_least("lifetimes.id_token", &self.lifetimes.id_token, 5)?;
        at_least("lifetimes.logout_token", &self.lifetimes.logout_token, 5)?;
        at_least("lifetimes.session", &self.lifetimes.session, 60)?;
        at_least("lifetimes.session_idle", &self.lifetimes.session_idle, 60)?;
        at_least("lifetimes.refresh", &self.lifetimes.refresh, 60)?;
        at_least("lifetimes.refresh_idle", &self.lifetimes.refresh_idle, 60)?;
        at_least("lifetimes.pushed_request", &self.lifetimes.pushed_request, 5)?;
        at_least("lifetimes.sign_in_page", &self.lifetimes.sign_in_page, 1)?;
        if self.registration.unused_kept().is_some() {
            at_least("registration.keep_unused", &self.registration.keep_unused, 3600)?;
        }
        if self.audit.kept().is_some() {
            at_least("audit.keep", &self.audit.keep, 86_400)?;
        }
        if self.lifetimes.code.0.as_secs() > 600 {
            return Err(bad("lifetimes.code", "must be 10 minutes at most (RFC 6749 §4.1.2)"));
        }
        if self.lifetimes.pushed_request.0.as_secs() > 600 {
            return Err(bad("lifetimes.pushed_request", "must be 10 minutes at most (RFC 9126 §2.2)"));
        }
        if self.requests.pushed_per_minute < 1 {
            return Err(bad("requests.pushed_per_minute", "must be 1 at least"));
        }
        if self.keys.jwks_max_age.0.as_secs() > 3600 {
            return Err(bad("keys.jwks_max_age", "must be 1 hour at most"));
        }
        if self.passwords.argon2_memory_kib < 7 * 1024 || self.passwords.argon2_passes < 1 {
            return Err(bad("passwords.argon2_memory_kib", "must be 7168 at least, with 1 pass at least (OWASP)"));
        }
        if self.passwords.lock_at < 1 || self.passwords.longer_from < 1 {
            return Err(bad("passwords.lock_at", "and passwords.longer_from must be 1 at least"));
        }
        Ok(())
    }

    /// The issuer, checked: https, or http on a loopback host; no path, query, fragment or user.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn issuer(&self) -> Result<Url, BadSetting> {
        let wrong = |why: &str| bad("server.issuer", format!("{:?} {why}", self.server.issuer));
        let url = Url::parse(&self.server.issuer).map_err(|_| wrong("is not a URL"))?;
        let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if !plain || self.server.issuer.ends_with('/') || url.password().is_some() {
            return Err(wrong("must be scheme, host and port alone, without a slash at the end"));
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if is_loopback(&url) => Ok(url),
            _ => Err(wrong("must be https (http is for loopback hosts alone)")),
        }
    }

    /// Where the database is, with the password out of its file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn database_url(&self) -> Result<DbUrl, BadSetting> {
        let database = &self.database;
        let url: DbUrl = database.url.0.parse().map_err(|why: String| bad("database.url", why))?;
        let DbUrl::Postgres(url) = url else {
            return match (&database.password_file, &database.ca_file) {
                (Some(_), _) => Err(bad("database.password_file", "means nothing without PostgreSQL")),
                (_, Some(_)) => Err(bad("database.ca_file", "means nothing without PostgreSQL")),
                (None, None) => Ok(url),
            };
        };
        let mut url = url.with_connections(database.connections);
        if let Some(file) = &database.password_file {
            let password = ephemeral::read_secret("database.password_file", file)?;
            url = url.with_password(password).map_err(|why| bad("database.password_file", why))?;
        }
        if let Some(file) = &database.ca_file {
            idp_store::tls::client(Some(file)).map_err(|why| bad("database.ca_file", why))?;
            url = url.trusting(file.clone());
        }
        Ok(DbUrl::Postgres(Box::new(url)))
    }

    /// The master key file: the one given, or beside the SQLite file. PostgreSQL has no place beside it.
    ///
    /// # Errors
    /// When the database setting is wrong.
    pub fn master_key_file(&self) -> Result<PathBuf, BadSetting> {
        if let Some(path) = &self.keys.master_key_file {
            return Ok(path.clone());
        }
        match self.database_url()? {
            DbUrl::Sqlite(path) => Ok(path.with_extension("master-key")),
            DbUrl::Postgres(_) => Err(bad(
                "keys.master_key_file",
                "is needed with PostgreSQL; `idp keys init --master-key-file FILE` makes the file if it is not there",
            )),
        }
    }

    /// The lifetimes as the rules read them.
    pub fn lifetimes(&self) -> Lifetimes {
        let life = &self.lifetimes;
        Lifetimes {
            code: life.code.0,
            access_token: life.access_token.0,
            id_token: life.id_token.0,
            logout_token: life.logout_token.0,
            session_idle: life.session_idle.0,
            session: life.session.0,
            refresh_idle: life.refresh_idle.0,
            refresh: life.refresh.0,
            refresh_grace: life.refresh_grace.0,
            pushed_request: life.pushed_request.0,
            sign_in_page: life.sign_in_page.0,
            clock_skew: self.keys.clock_skew.0,
            ..Lifetimes::default()
        }
    }

    /// The rule of wrong passwords.
    pub fn attempt_policy(&self) -> AttemptPolicy {
        let rule = &self.passwords;
        AttemptPolicy {
            wait: rule.wait.0,
            longer_wait: rule.longer_wait.0,
            longer_from: rule.longer_from,
            lock_at: rule.lock_at,
            lock_for: rule.lock_for.0,
            ..AttemptPolicy::default()
        }
    }

    /// How old a sealing key becomes. `None`: until a command.
    pub fn sealing_every(&self) -> Option<std::time::Duration> {
        Some(self.keys.sealing_rotate_every.0).filter(|every| !every.is_zero())
    }

    /// What clients may be allowed beyond the flow with a code.
    pub fn allowed(&self) -> Allowed {
        Allowed { front_channel_tokens: self.oauth.front_channel_tokens }
    }

    /// The policy of the signing keys.
    pub fn key_policy(&self) -> keys::Policy {
        keys::Policy {
            jwks_max_age: self.keys.jwks_max_age.0,
            longest_token: self.lifetimes().longest_signed_token(),
            clock_skew: self.keys.clock_skew.0,
            rotate_every: Some(self.keys.rotate_every.0).filter(|every| !every.is_zero()),
            algorithms: keys::Algorithm::FROM_THE_START.to_vec(),
        }
    }
}

/// figment's errors with the key in front, one a line.
fn words(error: &figment::Error) -> String {
    let line = |one: figment::Error| {
        let key = one.path.join(".");
        let from = one.metadata.as_ref().map_or_else(String::new, |meta| match &meta.source {
            Some(Source::File(path)) => format!(" (from {})", path.display()),
            _ => format!(" (from {})", meta.name),
        });
        // It quotes the list of what there could be twice.
        let why = without_excerpt(&one.kind.to_string()).replace("``", "`");
        format!("setting {}: {why}{from}", if key.is_empty() { "file" } else { &key })
    };
    error.clone().into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What is wrong with the file and where, in one line, without the excerpt that the parser shows between rulers: the words go
/// to the log, and a line of the file may hold a password.
fn without_excerpt(why: &str) -> String {
    let is_excerpt = |line: &&str| line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit()).starts_with('|');
    why.lines()
        .filter(|line| !is_excerpt(line))
        .map(str::trim)
        .collect::<Vec<_>>()
        .join("; ")
        .trim_end_matches("; ")
        .to_owned()
}

#[cfg(test)]
mod tests;
