//! The JOSE header, read strictly (RFC 7515 §4).

use std::fmt;

use serde::{
    Deserialize,
    de::{self, IgnoredAny, MapAccess, Visitor},
};

use super::{JwsError, Typ};
use crate::{Algorithm, Kid, error::excerpt};

/// The most members a header may have.
const MAX_MEMBERS: usize = 32;
/// The longest `kid`, in bytes.
const MAX_KID: usize = 256;

/// The members of a JOSE header that mean something here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwsHeader {
    /// The algorithm it claims; believed only once a key for it has verified the token.
    pub alg: Algorithm,
    /// The key it names.
    pub kid: Option<Kid>,
    /// The type it declares (RFC 7515 §4.1.9).
    pub typ: Option<String>,
    /// The type of its payload (RFC 7515 §4.1.10).
    pub cty: Option<String>,
}

/// What stands in the JSON, before any judgement.
#[derive(Default)]
struct Raw {
    alg: Option<String>,
    kid: Option<String>,
    typ: Option<String>,
    cty: Option<String>,
    critical: bool,
    b64: Option<bool>,
}

/// A header whose algorithm is not judged yet.
pub(super) struct Named {
    pub(super) alg: String,
    kid: Option<Kid>,
    pub(super) typ: Option<String>,
    cty: Option<String>,
}

pub(super) fn parse(json: &[u8]) -> Result<JwsHeader, JwsError> {
    let Named { alg, kid, typ, cty } = read(json)?;
    let alg = alg.parse().map_err(|_| JwsError::Algorithm(excerpt(&alg)))?;
    Ok(JwsHeader { alg, kid, typ, cty })
}

/// Reads a header; what no algorithm may have is refused.
pub(super) fn read(json: &[u8]) -> Result<Named, JwsError> {
    let raw: Raw = serde_json::from_slice(json).map_err(|error| JwsError::Header(error.to_string()))?;
    if raw.critical {
        return Err(JwsError::Critical);
    }
    if raw.b64 == Some(false) {
        return Err(JwsError::Unencoded);
    }
    let alg = raw.alg.ok_or_else(|| JwsError::Header("alg is missing".to_owned()))?;
    if raw.kid.as_ref().is_some_and(|kid| kid.len() > MAX_KID) {
        return Err(JwsError::Header("kid is too long".to_owned()));
    }
    Ok(Named { alg, kid: raw.kid.map(Kid::new), typ: raw.typ, cty: raw.cty })
}

impl JwsHeader {
    pub(super) fn has_type(&self, expected: Typ<'_>) -> bool {
        fits(self.typ.as_deref(), expected)
    }
}

/// Whether a `typ` is the one expected.
pub(super) fn fits(typ: Option<&str>, expected: Typ<'_>) -> bool {
    match expected {
        Typ::Exactly(one) => typ.is_some_and(|typ| same_media_type(typ, one)),
        Typ::OneOf(list) => typ.is_some_and(|typ| list.iter().any(|one| same_media_type(typ, one))),
        Typ::AbsentOr(list) => typ.is_none_or(|typ| list.iter().any(|one| same_media_type(typ, one))),
        Typ::AnyOrNone => true,
    }
}

fn same_media_type(a: &str, b: &str) -> bool {
    short(a).eq_ignore_ascii_case(short(b))
}

/// Leaves `application/` out where RFC 7515 §4.1.9 lets a sender leave it out: when no other slash follows.
fn short(media_type: &str) -> &str {
    match media_type.split_once('/') {
        Some((first, rest)) if first.eq_ignore_ascii_case("application") && !rest.contains('/') => rest,
        _ => media_type,
    }
}

/// A derived reader would overlook an unknown member named twice; RFC 7515 §4 wants every name unique, and two readers
/// that choose differently among duplicates are how signatures get confused.
impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut raw = Raw::default();
        let mut seen: Vec<String> = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if seen.contains(&name) {
                return Err(de::Error::custom("a member is named twice"));
            }
            if seen.len() >= MAX_MEMBERS {
                return Err(de::Error::custom("too many members"));
            }
            match name.as_str() {
                "alg" => raw.alg = Some(map.next_value()?),
                "kid" => raw.kid = Some(map.next_value()?),
                "typ" => raw.typ = Some(map.next_value()?),
                "cty" => raw.cty = Some(map.next_value()?),
                "b64" => raw.b64 = Some(map.next_value()?),
                other => {
                    raw.critical |= other == "crit";
                    map.next_value::<IgnoredAny>()?;
                }
            }
            seen.push(name);
        }
        Ok(raw)
    }
}
