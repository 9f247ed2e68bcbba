//! Keys and helpers that several test files share.

use std::sync::LazyLock;

use crate::{Algorithm, PrivateKeyDer, SigningKey, b64, generate};

static RSA: LazyLock<PrivateKeyDer> = LazyLock::new(|| generate(Algorithm::Rs256).unwrap());

/// A fresh ES256 key.
pub(crate) fn es256() -> SigningKey {
    SigningKey::parse(Algorithm::Es256, generate(Algorithm::Es256).unwrap().as_bytes()).unwrap()
}

/// The one RS256 key of the test run; generating it takes a moment.
pub(crate) fn rs256() -> SigningKey {
    SigningKey::parse(Algorithm::Rs256, RSA.as_bytes()).unwrap()
}

/// A PS256 key: the same numbers under another algorithm.
pub(crate) fn ps256() -> SigningKey {
    SigningKey::parse(Algorithm::Ps256, RSA.as_bytes()).unwrap()
}

/// A fresh Ed25519 key.
pub(crate) fn eddsa() -> SigningKey {
    SigningKey::parse(Algorithm::EdDsa, generate(Algorithm::EdDsa).unwrap().as_bytes()).unwrap()
}

/// A token with this header and payload and a signature of these bytes.
pub(crate) fn token(header: &str, payload: &[u8], signature: &[u8]) -> String {
    format!("{}.{}.{}", b64::encode(header.as_bytes()), b64::encode(payload), b64::encode(signature))
}

/// Bytes from hexadecimal.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// Seeded pseudo-random numbers (SplitMix64), so that a failing run can be repeated.
pub(crate) struct Seeded(pub(crate) u64);

impl Seeded {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}
