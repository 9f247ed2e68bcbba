//! Strict verification of compact JWS (RFC 7515 §5.2, RFC 8725).
//!
//! The key decides the algorithm, never the token: a [`VerifyingKey`] is for exactly one, and there is no type for a
//! key that would verify `none`. An HMAC is verified by [`verify_hs256`] alone, which takes no public key. Keys that a header
//! carries or points to (`jwk`, `jku`, `x5u`, `x5c`) are ignored; the caller's keys are the only ones. But for
//! [`verify_by_own_key`]: there the key is what is being proven.

mod compact;
mod header;
mod hmac;
mod own_key;
mod verify;

use thiserror::Error;

pub use compact::{peek_kid, peek_payload};
pub use header::JwsHeader;
pub use hmac::{HS256, verify_hs256};
pub use own_key::verify_by_own_key;
pub use verify::{Verifier, VerifyingKey};

use crate::{JwkError, Kid};

/// The longest token looked at, in bytes.
pub const MAX_TOKEN: usize = 16 * 1024;

/// Which `typ` the caller expects. Explicit typing keeps one kind of JWT from passing for another (RFC 8725 §3.11).
///
/// Compared as media types: without regard to case, and `application/` may be left out (RFC 7515 §4.1.9).
#[derive(Clone, Copy, Debug)]
pub enum Typ<'a> {
    /// This one, and it must be there.
    Exactly(&'a str),
    /// One of these, and it must be there.
    OneOf(&'a [&'a str]),
    /// One of these, or none at all (tokens of software that predates explicit typing).
    AbsentOr(&'a [&'a str]),
    /// Whatever it says. Only where what is signed could not be mistaken for anything else.
    AnyOrNone,
}

/// A token whose signature is good and whose `typ` is the expected one. Its claims are still to be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedJws {
    /// The header.
    pub header: JwsHeader,
    /// The payload as it was signed.
    pub payload: Vec<u8>,
    /// The `kid` of the key that verified it, if that key has one.
    pub kid: Option<Kid>,
}

/// Why a token is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JwsError {
    /// Over [`MAX_TOKEN`] bytes.
    #[error("the token is too long")]
    TooLong,
    /// Not three segments.
    #[error("not a compact JWS of three segments")]
    NotCompact,
    /// Five segments: a JWE, where a JWS is expected.
    #[error("the token is encrypted; a signed one is expected")]
    Encrypted,
    /// A segment with padding, foreign characters or non-zero trailing bits.
    #[error("a segment is not proper base64url")]
    Encoding,
    /// The header is no JSON object, or a member has the wrong type or is named twice.
    #[error("the header is malformed: {0}")]
    Header(String),
    /// `none`, an HMAC algorithm, or another one not offered.
    #[error("the algorithm {0:?} is not accepted")]
    Algorithm(String),
    /// The key named is for another algorithm, or the caller accepts another one only.
    #[error("the algorithm is not the one of the key")]
    AlgorithmMismatch,
    /// A `crit` header: no extension is understood, so any must be refused (RFC 7515 §4.1.11).
    #[error("the token demands extensions (crit) that are not understood")]
    Critical,
    /// `b64` is false (RFC 7797).
    #[error("unencoded payloads are not accepted")]
    Unencoded,
    /// The `typ` is not the expected one.
    #[error("the token is of another type (typ) than expected")]
    Typ,
    /// No key of that name is known; the caller may fetch the keys anew, once.
    #[error("no key named {0:?} is known")]
    UnknownKid(Kid),
    /// The token names no key, and there is none or more than one it could be (OpenID Connect Core §10.1).
    #[error("the token names no key (kid), and which one is meant is not clear")]
    NoKid,
    /// Its header carries no key (`jwk`), where it has to be verified by that.
    #[error("the header carries no key (jwk)")]
    NoOwnKey,
    /// The key that its header carries is refused.
    #[error("the key (jwk) of the header: {0}")]
    OwnKey(JwkError),
    /// The signature does not verify.
    #[error("the signature is wrong")]
    Signature,
}

/// The `kid` that a compact JWS names, believed by nobody yet. `None`: it is no JWS, or names none.
pub fn kid_named_in(token: &str) -> Option<Kid> {
    let (header, _) = token.get(..token.len().min(LONGEST_HEADER))?.split_once('.')?;
    header::parse(&crate::b64::decode(header)?).ok()?.kid
}

/// Characters in which the header of a token of ours ends.
const LONGEST_HEADER: usize = 4_096;

#[cfg(test)]
mod tests;
