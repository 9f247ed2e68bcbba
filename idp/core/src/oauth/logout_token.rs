//! The logout token (OpenID Connect Back-Channel Logout 1.0 §2.4): tells a portal that a session is over.

use crate::lifetimes::Lifetimes;
use keys::UnixMillis;
use serde::Serialize;

/// The `typ` of its JOSE header (§2.4 recommends it, so that it is taken for nothing else).
pub const TYP: &str = "logout+jwt";

/// Whose session at which client is over.
#[derive(Clone, Copy, Debug)]
pub struct Ended<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// `aud`.
    pub client_id: &'a str,
    /// `sub`, in the words of that client.
    pub subject: &'a str,
    /// `sid`, in the words of that client. `None`: all sessions of the person.
    pub sid: Option<&'a str>,
    /// `jti`: fresh at each attempt.
    pub jti: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
    jti: &'a str,
    iat: i64,
    exp: i64,
    events: Events,
}

#[derive(Serialize)]
struct Events {
    #[serde(rename = "http://schemas.openid.net/event/backchannel-logout")]
    backchannel_logout: Empty,
}

#[derive(Serialize)]
struct Empty {}

/// The payload of a logout token.
///
/// # Errors
/// Never in practice: serialisation of plain strings.
pub fn payload(ended: &Ended<'_>, now: UnixMillis, lifetimes: &Lifetimes) -> Result<Vec<u8>, serde_json::Error> {
    let Ended { issuer, client_id, subject, sid, jti } = *ended;
    serde_json::to_vec(&Claims {
        iss: issuer,
        aud: client_id,
        sub: subject,
        sid,
        jti,
        iat: now.seconds(),
        exp: now.plus(lifetimes.logout_token).seconds(),
        events: Events { backchannel_logout: Empty {} },
    })
}
