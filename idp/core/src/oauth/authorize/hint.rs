//! `id_token_hint` (OpenID Connect Core 1.0 §3.1.2.1): an ID token of ours, expired ones too, that says whom the portal
//! expects. Its signature was verified before it comes here.

use crate::client::Client;
use serde::Deserialize;

/// What a hint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdTokenHint {
    /// Whom it is about, in the words of its client.
    pub sub: String,
    /// The session it was issued in.
    pub sid: Option<String>,
    /// For whom it was issued.
    pub client_id: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    sid: Option<String>,
    /// A UserInfo answer is signed by the same keys, says as much, and has none.
    #[serde(rename = "exp")]
    _exp: i64,
    #[serde(default)]
    events: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl IdTokenHint {
    /// Reads the payload of a token whose signature is ours. `None`: it is no ID token of this issuer.
    pub fn read(payload: &[u8], issuer: &str) -> Option<Self> {
        let claims: Claims = serde_json::from_slice(payload).ok()?;
        let client_id = match claims.aud {
            Audience::One(one) => one,
            Audience::Many(mut many) if many.len() == 1 => many.pop()?,
            Audience::Many(_) => return None,
        };
        // A logout token is signed by the same keys and is no ID token.
        let ours = claims.iss == issuer && claims.events.is_none();
        ours.then_some(Self { sub: claims.sub, sid: claims.sid, client_id })
    }

    /// Whether the hint was issued to this client.
    pub fn is_for(&self, client: &Client) -> bool {
        self.client_id == client.id.as_str()
    }
}
