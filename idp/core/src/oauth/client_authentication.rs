//! How a client proves itself at the token and revocation endpoints (RFC 6749 §2.3, OpenID Connect Core 1.0 §9).
//!
//! The method is the one that was registered, never whichever happens to be presented.

use super::error::OAuthError;
use super::params::Params;
use crate::client::secret::{self, ClientSecret};
use crate::client::{AuthMethod, Client};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keys::UnixMillis;

/// What a request presents.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The `client_id`, as presented.
    pub client_id: String,
    method: AuthMethod,
    secret: String,
}

impl Credentials {
    /// Reads the `Authorization` header and the form.
    ///
    /// # Errors
    /// `invalid_request` for several methods at once (RFC 6749 §2.3), `invalid_client` if there is nothing to read.
    pub fn read(authorization: Option<&str>, form: &Params<'_>) -> Result<Self, OAuthError> {
        let in_form = form.get("client_id");
        let posted_secret = form.get("client_secret");
        match (authorization, in_form, posted_secret) {
            (Some(_), _, Some(_)) => Err(OAuthError::invalid_request("the client authenticates in more than one way")),
            (Some(header), in_form, None) => {
                let basic =
                    Self::basic(header).ok_or_else(|| OAuthError::invalid_client("the Basic header cannot be read"))?;
                if in_form.is_some_and(|id| id != basic.client_id) {
                    return Err(OAuthError::invalid_request(
                        "client_id differs from the one in the Authorization header",
                    ));
                }
                Ok(basic)
            }
            (None, Some(id), secret) => Ok(Self {
                client_id: id.to_owned(),
                method: if secret.is_some() { AuthMethod::ClientSecretPost } else { AuthMethod::None },
                secret: secret.unwrap_or_default().to_owned(),
            }),
            (None, None, _) => Err(OAuthError::invalid_client("no client credentials were sent")),
        }
    }

    /// Whom a request claims to come from, as far as it can be read; nothing is checked.
    pub fn claimed(authorization: Option<&str>, form: &Params<'_>) -> Option<String> {
        let by_header = authorization.and_then(Self::basic).map(|basic| basic.client_id);
        by_header.or_else(|| form.get("client_id").map(str::to_owned))
    }

    /// RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
    fn basic(header: &str) -> Option<Self> {
        let (scheme, encoded) = header.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") || encoded.len() > 1024 {
            return None;
        }
        let joined = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (id, secret) = joined.split_once(':')?;
        Some(Self { client_id: form_decode(id)?, method: AuthMethod::ClientSecretBasic, secret: form_decode(secret)? })
    }

    /// Whether the client is who it says.
    ///
    /// # Errors
    /// `invalid_client`: unknown, disabled, another method than the registered one, a wrong secret. The words are the
    /// same.
    pub fn check(&self, known: Option<(&Client, &[ClientSecret])>, now: UnixMillis) -> Result<(), OAuthError> {
        let Some((client, secrets)) = known else {
            return Err(OAuthError::invalid_client("nobody has this client_id"));
        };
        if client.disabled {
            return Err(OAuthError::invalid_client("the client is disabled"));
        }
        if client.auth_method != self.method {
            return Err(OAuthError::invalid_client("the client is registered for another authentication method"));
        }
        match self.method {
            AuthMethod::None => Ok(()),
            _ if secret::fits(secrets, &self.secret, now) => Ok(()),
            _ => Err(OAuthError::invalid_client("the secret is wrong")),
        }
    }
}

/// One value of a form. A `&` or `=` that was not encoded makes it unreadable.
fn form_decode(text: &str) -> Option<String> {
    if text.contains(['&', '=']) {
        // Many clients do not encode at all: what has no percent sign is taken as it is.
        return (!text.contains('%')).then(|| text.to_owned());
    }
    match form_urlencoded::parse(text.as_bytes()).next() {
        Some((value, _)) => Some(value.into_owned()),
        None => Some(String::new()),
    }
}
