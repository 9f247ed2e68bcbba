//! Public JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037 §2): what we publish, and what clients register.
//!
//! Reading is strict where a mistake would be dangerous (private members, short moduli, second spellings of the same
//! number) and tolerant where the RFC asks for it (unknown members, keys of unknown type in a set).

mod curve;
mod members;
mod set;
mod thumbprint;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use set::JwkSet;
pub use thumbprint::Thumbprint;

use crate::{Algorithm, KeyError, Kid};
pub(crate) use members::Members;

/// What a key is meant for (`use`, RFC 7517 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyUse {
    /// Signatures.
    Sig,
    /// Encryption.
    Enc,
}

/// Why a key from outside is refused. The words go to whoever registers it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JwkError {
    /// Not JSON, or members of the wrong type, or one named twice.
    #[error("not a JSON Web Key: {0}")]
    Json(String),
    /// The key or set is longer than any real one.
    #[error("the key set is too long: at most {} bytes and {} keys", set::MAX_BYTES, set::MAX_KEYS)]
    TooLong,
    /// It holds its private half. The key must be considered published.
    #[error("the key holds private members ({0}); it must be replaced, and only the public half may be sent")]
    Private(&'static str),
    /// Not EC on P-256, not RSA and not OKP on Ed25519.
    #[error("keys of this type are not supported; send an EC key on P-256, an RSA key or an OKP key on Ed25519")]
    UnknownType,
    /// A member that the type requires is missing.
    #[error("the member {0} is missing")]
    Missing(&'static str),
    /// Not base64url without padding, or a second spelling of the same number.
    #[error("the member {0} is not proper base64url, or has the wrong length")]
    Encoding(&'static str),
    /// An RSA modulus under 2048 or over 8192 bits, or an even one.
    #[error("the RSA modulus has {0} bits; 2048 to 8192 are accepted, and it must be odd")]
    Modulus(usize),
    /// An RSA exponent that is even, below 65537 or absurdly large.
    #[error("the RSA exponent must be odd, at least 65537 and below 2^33")]
    Exponent,
    /// A point beside its curve.
    #[error("the point of the key does not lie on its curve")]
    OffCurve,
    /// A point of Ed25519 for which anybody can sign.
    #[error("the point of the key has small order: anybody could sign for it")]
    SmallOrder,
    /// The key is for encryption, or its `alg` is not one for signatures with this type of key.
    #[error("the key is not one for signatures with an algorithm offered here")]
    NotForSigning,
}

/// The numbers that make the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Material {
    /// A point on P-256, uncompressed: 0x04 ‖ x ‖ y.
    P256(Box<[u8; 65]>),
    /// An RSA modulus and exponent, big-endian without leading zeros.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
    },
    /// A point on Ed25519, as RFC 8032 writes it.
    Ed25519([u8; 32]),
}

/// A public key. Whether a point lies on its curve is checked by each use of it, and by [`PublicJwk::check_point`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Members", into = "Members")]
pub struct PublicJwk {
    pub(crate) kid: Option<Kid>,
    pub(crate) key_use: Option<KeyUse>,
    pub(crate) key_ops: Option<Vec<String>>,
    pub(crate) alg: Option<String>,
    pub(crate) material: Material,
}

impl PublicJwk {
    /// Reads one key from JSON.
    ///
    /// # Errors
    /// See [`JwkError`]; the words say what the sender must change.
    pub fn parse(json: &[u8]) -> Result<Self, JwkError> {
        if json.len() > set::MAX_BYTES {
            return Err(JwkError::TooLong);
        }
        let members: Members = serde_json::from_slice(json).map_err(|error| JwkError::Json(error.to_string()))?;
        members.try_into()
    }

    /// A public key of ours from an uncompressed P-256 point, named by its thumbprint.
    pub(crate) fn from_point(point: &[u8], algorithm: Algorithm) -> Result<Self, KeyError> {
        let point: [u8; 65] = point.try_into().map_err(|_| KeyError::PrivateHalf { algorithm })?;
        Ok(Self::ours(Material::P256(Box::new(point)), algorithm))
    }

    /// A public key of ours from an RSA modulus and exponent, named by its thumbprint.
    pub(crate) fn from_modulus(n: Vec<u8>, e: Vec<u8>, algorithm: Algorithm) -> Self {
        Self::ours(Material::Rsa { n, e }, algorithm)
    }

    /// A public key of ours from a point on Ed25519, named by its thumbprint.
    pub(crate) fn from_ed25519(point: &[u8], algorithm: Algorithm) -> Result<Self, KeyError> {
        let point = point.try_into().map_err(|_| KeyError::PrivateHalf { algorithm })?;
        Ok(Self::ours(Material::Ed25519(point), algorithm))
    }

    fn ours(material: Material, algorithm: Algorithm) -> Self {
        let alg = Some(algorithm.as_str().to_owned());
        let mut jwk = Self { kid: None, key_use: Some(KeyUse::Sig), key_ops: None, alg, material };
        jwk.kid = Some(jwk.thumbprint());
        jwk
    }

    /// The `kid` the key was sent with.
    pub fn kid(&self) -> Option<&Kid> {
        self.kid.as_ref()
    }

    /// What the key says it is for, if it says so.
    pub fn key_use(&self) -> Option<KeyUse> {
        self.key_use
    }

    /// Whether the key says nothing against signatures being verified with it (`use`, `key_ops`: RFC 7517 §4.2, §4.3).
    pub fn may_verify(&self) -> bool {
        let named = self.key_ops.as_ref().is_none_or(|operations| operations.iter().any(|one| one == "verify"));
        named && self.key_use != Some(KeyUse::Enc)
    }

    /// The `alg` member as it was sent; it may be one we do not offer.
    pub fn alg(&self) -> Option<&str> {
        self.alg.as_deref()
    }

    /// Whether keys of this type can serve `algorithm`.
    pub fn suits(&self, algorithm: Algorithm) -> bool {
        let key_type = match self.material {
            Material::P256(_) => "EC",
            Material::Rsa { .. } => "RSA",
            Material::Ed25519(_) => "OKP",
        };
        algorithm.key_type() == key_type
    }

    /// The key's name by its thumbprint: the same key has the same name wherever it is met.
    pub fn thumbprint(&self) -> Kid {
        Kid::new(Thumbprint::of(self).to_string())
    }
}

/// The halves of an uncompressed point.
fn coordinates(point: &[u8; 65]) -> (&[u8], &[u8]) {
    let [_, rest @ ..] = point;
    rest.split_at(32)
}

#[cfg(test)]
mod tests;
