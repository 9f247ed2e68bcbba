//! Which program a client is an installation of (RFC 7591 §2). Kept and told again; nothing follows from it: it is what the client
//! says of itself.

use super::registration::FieldError;
use crate::shown_text;
use serde::{Deserialize, Serialize};

/// The longest text, in characters.
const LONGEST: usize = 200;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Software {
    /// The program, the same for each of its installations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
}

impl Software {
    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What has to be corrected.
    pub fn check(&self) -> Vec<FieldError> {
        let all = [("software-id", &self.software_id), ("software-version", &self.software_version)];
        let wrong = |(field, text): (&'static str, &Option<String>)| {
            let why = shown_text::name(text.as_deref()?, LONGEST).err()?;
            Some(FieldError { field, message: why.to_string() })
        };
        all.into_iter().filter_map(wrong).collect()
    }
}
