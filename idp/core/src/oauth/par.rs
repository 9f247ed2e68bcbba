//! Pushed authorization requests (RFC 9126): what of a push is kept, under which name, and for whom.

use super::authorize::checks::{self, Endpoint};
use super::authorize::in_progress::{Came, InProgress};
use super::authorize::request::LONGEST_REQUEST;
use super::authorize::{Stay, identify};
use super::error::{OAuthError, OAuthErrorCode};
use super::params::Params;
use crate::client::Client;
use crate::ids::ClientId;
use keys::sealing::fields::{Reader, Writer};
use keys::sealing::{OpenError, Purpose, Sealer};
use keys::{KeyError, Thumbprint, UnixMillis, b64};

/// What every `request_uri` of ours begins with (RFC 9126 §2.2).
pub const URN: &str = "urn:ietf:params:oauth:request_uri:";
const PURPOSE: Purpose = Purpose::new("pushed_request");
const VERSION: u8 = 1;
/// Characters of 32 bytes in base64url.
const LENGTH: usize = 43;
/// What proves who pushes. It is no part of the request, and never kept.
const PROOFS: [&str; 3] = ["client_secret", "client_assertion", "client_assertion_type"];

/// The name of a pushed request: 32 random bytes, base64url.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handle(String);

impl Handle {
    /// A new name out of 32 random bytes.
    pub fn new(random: [u8; 32]) -> Self {
        Self(b64::encode(&random))
    }

    /// The name in a `request_uri`. `None`: none of ours looks so.
    pub fn of(request_uri: &str) -> Option<Self> {
        let name = request_uri.strip_prefix(URN)?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        (name.len() == LENGTH && name.bytes().all(plain)).then(|| Self(name.to_owned()))
    }

    /// Takes a name that was made by this program before: out of a sealed value.
    pub fn from_trusted(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The `request_uri`.
    pub fn request_uri(&self) -> String {
        format!("{URN}{}", self.0)
    }

    /// The name alone.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A request that was pushed, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// Its name: a value that was moved to another name is none.
    pub handle: Handle,
    /// Who pushed it, authenticated.
    pub client_id: ClientId,
    /// Until when it can be brought to the authorization endpoint.
    pub usable_until: UnixMillis,
    /// Its parameters, as a query.
    pub query: String,
    /// Whether the client signed them.
    pub signed: bool,
}

/// Why a `request_uri` gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// Nothing waits under this name: it was used, is long over, or never was.
    Unknown,
    /// It waited for too long.
    Expired,
    /// Another client pushed it.
    Foreign,
}

impl Unusable {
    /// In words, for the portal's developer.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unknown => {
                "nothing waits under this request_uri: it was used already, is expired, or was never given out"
            }
            Self::Expired => "this request_uri is expired",
            Self::Foreign => "this request_uri was given to another client",
        }
    }
}

impl Pushed {
    /// As it is kept.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn seal(&self, sealer: &Sealer) -> Result<String, KeyError> {
        let contents = Writer::new(VERSION)
            .text(self.handle.as_str())
            .text(self.client_id.as_str())
            .i64(self.usable_until.0)
            .text(&self.query)
            .bool(self.signed)
            .finish();
        sealer.seal(PURPOSE, &contents)
    }

    /// Back from what is kept.
    ///
    /// # Errors
    /// When this provider did not keep it.
    pub fn open(sealer: &Sealer, text: &str) -> Result<Self, OpenError> {
        let plain = sealer.open(PURPOSE, text)?;
        Self::read(&plain).ok_or(OpenError::Malformed)
    }

    fn read(plain: &[u8]) -> Option<Self> {
        let mut from = Reader::new(plain, VERSION).ok()?;
        let pushed = Self {
            handle: Handle::from_trusted(from.text().ok()?),
            client_id: ClientId::from_trusted(from.text().ok()?),
            usable_until: UnixMillis(from.i64().ok()?),
            query: from.text().ok()?.to_owned(),
            signed: from.bool().ok()?,
        };
        from.finish().ok()?;
        Some(pushed)
    }

    /// The request, for whoever brings `handle` to the authorization endpoint as `client_id`.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn bring(self, handle: &Handle, client_id: &ClientId, now: UnixMillis) -> Result<InProgress, Unusable> {
        if self.handle != *handle {
            return Err(Unusable::Unknown);
        }
        // RFC 9126 §2.2: "bound to the client that posted the authorization request".
        if self.client_id != *client_id {
            return Err(Unusable::Foreign);
        }
        if self.usable_until <= now {
            return Err(Unusable::Expired);
        }
        let came = Came { pushed: Some(self.handle), signed: self.signed };
        Ok(InProgress { query: self.query, came })
    }
}

/// The parameters of a push, as a query: without what proves who pushes.
pub fn parameters(client: &Client, form: &Params<'_>) -> String {
    let kept = form.iter().filter(|(name, _)| *name != "client_id" && !PROOFS.contains(name));
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("client_id", client.id.as_str()).extend_pairs(kept);
    query.finish()
}

/// Checks the request that an authenticated client pushes, as the authorization endpoint does.
///
/// # Errors
/// What the authorization endpoint would refuse; `invalid_request` for a `request_uri` (RFC 9126 §2.1).
pub fn check(client: &Client, query: &str, came: &Came) -> Result<(), OAuthError> {
    if query.len() > LONGEST_REQUEST {
        return Err(OAuthError::new(OAuthErrorCode::TooLarge, "the request is longer than 10240 bytes"));
    }
    let params = Params::parse(query.as_bytes())?;
    identify(Some(client), &params).map_err(in_words)?;
    checks::read(client, &params, Endpoint::Par, came)?;
    Ok(())
}

/// Binds the request to the key that the push proved to hold, if it did (RFC 9449 §10.1): as `dpop_jkt` does.
///
/// # Errors
/// `invalid_dpop_proof` when `dpop_jkt` names another key.
pub fn bind(query: &mut String, key: Option<Thumbprint>) -> Result<(), OAuthError> {
    let Some(key) = key.map(|key| key.to_string()) else { return Ok(()) };
    let said = Params::parse(query.as_bytes())?.get("dpop_jkt").map(str::to_owned);
    match said {
        None => {
            query.push_str("&dpop_jkt=");
            query.push_str(&key);
            Ok(())
        }
        Some(said) if said == key => Ok(()),
        Some(_) => Err(OAuthError::invalid_dpop_proof("dpop_jkt names another key than the DPoP proof's")),
    }
}

/// What a person would be shown, said to the client itself.
fn in_words(stay: Stay) -> OAuthError {
    OAuthError::invalid_request(match stay {
        Stay::UnknownClient | Stay::DisabledClient => "client_id names no client that may sign people in",
        Stay::NoRedirectUri => "the parameter redirect_uri is missing",
        Stay::ForeignRedirectUri => "redirect_uri is not registered for this client, byte for byte",
    })
}

#[cfg(test)]
mod tests;
