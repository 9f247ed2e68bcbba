//! What a message says beside the words of its purpose, sealed for its row.

use crate::failure::Failure;
use idp_store::Fault;
use keys::{Purpose, Sealer};

const PURPOSE: Purpose = Purpose::new("message/content");

/// Seals it.
///
/// # Errors
/// When randomness fails.
pub fn seal(sealer: &Sealer, message: &str, content: &str) -> Result<Vec<u8>, Failure> {
    Ok(sealer.seal_bytes(PURPOSE, message.as_bytes(), content.as_bytes())?)
}

/// Opens it.
///
/// # Errors
/// When it does not open.
pub fn open(sealer: &Sealer, message: &str, sealed: &[u8]) -> Result<String, Fault> {
    let plain = sealer.open_bytes(PURPOSE, message.as_bytes(), sealed)?;
    String::from_utf8(plain).map_err(|_| Fault::corrupt("content of a message"))
}
