//! What a signed request object must say (RFC 9101, OpenID Connect Core 1.0 §6.1, FAPI 2.0 Message Signing §5.3.1). Its signature
//! was verified before.
//!
//! Once there is one, parameters count from inside it alone (RFC 9101 §6.3): what stands beside it nobody signed.

use super::error::{OAuthError, OAuthErrorCode};
use super::params::{MOST, Params};
use crate::client::{Client, Profile};
use keys::{Algorithm, Typ, UnixMillis};
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// What it may declare to be. An assertion, a proof or a token is none, whoever signed it (RFC 8725 §3.11).
pub const TYP: Typ<'static> = Typ::AbsentOr(&["JWT", "oauth-authz-req+jwt"]);
/// How far ahead a portal's clock may be.
const AHEAD: Duration = Duration::from_secs(10);
/// From its `nbf` until it expires, and from its `nbf` until now, at most.
const LONGEST_LIFE: Duration = Duration::from_secs(3_600);
/// The claims that are about the token and no parameters.
const OF_THE_TOKEN: [&str; 6] = ["iss", "aud", "exp", "nbf", "iat", "jti"];

/// A request object that is not accepted.
pub fn refused(words: impl Into<Cow<'static, str>>) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidRequestObject, words)
}

/// What the profile wants of a request object beyond what everybody has to heed.
struct Wants {
    /// `iss` and `aud` have to be there (RFC 9101 §4 recommends them).
    addressed: bool,
    /// `exp` has to be there, and near.
    exp: bool,
    /// `nbf` has to be there, too.
    nbf: bool,
}

const fn wants(profile: Profile) -> Wants {
    match profile {
        Profile::Government => Wants { addressed: true, exp: true, nbf: false },
        Profile::Fapi2 => Wants { addressed: true, exp: true, nbf: true },
        Profile::Standard => Wants { addressed: false, exp: false, nbf: false },
    }
}

/// Whether a client may sign with this algorithm. That it may use the key follows from the verification.
///
/// # Errors
/// `invalid_request_object`.
pub fn check_algorithm(client: &Client, algorithm: Algorithm) -> Result<(), OAuthError> {
    match client.requests.request_object_signing_alg {
        Some(only) if only != algorithm => {
            Err(refused("the request object is not signed with the algorithm that the client is registered for"))
        }
        _ if !client.may_sign_with(algorithm) => {
            Err(refused("the profile fapi2 takes request objects signed with PS256, ES256 or EdDSA alone"))
        }
        _ => Ok(()),
    }
}

/// The parameters in the payload of a request object that the client signed, as a query.
///
/// * `outside`: what came beside it.
///
/// # Errors
/// `invalid_request_object`: the words say which rule it breaks.
pub fn read(
    payload: &[u8],
    client: &Client,
    outside: &Params<'_>,
    (issuer, now): (&str, UnixMillis),
) -> Result<String, OAuthError> {
    let members: Members = serde_json::from_slice(payload)
        .map_err(|_| refused("the request object holds no JSON object of distinct names"))?;
    let wanted = wants(client.profile);
    check_parties(&members, client, issuer, wanted.addressed)?;
    check_times(&members, &wanted, now)?;
    if members.get("request").is_some() || members.get("request_uri").is_some() {
        // RFC 9101 §4.
        return Err(refused("a request object holds neither request nor request_uri"));
    }
    // OpenID Connect Core 1.0 §6.1: what stands in both places is the same.
    let inside = members.get("response_type").and_then(Value::as_str);
    if outside.get("response_type").is_some_and(|outside| Some(outside) != inside) {
        return Err(refused("response_type is not the same inside and outside the request object"));
    }
    as_query(&members, client)
}

fn check_parties(members: &Members, client: &Client, issuer: &str, addressed: bool) -> Result<(), OAuthError> {
    let id = client.id.as_str();
    let is_client = |name| members.get(name).map(|value| value.as_str() == Some(id));
    let (iss, client_id) = (is_client("iss"), is_client("client_id"));
    if iss == Some(false) || client_id == Some(false) || (iss, client_id) == (None, None) {
        return Err(refused("iss and client_id of the request object are not the client_id"));
    }
    // RFC 9101 §10.8: what names the client as its subject was made to authenticate it.
    if is_client("sub") == Some(true) {
        return Err(refused("the request object is a client assertion: its sub is the client_id"));
    }
    let ours = |one: &Value| one.as_str() == Some(issuer);
    match members.get("aud") {
        Some(Value::Array(several)) if several.iter().any(ours) => {}
        Some(one) if ours(one) => {}
        Some(_) => return Err(refused("aud of the request object does not name this provider's issuer")),
        None if addressed => return Err(refused("aud of the request object is missing")),
        None => {}
    }
    match addressed && iss.is_none() {
        true => Err(refused("iss of the request object is missing")),
        false => Ok(()),
    }
}

fn check_times(members: &Members, wanted: &Wants, now: UnixMillis) -> Result<(), OAuthError> {
    let (exp, nbf, iat) = (members.time("exp")?, members.time("nbf")?, members.time("iat")?);
    if exp.is_some_and(|exp| exp <= now) {
        return Err(refused("the request object is expired"));
    }
    if [nbf, iat].into_iter().flatten().any(|date| date > now.plus(AHEAD)) {
        return Err(refused("nbf or iat of the request object is ahead of now"));
    }
    if wanted.nbf && nbf.is_none() {
        return Err(refused("nbf of the request object is missing"));
    }
    let Some(exp) = exp else {
        return if wanted.exp { Err(refused("exp of the request object is missing")) } else { Ok(()) };
    };
    let begin = nbf.or(iat).unwrap_or(now);
    let too_long = exp > begin.plus(LONGEST_LIFE) || begin.plus(LONGEST_LIFE) < now;
    match wanted.exp && too_long {
        true => Err(refused("the request object lives for more than 60 minutes")),
        false => Ok(()),
    }
}

fn as_query(members: &Members, client: &Client) -> Result<String, OAuthError> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("client_id", client.id.as_str());
    for (name, value) in &members.0 {
        if name == "client_id" || OF_THE_TOKEN.contains(&name.as_str()) {
            continue;
        }
        match value {
            Value::Null => return Err(refused("a parameter in the request object is null")),
            Value::String(text) => query.append_pair(name, text),
            // RFC 9101 §4: numbers stand as numbers, `claims` as an object.
            other => query.append_pair(name, &other.to_string()),
        };
    }
    Ok(query.finish())
}

/// The members of an object, each name once: two readers that choose differently among duplicates are how signatures get confused.
struct Members(Vec<(String, Value)>);

impl Members {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// RFC 7519 §2: seconds, which need not be whole.
    fn time(&self, name: &'static str) -> Result<Option<UnixMillis>, OAuthError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match value.as_f64().filter(|seconds| (0.0..1e11).contains(seconds)) {
            #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
            Some(seconds) => Ok(Some(UnixMillis((seconds * 1000.0) as i64))),
            None => Err(refused(format!("{name} of the request object is not a time"))),
        }
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

/// A value whose objects do so, too.
#[derive(Deserialize)]
struct Distinct(#[serde(deserialize_with = "keys::json::distinct")] Value);

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members: Vec<(String, Value)> = Vec::new();
        while let Some((name, Distinct(value))) = map.next_entry::<String, Distinct>()? {
            if members.len() == MOST || members.iter().any(|(known, _)| *known == name) {
                return Err(de::Error::custom("too many members, or one named twice"));
            }
            members.push((name, value));
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests;
