//! Settings: one TOML file, each key overridable by the environment (`IDP__SECTION__KEY`). Unknown keys are refused.
//!
//! Owns reading and checking. What each key means stands in [`table`], from which `docs/settings.md` is printed.

mod captcha;
mod check;
mod duration;
mod ephemeral;
mod mail;
mod membership;
mod misspelt;
mod passwords;
mod secret_url;
mod sections;
pub mod table;
mod texts;
mod words;

pub use captcha::CaptchaSection;
pub use duration::Span;
pub use mail::MailSection;
pub use membership::MembershipSection;
pub use passwords::{PasswordRule, Passwords};
pub use secret_url::SecretUrl;
pub use sections::{
    AuditSection, Database, DpopSection, EphemeralSection, Keys, LifetimesSection, Log, LogFormat, OAuth, Outbound,
    RegistrationMode, RegistrationSection, Requests, Server,
};

pub use texts::{TextsBody, TextsSection};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use idp_core::Lifetimes;
use idp_core::client::redirect_uri::is_loopback;
use idp_core::oauth::authorize::Allowed;
use idp_core::people::password_attempt::AttemptPolicy;
use idp_store::DbUrl;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use url::Url;

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
    /// `[membership]`
    pub membership: MembershipSection,
    /// `[captcha]`
    pub captcha: CaptchaSection,
    /// `[mail]`
    pub mail: MailSection,
    /// `[texts]`
    pub texts: TextsSection,
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
        misspelt::check(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))?;
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(path) = file {
            if !path.is_file() {
                return Err(BadSetting(format!("there is no settings file {}", path.display())));
            }
            figment = figment.merge(Toml::file_exact(path));
        }
        let read: Result<Self, _> = figment.merge(Env::prefixed("IDP__").split("__")).extract();
        let settings = read.map_err(|error| BadSetting(words::words(&error)))?;
        settings.check()?;
        Ok(settings)
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
            proof_from: self.captcha.sign_in_from(),
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

#[cfg(test)]
mod tests;
