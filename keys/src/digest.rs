//! SHA-256, HMAC-SHA-256, comparison in constant time, and strict base64url.

use std::fmt;

use ::ring::{digest, hmac};
use subtle::ConstantTimeEq;

/// SHA-256 (FIPS 180-4).
pub fn sha256(data: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, data).as_ref());
    out
}

/// A key for HMAC-SHA-256, parsed once: both of its inner hash states are kept ready.
#[derive(Clone)]
pub struct MacKey(hmac::Key);

impl MacKey {
    /// Makes the key from 32 random bytes.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }
}

impl MacKey {
    /// Makes the key from a secret of any form that two parties share. `None`: it is shorter than the 32 bytes that HS256 wants
    /// (RFC 7518 §3.2).
    pub fn of_secret(secret: &[u8]) -> Option<Self> {
        (secret.len() >= 32).then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }
}

impl From<[u8; 32]> for MacKey {
    fn from(secret: [u8; 32]) -> Self {
        Self::new(&secret)
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKey(..)")
    }
}

/// HMAC-SHA-256 (RFC 2104).
pub fn hmac_sha256(key: &MacKey, data: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(hmac::sign(&key.0, data).as_ref());
    out
}

/// HMAC-SHA-256 of what comes piece by piece.
#[derive(Clone)]
pub struct Mac(hmac::Context);

impl Mac {
    /// Of nothing yet.
    pub fn new(key: &MacKey) -> Self {
        Self(hmac::Context::with_key(&key.0))
    }

    /// Goes on with these bytes.
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// Of all that came.
    pub fn finish(self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(self.0.sign().as_ref());
        out
    }
}

/// Whether two byte strings are equal, in a time that depends on their lengths only: how far a guess is right must not
/// be measurable.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// base64url without padding (RFC 4648 §5, RFC 7515 §2), strict: padding, foreign characters and non-zero trailing
/// bits are refused, so that one value has exactly one spelling.
pub mod b64 {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    /// Encodes without padding.
    pub fn encode(data: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(data)
    }

    /// Appends the encoding to `out`.
    pub fn encode_onto(data: &[u8], out: &mut String) {
        URL_SAFE_NO_PAD.encode_string(data, out);
    }

    /// How many characters `length` bytes take.
    pub const fn encoded_len(length: usize) -> usize {
        length.saturating_mul(4).div_ceil(3)
    }

    /// Decodes; `None` unless `text` is the one spelling of some bytes.
    pub fn decode(text: &str) -> Option<Vec<u8>> {
        URL_SAFE_NO_PAD.decode(text).ok()
    }

    /// Decodes exactly `N` bytes.
    pub fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
        if text.len() != encoded_len(N) {
            return None;
        }
        decode(text)?.try_into().ok()
    }
}

#[cfg(test)]
mod tests;
