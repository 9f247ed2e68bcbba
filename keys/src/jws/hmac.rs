//! HS256 (RFC 7518 §3.2), for a client that proves it has its secret (`client_secret_jwt`) and for nothing else.
//!
//! It stands apart from [`Verifier`](super::Verifier): here are no public keys, there is no HMAC, so that neither can be talked
//! into doing the other's work (RFC 8725 §3.1).

use super::{JwsError, Typ, compact::Segments, header};
use crate::{MacKey, hmac_sha256, same};

/// The only HMAC algorithm there is.
pub const HS256: &str = "HS256";

/// Verifies a compact JWS whose `alg` is HS256 with any of the keys, and its `typ`. Gives the payload; claims are the caller's to judge.
///
/// # Errors
/// See [`JwsError`]. [`JwsError::Algorithm`] for every other `alg`.
pub fn verify_hs256<'a>(
    keys: impl IntoIterator<Item = &'a MacKey>,
    token: &str,
    typ: Typ<'_>,
) -> Result<Vec<u8>, JwsError> {
    let segments = Segments::split(token)?;
    let header = header::read(&segments.header)?;
    if header.alg != HS256 {
        return Err(JwsError::Algorithm(crate::error::excerpt(&header.alg)));
    }
    if !header::fits(header.typ.as_deref(), typ) {
        return Err(JwsError::Typ);
    }
    let (payload, given) = (segments.payload()?, segments.signature()?);
    let right = |found, key| found | same(&hmac_sha256(key, segments.signed.as_bytes()), &given);
    if keys.into_iter().fold(false, right) { Ok(payload) } else { Err(JwsError::Signature) }
}
