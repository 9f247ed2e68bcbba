//! JSON Web Key Sets (RFC 7517 §5).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{JwkError, PublicJwk};

/// The most bytes of a set, or of one key.
pub(super) const MAX_BYTES: usize = 128 * 1024;
/// The most keys of a set.
pub(super) const MAX_KEYS: usize = 64;

/// A set of public keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Members")]
pub struct JwkSet {
    /// The keys, in the order they were given.
    pub keys: Vec<PublicJwk>,
}

#[derive(Deserialize)]
struct Members {
    keys: Vec<Distinct>,
}

/// RFC 7517 §4: the members of a key have names of their own.
#[derive(Deserialize)]
struct Distinct(#[serde(deserialize_with = "crate::json::distinct")] Value);

impl JwkSet {
    /// Reads a set from JSON.
    ///
    /// Keys of unknown type, with missing members or with values outside the supported ranges are skipped
    /// (RFC 7517 §5). A private key is not skipped but refuses the whole set: its owner must learn of it. So does a member that
    /// stands twice (RFC 7517 §4).
    ///
    /// # Errors
    /// [`JwkError::Json`], [`JwkError::TooLong`] or [`JwkError::Private`].
    pub fn parse(json: &[u8]) -> Result<Self, JwkError> {
        if json.len() > MAX_BYTES {
            return Err(JwkError::TooLong);
        }
        let members: Members = serde_json::from_slice(json).map_err(|error| JwkError::Json(error.to_string()))?;
        members.try_into()
    }
}

impl TryFrom<Members> for JwkSet {
    type Error = JwkError;

    fn try_from(members: Members) -> Result<Self, JwkError> {
        if members.keys.len() > MAX_KEYS {
            return Err(JwkError::TooLong);
        }
        let mut keys = Vec::with_capacity(members.keys.len());
        for Distinct(value) in members.keys {
            match serde_json::from_value::<super::Members>(value).map(PublicJwk::try_from) {
                Ok(Ok(key)) => keys.push(key),
                Ok(Err(JwkError::Private(name))) => return Err(JwkError::Private(name)),
                Ok(Err(_)) | Err(_) => {}
            }
        }
        Ok(Self { keys })
    }
}
