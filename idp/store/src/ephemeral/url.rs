//! Where ephemeral state is kept.

use rustls::ClientConfig;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use url::{Host, Url};
use zeroize::Zeroizing;

/// Where ephemeral state is kept (setting `ephemeral.url`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EphemeralUrl {
    /// `memory:`.
    Memory,
    /// `redis://…` or `rediss://…`.
    Redis(RedisUrl),
}

/// `redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE]`, or `rediss://…` for TLS. Its password is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl {
    /// A name or an address, without brackets.
    pub host: String,
    /// 6379 if none was given.
    pub port: u16,
    /// Whether TLS is spoken.
    pub tls: bool,
    /// The user of the access list; the default user if none was given.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<Zeroizing<String>>,
    /// The number of the database.
    pub database: u16,
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}/{}", self.host, self.port, self.database)
    }
}

impl RedisUrl {
    /// Whether nothing that is sent there leaves the machine.
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl FromStr for EphemeralUrl {
    type Err = String;

    /// The words name the problem and never the URL: it may hold a password.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "give memory:, redis://HOST:PORT or rediss://[USER:PASSWORD@]HOST:PORT[/DATABASE]";
        if text == "memory:" {
            return Ok(Self::Memory);
        }
        let url = Url::parse(text).map_err(|why| format!("is no URL ({why}); {FORM}"))?;
        if !matches!(url.scheme(), "redis" | "rediss") {
            return Err(format!("has the scheme {:?}; {FORM}", url.scheme()));
        }
        let host = match url.host() {
            // Of a scheme that the crate does not know every host is a name.
            Some(Host::Domain(name)) if !name.is_empty() => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            _ => return Err(format!("names no host; {FORM}")),
        };
        if url.query().is_some() || url.fragment().is_some() {
            return Err(format!("has a query or a fragment, which mean nothing here; {FORM}"));
        }
        let database = match url.path().trim_start_matches('/') {
            "" => 0,
            number => number.parse().map_err(|_| format!("has a path that is no number of a database; {FORM}"))?,
        };
        let plain = |text: &str| -> Result<String, String> {
            let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
            decoded.map(Into::into).map_err(|_| format!("has a user or password that is not UTF-8; {FORM}"))
        };
        let user = Some(url.username()).filter(|user| !user.is_empty()).map(plain).transpose()?;
        let password = url.password().map(plain).transpose()?.map(Zeroizing::new);
        let (port, tls) = (url.port().unwrap_or(6379), url.scheme() == "rediss");
        Ok(Self::Redis(RedisUrl { host, port, tls, user, password, database }))
    }
}

/// How to reach a Redis.
#[derive(Clone)]
pub struct RedisSettings {
    /// Where it is, and with which password.
    pub url: RedisUrl,
    /// For TLS: whom to trust.
    pub tls: Option<Arc<ClientConfig>>,
    /// What every key begins with, so that several deployments can share one Redis.
    pub prefix: String,
}
