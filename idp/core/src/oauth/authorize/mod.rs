//! The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core 1.0 §3.1.2).
//!
//! [`identify`] finds out to whom an answer may go at all; until then a refusal can only be shown ([`Stay`]).
//! [`checks`] reads the rest of the request; [`prompt`] decides what has to happen before an answer is given;
//! [`response_type`] says what that answer holds and how it travels.

pub mod checks;
pub mod hint;
pub mod in_progress;
pub mod prompt;
pub mod request;
pub mod response_type;

pub use response_type::{Allowed, ResponseMode, ResponseType};

use super::error::OAuthError;
use super::params::Params;
use crate::client::{Client, redirect_uri};

/// A refusal that may not leave the provider: whoever sent the request is not known to be a portal of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stay {
    /// `client_id` is missing, repeated or malformed, or nobody has it.
    UnknownClient,
    /// The operator switched the client off.
    DisabledClient,
    /// `redirect_uri` is missing.
    NoRedirectUri,
    /// `redirect_uri` is repeated, or is not registered for the client.
    ForeignRedirectUri,
}

/// A client and a redirect URI that was registered for it: where an answer may go. Only this type can be asked to send
/// somebody away, so that an early redirect cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnAddress {
    redirect_uri: String,
    state: Option<String>,
    mode: ResponseMode,
}

/// An answer on its way to a portal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The browser is sent to this URL.
    Redirect(String),
    /// The browser posts these fields.
    Form {
        /// The redirect URI, its query included.
        action: String,
        /// Names and values.
        fields: Vec<(String, String)>,
    },
}

/// Finds out where an answer to this request may go.
///
/// # Errors
/// [`Stay`]: nowhere.
pub fn identify(client: Option<&Client>, params: &Params<'_>) -> Result<ReturnAddress, Stay> {
    let client = client.filter(|_| !params.is_repeated("client_id")).ok_or(Stay::UnknownClient)?;
    if client.disabled {
        return Err(Stay::DisabledClient);
    }
    // OpenID Connect Core 1.0 §3.1.2.1: REQUIRED, also for a client with a single URI.
    let asked = params.get("redirect_uri").ok_or(Stay::NoRedirectUri)?;
    let registered = client.redirect_uris.iter().any(|uri| redirect_uri::fits(uri, asked, client.application_type));
    if !registered || params.is_repeated("redirect_uri") {
        return Err(Stay::ForeignRedirectUri);
    }
    // An overlong or repeated state is refused by the checks, and not echoed.
    let state =
        params.get("state").filter(|state| state.len() <= request::LONGEST_STATE && !params.is_repeated("state"));
    let mode = ResponseMode::of(params, asked);
    Ok(ReturnAddress { redirect_uri: asked.to_owned(), state: state.map(str::to_owned), mode })
}

impl ReturnAddress {
    /// The redirect URI.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// `state` of the request, as it goes back.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// What was asked for on its way to the portal, with `iss` (RFC 9207 §2).
    pub fn with_answer(&self, pairs: &[(&str, &str)], issuer: &str) -> Sent {
        self.with(pairs, issuer)
    }

    /// A refusal on its way to the portal (RFC 6749 §4.1.2.1), with `iss` (RFC 9207 §2).
    pub fn with_error(&self, error: &OAuthError, issuer: &str) -> Sent {
        self.with(&[("error", error.code.as_str()), ("error_description", &error.description)], issuer)
    }

    fn with(&self, pairs: &[(&str, &str)], issuer: &str) -> Sent {
        match self.mode {
            ResponseMode::Query if self.redirect_uri.contains('?') => Sent::Redirect(self.url('&', pairs, issuer)),
            ResponseMode::Query => Sent::Redirect(self.url('?', pairs, issuer)),
            // No redirect URI that is registered has a fragment of its own.
            ResponseMode::Fragment => Sent::Redirect(self.url('#', pairs, issuer)),
            ResponseMode::FormPost => {
                let state = self.state.iter().map(|state| ("state", state.as_str()));
                let all = pairs.iter().copied().chain(state).chain([("iss", issuer)]);
                let fields = all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                Sent::Form { action: self.redirect_uri.clone(), fields }
            }
        }
    }

    fn url(&self, behind: char, pairs: &[(&str, &str)], issuer: &str) -> String {
        let mut url = String::with_capacity(self.redirect_uri.len() + 640);
        url.push_str(&self.redirect_uri);
        url.push(behind);
        let start = url.len();
        let mut query = form_urlencoded::Serializer::for_suffix(url, start);
        query.extend_pairs(pairs);
        if let Some(state) = &self.state {
            query.append_pair("state", state);
        }
        query.append_pair("iss", issuer);
        query.finish()
    }
}

#[cfg(test)]
mod tests;
