//! The secrets of clients as the database has them: sealed, for one client alone.

use crate::failure::Failure;
use idp_core::ClientId;
use idp_store::Fault;
use keys::{Purpose, Sealer};
use serde::{Deserialize, Serialize};

const CLIENT_SECRETS: Purpose = Purpose::new("client_secrets");

/// A client secret as stored, sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct StoredSecret {
    /// The secret.
    pub secret: String,
    /// After a rotation the old one works until then, in milliseconds.
    pub expires_at: Option<i64>,
}

/// Opens a client's secrets.
///
/// # Errors
/// When they do not open.
pub fn open_secrets(sealer: &Sealer, id: &ClientId, sealed: &[u8]) -> Result<Vec<StoredSecret>, Fault> {
    let plain = sealer.open_bytes(CLIENT_SECRETS, id.as_str().as_bytes(), sealed)?;
    Ok(serde_json::from_slice(&plain)?)
}

/// Seals a client's secrets anew that a sealing key of before sealed.
///
/// # Errors
/// When they do not open, or randomness fails.
pub fn reseal_secrets(sealer: &Sealer, id: &str, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
    let plain = sealer.open_bytes(CLIENT_SECRETS, id.as_bytes(), sealed).map_err(Fault::from)?;
    Ok(sealer.seal_bytes(CLIENT_SECRETS, id.as_bytes(), &zeroize::Zeroizing::new(plain))?)
}

/// Seals a client's secrets, for that client alone.
///
/// # Errors
/// When randomness fails.
pub fn seal_secrets(sealer: &Sealer, id: &ClientId, secrets: &[StoredSecret]) -> Result<Vec<u8>, Failure> {
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(secrets)?);
    Ok(sealer.seal_bytes(CLIENT_SECRETS, id.as_str().as_bytes(), &plain)?)
}
