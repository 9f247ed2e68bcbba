//! RSA key generation, the one thing `ring` cannot do. Nothing else of the crate `rsa` is used: its private-key
//! operations are not constant time (RUSTSEC-2023-0071).

use ::ring::hmac;
use rsa::{
    RsaPrivateKey,
    pkcs8::EncodePrivateKey,
    rand_core::{CryptoRng, Error, RngCore},
};
use zeroize::Zeroizing;

use crate::{Algorithm, KeyError, random::random};

/// An RSA key of `bits` bits with exponent 65537, as PKCS#8 DER.
pub(crate) fn generate_rsa(bits: usize) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let failed = KeyError::Generation { algorithm: Algorithm::Rs256 };
    let mut bytes = Expanded::from_system()?;
    let key = RsaPrivateKey::new(&mut bytes, bits).map_err(|_| failed.clone())?;
    let der = key.to_pkcs8_der().map_err(|_| failed)?;
    Ok(Zeroizing::new(der.as_bytes().to_vec()))
}

/// A stream of random bytes from one seed of 256 bits: HMAC-SHA-256 in counter mode (NIST SP 800-108 §4.1).
///
/// The generator's trait cannot report that the operating system has no randomness; here that shows before the first
/// prime is tried.
struct Expanded {
    key: hmac::Key,
    counter: u64,
    block: Zeroizing<[u8; 32]>,
    used: usize,
}

impl Expanded {
    fn from_system() -> Result<Self, KeyError> {
        let seed = Zeroizing::new(random::<32>()?);
        let key = hmac::Key::new(hmac::HMAC_SHA256, seed.as_ref());
        Ok(Self { key, counter: 0, block: Zeroizing::new([0; 32]), used: 32 })
    }

    fn next_byte(&mut self) -> u8 {
        if self.used >= self.block.len() {
            self.block.copy_from_slice(hmac::sign(&self.key, &self.counter.to_be_bytes()).as_ref());
            self.counter = self.counter.wrapping_add(1);
            self.used = 0;
        }
        let byte = self.block.get(self.used).copied().unwrap_or_default();
        self.used += 1;
        byte
    }
}

impl RngCore for Expanded {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        for byte in out {
            *byte = self.next_byte();
        }
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Expanded {}
