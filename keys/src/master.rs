//! The master key: 32 bytes in a file that only the provider may read. It wraps keys and never data, so that changing
//! it means wrapping a few rows anew.

use std::fmt;

use ::ring::hkdf;
use zeroize::Zeroizing;

use crate::{
    KeyError, MacKey, b64, hmac_sha256,
    random::random,
    same,
    sealing::{OVERHEAD, Purpose, open_with, seal_with},
};

/// Sets wrapped keys apart from every sealed value, should the same 32 bytes ever serve as both.
const WRAP: &[u8] = b"shenfen/master/wrap\0";
const CHECK: &[u8] = b"shenfen/master/check\0";
const BACKUP: &[u8] = b"shenfen/master/backup\0";
/// The longest wrapped value opened, in bytes.
const MAX_WRAPPED: usize = 64 * 1024;

/// The key that wraps keys. Never printed.
pub struct MasterKey {
    secret: Zeroizing<[u8; 32]>,
    prk: hkdf::Prk,
}

impl MasterKey {
    fn new(secret: Zeroizing<[u8; 32]>) -> Self {
        let prk = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, secret.as_ref());
        Self { secret, prk }
    }

    /// A new master key.
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`].
    pub fn generate() -> Result<Self, KeyError> {
        Ok(Self::new(Zeroizing::new(random()?)))
    }

    /// Reads the contents of a key file: one line of base64url. White space around it is allowed.
    ///
    /// # Errors
    /// [`KeyError::MasterKeyText`].
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        b64::decode_array(text.trim()).map(|secret| Self::new(Zeroizing::new(secret))).ok_or(KeyError::MasterKeyText)
    }

    /// The contents of a key file.
    pub fn render(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(b64::encoded_len(32) + 1));
        b64::encode_onto(self.secret.as_ref(), &mut text);
        text.push('\n');
        text
    }

    /// Encrypts a key for storage: `salt (24) ‖ ciphertext ‖ tag (16)`.
    ///
    /// # Errors
    /// [`KeyError::TooLong`], [`KeyError::NoRandomness`] or [`KeyError::Sealing`].
    pub fn wrap(&self, purpose: Purpose, secret: &[u8]) -> Result<Vec<u8>, KeyError> {
        let length = OVERHEAD + secret.len();
        if length > MAX_WRAPPED {
            return Err(KeyError::TooLong { length });
        }
        let mut wrapped = Vec::with_capacity(length);
        seal_with(&self.prk, [WRAP, purpose.as_str().as_bytes()], &[], secret, &mut wrapped)?;
        Ok(wrapped)
    }

    /// Decrypts what [`MasterKey::wrap`] encrypted for the same purpose.
    ///
    /// # Errors
    /// [`KeyError::Unwrapping`].
    pub fn unwrap(&self, purpose: Purpose, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        if !(OVERHEAD..=MAX_WRAPPED).contains(&wrapped.len()) {
            return Err(KeyError::Unwrapping);
        }
        open_with(&self.prk, [WRAP, purpose.as_str().as_bytes()], &[], wrapped.to_vec(), 0)
            .map(Zeroizing::new)
            .ok_or(KeyError::Unwrapping)
    }

    /// A value that tells master keys apart and reveals nothing of them. The database holds it, so that a node with
    /// another key file refuses to start and can say why.
    pub fn check_value(&self) -> [u8; 16] {
        let mac = hmac_sha256(&MacKey::new(&self.secret), CHECK);
        mac.first_chunk().copied().unwrap_or_default()
    }

    /// The key that signs backups: who has a backup and not the master key can neither change it nor make one.
    pub fn backup_key(&self) -> MacKey {
        MacKey::new(&hmac_sha256(&MacKey::new(&self.secret), BACKUP))
    }

    /// Whether this is the master key the check value was made of.
    pub fn matches_check_value(&self, value: &[u8]) -> bool {
        same(&self.check_value(), value)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

#[cfg(test)]
mod tests;
