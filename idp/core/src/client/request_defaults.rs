//! What applies where a client's authorization request says nothing (OpenID Connect Dynamic Client Registration 1.0 §2).

use super::registration::FieldError;
use serde::{Deserialize, Serialize};

/// The most classes that one may wish for.
const MOST_CLASSES: usize = 20;
/// The longest name of one, in bytes.
const LONGEST_CLASS: usize = 256;

/// See the module. Nothing set: a request means what it says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestDefaults {
    /// How many seconds ago somebody may have signed in, where a request has no `max_age`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<u32>,
    /// Whether ID tokens must say when that was; ours always do.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_auth_time: bool,
    /// How strongly somebody should have signed in, the best first. A wish, as `acr_values` of a request is: the ID token says
    /// how it was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub default_acr_values: Vec<String>,
}

impl RequestDefaults {
    /// Whether nothing is set: such a client is stored without them.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What has to be corrected.
    pub fn check(&self) -> Option<FieldError> {
        let field = "default-acr-value";
        if self.default_acr_values.len() > MOST_CLASSES {
            return Some(FieldError { field, message: format!("can be given {MOST_CLASSES} times at most") });
        }
        // They stand in a list with spaces between them.
        let fine = |class: &String| {
            (1..=LONGEST_CLASS).contains(&class.len()) && class.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let wrong = self.default_acr_values.iter().find(|class| !fine(class))?;
        let message = format!("{wrong:?} is none: it needs 1 to {LONGEST_CLASS} visible ASCII characters");
        Some(FieldError { field, message })
    }
}
