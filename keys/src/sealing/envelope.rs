//! `salt ‖ ciphertext ‖ tag`: the part that sealed values and wrapped keys have in common.

use ::ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf,
};

use crate::{KeyError, random::random};

pub(crate) const SALT_LEN: usize = 24;
pub(crate) const TAG_LEN: usize = 16;
/// What sealing adds to the length.
pub(crate) const OVERHEAD: usize = SALT_LEN + TAG_LEN;

/// The AEAD key of one value. The salt stands last and has a fixed length, so that no two pairs of purpose and salt
/// give the same input to the derivation.
fn derive(prk: &hkdf::Prk, [first, second]: [&[u8]; 2], salt: &[u8]) -> Option<LessSafeKey> {
    let info = [first, second, salt];
    let key = prk.expand(&info, &AES_256_GCM).ok()?;
    Some(LessSafeKey::new(UnboundKey::from(key)))
}

/// Zero, because each key is used for one value only.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

/// Appends `salt ‖ ciphertext ‖ tag` to `out`, encrypting in place.
pub(crate) fn seal_with(
    prk: &hkdf::Prk,
    info: [&[u8]; 2],
    context: &[u8],
    plain: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), KeyError> {
    let salt = random::<SALT_LEN>()?;
    let key = derive(prk, info, &salt).ok_or(KeyError::Sealing)?;
    out.extend_from_slice(&salt);
    let start = out.len();
    out.extend_from_slice(plain);
    let body = out.get_mut(start..).ok_or(KeyError::Sealing)?;
    let tag = key.seal_in_place_separate_tag(nonce(), Aad::from(context), body).map_err(|_| KeyError::Sealing)?;
    out.extend_from_slice(tag.as_ref());
    Ok(())
}

/// Opens `salt ‖ ciphertext ‖ tag` that starts at `start` of `sealed`, in the buffer it came in.
pub(crate) fn open_with(
    prk: &hkdf::Prk,
    info: [&[u8]; 2],
    context: &[u8],
    mut sealed: Vec<u8>,
    start: usize,
) -> Option<Vec<u8>> {
    let body = start + SALT_LEN;
    let key = derive(prk, info, sealed.get(start..body)?)?;
    // The plaintext moves to the front of the buffer.
    let length = key.open_within(nonce(), Aad::from(context), &mut sealed, body..).ok()?.len();
    sealed.truncate(length);
    Some(sealed)
}
