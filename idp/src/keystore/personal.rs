//! Personal data at rest: each column sealed for its account, and a blind index for equality.

use crate::failure::Failure;
use idp_store::Fault;
use keys::{MacKey, Purpose, Sealer, hmac_sha256};

const NATIONAL_ID: Purpose = Purpose::new("national_id");
const CLAIMS: Purpose = Purpose::new("further_claims");

/// Seals a 身分證字號 for its account.
///
/// # Errors
/// When randomness fails.
pub fn seal_national_id(sealer: &Sealer, account: &str, number: &str) -> Result<Vec<u8>, Failure> {
    Ok(sealer.seal_bytes(NATIONAL_ID, account.as_bytes(), number.as_bytes())?)
}

/// Opens a 身分證字號.
///
/// # Errors
/// When it does not open.
pub fn open_national_id(sealer: &Sealer, account: &str, sealed: &[u8]) -> Result<String, Fault> {
    let plain = sealer.open_bytes(NATIONAL_ID, account.as_bytes(), sealed)?;
    String::from_utf8(plain).map_err(|_| Fault::corrupt("national ID"))
}

/// Seals further standard claims (a JSON object) for their account.
///
/// # Errors
/// When randomness fails.
pub fn seal_claims(sealer: &Sealer, account: &str, json: &[u8]) -> Result<Vec<u8>, Failure> {
    Ok(sealer.seal_bytes(CLAIMS, account.as_bytes(), json)?)
}

/// Opens further standard claims.
///
/// # Errors
/// When they do not open.
pub fn open_claims(sealer: &Sealer, account: &str, sealed: &[u8]) -> Result<Vec<u8>, Fault> {
    Ok(sealer.open_bytes(CLAIMS, account.as_bytes(), sealed)?)
}

/// Seals a 身分證字號 anew that a sealing key of before sealed.
///
/// # Errors
/// When it does not open, or randomness fails.
pub fn reseal_national_id(sealer: &Sealer, account: &str, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
    reseal(sealer, NATIONAL_ID, account, sealed)
}

/// The same for further standard claims.
///
/// # Errors
/// When they do not open, or randomness fails.
pub fn reseal_claims(sealer: &Sealer, account: &str, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
    reseal(sealer, CLAIMS, account, sealed)
}

fn reseal(sealer: &Sealer, purpose: Purpose, account: &str, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
    let plain = sealer.open_bytes(purpose, account.as_bytes(), sealed).map_err(Fault::from)?;
    Ok(sealer.seal_bytes(purpose, account.as_bytes(), &zeroize::Zeroizing::new(plain))?)
}

/// What two accounts with the same number have in common, for whoever has the key.
pub fn blind_index(key: &MacKey, number: &str) -> [u8; 32] {
    hmac_sha256(key, number.to_ascii_uppercase().as_bytes())
}
