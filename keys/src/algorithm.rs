//! The signature algorithms offered, as one table. A further one joins by a variant and a row.

use std::{fmt, str::FromStr};

use ::ring::{digest, signature};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{KeyError, b64, error::excerpt};

/// A signature algorithm (RFC 7518 §3.1). `none` and the HMAC algorithms are not in it, so that no code path can meet
/// them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256: what we recommend.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256: the interoperable default (OpenID Connect Core §15.1).
    Rs256,
    /// RSASSA-PSS with SHA-256 (RFC 7518 §3.5).
    Ps256,
    /// Ed25519 (RFC 8037 §3.1); of the curves of `EdDSA` the one that is offered.
    EdDsa,
}

/// What an algorithm needs of `ring`, by family of keys.
#[derive(Clone, Copy)]
pub(crate) enum Family {
    /// `kty` `EC`.
    Ec {
        /// The name of the curve (`crv`).
        curve: &'static str,
        /// Signs with fixed-length output (RFC 7518 §3.4), not DER.
        sign: &'static signature::EcdsaSigningAlgorithm,
        /// Verifies the same.
        verify: &'static signature::EcdsaVerificationAlgorithm,
    },
    /// `kty` `RSA`.
    Rsa {
        /// The padding to sign with.
        sign: &'static dyn signature::RsaEncoding,
        /// Verifies; the parameters also refuse moduli under 2048 bits.
        verify: &'static signature::RsaParameters,
    },
    /// `kty` `OKP` (RFC 8037 §2) on Ed25519.
    Ed25519,
}

struct Row {
    algorithm: Algorithm,
    name: &'static str,
    hash: &'static digest::Algorithm,
    family: Family,
}

static ES256: Row = Row {
    algorithm: Algorithm::Es256,
    name: "ES256",
    hash: &digest::SHA256,
    family: Family::Ec {
        curve: "P-256",
        sign: &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        verify: &signature::ECDSA_P256_SHA256_FIXED,
    },
};

static RS256: Row = Row {
    algorithm: Algorithm::Rs256,
    name: "RS256",
    hash: &digest::SHA256,
    family: Family::Rsa { sign: &signature::RSA_PKCS1_SHA256, verify: &signature::RSA_PKCS1_2048_8192_SHA256 },
};

static PS256: Row = Row {
    algorithm: Algorithm::Ps256,
    name: "PS256",
    hash: &digest::SHA256,
    family: Family::Rsa { sign: &signature::RSA_PSS_SHA256, verify: &signature::RSA_PSS_2048_8192_SHA256 },
};

/// Ed25519 hashes with SHA-512 itself, and so do `at_hash` and its like.
static ED_DSA: Row = Row { algorithm: Algorithm::EdDsa, name: "EdDSA", hash: &digest::SHA512, family: Family::Ed25519 };

static TABLE: [&Row; 4] = [&ES256, &RS256, &PS256, &ED_DSA];

impl Algorithm {
    /// Every algorithm, the recommended one first.
    pub const ALL: &'static [Self] = &[Self::Es256, Self::Rs256, Self::Ps256, Self::EdDsa];

    /// Those there is a ring of keys for from the start; of the others when an administrator makes the first key.
    pub const FROM_THE_START: &'static [Self] = &[Self::Es256, Self::Rs256];

    fn row(self) -> &'static Row {
        match self {
            Self::Es256 => &ES256,
            Self::Rs256 => &RS256,
            Self::Ps256 => &PS256,
            Self::EdDsa => &ED_DSA,
        }
    }

    /// The name used in `alg` (RFC 7518 §3.1).
    pub fn as_str(self) -> &'static str {
        self.row().name
    }

    /// The `kty` of its keys (RFC 7518 §6.1).
    pub fn key_type(self) -> &'static str {
        match self.row().family {
            Family::Ec { .. } => "EC",
            Family::Rsa { .. } => "RSA",
            Family::Ed25519 => "OKP",
        }
    }

    /// The `crv` of its keys, if they lie on a curve (RFC 7518 §6.2.1.1, RFC 8037 §2).
    pub fn curve(self) -> Option<&'static str> {
        match self.row().family {
            Family::Ec { curve, .. } => Some(curve),
            Family::Rsa { .. } => None,
            Family::Ed25519 => Some("Ed25519"),
        }
    }

    /// `at_hash`, `c_hash` and `s_hash`: base64url of the left half of the hash that belongs to the algorithm
    /// (OpenID Connect Core §3.1.3.6, §3.3.2.11).
    pub fn half_hash(self, value: &str) -> String {
        let hash = digest::digest(self.row().hash, value.as_bytes());
        let half = hash.as_ref().len() / 2;
        b64::encode(hash.as_ref().get(..half).unwrap_or_default())
    }

    pub(crate) fn family(self) -> Family {
        self.row().family
    }
}

/// The names of all, for messages.
pub(crate) fn names() -> String {
    let names: Vec<_> = Algorithm::ALL.iter().map(|algorithm| algorithm.as_str()).collect();
    names.join(", ")
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = KeyError;

    /// Exact and case-sensitive (RFC 7515 §4.1.1).
    fn from_str(name: &str) -> Result<Self, KeyError> {
        let row = TABLE.iter().find(|row| row.name == name);
        row.map(|row| row.algorithm).ok_or_else(|| KeyError::UnknownAlgorithm { name: excerpt(name) })
    }
}

impl Serialize for Algorithm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Algorithm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
