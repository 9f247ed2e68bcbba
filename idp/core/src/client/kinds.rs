//! The kinds of clients: each an enum with its words on the wire.

use keys::Algorithm;
use serde::{Deserialize, Serialize};

/// What a client may do at all; the checks of the authorization endpoint read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Code only, PKCE S256 required, pairwise subjects.
    Government,
    /// PKCE required of public clients, verified whenever sent.
    Standard,
    /// FAPI 2.0 Security Profile: pushed requests, `private_key_jwt`, tokens bound by DPoP, no RSASSA-PKCS1-v1_5.
    Fapi2,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Profile; 3] = [Profile::Government, Profile::Standard, Profile::Fapi2];

    /// As written down.
    pub const fn as_str(self) -> &'static str {
        match self {
            Profile::Government => "government",
            Profile::Standard => "standard",
            Profile::Fapi2 => "fapi2",
        }
    }

    /// Reads what was written down.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.as_str() == text)
    }

    /// Whether clients of it may sign so, and be signed for (FAPI 2.0 Security Profile §5.4.1).
    pub fn may_sign_with(self, algorithm: Algorithm) -> bool {
        self != Self::Fapi2 || algorithm != Algorithm::Rs256
    }
}

/// How a client proves itself at the token endpoint (OpenID Connect Core 1.0 §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// HTTP Basic (RFC 6749 §2.3.1).
    ClientSecretBasic,
    /// Secret in the form body (RFC 6749 §2.3.1).
    ClientSecretPost,
    /// An assertion signed with the client's private key (RFC 7523 §2.2).
    PrivateKeyJwt,
    /// An assertion under an HMAC of the client's secret (RFC 7523 §2.2).
    ClientSecretJwt,
    /// A public client: no secret, PKCE instead.
    None,
}

impl AuthMethod {
    /// Every method, for discovery and messages.
    pub const ALL: [AuthMethod; 5] = [
        AuthMethod::ClientSecretBasic,
        AuthMethod::ClientSecretPost,
        AuthMethod::PrivateKeyJwt,
        AuthMethod::ClientSecretJwt,
        AuthMethod::None,
    ];

    /// Whether client and provider share a secret.
    pub const fn has_secret(self) -> bool {
        match self {
            Self::ClientSecretBasic | Self::ClientSecretPost | Self::ClientSecretJwt => true,
            Self::PrivateKeyJwt | Self::None => false,
        }
    }

    /// The value on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            AuthMethod::ClientSecretBasic => "client_secret_basic",
            AuthMethod::ClientSecretPost => "client_secret_post",
            AuthMethod::PrivateKeyJwt => "private_key_jwt",
            AuthMethod::ClientSecretJwt => "client_secret_jwt",
            AuthMethod::None => "none",
        }
    }
}

/// Whether a person has one subject everywhere or one a sector (OpenID Connect Core 1.0 §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// One for each sector: two agencies cannot compare notes.
    Pairwise,
    /// The same for every client that has it.
    Public,
}

impl SubjectType {
    /// Both.
    pub const ALL: [SubjectType; 2] = [SubjectType::Pairwise, SubjectType::Public];

    /// The value on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            SubjectType::Pairwise => "pairwise",
            SubjectType::Public => "public",
        }
    }
}

/// Where a client runs (OpenID Connect Dynamic Client Registration 1.0 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationType {
    /// On a server.
    Web,
    /// On a person's device: loopback redirects with any port (RFC 8252 §7.3), private-use schemes.
    Native,
}

impl ApplicationType {
    /// Both.
    pub const ALL: [ApplicationType; 2] = [ApplicationType::Web, ApplicationType::Native];

    /// The value on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            ApplicationType::Web => "web",
            ApplicationType::Native => "native",
        }
    }
}

/// A grant type of the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 6749 §4.2: no grant of the token endpoint; tokens come from the authorization endpoint.
    Implicit,
    /// RFC 6749 §4.4: the client itself, nobody's name.
    ClientCredentials,
}

impl GrantType {
    /// Every grant type, for discovery and messages.
    pub const ALL: [GrantType; 4] =
        [GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::Implicit, GrantType::ClientCredentials];

    /// The value on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            GrantType::AuthorizationCode => "authorization_code",
            GrantType::RefreshToken => "refresh_token",
            GrantType::Implicit => "implicit",
            GrantType::ClientCredentials => "client_credentials",
        }
    }

    /// Reads the value on the wire.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == text)
    }

    /// Whether a client with these acts for itself alone: nobody signs in at it.
    pub fn for_itself_alone(grants: &[GrantType]) -> bool {
        let people = [GrantType::AuthorizationCode, GrantType::Implicit];
        grants.contains(&GrantType::ClientCredentials) && !people.iter().any(|grant| grants.contains(grant))
    }
}
