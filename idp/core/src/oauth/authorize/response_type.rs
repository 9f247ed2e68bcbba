//! What the authorization endpoint answers with (OAuth 2.0 Multiple Response Type Encoding Practices §3, §5; OpenID Connect
//! Core 1.0 §3), and how the answer travels. `none` and a bare `token` are not offered: neither signs anybody in.

use super::Params;
use crate::client::GrantType;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// A response type, whatever the order of its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResponseType {
    /// A code alone: the flow to use.
    Code,
    /// An ID token alone; the scopes' claims stand in it.
    IdToken,
    /// An ID token and an access token.
    IdTokenToken,
    /// A code and an ID token.
    CodeIdToken,
    /// A code and an access token.
    CodeToken,
    /// All three.
    CodeIdTokenToken,
}

impl ResponseType {
    /// Every type, the one to use first.
    pub const ALL: [Self; 6] =
        [Self::Code, Self::IdToken, Self::IdTokenToken, Self::CodeIdToken, Self::CodeToken, Self::CodeIdTokenToken];

    /// The value on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::IdToken => "id_token",
            Self::IdTokenToken => "id_token token",
            Self::CodeIdToken => "code id_token",
            Self::CodeToken => "code token",
            Self::CodeIdTokenToken => "code id_token token",
        }
    }

    /// Reads the value on the wire: words in any order, none twice (RFC 6749 §3.1.1). `None`: no type that is offered.
    pub fn parse(text: &str) -> Option<Self> {
        let mut asked: Vec<_> = text.split(' ').collect();
        asked.sort_unstable();
        Self::ALL.into_iter().find(|known| {
            let mut words: Vec<_> = known.as_str().split(' ').collect();
            words.sort_unstable();
            words == asked
        })
    }

    /// Whether a code comes from the authorization endpoint.
    pub const fn gives_code(self) -> bool {
        matches!(self, Self::Code | Self::CodeIdToken | Self::CodeToken | Self::CodeIdTokenToken)
    }

    /// Whether an ID token comes from the authorization endpoint.
    pub const fn gives_id_token(self) -> bool {
        matches!(self, Self::IdToken | Self::IdTokenToken | Self::CodeIdToken | Self::CodeIdTokenToken)
    }

    /// Whether an access token comes from the authorization endpoint.
    pub const fn gives_access_token(self) -> bool {
        matches!(self, Self::IdTokenToken | Self::CodeToken | Self::CodeIdTokenToken)
    }

    /// Whether any token comes from the authorization endpoint: implicit and hybrid flow.
    pub const fn gives_tokens(self) -> bool {
        self.gives_id_token() || self.gives_access_token()
    }

    /// The grant types that a client with this response type has (RFC 7591 §2.1).
    pub const fn grant_types(self) -> &'static [GrantType] {
        match (self.gives_code(), self.gives_tokens()) {
            (true, false) => &[GrantType::AuthorizationCode],
            (false, _) => &[GrantType::Implicit],
            (true, true) => &[GrantType::AuthorizationCode, GrantType::Implicit],
        }
    }
}

impl fmt::Display for ResponseType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ResponseType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ResponseType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format!("{text:?} is no response type")))
    }
}

/// What the operator allows beyond the flow with a code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Tokens from the authorization endpoint: implicit and hybrid flow.
    pub front_channel_tokens: bool,
}

impl Allowed {
    /// Whether a client that is registered for this response type may have it.
    pub fn response_type(self, kind: ResponseType) -> bool {
        self.front_channel_tokens || !kind.gives_tokens()
    }

    /// Whether a client may use this grant type.
    pub fn grant_type(self, grant: GrantType) -> bool {
        self.front_channel_tokens || grant != GrantType::Implicit
    }
}

/// How an answer travels to its portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query of the redirect URI (OAuth 2.0 Multiple Response Type Encoding Practices §2.1).
    Query,
    /// In its fragment, which no server is sent (the same).
    Fragment,
    /// In a form that the browser posts to the redirect URI (OAuth 2.0 Form Post Response Mode §2).
    FormPost,
}

impl ResponseMode {
    /// Every mode, for discovery.
    pub const ALL: [Self; 3] = [Self::Query, Self::Fragment, Self::FormPost];

    /// The value on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == text)
    }

    /// The mode that the request asks for.
    ///
    /// # Errors
    /// Why it cannot be had, for the portal's developer.
    pub fn asked(params: &Params<'_>, redirect_uri: &str) -> Result<Self, &'static str> {
        let natural = Self::natural(params);
        let Some(text) = params.get("response_mode") else { return Ok(natural) };
        match Self::parse(text).ok_or("response_mode must be query, fragment or form_post")? {
            // Multiple Response Type Encoding Practices §5: the query ends in logs and referrers.
            Self::Query if natural == Self::Fragment => Err("response_mode query cannot carry tokens"),
            Self::FormPost if !takes_forms(redirect_uri) => {
                Err("response_mode form_post needs an http or https redirect URI")
            }
            mode => Ok(mode),
        }
    }

    /// The mode of this request's answers. One that cannot be had is refused by the checks, and the refusal travels as if none
    /// had been asked for.
    pub(super) fn of(params: &Params<'_>, redirect_uri: &str) -> Self {
        let natural = Self::natural(params);
        if params.is_repeated("response_mode") { natural } else { Self::asked(params, redirect_uri).unwrap_or(natural) }
    }

    /// The mode of a request that asks for none: that of its response type, also of one that is not offered, since its portal
    /// looks there for the refusal.
    fn natural(params: &Params<'_>) -> Self {
        let words = params.get("response_type").unwrap_or_default();
        let tokens = words.split(' ').any(|word| word == "token" || word == "id_token");
        if tokens && !params.is_repeated("response_type") { Self::Fragment } else { Self::Query }
    }
}

/// An app's private scheme (RFC 8252 §7.1) takes no form.
fn takes_forms(redirect_uri: &str) -> bool {
    redirect_uri.starts_with("https://") || redirect_uri.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_in_any_order_and_once_each() {
        for kind in ResponseType::ALL {
            let reversed: Vec<_> = kind.as_str().split(' ').rev().collect();
            assert_eq!(ResponseType::parse(kind.as_str()), Some(kind));
            assert_eq!(ResponseType::parse(&reversed.join(" ")), Some(kind));
            assert_eq!(ResponseType::parse(&format!("{kind} {}", reversed[0])), None, "twice");
            assert_eq!(serde_json::from_value::<ResponseType>(serde_json::json!(kind)).unwrap(), kind);
        }
        for other in
            ["", " ", "none", "token", "code  token", " code", "code\ttoken", "Code", "code,token", "code none"]
        {
            assert_eq!(ResponseType::parse(other), None, "{other:?}");
        }
    }

    #[test]
    fn the_grant_types_are_those_of_rfc_7591() {
        use GrantType::{AuthorizationCode, Implicit};
        let expected: [&[GrantType]; 6] = [
            &[AuthorizationCode],
            &[Implicit],
            &[Implicit],
            &[AuthorizationCode, Implicit],
            &[AuthorizationCode, Implicit],
            &[AuthorizationCode, Implicit],
        ];
        assert_eq!(ResponseType::ALL.map(ResponseType::grant_types), expected);
    }
}
