//! The name of a key.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A key ID (`kid`, RFC 7517 §4.5). Ours are RFC 7638 thumbprints; a client names its own as it likes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kid(String);

impl Kid {
    /// Takes a `kid` as it stands in a row, a header or on the command line. Comparison is byte for byte.
    pub fn new(kid: impl Into<String>) -> Self {
        Self(kid.into())
    }

    /// The `kid` as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Kid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Kid {
    fn from(kid: String) -> Self {
        Self(kid)
    }
}

impl From<&str> for Kid {
    fn from(kid: &str) -> Self {
        Self(kid.to_owned())
    }
}
