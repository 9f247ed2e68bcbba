//! The one HTTP client that leaves the house: on a client's behalf, and to the gateway for text messages.
//!
//! Owns: every rule about **where** a request may go and **how much** may come back, for every address a relying party
//! gave us (`backchannel_logout_uri`, `jwks_uri`, `sector_identifier_uri`, `request_uri`). Does not own: what the answer
//! means, whether to try again, how long to keep it.
//!
//! A client that chooses our requests' target would reach what only we can reach: the database's port, a cloud's
//! metadata service, a neighbour's console (server-side request forgery, CWE-918). Therefore:
//!
//! - https only, no user name or password in the URL, port 0 refused;
//! - public addresses only (`public_address`), judged on the address that is then connected to: a name is looked up
//!   once per connection and a name with **any** other address is refused (`resolver`), so DNS rebinding has no
//!   second answer to give;
//! - a redirect is an answer, never followed; no proxy, cookie, referer or decompression;
//! - time and size are bounded whatever the other side announces.
//!
//! Hosts on the operator's allow-list ([`FetchSettings::allow_hosts`]) may have private addresses and plain http; all
//! other bounds hold for them too. So many GETs go out at once ([`FetchSettings::gets_at_once`]): strangers can start them.

mod allow_list;
mod cache_control;
mod error;
mod places;
mod public_address;
mod resolver;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::dns::Resolve;
use reqwest::{Client, RequestBuilder, Response, redirect};
use url::{Host, Url};

use self::allow_list::AllowedHost;
pub use self::error::{FetchError, FetchSettingsError};
use self::places::Places;
pub use self::places::{Bounds, Place};
use self::resolver::{PublicOnly, SystemResolver};

const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);
const USER_AGENT: &str = "shenfen-idp";
/// Idle connections kept per host and for how long: enough for a burst of logout tokens to one portal.
const IDLE_PER_HOST: usize = 4;
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// What the operator decides about outbound requests.
#[derive(Debug, Clone)]
pub struct FetchSettings {
    /// Hosts that may have private addresses and be reached over plain http: `host` (any port) or `host:port` (that port
    /// only). Compared exactly but for letter case and one trailing dot; no wildcards, no networks. An IPv6 address
    /// stands in brackets.
    pub allow_hosts: Vec<String>,
    /// Certificates (PEM, one or more) trusted as roots in addition to the system's.
    pub extra_ca_pem: Option<Vec<u8>>,
    /// Bound on name lookup, TCP and TLS together. Above zero.
    pub connect_timeout: Duration,
    /// Bound on the whole request up to the last byte of the answer. Above zero.
    pub timeout: Duration,
    /// Longest answer body, in bytes. Above zero. (The head is bounded by hyper: 100 fields, some 400 KB.)
    pub max_bytes: usize,
    /// GETs under way at once; one more is [`FetchError::Busy`], never a wait.
    pub gets_at_once: usize,
}

impl Default for FetchSettings {
    /// Nothing allowed but the public internet; 2 s to connect, 5 s in all, 256 KiB; 48 GETs at once.
    fn default() -> Self {
        FetchSettings {
            allow_hosts: Vec::new(),
            extra_ca_pem: None,
            connect_timeout: Duration::from_secs(2),
            timeout: Duration::from_secs(5),
            max_bytes: 256 * 1024,
            gets_at_once: 48,
        }
    }
}

/// The outbound client. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub struct Fetch {
    /// For hosts on the allow-list. A client (and so a connection pool) of its own, because a lookup knows the name but
    /// not the port: `host:8443` on the list must not open `host:22`.
    listed: Client,
    /// For everybody else.
    public: Client,
    allow_list: Arc<[AllowedHost]>,
    timeout: Duration,
    max_bytes: usize,
    places: Places,
}

/// An answer, of whatever status: a redirect or an error status is for the caller to judge.
#[derive(Clone)]
pub struct Fetched {
    /// The HTTP status, 200 to 999 (interim 1xx answers are skipped).
    pub status: u16,
    /// The `Content-Type` field as sent, parameters included; `None` if absent or not ASCII.
    pub content_type: Option<String>,
    /// At most [`FetchSettings::max_bytes`] bytes.
    pub body: Bytes,
    /// How long `Cache-Control` lets the answer be kept (RFC 9111 §5.2.2): zero for `no-store`, `no-cache` and an
    /// unreadable `max-age`, `None` if nothing is said. The sender chooses it: the caller sets the bounds.
    pub max_age: Option<Duration>,
    /// How long the sender asks to be left alone (`Retry-After` in seconds, RFC 9110 §10.2.3); a day at most.
    pub retry_after: Option<Duration>,
}

