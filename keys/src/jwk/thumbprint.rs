//! Thumbprints of keys (RFC 7638): a digest that is the same wherever the key is met.

use super::{Material, PublicJwk, coordinates};
use crate::{b64, digest::sha256};
use std::fmt;

/// The SHA-256 thumbprint of a public key (RFC 7638 §3), as `jkt` carries it (RFC 9449 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thumbprint(pub [u8; 32]);

impl Thumbprint {
    /// That of a key.
    pub fn of(key: &PublicJwk) -> Self {
        // Members in lexicographic order without spaces; base64url needs no escaping (RFC 7638 §3.3).
        let canonical = match &key.material {
            Material::P256(point) => {
                let (x, y) = coordinates(point);
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, b64::encode(x), b64::encode(y))
            }
            Material::Rsa { n, e } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, b64::encode(e), b64::encode(n))
            }
            // RFC 8037 §2.
            Material::Ed25519(point) => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, b64::encode(point)),
        };
        Self(sha256(canonical.as_bytes()))
    }

    /// Reads one: base64url of 32 bytes. `None`: it is none.
    pub fn parse(text: &str) -> Option<Self> {
        b64::decode_array(text).map(Self)
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&b64::encode(&self.0))
    }
}
