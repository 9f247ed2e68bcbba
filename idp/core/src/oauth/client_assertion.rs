//! What an assertion must say before its sender is the client (RFC 7523 §3, OpenID Connect Core 1.0 §9, FAPI 2.0 Security Profile
//! §5.3.2.1). Its signature was verified before.

use super::error::OAuthError;
use crate::client::{Client, Profile};
use keys::{Typ, UnixMillis, b64, sha256};
use serde::{Deserialize, Deserializer, de};
use std::time::Duration;

/// `client_assertion_type` (RFC 7523 §2.2).
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// What it may declare to be. A request object, a DPoP proof or a token is none, whoever signed it (RFC 8725 §3.11).
pub const TYP: Typ<'static> = Typ::AbsentOr(&["JWT", "client-authentication+jwt"]);
/// The longest assertion that is read, in bytes.
pub const LONGEST: usize = 8 * 1024;
/// How far ahead a portal's clock may be: less would refuse honest ones, more would let assertions be made in advance.
const AHEAD: Duration = Duration::from_secs(10);
/// The longest `jti`, in bytes.
const LONGEST_JTI: usize = 512;

/// From now until an assertion expires, at most. Some libraries sign for an hour unless told otherwise.
pub const fn longest_life(profile: Profile) -> Duration {
    match profile {
        Profile::Government | Profile::Fapi2 => Duration::from_secs(360),
        Profile::Standard => Duration::from_secs(3_660),
    }
}

/// The claims that are looked at. One named twice is an error of the derived reader.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: NumericDate,
    nbf: Option<NumericDate>,
    iat: Option<NumericDate>,
    jti: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// RFC 7519 §2: seconds, which need not be whole.
#[derive(Clone, Copy)]
struct NumericDate(UnixMillis);

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        if !(0.0..1e11).contains(&seconds) {
            return Err(de::Error::custom("not a time"));
        }
        #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
        let millis = (seconds * 1000.0) as i64;
        Ok(Self(UnixMillis(millis)))
    }
}

/// Whom the assertion must be meant for.
#[derive(Clone, Copy)]
pub struct Addressee<'a> {
    /// Our issuer.
    pub issuer: &'a str,
    /// The URL of the endpoint that it was sent to.
    pub endpoint: &'a str,
}

/// An assertion that is right and may be used once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Single {
    /// Its name in the store of what was seen: of this client, whatever the `jti` holds.
    pub key: String,
    /// When it was issued, or the earliest that it can have been.
    pub issued_at: UnixMillis,
    /// For how long from now it would be accepted.
    pub life: Duration,
}

/// The client that an assertion claims to come from, unverified: to find whose key it has to be signed with.
pub fn claimed(assertion: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Subject {
        sub: String,
    }
    let payload = keys::jws::peek_payload(assertion).ok()?;
    serde_json::from_slice(&payload).ok().map(|claims: Subject| claims.sub)
}

/// Judges the claims of an assertion whose signature is the client's.
///
/// # Errors
/// `invalid_client`; the detail says which rule it breaks.
pub fn judge(payload: &[u8], client: &Client, to: Addressee<'_>, now: UnixMillis) -> Result<Single, OAuthError> {
    let no = |detail| Err(OAuthError::invalid_client(detail));
    let Ok(claims) = serde_json::from_slice::<Claims>(payload) else {
        return no("the assertion lacks one of iss, sub, aud, exp, jti, or one has the wrong form");
    };
    if claims.iss != client.id.as_str() || claims.sub != client.id.as_str() {
        return no("iss and sub of the assertion are not both the client_id");
    }
    if !is_meant_for(&claims.aud, client.profile, to) {
        return no("aud of the assertion is not this provider alone");
    }
    let (exp, longest) = (claims.exp.0, longest_life(client.profile));
    if exp <= now {
        return no("the assertion is expired");
    }
    if exp > now.plus(longest) {
        return no("exp of the assertion is too far ahead");
    }
    let ahead = |date: Option<NumericDate>| date.is_some_and(|date| date.0 > now.plus(AHEAD));
    if ahead(claims.nbf) || ahead(claims.iat) {
        return no("nbf or iat of the assertion is ahead of now");
    }
    if claims.jti.is_empty() || claims.jti.len() > LONGEST_JTI {
        return no("jti of the assertion is empty or too long");
    }
    // Before its nbf nobody accepted it either.
    let issued_at = claims.iat.or(claims.nbf).map_or(exp.minus(longest), |date| date.0);
    // Digests, so that neither a colon nor a length lets two names become one.
    let key = format!("assertion:{}:{}", client.id, b64::encode(&sha256(claims.jti.as_bytes())));
    Ok(Single { key, issued_at, life: exp.since(now) })
}

/// One audience, and that is us. An assertion that names another provider beside us could be used there, and one that is meant for
/// an endpoint was perhaps asked for by somebody who only claims to have it (CVE-2025-27370).
fn is_meant_for(audience: &Audience, profile: Profile, to: Addressee<'_>) -> bool {
    match (profile, audience) {
        (Profile::Government | Profile::Fapi2, Audience::One(one)) => one == to.issuer,
        (Profile::Government | Profile::Fapi2, Audience::Several(_)) => false,
        (Profile::Standard, Audience::One(one)) => one == to.issuer || one == to.endpoint,
        (Profile::Standard, Audience::Several(several)) => match several.as_slice() {
            [one] => one == to.issuer || one == to.endpoint,
            _ => false,
        },
    }
}
