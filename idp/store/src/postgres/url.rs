//! Where a PostgreSQL is and how it is spoken to: the setting `database.url`, read strictly.

use percent_encoding::percent_decode_str;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use url::{Host, Url};
use zeroize::Zeroizing;

/// Connections of one program, unless the settings say otherwise.
pub const CONNECTIONS: u16 = 16;

/// A PostgreSQL database. Neither `Debug` nor `Display` shows the password.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    pub(super) server: Server,
    pub(super) user: String,
    pub(super) password: Option<Password>,
    pub(super) database: String,
    pub(super) application_name: String,
    pub(super) tls: bool,
    /// Whom to trust; the system's authorities if none is given.
    pub(super) ca_file: Option<PathBuf>,
    pub(super) connections: u16,
}

/// Where the server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Server {
    Tcp {
        host: String,
        port: u16,
    },
    /// The folder of its Unix socket.
    Unix {
        folder: PathBuf,
        port: u16,
    },
}

/// Never printed.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Password(pub(super) Zeroizing<String>);

const FORM: &str = "give postgres://USER@HOST:PORT/DATABASE";

impl FromStr for PostgresUrl {
    type Err = String;

    /// The words of a refusal never repeat the URL: it may hold a password.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|why| format!("is no URL ({why}); {FORM}"))?;
        let decoded = |what: &str, part: &str| {
            let text = percent_decode_str(part).decode_utf8();
            text.map(|text| text.into_owned()).map_err(|_| format!("{what} is not UTF-8; {FORM}"))
        };
        let options = Options::read(&url)?;
        let user = decoded("the user", url.username())?;
        let database = decoded("the database", url.path().trim_start_matches('/'))?;
        let password =
            url.password().map(|part| decoded("the password", part)).transpose()?.map(|text| Password(text.into()));
        if user.is_empty() || database.is_empty() {
            return Err(format!("names no {}; {FORM}", if user.is_empty() { "user" } else { "database" }));
        }
        let server = server(&url)?;
        let tls = tls(&server, options.sslmode.as_deref())?;
        let application_name = options.application_name.unwrap_or_else(|| "idp".to_owned());
        let connections = CONNECTIONS;
        Ok(Self { server, user, password, database, application_name, tls, ca_file: None, connections })
    }
}

/// What may stand behind `?`.
#[derive(Default)]
struct Options {
    sslmode: Option<String>,
    application_name: Option<String>,
}

impl Options {
    fn read(url: &Url) -> Result<Self, String> {
        let mut options = Self::default();
        for (name, value) in url.query_pairs() {
            match name.as_ref() {
                "sslmode" => options.sslmode = Some(value.into_owned()),
                "application_name" => options.application_name = Some(value.into_owned()),
                _ => return Err(format!("has the option {name:?}; known are sslmode and application_name")),
            }
        }
        Ok(options)
    }
}

/// A host that is a folder, its slashes written as `%2F`, holds a Unix socket.
fn server(url: &Url) -> Result<Server, String> {
    let port = url.port().unwrap_or(5432);
    let host = match url.host() {
        Some(Host::Domain(host)) => percent_decode_str(host).decode_utf8_lossy().into_owned(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        None => String::new(),
    };
    match host.chars().next() {
        None => Err(format!("names no host; {FORM}")),
        Some('/') => Ok(Server::Unix { folder: PathBuf::from(host), port }),
        Some(_) => Ok(Server::Tcp { host, port }),
    }
}

/// Over a network everything is encrypted and the server proves who it is, unless the operator writes that it shall not.
/// There is no mode between the two: encryption without proof keeps out nobody who sits on the line.
fn tls(server: &Server, sslmode: Option<&str>) -> Result<bool, String> {
    let local = match server {
        Server::Unix { .. } => true,
        Server::Tcp { host, .. } => {
            host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
    };
    match (sslmode, server) {
        (None, _) => Ok(!local),
        (Some("disable"), _) => Ok(false),
        (Some("require" | "verify-full"), Server::Tcp { .. }) => Ok(true),
        (Some("require" | "verify-full"), Server::Unix { .. }) => {
            Err("asks for TLS on a Unix socket, which has none; leave sslmode out".into())
        }
        (Some(other), _) => Err(format!(
            "has sslmode={other:?}; give verify-full (encrypted, the server proves its name; what holds over a network if nothing is given) or disable"
        )),
    }
}

impl PostgresUrl {
    /// Signs in with this password.
    ///
    /// # Errors
    /// When the URL has one already.
    pub fn with_password(mut self, password: Zeroizing<String>) -> Result<Self, String> {
        if self.password.is_some() {
            return Err("database.url holds a password already; give it in one place".into());
        }
        self.password = Some(Password(password));
        Ok(self)
    }

    /// Trusts the authorities in this PEM file and no others.
    pub fn trusting(mut self, ca_file: PathBuf) -> Self {
        self.ca_file = Some(ca_file);
        self
    }

    /// Opens at most so many connections.
    pub fn with_connections(mut self, most: u16) -> Self {
        self.connections = most.max(1);
        self
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, database, .. } = self;
        match &self.server {
            Server::Tcp { host, port } if host.contains(':') => {
                write!(f, "postgres://{user}@[{host}]:{port}/{database}")
            }
            Server::Tcp { host, port } => write!(f, "postgres://{user}@{host}:{port}/{database}"),
            Server::Unix { folder, .. } => {
                let folder = folder.display().to_string().replace('/', "%2F");
                write!(f, "postgres://{user}@{folder}/{database}")
            }
        }
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
