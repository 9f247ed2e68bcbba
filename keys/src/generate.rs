//! New private keys.

use std::fmt;

use ::ring::signature::{EcdsaKeyPair, Ed25519KeyPair};
use zeroize::Zeroizing;

use crate::{Algorithm, KeyError, algorithm::Family, generate_rsa::generate_rsa, random::system};

/// The size of RSA keys unless asked otherwise, and the least JWA allows (RFC 7518 §3.3). 3072 is offered for those who
/// need 128 bits of security; every signature then costs about three times as much.
pub const RSA_BITS: usize = 2048;

/// A private key as PKCS#8 DER (RFC 5958). Wiped when dropped, never printed.
#[derive(Clone)]
pub struct PrivateKeyDer(Zeroizing<Vec<u8>>);

impl PrivateKeyDer {
    /// Takes DER read from storage. It is judged when a [`SigningKey`](crate::SigningKey) is made of it.
    pub fn new(der: Zeroizing<Vec<u8>>) -> Self {
        Self(der)
    }

    /// The DER, to be wrapped or parsed and nothing else.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for PrivateKeyDer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKeyDer(..)")
    }
}

/// Generates a private key for `algorithm`. RSA takes up to a second or so of computing: never inside a transaction.
///
/// # Errors
/// [`KeyError::Generation`] or [`KeyError::NoRandomness`].
pub fn generate(algorithm: Algorithm) -> Result<PrivateKeyDer, KeyError> {
    match algorithm.family() {
        Family::Ec { sign, .. } => {
            let document =
                EcdsaKeyPair::generate_pkcs8(sign, system()).map_err(|_| KeyError::Generation { algorithm })?;
            Ok(PrivateKeyDer(Zeroizing::new(document.as_ref().to_vec())))
        }
        Family::Rsa { .. } => generate_rsa_key(RSA_BITS),
        Family::Ed25519 => {
            let document = Ed25519KeyPair::generate_pkcs8(system()).map_err(|_| KeyError::Generation { algorithm })?;
            Ok(PrivateKeyDer(Zeroizing::new(document.as_ref().to_vec())))
        }
    }
}

/// Generates an RSA private key of 2048 or 3072 bits.
///
/// # Errors
/// [`KeyError::RsaSize`] for other sizes; otherwise as [`generate`].
pub fn generate_rsa_key(bits: usize) -> Result<PrivateKeyDer, KeyError> {
    match bits {
        2048 | 3072 => generate_rsa(bits).map(PrivateKeyDer),
        _ => Err(KeyError::RsaSize { bits }),
    }
}

#[cfg(test)]
mod tests;
