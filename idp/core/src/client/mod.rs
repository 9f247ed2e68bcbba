//! Relying parties (OAuth clients): what a portal is, as the directory keeps it and every check reads it.
//!
//! Owns: the record and its words. The rules of a registration are in [`registration`], redirect URIs in
//! [`redirect_uri`], the keys a client signs with in [`public_keys`], what people are shown in [`presentation`], its JSON in
//! [`metadata`].

pub mod metadata;
pub mod presentation;
pub mod public_keys;
pub mod redirect_uri;
pub mod registration;
pub mod request_defaults;
pub mod request_rules;
pub mod secret;
pub mod software;

use crate::ids::ClientId;
use crate::oauth::authorize::ResponseType;
use crate::scope::ScopeSet;
use keys::{Algorithm, Kid, b64, sha256};
use presentation::Presentation;
use public_keys::{AssertionAlgorithm, PublicKeys};
use request_defaults::RequestDefaults;
use request_rules::RequestRules;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use software::Software;
use std::collections::BTreeSet;
use std::time::Duration;

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

fn code_alone() -> Vec<ResponseType> {
    vec![ResponseType::Code]
}

fn is_code_alone(types: &[ResponseType]) -> bool {
    types == [ResponseType::Code]
}

/// A relying party. Made by [`registration::register`] alone, so that one that breaks a rule cannot be stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Its `client_id`.
    pub id: ClientId,
    /// The portal's name as people read it.
    pub name: String,
    /// What people are shown of it besides.
    #[serde(default, skip_serializing_if = "Presentation::is_empty")]
    pub presentation: Presentation,
    /// What it may do at all.
    pub profile: Profile,
    /// Where answers may go, byte for byte.
    pub redirect_uris: Vec<String>,
    /// Where a person may go after signing out, byte for byte.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where logout tokens are posted.
    pub backchannel_logout_uri: Option<String>,
    /// What a person's browser opens at a sign-out (OpenID Connect Front-Channel Logout 1.0 §2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_uri: Option<String>,
    /// Whether logout tokens must name the session; ours always do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub backchannel_logout_session_required: bool,
    /// Where somebody else may send a person to sign in at it (OpenID Connect Core 1.0 §4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
    /// The scopes it may ask for.
    pub scope: ScopeSet,
    /// How it proves itself.
    pub auth_method: AuthMethod,
    /// The only algorithm its assertions may be signed with; `None`: any that its method allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<AssertionAlgorithm>,
    /// The public keys it signs with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_keys: Option<PublicKeys>,
    /// What signs its ID tokens and logout tokens.
    pub id_token_signed_response_alg: Algorithm,
    /// Kind of subject.
    pub subject_type: SubjectType,
    /// The host that its pairwise subjects belong to; it stays when the portal moves.
    pub sector: String,
    /// Where the redirect URIs of that sector are listed (OpenID Connect Core 1.0 §8.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<String>,
    /// The grants it may use.
    pub grant_types: Vec<GrantType>,
    /// What it may have the authorization endpoint answer with.
    #[serde(default = "code_alone", skip_serializing_if = "is_code_alone")]
    pub response_types: Vec<ResponseType>,
    /// What signs its UserInfo answers; `None`: they are plain JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<Algorithm>,
    /// Where it runs.
    pub application_type: ApplicationType,
    /// The operator's own portal: no consent page.
    pub trusted: bool,
    /// How it sends its authorization requests.
    #[serde(default, skip_serializing_if = "RequestRules::is_default")]
    pub requests: RequestRules,
    /// What applies where they say nothing.
    #[serde(default, skip_serializing_if = "RequestDefaults::is_empty")]
    pub defaults: RequestDefaults,
    /// Which program it is.
    #[serde(default, skip_serializing_if = "Software::is_empty")]
    pub software: Software,
    /// The clients whose access tokens it may ask about, being their resource server. The operator's word: no client gives it to itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub may_introspect: Vec<ClientId>,
    /// A published signing key other than the ring's active one, so that one portal can go first, or back.
    pub pinned_kid: Option<Kid>,
    /// Its access tokens are bound to a key: it gets none without a DPoP proof (RFC 9449 §5.2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dpop_bound_access_tokens: bool,
    /// Off on every path: no sign-in, no token.
    pub disabled: bool,
}

/// How a portal can be told that a session is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogoutChannels {
    /// By a logout token from us.
    pub back: bool,
    /// By the person's browser.
    pub front: bool,
}