impl fmt::Debug for Fetched {
    /// The body's length only: what was fetched may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetched")
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("body_bytes", &self.body.len())
            .field("max_age", &self.max_age)
            .finish()
    }
}

impl Fetch {
    /// Builds the client; reads the system's root certificates.
    ///
    /// # Errors
    ///
    /// [`FetchSettingsError`] names the setting that cannot be used.
    pub fn new(settings: FetchSettings) -> Result<Fetch, FetchSettingsError> {
        Fetch::with_resolver(settings, Arc::new(SystemResolver::new()))
    }

    fn with_resolver(settings: FetchSettings, names: Arc<dyn Resolve>) -> Result<Fetch, FetchSettingsError> {
        if settings.connect_timeout.is_zero() || settings.timeout.is_zero() {
            return Err(FetchSettingsError::Timeout);
        }
        if settings.max_bytes == 0 {
            return Err(FetchSettingsError::MaxBytes);
        }
        let allow_list = settings
            .allow_hosts
            .iter()
            .map(|entry| AllowedHost::parse(entry).ok_or_else(|| FetchSettingsError::AllowHost(entry.clone())))
            .collect::<Result<Arc<[AllowedHost]>, _>>()?;
        let public = build_client(&settings, Arc::new(PublicOnly::new(names.clone())), true)?;
        let listed = build_client(&settings, names, false)?;
        let places = Places::new(Bounds { all: settings.gets_at_once, each: settings.gets_at_once });
        Ok(Fetch { listed, public, allow_list, timeout: settings.timeout, max_bytes: settings.max_bytes, places })
    }

    /// The same for others: with places of their own, and without the allow-list.
    #[must_use]
    pub fn to_public_addresses(&self, gets_at_once: Bounds) -> Fetch {
        Fetch { allow_list: Arc::default(), ..self.apart(gets_at_once) }
    }

    /// The same with places of its own.
    #[must_use]
    pub fn apart(&self, gets_at_once: Bounds) -> Fetch {
        Fetch { places: Places::new(gets_at_once), ..self.clone() }
    }

    /// A place for [`Fetch::get_in`], taken beforehand.
    ///
    /// * `client`: on whose behalf, where that is known.
    ///
    /// # Errors
    ///
    /// [`FetchError::Busy`].
    pub fn place(&self, url: &Url, client: Option<&str>) -> Result<Place, FetchError> {
        self.places.take(url, client).ok_or(FetchError::Busy)
    }

    /// `GET url`.
    ///
    /// # Errors
    ///
    /// See [`FetchError`]. Any status is an answer, not an error.
    pub async fn get(&self, url: &Url) -> Result<Fetched, FetchError> {
        self.get_in(self.place(url, None)?, url).await
    }

    /// `GET url` on behalf of a client.
    ///
    /// # Errors
    ///
    /// As [`Fetch::get`].
    pub async fn get_for(&self, client: &str, url: &Url) -> Result<Fetched, FetchError> {
        self.get_in(self.place(url, Some(client))?, url).await
    }

    /// `GET url`, in a place that was taken before.
    ///
    /// # Errors
    ///
    /// As [`Fetch::get`].
    pub async fn get_in(&self, place: Place, url: &Url) -> Result<Fetched, FetchError> {
        let answer = self.send(self.client_for(url)?.get(url.clone())).await;
        drop(place);
        answer
    }

    /// `POST url` with `form` as `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    ///
    /// See [`FetchError`]. Any status is an answer, not an error. After an error the form may have arrived nevertheless.
    pub async fn post_form(&self, url: &Url, form: &[(&str, &str)]) -> Result<Fetched, FetchError> {
        self.send(self.client_for(url)?.post(url.clone()).form(form)).await
    }

