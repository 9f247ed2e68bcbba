//! What can go wrong with a key of ours, in words fit for an operator. Private material never appears in it.

use thiserror::Error;

use crate::{Algorithm, Kid};

/// A fault with a key of ours, or in using it. Refusals of values from outside have types of their own:
/// [`JwkError`](crate::JwkError), [`JwsError`](crate::JwsError), [`OpenError`](crate::OpenError).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    NoRandomness,
    /// A name that is no algorithm of ours, `none` and the HMAC ones included.
    #[error("{name:?} is not a signature algorithm offered here; those offered are {}", crate::algorithm::names())]
    UnknownAlgorithm {
        /// What was asked for, cut to a bounded length.
        name: String,
    },
    /// Key generation failed.
    #[error("no {algorithm} key could be generated")]
    Generation {
        /// The algorithm it was meant for.
        algorithm: Algorithm,
    },
    /// An RSA size other than the two offered.
    #[error("an RSA key of {bits} bits was asked for; 2048 and 3072 are offered")]
    RsaSize {
        /// The size asked for.
        bits: usize,
    },
    /// The private half does not parse, or belongs to another algorithm.
    #[error("the private half is damaged or is not for {algorithm} (wrong master key, or a damaged row)")]
    PrivateHalf {
        /// The algorithm it was stored under.
        algorithm: Algorithm,
    },
    /// The private half belongs to another key than the row says.
    #[error("the private half stored for key {stored} belongs to key {found}")]
    KidMismatch {
        /// The `kid` it is stored under.
        stored: Kid,
        /// The thumbprint of what was found.
        found: Kid,
    },
    /// The key that must sign has no private half.
    #[error("key {kid} is Active but its private half is missing")]
    NoPrivateHalf {
        /// The key concerned.
        kid: Kid,
    },
    /// A public key on record does not parse.
    #[error("the public half of key {kid} on record is unusable")]
    PublicHalf {
        /// The key concerned.
        kid: Kid,
    },
    /// Signing failed inside the cryptographic library.
    #[error("signing with key {kid} failed")]
    Signing {
        /// The key concerned.
        kid: Kid,
    },
    /// Sealing failed inside the cryptographic library.
    #[error("sealing a value failed")]
    Sealing,
    /// The value is longer than could be opened again.
    #[error("a value of {length} bytes is too long to be sealed")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The text is no master key.
    #[error("the master key must be one line of 43 base64url characters (32 bytes)")]
    MasterKeyText,
    /// A wrapped value does not open under this master key.
    #[error("a stored key does not open under this master key: the wrong key file, or a damaged row")]
    Unwrapping,
    /// The public keys could not be written as JSON.
    #[error("the key set could not be written")]
    Rendering,
}

/// Cuts text from outside for an error message, so that a long name cannot fill a log.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(32).collect()
}
