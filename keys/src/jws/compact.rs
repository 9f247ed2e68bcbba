//! Taking a compact serialization apart (RFC 7515 §3.1), and looking into a token before it is verified.

use super::{JwsError, JwsHeader, MAX_TOKEN, header};
use crate::{Kid, b64};

/// A token taken apart; only the header is decoded.
pub(super) struct Parts<'a> {
    pub(super) header: JwsHeader,
    /// What was signed: `BASE64URL(header) ‖ '.' ‖ BASE64URL(payload)`.
    pub(super) signed: &'a str,
    pub(super) payload: &'a str,
    pub(super) signature: &'a str,
}

impl<'a> Parts<'a> {
    pub(super) fn split(token: &'a str) -> Result<Self, JwsError> {
        if token.len() > MAX_TOKEN {
            return Err(JwsError::TooLong);
        }
        match token.bytes().filter(|byte| *byte == b'.').count() {
            2 => {}
            4 => return Err(JwsError::Encrypted),
            _ => return Err(JwsError::NotCompact),
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JwsError::NotCompact)?;
        let (head, payload) = signed.split_once('.').ok_or(JwsError::NotCompact)?;
        let json = b64::decode(head).ok_or(JwsError::Encoding)?;
        Ok(Self { header: header::parse(&json)?, signed, payload, signature })
    }

    pub(super) fn payload(&self) -> Result<Vec<u8>, JwsError> {
        b64::decode(self.payload).ok_or(JwsError::Encoding)
    }
}

/// The `kid` a token names, **unverified**: good for deciding which keys to fetch, for nothing else.
///
/// # Errors
/// As verification would for the form and header of the token.
pub fn peek_kid(token: &str) -> Result<Option<Kid>, JwsError> {
    Ok(Parts::split(token)?.header.kid)
}

/// The payload of a token, **unverified**: good for finding whose keys to verify it with (the `iss` of a client
/// assertion, the `aud` of a hint), for nothing else.
///
/// # Errors
/// As verification would for the form and header of the token.
pub fn peek_payload(token: &str) -> Result<Vec<u8>, JwsError> {
    Parts::split(token)?.payload()
}
