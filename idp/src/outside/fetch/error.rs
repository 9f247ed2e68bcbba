//! What can go wrong: public words for the operator (`Display`), private detail for the log ([`FetchError::detail`]).

use std::error::Error;
use std::{io, iter};

use super::resolver::LookupError;

/// Longest detail, in characters: the other side has a hand in its words.
const MAX_DETAIL: usize = 400;

/// Settings that no client can be built from. The text names what to correct.
#[derive(Debug, thiserror::Error)]
pub enum FetchSettingsError {
    /// An entry of the allow-list, as written.
    #[error(
        "allow_hosts: {0:?} is neither host nor host:port (no scheme, path, wildcard or network; IPv6 in brackets)"
    )]
    AllowHost(String),
    /// The PEM holds no certificate or a broken one.
    #[error("extra_ca_pem: no readable certificate")]
    ExtraCa,
    /// A time limit of zero.
    #[error("connect_timeout and timeout must be above zero")]
    Timeout,
    /// A size limit of zero.
    #[error("max_bytes must be above zero")]
    MaxBytes,
    /// The TLS set-up failed: an extra certificate cannot be a root, or the system's roots cannot be read.
    #[error("the outbound HTTP client could not be set up")]
    Client(#[source] reqwest::Error),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Neither https nor, for a host on the allow-list, http.
    #[error("the address must start with https:// (http:// only for hosts on the operator's allow-list)")]
    Scheme,
    /// `https://user:password@…`.
    #[error("the address must not hold a user name or password")]
    Userinfo,
    /// Port 0.
    #[error("the address must not name port 0")]
    Port,
    /// The host is, or its name resolves to, an address that is not public.
    #[error("the host is not on the public internet and not on the operator's allow-list")]
    PrivateAddress,
    /// As many GETs are under way as may be at once. Trying again later helps.
    #[error("too many addresses are being fetched at once")]
    Busy,
    /// The name has no address, or the name service failed.
    #[error("the host's name could not be resolved")]
    Dns(#[source] reqwest::Error),
    /// Nobody answers at that address and port.
    #[error("no connection to the host could be made")]
    Connect(#[source] reqwest::Error),
    /// The TLS handshake failed, most often because of the certificate.
    #[error("the host's TLS certificate or handshake was not accepted")]
    Tls(#[source] reqwest::Error),
    /// The time to connect or the time for the whole was over.
    #[error("the host did not answer completely in time")]
    Timeout,
    /// The body is longer than the limit.
    #[error("the host's answer is too long")]
    TooLarge,
    /// The connection broke off, or what came was not HTTP.
    #[error("the host's answer broke off or was not HTTP")]
    Answer(#[source] reqwest::Error),
}

impl FetchError {
    /// The causes, for a log or an administrator; at most 400 characters on one line, without the URL (its query may hold
    /// a secret). `None` where the public words say all. Not for the client's eyes.
    pub fn detail(&self) -> Option<String> {
        let causes = iter::successors(self.source(), |&cause| cause.source());
        let text = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
        let one_line = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_DETAIL);
        (!text.is_empty()).then(|| one_line.collect())
    }

    /// Sorts an error of the HTTP client by its cause.
    pub(super) fn from_client(error: reqwest::Error) -> FetchError {
        let error = error.without_url();
        if error.is_timeout() {
            return FetchError::Timeout;
        }
        let cause = causes(&error).find_map(recognise);
        match cause {
            Some(Cause::NotPublic) => FetchError::PrivateAddress,
            Some(Cause::Lookup) => FetchError::Dns(error),
            Some(Cause::Tls) => FetchError::Tls(error),
            None if error.is_connect() => FetchError::Connect(error),
            None => FetchError::Answer(error),
        }
    }
}

enum Cause {
    NotPublic,
    Lookup,
    Tls,
}

fn recognise(cause: &(dyn Error + 'static)) -> Option<Cause> {
    if cause.is::<rustls::Error>() {
        return Some(Cause::Tls);
    }
    match cause.downcast_ref::<LookupError>()? {
        LookupError::NotPublic(_) => Some(Cause::NotPublic),
        LookupError::NoAddress | LookupError::Failed(_) => Some(Cause::Lookup),
    }
}

/// The error and all below it. An `io::Error` hides the error it wraps from `source()`, and TLS errors are wrapped so.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    iter::successors(Some(error), |&cause| match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
        None => cause.source(),
    })
}
