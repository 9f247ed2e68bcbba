//! How a client proves itself at every endpoint that machines ask (RFC 6749 §2.3, OpenID Connect Core 1.0 §9).
//!
//! The method is the one that was registered, never whichever happens to be presented.

use super::client_assertion;
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
    proof: Proof,
}

/// How it is proven.
#[derive(Clone, PartialEq, Eq)]
enum Proof {
    /// By a secret, sent with this method.
    Secret(AuthMethod, String),
    /// By an assertion.
    Assertion(String),
    /// Not at all.
    Nothing,
}

/// What is still to be verified when everything else fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left<'a> {
    /// Nothing.
    Nothing,
    /// That this assertion was signed by the client: with its private key.
    Signature(&'a str),
    /// The same: with its secret.
    Hmac(&'a str),
}

const MORE_THAN_ONE: &str = "the client authenticates in more than one way";

impl Credentials {
    /// Reads the `Authorization` header and the form.
    ///
    /// # Errors
    /// `invalid_request` for several methods at once (RFC 6749 §2.3), `invalid_client` if there is nothing to read.
    pub fn read(authorization: Option<&str>, form: &Params<'_>) -> Result<Self, OAuthError> {
        let in_form = form.get("client_id");
        let posted_secret = form.get("client_secret");
        if form.get("client_assertion").is_some() || form.get("client_assertion_type").is_some() {
            if authorization.is_some() || posted_secret.is_some() {
                return Err(OAuthError::invalid_request(MORE_THAN_ONE));
            }
            return Self::by_assertion(form);
        }
        match (authorization, in_form, posted_secret) {
            (Some(_), _, Some(_)) => Err(OAuthError::invalid_request(MORE_THAN_ONE)),
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
            (None, Some(id), secret) => {
                let proof = secret
                    .map_or(Proof::Nothing, |secret| Proof::Secret(AuthMethod::ClientSecretPost, secret.to_owned()));
                Ok(Self { client_id: id.to_owned(), proof })
            }
            (None, None, _) => Err(OAuthError::invalid_client("no client credentials were sent")),
        }
    }

    /// RFC 7521 §4.2.
    fn by_assertion(form: &Params<'_>) -> Result<Self, OAuthError> {
        if form.get("client_assertion_type") != Some(client_assertion::TYPE) {
            return Err(OAuthError::invalid_client("client_assertion_type is not the one of RFC 7523"));
        }
        let assertion = form.get("client_assertion").filter(|text| text.len() <= client_assertion::LONGEST);
        let assertion =
            assertion.ok_or_else(|| OAuthError::invalid_client("client_assertion is missing or too long"))?;
        let claimed = client_assertion::claimed(assertion);
        let client_id = claimed.ok_or_else(|| OAuthError::invalid_client("the assertion is no JWT with a sub"))?;
        if form.get("client_id").is_some_and(|id| id != client_id) {
            return Err(OAuthError::invalid_client("client_id differs from the sub of the assertion"));
        }
        Ok(Self { client_id, proof: Proof::Assertion(assertion.to_owned()) })
    }

    /// Whom a request claims to come from, as far as it can be read; nothing is checked.
    pub fn claimed(authorization: Option<&str>, form: &Params<'_>) -> Option<String> {
        let by_header = authorization.and_then(Self::basic).map(|basic| basic.client_id);
        let by_form = || form.get("client_id").map(str::to_owned);
        let by_assertion = || form.get("client_assertion").and_then(client_assertion::claimed);
        by_header.or_else(by_form).or_else(by_assertion)
    }

    /// RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
    fn basic(header: &str) -> Option<Self> {
        let (scheme, encoded) = header.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") || encoded.len() > 1024 {
            return None;
        }
        let joined = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (id, secret) = joined.split_once(':')?;
        let proof = Proof::Secret(AuthMethod::ClientSecretBasic, form_decode(secret)?);
        Some(Self { client_id: form_decode(id)?, proof })
    }

    /// Whether the client is who it says, but for an assertion: that is given back, to be verified with the client's keys.
    ///
    /// # Errors
    /// `invalid_client`: unknown, disabled, another method than the registered one, a wrong secret. The words are the
    /// same.
    pub fn check(&self, known: Option<(&Client, &[ClientSecret])>, now: UnixMillis) -> Result<Left<'_>, OAuthError> {
        let Some((client, secrets)) = known else {
            return Err(OAuthError::invalid_client("nobody has this client_id"));
        };
        if client.disabled {
            return Err(OAuthError::invalid_client("the client is disabled"));
        }
        match (client.auth_method, &self.proof) {
            (AuthMethod::None, Proof::Nothing) => Ok(Left::Nothing),
            (AuthMethod::PrivateKeyJwt, Proof::Assertion(assertion)) => Ok(Left::Signature(assertion)),
            (AuthMethod::ClientSecretJwt, Proof::Assertion(assertion)) => Ok(Left::Hmac(assertion)),
            (AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost, Proof::Secret(method, given))
                if *method == client.auth_method =>
            {
                let fits = secret::fits(secrets, given, now);
                if fits { Ok(Left::Nothing) } else { Err(OAuthError::invalid_client("the secret is wrong")) }
            }
            _ => Err(OAuthError::invalid_client("the client is registered for another authentication method")),
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
