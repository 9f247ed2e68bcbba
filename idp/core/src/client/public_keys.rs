//! The public keys that a client signs with: a set in its registration (`jwks`), or an address where it publishes one
//! (`jwks_uri`), never both (OpenID Connect Dynamic Client Registration 1.0 §2).

use crate::client::AuthMethod;
use keys::{Algorithm, JwkError, JwkSet, PublicJwk, VerifyingKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most keys of one client, and the longest set, in bytes.
pub const MOST_KEYS: usize = 20;
/// See [`MOST_KEYS`].
pub const LONGEST_SET: usize = 32 * 1024;
/// What only a private or a symmetric key has (RFC 7518 §6.2.2, §6.3.2, §6.4.1; RFC 8037 §2).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Where a client's public keys are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublicKeys {
    /// In its registration.
    Jwks(RegisteredSet),
    /// At this address, fetched and kept for a short while.
    JwksUri(String),
}

impl PublicKeys {
    /// The set in the registration.
    pub fn jwks(&self) -> Option<&Value> {
        match self {
            Self::Jwks(set) => Some(&set.0),
            Self::JwksUri(_) => None,
        }
    }

    /// The address.
    pub fn jwks_uri(&self) -> Option<&str> {
        match self {
            Self::Jwks(_) => None,
            Self::JwksUri(uri) => Some(uri),
        }
    }
}

/// A JWK Set as it was registered, so that what is read back is what was sent. Checked by [`RegisteredSet::parse`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RegisteredSet(Value);

impl RegisteredSet {
    /// Checks a set that is to be registered. Keys of a type that nobody here knows are kept and never used (RFC 7517 §5).
    ///
    /// # Errors
    /// What has to be corrected, for the person who registers: no set, private members, keys that are broken, too short, or could be
    /// taken for one another.
    pub fn parse(set: Value) -> Result<Self, String> {
        if set.to_string().len() > LONGEST_SET {
            return Err(format!("is longer than {LONGEST_SET} bytes"));
        }
        let Some(list) = set.get("keys").and_then(Value::as_array) else {
            return Err("is not a JWK Set: a JSON object whose member keys is a list (RFC 7517 section 5)".into());
        };
        if list.is_empty() || list.len() > MOST_KEYS {
            return Err(format!("must hold 1 to {MOST_KEYS} keys"));
        }
        let mut public = Vec::new();
        for (position, key) in list.iter().enumerate() {
            let wrong = |why: &dyn std::fmt::Display| format!("holds as key {} what is refused: {why}", position + 1);
            public.extend(check_key(key).map_err(|why| wrong(&why))?);
        }
        unambiguous(&public)?;
        Ok(Self(set))
    }

    /// The keys in it, ready for verifying. A set that this program would not register any more gives none.
    pub fn verifying_keys(&self) -> Vec<VerifyingKey> {
        let parsed = JwkSet::parse(self.0.to_string().as_bytes());
        parsed.ok().and_then(|set| unambiguous(&set.keys).ok()).unwrap_or_default()
    }
}

/// `None`: a key of another type or for another use.
fn check_key(key: &Value) -> Result<Option<PublicJwk>, JwkError> {
    if let Some(name) = PRIVATE.into_iter().find(|name| key.get(name).is_some()) {
        return Err(JwkError::Private(name));
    }
    match PublicJwk::parse(key.to_string().as_bytes()) {
        Ok(public) => public.check_point().map(|()| Some(public)),
        Err(JwkError::UnknownType | JwkError::NotForSigning) => Ok(None),
        Err(why) => Err(why),
    }
}

/// Reads a set that a client publishes at its `jwks_uri`. Keys that cannot be used are passed over (RFC 7517 §5).
///
/// # Errors
/// Why the whole set is refused, for the log.
pub fn read_published(body: &[u8]) -> Result<Vec<VerifyingKey>, String> {
    if body.len() > LONGEST_SET {
        return Err(format!("is longer than {LONGEST_SET} bytes"));
    }
    let mut set = JwkSet::parse(body).map_err(|why| why.to_string())?;
    if set.keys.len() > MOST_KEYS {
        return Err(format!("holds more than {MOST_KEYS} keys"));
    }
    set.keys.retain(|key| key.check_point().is_ok());
    unambiguous(&set.keys)
}

/// Each key with every algorithm it serves; no two that one name could mean.
fn unambiguous(set: &[PublicJwk]) -> Result<Vec<VerifyingKey>, String> {
    let all: Vec<VerifyingKey> = set.iter().flat_map(VerifyingKey::each_of).collect();
    for (position, key) in all.iter().enumerate() {
        let twin = |other: &&VerifyingKey| other.kid() == key.kid() && other.algorithm() == key.algorithm();
        if all.iter().take(position).any(|other| twin(&other)) {
            return Err(match key.kid() {
                Some(kid) => format!("holds two keys named {:?}", kid.as_str()),
                None => "holds several keys that have no kid; each needs its own".into(),
            });
        }
    }
    Ok(all)
}

/// What signs a client's assertions (`token_endpoint_auth_signing_alg`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum AssertionAlgorithm {
    /// HMAC with the client's secret: for `client_secret_jwt`.
    Hs256,
    /// One of its private keys: for `private_key_jwt`.
    Signature(Algorithm),
}

impl AssertionAlgorithm {
    /// Every algorithm, for discovery and messages.
    pub fn all() -> impl Iterator<Item = Self> {
        Algorithm::ALL.iter().copied().map(Self::Signature).chain([Self::Hs256])
    }

    /// The value on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => keys::jws::HS256,
            Self::Signature(algorithm) => algorithm.as_str(),
        }
    }

    /// The method that it is for.
    pub const fn method(self) -> AuthMethod {
        match self {
            Self::Hs256 => AuthMethod::ClientSecretJwt,
            Self::Signature(_) => AuthMethod::PrivateKeyJwt,
        }
    }
}

impl From<AssertionAlgorithm> for String {
    fn from(algorithm: AssertionAlgorithm) -> Self {
        algorithm.as_str().to_owned()
    }
}

impl std::str::FromStr for AssertionAlgorithm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = || Self::all().map(Self::as_str).collect::<Vec<_>>().join(", ");
        Self::all().find(|one| one.as_str() == text).ok_or_else(|| format!("{text:?} is not one of {}", known()))
    }
}

impl TryFrom<String> for AssertionAlgorithm {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests;