impl Client {
    /// How it can be told that a session is over.
    pub fn logout_channels(&self) -> LogoutChannels {
        LogoutChannels { back: self.backchannel_logout_uri.is_some(), front: self.frontchannel_logout_uri.is_some() }
    }

    /// Whether the client has the grant type.
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }

    /// What signs what it is sent.
    pub fn signing_algorithms(&self) -> impl Iterator<Item = Algorithm> {
        std::iter::once(self.id_token_signed_response_alg).chain(self.userinfo_signed_response_alg)
    }

    /// Whether requests of this client must carry a PKCE challenge (RFC 9700 §2.1.1).
    pub fn requires_pkce(&self) -> bool {
        self.profile != Profile::Standard || self.auth_method == AuthMethod::None
    }

    /// Whether requests of this client must be pushed (RFC 9126 §6).
    pub fn must_push(&self) -> bool {
        self.requests.require_pushed_authorization_requests || self.profile == Profile::Fapi2
    }

    /// Whether what this client signs, and what is signed for it, may be signed so (FAPI 2.0 Security Profile §5.4.1).
    pub fn may_sign_with(&self, algorithm: Algorithm) -> bool {
        self.profile.may_sign_with(algorithm)
    }

    /// How long a code of this client lives, of the `usual`: 60 seconds at most under FAPI 2.0 Security Profile §5.3.2.1.
    pub fn code_life(&self, usual: Duration) -> Duration {
        if self.profile == Profile::Fapi2 { usual.min(Duration::from_secs(60)) } else { usual }
    }

    /// Whether using a refresh token gives another one. FAPI 2.0 Security Profile §5.3.2.1 forbids it: the token is bound to a key.
    pub fn rotates_refresh_tokens(&self) -> bool {
        self.profile != Profile::Fapi2
    }

    /// Whether ID tokens name the session (`sid`), for a sign-out. A client of the profile `fapi2` that registered no way of
    /// signing out gets no claim that it has no use for.
    pub fn learns_sessions(&self) -> bool {
        let told = self.backchannel_logout_uri.is_some() || self.frontchannel_logout_uri.is_some();
        self.profile != Profile::Fapi2 || told || !self.post_logout_redirect_uris.is_empty()
    }

    /// Whether requests of this client must be signed (RFC 9101 §10.5).
    pub fn must_sign(&self) -> bool {
        self.requests.require_signed_request_object
    }

    /// Its name for a reader of these languages, see [`presentation::Localised::for_reader`].
    pub fn name_for(&self, languages: &[&str]) -> &str {
        self.presentation.names.for_reader(languages).unwrap_or(&self.name)
    }

    /// The host that a person sees on the consent page: that of the first redirect URI.
    pub fn host(&self) -> &str {
        let rest = self.redirect_uris.first().and_then(|uri| uri.split_once("://")).map_or("", |(_, rest)| rest);
        rest.split(['/', '?']).next().unwrap_or(rest)
    }
}

/// The fields of a client that changed, each with `from` and `to`, for the audit. The record holds no secret.
///
/// # Errors
/// Never in practice: serialisation of plain values.
pub fn difference(before: &Client, after: &Client) -> Result<Map<String, Value>, serde_json::Error> {
    let (old, new) = (serde_json::to_value(before)?, serde_json::to_value(after)?);
    let fields = |document: &Value| document.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    let names: BTreeSet<String> = fields(&old);
    let names = names.union(&fields(&new)).cloned().collect::<Vec<_>>();
    let differing = names.into_iter().filter(|name| old.get(name) != new.get(name));
    Ok(differing.map(|name| (name.clone(), json!({ "from": old.get(&name), "to": new.get(&name) }))).collect())
}

/// The most characters of a value, as JSON, that a client may put into the audit whole.
const LONGEST_NOTED: usize = 200;

/// A [`difference`] whose long values are their beginning and the SHA-256 of the whole, as JSON: a client that changes itself would
/// otherwise fill the audit.
pub fn shortened(difference: Map<String, Value>) -> Map<String, Value> {
    let short = |value: Value| {
        let text = value.to_string();
        let length = text.chars().count();
        if length <= LONGEST_NOTED {
            return value;
        }
        let beginning: String = text.chars().take(LONGEST_NOTED).collect();
        json!({ "beginning": beginning, "characters": length, "sha256": b64::encode(&sha256(text.as_bytes())) })
    };
    let both = |change| match change {
        Value::Object(ends) => ends.into_iter().map(|(end, value)| (end, short(value))).collect(),
        other => short(other),
    };
    difference.into_iter().map(|(name, change)| (name, both(change))).collect()
}
