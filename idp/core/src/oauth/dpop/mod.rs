//! Demonstrating Proof of Possession (RFC 9449): tokens that are worth something only to whoever holds a key, which each
//! request proves by a small signed token, the proof.
//!
//! [`proof`] judges a proof, [`target`] compares its address, [`nonce`] says how new it is; here stands whom tokens belong to afterwards.

pub mod nonce;
pub mod proof;
mod target;

use super::error::OAuthError;
use crate::client::{AuthMethod, Client};
use keys::Thumbprint;

/// Whom the tokens of a request will belong to. Made by [`Holder::of`] alone, and nothing is issued without one: so no
/// grant can forget that its client asked to have its tokens bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder(Option<Thumbprint>);

impl Holder {
    /// Whoever proved to hold `key`, or, without a proof, anybody who has the token.
    ///
    /// # Errors
    /// `invalid_dpop_proof`: the client's tokens are bound (`dpop_bound_access_tokens`, RFC 9449 §5.2) and there is no proof.
    pub fn of(client: &Client, key: Option<Thumbprint>) -> Result<Self, OAuthError> {
        match key {
            None if client.dpop_bound_access_tokens => {
                Err(OAuthError::invalid_dpop_proof("this client's tokens are bound: the DPoP header is missing"))
            }
            key => Ok(Self(key)),
        }
    }

    /// The key proven.
    pub const fn key(self) -> Option<Thumbprint> {
        self.0
    }

    /// See [`token_type`].
    pub const fn token_type(self) -> &'static str {
        token_type(self.0)
    }

    /// The key that a refresh token is bound to. That of a confidential client is bound to its credentials already, so that it
    /// may change its key (RFC 9449 §5).
    pub fn refresh_key(self, client: &Client) -> Option<Thumbprint> {
        self.0.filter(|_| client.auth_method == AuthMethod::None)
    }

    /// Whether something bound to `key` is theirs.
    pub fn owns(self, key: Option<Thumbprint>) -> bool {
        key.is_none() || self.0 == key
    }
}

/// `token_type` of an access token that is bound to this key, or to none (RFC 6749 §7.1, RFC 9449 §5).
pub const fn token_type(key: Option<Thumbprint>) -> &'static str {
    match key {
        Some(_) => "DPoP",
        None => "Bearer",
    }
}
