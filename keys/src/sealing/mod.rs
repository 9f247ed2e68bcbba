//! Sealed values: AES-256-GCM under a key that is derived anew for each value.
//!
//! Layout: `key id (4) ‖ salt (24 random) ‖ ciphertext ‖ tag (16)`. The AEAD key is HKDF-SHA-256-Expand
//! (RFC 5869 §2.3) of the sealing key with `purpose ‖ 0x00 ‖ salt` as info; because it serves one value only, the nonce
//! is zero. Random 96-bit nonces under one key would end its life after 2³² values (NIST SP 800-38D §8.3); 192 bits
//! of salt do not run out.
//!
//! A value sealed for one [`Purpose`] never opens for another, and a context given when sealing must be given again.

mod envelope;
pub mod fields;
mod key;

use std::collections::BTreeMap;

use thiserror::Error;

pub use fields::{FieldsError, Reader, Writer};
pub use key::{SealingKey, SealingKeyId};

pub(crate) use envelope::{OVERHEAD, open_with, seal_with};

use crate::{KeyError, b64};

/// The longest sealed value opened, in bytes or in characters of base64url.
pub const MAX_SEALED: usize = 64 * 1024;

const ID_LEN: usize = 4;

/// What a value is sealed for, such as `"token/refresh"`. Part of the key derivation, so that a refresh token can never
/// be taken for a code however alike their contents are.
///
/// The name may be any text: it is followed by a zero byte and then by a salt of fixed length, so that no two names give
/// the same derivation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Purpose(pub &'static str);

impl Purpose {
    /// Names a purpose. Meant for constants.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// Why a sealed value does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// Not base64url, too short or too long to be a sealed value.
    #[error("not a sealed value")]
    Malformed,
    /// Sealed with a key that is not in memory; perhaps another node made it just now.
    #[error("sealed with the unknown key {0}")]
    UnknownKey(SealingKeyId),
    /// Changed, made by somebody else, or sealed for another purpose or context.
    #[error("the sealed value does not open")]
    Forged,
}

/// The sealing keys in force: one that seals, and all that open.
#[derive(Debug)]
pub struct Sealer {
    current: SealingKey,
    others: BTreeMap<SealingKeyId, SealingKey>,
}

impl Sealer {
    /// Seals with `current`, opens with it and with `others`.
    pub fn new(current: SealingKey, others: impl IntoIterator<Item = SealingKey>) -> Self {
        let others = others.into_iter().map(|key| (key.id(), key)).collect();
        Self { current, others }
    }

    /// The name that a sealed text carries of its key. `None`: it is no sealed value.
    pub fn key_named_in(sealed: &str) -> Option<SealingKeyId> {
        let bytes: [u8; 6] = b64::decode_array(sealed.get(..8)?)?;
        bytes.first_chunk().copied().map(SealingKeyId)
    }

    /// The id of the key that seals.
    pub fn current(&self) -> SealingKeyId {
        self.current.id()
    }

    /// Whether values sealed with this key open here.
    pub fn knows(&self, id: SealingKeyId) -> bool {
        self.key(id).is_some()
    }

    fn key(&self, id: SealingKeyId) -> Option<&SealingKey> {
        if id == self.current.id() { Some(&self.current) } else { self.others.get(&id) }
    }

    /// Seals bytes for a purpose, bound to a context (such as the row and column they are stored in) that is not
    /// stored and must be given again.
    ///
    /// # Errors
    /// [`KeyError::TooLong`] if it could not be opened again, [`KeyError::NoRandomness`], [`KeyError::Sealing`].
    pub fn seal_bytes(&self, purpose: Purpose, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, KeyError> {
        let length = ID_LEN + OVERHEAD + plain.len();
        if length > MAX_SEALED {
            return Err(KeyError::TooLong { length });
        }
        let mut sealed = Vec::with_capacity(length);
        sealed.extend_from_slice(&self.current.id().0);
        let info = [purpose.0.as_bytes(), &[0]];
        seal_with(self.current.prk(), info, context, plain, &mut sealed)?;
        Ok(sealed)
    }

    /// Opens what [`Sealer::seal_bytes`] sealed for the same purpose and context.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open_bytes(&self, purpose: Purpose, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        if sealed.len() > MAX_SEALED {
            return Err(OpenError::Malformed);
        }
        self.open_vec(purpose, context, sealed.to_vec())
    }

    /// Seals bytes for a purpose as text for URLs and pages: base64url without padding.
    ///
    /// # Errors
    /// As [`Sealer::seal_bytes`].
    pub fn seal(&self, purpose: Purpose, plain: &[u8]) -> Result<String, KeyError> {
        let length = b64::encoded_len(ID_LEN + OVERHEAD + plain.len());
        if length > MAX_SEALED {
            return Err(KeyError::TooLong { length });
        }
        Ok(b64::encode(&self.seal_bytes(purpose, &[], plain)?))
    }

    /// Opens what [`Sealer::seal`] sealed for the same purpose.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(&self, purpose: Purpose, sealed: &str) -> Result<Vec<u8>, OpenError> {
        if sealed.len() > MAX_SEALED {
            return Err(OpenError::Malformed);
        }
        self.open_vec(purpose, &[], b64::decode(sealed).ok_or(OpenError::Malformed)?)
    }

    fn open_vec(&self, purpose: Purpose, context: &[u8], sealed: Vec<u8>) -> Result<Vec<u8>, OpenError> {
        if sealed.len() < ID_LEN + OVERHEAD {
            return Err(OpenError::Malformed);
        }
        let id = SealingKeyId(sealed.first_chunk().copied().ok_or(OpenError::Malformed)?);
        let key = self.key(id).ok_or(OpenError::UnknownKey(id))?;
        let info = [purpose.0.as_bytes(), &[0]];
        open_with(key.prk(), info, context, sealed, ID_LEN).ok_or(OpenError::Forged)
    }
}

#[cfg(test)]
mod tests;
