//! Taking a compact serialization apart (RFC 7515 §3.1), and looking into a token before it is verified.

use super::{JwsError, JwsHeader, MAX_TOKEN, header};
use crate::{Kid, b64};

/// A token taken apart, nothing of it judged.
pub(super) struct Segments<'a> {
    /// The JOSE header, as JSON.
    pub(super) header: Vec<u8>,
    /// What was signed: `BASE64URL(header) ‖ '.' ‖ BASE64URL(payload)`.
    pub(super) signed: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Segments<'a> {
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
        Ok(Self { header: b64::decode(head).ok_or(JwsError::Encoding)?, signed, payload, signature })
    }

    pub(super) fn payload(&self) -> Result<Vec<u8>, JwsError> {
        b64::decode(self.payload).ok_or(JwsError::Encoding)
    }

    pub(super) fn signature(&self) -> Result<Vec<u8>, JwsError> {
        b64::decode(self.signature).ok_or(JwsError::Encoding)
    }
}

/// A token taken apart whose header names an algorithm of ours.
pub(super) struct Parts<'a> {
    pub(super) header: JwsHeader,
    pub(super) segments: Segments<'a>,
}

impl<'a> Parts<'a> {
    pub(super) fn split(token: &'a str) -> Result<Self, JwsError> {
        let segments = Segments::split(token)?;
        Ok(Self { header: header::parse(&segments.header)?, segments })
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
/// assertion, the `aud` of a hint), for nothing else. Its header is not looked at: an assertion may be an HMAC.
///
/// # Errors
/// As verification would for the form of the token.
pub fn peek_payload(token: &str) -> Result<Vec<u8>, JwsError> {
    Segments::split(token)?.payload()
}
