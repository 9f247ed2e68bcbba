//! What a client registered about the way its authorization requests come.

use super::ApplicationType;
use super::redirect_uri;
use keys::Algorithm;
use serde::{Deserialize, Serialize};

/// How a client sends its authorization requests (RFC 9126 §6, RFC 9101 §10.5, OpenID Connect Dynamic Client Registration 1.0
/// §2). Nothing set: as it likes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestRules {
    /// Only by pushing them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_pushed_authorization_requests: bool,
    /// Only signed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_signed_request_object: bool,
    /// What signs them. `None`: whatever its keys are for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_object_signing_alg: Option<Algorithm>,
    /// Where it keeps them, if the operator allows to fetch them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_uris: Vec<String>,
}

impl RequestRules {
    /// Whether nothing is set: such a client is stored without them.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a request object may be fetched from here. The fragment is for whoever keeps copies (OpenID Connect Core 1.0
    /// §6.2); all else is compared byte for byte.
    pub fn may_be_fetched_from(&self, request_uri: &str) -> bool {
        let asked = without_fragment(request_uri);
        self.request_uris.iter().any(|registered| without_fragment(registered) == asked)
    }

    /// What is wrong with an address that is to be registered.
    ///
    /// # Errors
    /// In words, for the person who registers.
    pub fn check_uri(uri: &str) -> Result<(), String> {
        redirect_uri::check(without_fragment(uri), ApplicationType::Web).map(|_| ())
    }
}

fn without_fragment(uri: &str) -> &str {
    uri.split_once('#').map_or(uri, |(rest, _)| rest)
}
