//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): who may be signed out without being asked, and where
//! the person may go afterwards.

use super::authorize::hint::IdTokenHint;
use crate::client::Client;

/// What is known of the request, after the hint's signature was verified.
#[derive(Clone, Copy, Debug)]
pub struct EndSession<'a> {
    /// An ID token of ours, if one was sent and it is ours.
    pub hint: Option<&'a IdTokenHint>,
    /// A hint was sent that is not ours.
    pub bad_hint: bool,
    /// The client named by the hint or by `client_id`.
    pub client: Option<&'a Client>,
    /// `client_id` was sent and is not the hint's audience (§2: must match).
    pub contradiction: bool,
    /// `post_logout_redirect_uri`.
    pub return_to: Option<&'a str>,
    /// `sid` of the browser's session at that client; `None` without a session.
    pub current_sid: Option<&'a str>,
}

/// Where the person goes afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Afterwards {
    /// To the provider's own page.
    Stay,
    /// To a URI that the portal registered.
    Return(String),
}

impl EndSession<'_> {
    /// Whether the person has to confirm. Without a session there is nothing to confirm; an ID token that names the
    /// current session shows that the portal really asks for this person (§2). A request with an address that it may not
    /// name is at fault (§4): the person decides what becomes of it.
    pub fn must_confirm(&self) -> bool {
        let hinted = self.hint.and_then(|hint| hint.sid.as_deref());
        let refused = self.return_to.is_some() && self.afterwards() == Afterwards::Stay;
        match self.current_sid {
            None => false,
            Some(sid) => self.contradiction || refused || hinted != Some(sid),
        }
    }

    /// Where the person may go: to a URI registered for the client, byte for byte, of a request without a contradiction.
    pub fn afterwards(&self) -> Afterwards {
        let trusted = !self.bad_hint && !self.contradiction;
        match (self.client.filter(|client| trusted && !client.disabled), self.return_to) {
            (Some(client), Some(uri))
                if client.post_logout_redirect_uris.iter().any(|registered| registered == uri) =>
            {
                Afterwards::Return(uri.to_owned())
            }
            _ => Afterwards::Stay,
        }
    }
}

/// The URI with `state`, if one was sent (§3).
pub fn with_state(uri: &str, state: Option<&str>) -> String {
    match state {
        None => uri.to_owned(),
        Some(state) => with_query(uri, &[("state", state)]),
    }
}

/// What a browser opens to tell a portal of a sign-out (OpenID Connect Front-Channel Logout 1.0 §2): the registered URI
/// with `iss` and `sid` and nothing else.
pub fn frontchannel_address(uri: &str, issuer: &str, sid: &str) -> String {
    with_query(uri, &[("iss", issuer), ("sid", sid)])
}

fn with_query(uri: &str, pairs: &[(&str, &str)]) -> String {
    let mut url = uri.to_owned();
    url.push(if uri.contains('?') { '&' } else { '?' });
    let start = url.len();
    form_urlencoded::Serializer::for_suffix(url, start).extend_pairs(pairs).finish()
}
