//! What a client registered about the way its authorization requests come.

use serde::{Deserialize, Serialize};

/// How a client sends its authorization requests. Nothing set: as it likes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestRules {
    /// Only by pushing them (RFC 9126 §6).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_pushed_authorization_requests: bool,
}

impl RequestRules {
    /// Whether nothing is set: such a client is stored without them.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
