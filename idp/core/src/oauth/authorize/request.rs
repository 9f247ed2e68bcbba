//! An authorization request that passed every check.

use super::ResponseType;
use crate::identity::claims_parameter::WantedClaims;
use crate::oauth::pkce::Challenge;
use crate::scope::ScopeSet;
use keys::Thumbprint;
use std::time::Duration;

/// The longest authorization request, in bytes as sent: sealed into a page it must fit into the form that comes back.
pub const LONGEST_REQUEST: usize = 10 * 1024;
/// The longest `state` that is echoed, in bytes.
pub const LONGEST_STATE: usize = 2048;
/// The longest `nonce`, in bytes.
pub const LONGEST_NONCE: usize = 1024;
/// The longest `login_hint` that is looked at, in bytes.
pub const LONGEST_LOGIN_HINT: usize = 256;

/// `prompt` (OpenID Connect Core 1.0 §3.1.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Show nothing.
    pub none: bool,
    /// Sign in again.
    pub login: bool,
    /// Ask for consent again.
    pub consent: bool,
    /// Let the person choose who they are.
    pub select_account: bool,
}

/// The request, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// What the answer shall hold.
    pub response_type: ResponseType,
    /// The scopes asked for that exist and that the client may have.
    pub scope: ScopeSet,
    /// Claims asked for one by one that the client may have.
    pub claims: WantedClaims,
    /// `sub` that `claims` names.
    pub subject: Option<String>,
    /// `nonce`.
    pub nonce: Option<String>,
    /// PKCE.
    pub challenge: Option<Challenge>,
    /// `dpop_jkt`: the key that will redeem the code (RFC 9449 §10).
    pub dpop_key: Option<Thumbprint>,
    /// `prompt`.
    pub prompt: Prompt,
    /// `max_age`.
    pub max_age: Option<Duration>,
    /// `login_hint`, for the sign-in page.
    pub login_hint: Option<String>,
    /// `id_token_hint`, not verified yet.
    pub id_token_hint: Option<String>,
    /// `ui_locales`.
    pub ui_locales: Option<String>,
}

impl AuthorizationRequest {
    /// The scopes that the person is asked about: those asked for, and those that a claim asked for belongs to.
    pub fn discloses(&self) -> ScopeSet {
        self.scope.or(self.claims.scopes())
    }
}