    /// `POST url` with a body and headers of the caller's.
    ///
    /// # Errors
    ///
    /// As [`Fetch::post_form`].
    pub async fn post(&self, url: &Url, headers: HeaderMap, body: Vec<u8>) -> Result<Fetched, FetchError> {
        self.send(self.client_for(url)?.post(url.clone()).headers(headers).body(body)).await
    }

    /// Whether `url` could ever be fetched: everything that can be said without asking the network. For the registration
    /// of a client; [`Fetch::get`] and [`Fetch::post_form`] check again.
    ///
    /// # Errors
    ///
    /// [`FetchError::Scheme`], [`FetchError::Userinfo`], [`FetchError::Port`] or [`FetchError::PrivateAddress`].
    pub fn check_url(&self, url: &Url) -> Result<(), FetchError> {
        self.client_for(url).map(|_| ())
    }

    /// The static rules, and with them which of the two clients may go there.
    fn client_for(&self, url: &Url) -> Result<&Client, FetchError> {
        let is_https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(FetchError::Scheme),
        };
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(FetchError::Scheme);
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Userinfo);
        }
        if port == 0 {
            return Err(FetchError::Port);
        }
        if self.allow_list.iter().any(|allowed| allowed.covers(&host, port)) {
            return Ok(&self.listed);
        }
        if !is_https {
            return Err(FetchError::Scheme);
        }
        if !may_be_public(&host) {
            return Err(FetchError::PrivateAddress);
        }
        Ok(&self.public)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Fetched, FetchError> {
        tokio::time::timeout(self.timeout, async {
            let response = request.send().await.map_err(FetchError::from_client)?;
            let status = response.status().as_u16();
            let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
            let content_type = content_type.map(str::to_owned);
            let max_age = cache_control::max_age(response.headers());
            let retry_after = retry_after(response.headers());
            let body = read_body(response, self.max_bytes).await?;
            Ok(Fetched { status, content_type, body, max_age, retry_after })
        })
        .await
        .unwrap_or(Err(FetchError::Timeout))
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse::<u64>().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_RETRY_AFTER))
}

/// Reads as it comes, so that neither a false `Content-Length` nor a chunked answer without end can fill the memory.
async fn read_body(mut response: Response, max_bytes: usize) -> Result<Bytes, FetchError> {
    let announced = response.content_length();
    if announced.is_some_and(|length| length > u64::try_from(max_bytes).unwrap_or(u64::MAX)) {
        return Err(FetchError::TooLarge);
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(FetchError::from_client)? {
        if chunk.len() > max_bytes.saturating_sub(body.len()) {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// What the host itself tells before any lookup. Address literals must be judged here: they never reach a resolver.
/// `Url` has already read every spelling of an IPv4 address (`2130706433`, `0x7f.1`, `0177.0.0.1`) as that address.
fn may_be_public(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => public_address::is_public_v4(*address),
        Host::Ipv6(address) => public_address::is_public_v6(*address),
        // RFC 6761 §6.3: always this machine, whatever a resolver answers.
        Host::Domain(name) => name.trim_end_matches('.').rsplit('.').next() != Some("localhost"),
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that builds an outbound client")]
fn build_client(
    settings: &FetchSettings,
    names: Arc<dyn Resolve>,
    https_only: bool,
) -> Result<Client, FetchSettingsError> {
    let mut builder = Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(settings.connect_timeout)
        .dns_resolver2(names)
        .https_only(https_only)
        .http1_only()
        .redirect(redirect::Policy::none())
        .referer(false)
        // A proxy named in the environment would look names up itself and connect where it likes.
        .no_proxy()
        // Another crate may switch reqwest's decompression on; a small answer must not become a large one.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .pool_max_idle_per_host(IDLE_PER_HOST)
        .pool_idle_timeout(IDLE_TIMEOUT);
    if let Some(pem) = &settings.extra_ca_pem {
        let roots = reqwest::Certificate::from_pem_bundle(pem).map_err(|_| FetchSettingsError::ExtraCa)?;
        if roots.is_empty() {
            return Err(FetchSettingsError::ExtraCa);
        }
        builder = roots.into_iter().fold(builder, reqwest::ClientBuilder::add_root_certificate);
    }
    builder.build().map_err(FetchSettingsError::Client)
}
