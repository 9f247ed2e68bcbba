//! Verifying a token by the key that its own header carries: a proof that somebody holds a key (RFC 9449 §4.2), and no
//! proof of who that is.

use super::{JwsError, Typ, VerifiedJws, VerifyingKey, compact::Parts};
use crate::{Algorithm, JwkError, PublicJwk, b64, jwk::Members};
use serde::Deserialize;

/// What the header says beside the members that every token has. Those named twice were refused before.
#[derive(Deserialize)]
struct Carried {
    jwk: Option<Members>,
}

/// Verifies a compact JWS by the `jwk` of its header, whose algorithm must be one of `allowed`; gives the key with it.
///
/// # Errors
/// See [`JwsError`]. A key that holds its private half is refused, as is one that says it is for something else.
pub fn verify_by_own_key(
    token: &str,
    typ: Typ<'_>,
    allowed: &[Algorithm],
) -> Result<(VerifiedJws, PublicJwk), JwsError> {
    let parts = Parts::split(token)?;
    if !parts.header.has_type(typ) {
        return Err(JwsError::Typ);
    }
    if !allowed.contains(&parts.header.alg) {
        return Err(JwsError::Algorithm(parts.header.alg.to_string()));
    }
    let own = carried(token)?;
    let key = VerifyingKey::with_algorithm(&own, parts.header.alg).map_err(JwsError::OwnKey)?;
    // Whatever kid the token names: there is one key it can be.
    Ok((key.verified(parts)?, own))
}

fn carried(token: &str) -> Result<PublicJwk, JwsError> {
    let head = token.split('.').next().unwrap_or_default();
    let json = b64::decode(head).ok_or(JwsError::Encoding)?;
    let unreadable = |error: serde_json::Error| JwsError::OwnKey(JwkError::Json(error.to_string()));
    let carried: Carried = serde_json::from_slice(&json).map_err(unreadable)?;
    carried.jwk.ok_or(JwsError::NoOwnKey)?.try_into().map_err(JwsError::OwnKey)
}
