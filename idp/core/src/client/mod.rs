//! Relying parties (OAuth clients): what a portal is, as the directory keeps it and every check reads it.
//!
//! Owns: the record; its words are in `kinds`. The rules of a registration are in [`registration`], redirect URIs in
//! [`redirect_uri`], the keys a client signs with in [`public_keys`], what people are shown in [`presentation`], copies of logos in
//! [`logo`], its JSON in [`metadata`].

mod difference;
mod kinds;
pub mod logo;
pub mod metadata;
pub mod presentation;
pub mod public_keys;
pub mod redirect_uri;
pub mod registration;
pub mod request_defaults;
pub mod request_rules;
pub mod secret;
pub mod software;

pub use difference::{difference, shortened};
pub use kinds::{ApplicationType, AuthMethod, GrantType, Profile, SubjectType};

use crate::ids::ClientId;
use crate::oauth::authorize::ResponseType;
use crate::scope::ScopeSet;
use keys::{Algorithm, Kid};
use presentation::Presentation;
use public_keys::{AssertionAlgorithm, PublicKeys};
use request_defaults::RequestDefaults;
use request_rules::RequestRules;
use serde::{Deserialize, Serialize};
use software::Software;
use std::time::Duration;

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

    /// The hosts of its redirect URIs as people read them, of apps their schemes, each once.
    pub fn hosts(&self) -> Vec<String> {
        let mut hosts: Vec<String> = Vec::new();
        for host in self.redirect_uris.iter().map(|uri| shown_host(uri)) {
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        hosts
    }
}

/// What a person reads of an address: its host, with the port if it names one; of an app's, its scheme.
pub fn shown_host(address: &str) -> String {
    let Ok(url) = url::Url::parse(address) else { return String::new() };
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => format!("{}:", url.scheme()),
    }
}
