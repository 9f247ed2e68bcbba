//! A sealing key and its name.

use std::{fmt, str::FromStr};

use ::ring::hkdf;
use zeroize::Zeroizing;

use crate::{KeyError, random::random};

/// The name of a sealing key, written in front of each value it sealed. Shown as eight hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SealingKeyId(pub [u8; 4]);

impl fmt::Display for SealingKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for SealingKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKeyId({self})")
    }
}

impl FromStr for SealingKeyId {
    type Err = super::OpenError;

    /// Eight lower-case hexadecimal digits, as displayed.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let proper = text.len() == 8 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let number = u32::from_str_radix(text, 16).ok().filter(|_| proper);
        number.map(|number| Self(number.to_be_bytes())).ok_or(super::OpenError::Malformed)
    }
}

/// A sealing key, prepared for derivation. Never printed.
#[derive(Clone)]
pub struct SealingKey {
    id: SealingKeyId,
    secret: Zeroizing<[u8; 32]>,
    prk: hkdf::Prk,
}

impl SealingKey {
    /// Takes a key from storage. The secret is uniformly random, so that HKDF-Extract may be left out
    /// (RFC 5869 §3.3).
    pub fn new(id: SealingKeyId, secret: [u8; 32]) -> Self {
        let prk = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, &secret);
        Self { id, secret: Zeroizing::new(secret), prk }
    }

    /// A new key under a new name.
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`].
    pub fn generate() -> Result<Self, KeyError> {
        Ok(Self::new(SealingKeyId(random()?), random()?))
    }

    /// Its name.
    pub fn id(&self) -> SealingKeyId {
        self.id
    }

    /// The secret itself, to be wrapped by the master key and nothing else.
    pub fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    pub(super) fn prk(&self) -> &hkdf::Prk {
        &self.prk
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({})", self.id)
    }
}
