//! Claims asked for one by one: the parameter `claims` (OpenID Connect Core 1.0 §5.5).
//!
//! What is asked for is a set of known names for UserInfo and one for the ID token; the rest of the parameter (`essential`,
//! `value`) changes no answer here but for `sub` and `acr`. A claim belongs to a scope, and a client gets it only if it may ask
//! for that scope, and the person is asked as for the scope.

use super::claims::scope_of;
use crate::scope::{Scope, ScopeSet};
use crate::sign_in::authentication::Acr;
use serde_json::{Map, Value};

/// The claims that can be asked for, all of `claims_supported` but what comes by itself. A name's place is its bit in sealed values: new ones go to the end.
pub(crate) const NAMES: [&str; 29] = [
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "email",
    "email_verified",
    "phone_number",
    "phone_number_verified",
    "address",
    "identity_type",
    "identity_type_name",
    "official_type",
    "agency_oid",
    "agency_name",
    "cn",
    "account",
    "idp",
    "uid",
    "uid_verified",
];

/// The scope that gives a claim, those included that are the account's own.
pub(super) fn scope(name: &str) -> Option<Scope> {
    match name {
        "name" | "preferred_username" => Some(Scope::Profile),
        "email" | "email_verified" => Some(Scope::Email),
        "identity_type" | "identity_type_name" | "official_type" | "agency_oid" | "agency_name" => {
            Some(Scope::Identity)
        }
        "cn" | "account" | "idp" => Some(Scope::GspProfile),
        "uid" | "uid_verified" => Some(Scope::Uid),
        other => scope_of(other),
    }
}

/// A set of claims.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClaimSet(u32);

impl ClaimSet {
    /// Whether the claim is in it.
    pub fn has(self, name: &str) -> bool {
        NAMES.iter().position(|known| *known == name).is_some_and(|place| self.0 & (1 << place) != 0)
    }

    /// As sealed values carry it.
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    /// Back from what a sealed value carries.
    pub(crate) const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that belong to one of the scopes.
    #[must_use]
    pub fn within(self, scopes: ScopeSet) -> Self {
        self.iter().filter(|name| scope(name).is_some_and(|scope| scopes.has(scope))).collect()
    }

    /// The scopes that they belong to.
    pub fn scopes(self) -> ScopeSet {
        self.iter().filter_map(scope).collect()
    }

    fn iter(self) -> impl Iterator<Item = &'static str> {
        NAMES.into_iter().filter(move |name| self.has(name))
    }
}

impl<'a> FromIterator<&'a str> for ClaimSet {
    /// Names that nobody knows are passed over (§5.5.1: claims not understood must be ignored).
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        let places = names.into_iter().filter_map(|name| NAMES.iter().position(|known| *known == name));
        Self(places.fold(0, |bits, place| bits | (1 << place)))
    }
}

/// What is asked for one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WantedClaims {
    /// At UserInfo.
    pub userinfo: ClaimSet,
    /// In the ID token.
    pub id_token: ClaimSet,
}

impl WantedClaims {
    /// Whether nothing is.
    pub const fn is_empty(self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }

    /// What belongs to one of the scopes.
    #[must_use]
    pub fn within(self, scopes: ScopeSet) -> Self {
        Self { userinfo: self.userinfo.within(scopes), id_token: self.id_token.within(scopes) }
    }

    /// The scopes that they belong to.
    pub fn scopes(self) -> ScopeSet {
        self.userinfo.scopes().or(self.id_token.scopes())
    }
}

/// The parameter, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimsParameter {
    /// What is asked for one by one.
    pub wanted: WantedClaims,
    /// `sub` with a value: nobody else may answer (§5.5.1).
    pub subject: Option<String>,
    /// An essential `acr` that no sign-in here reaches (§5.5.1.1).
    pub unmet_acr: bool,
}

impl ClaimsParameter {
    /// Reads it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let Ok(Value::Object(whole)) = keys::json::parse(text.as_bytes()) else {
            return Err("claims must be a JSON object, and no object in it may name a member twice");
        };
        let part = |name: &str| match whole.get(name) {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(part)) if part.values().all(|one| one.is_null() || one.is_object()) => Ok(part.clone()),
            Some(_) => Err("claims: userinfo and id_token are objects of names with null or an object each"),
        };
        let (userinfo, id_token) = (part("userinfo")?, part("id_token")?);
        let names = |part: &Map<String, Value>| part.keys().map(String::as_str).collect::<ClaimSet>();
        let subjects = [&userinfo, &id_token].map(|part| part.get("sub").and_then(|sub| sub.get("value")));
        let subjects: Vec<&Value> = subjects.into_iter().flatten().collect();
        let subject = match subjects.as_slice() {
            [] => None,
            [Value::String(one)] => Some(one.clone()),
            [Value::String(one), Value::String(other)] if one == other => Some(one.clone()),
            _ => return Err("claims: sub has one value, a text"),
        };
        Ok(Self {
            wanted: WantedClaims { userinfo: names(&userinfo), id_token: names(&id_token) },
            subject,
            unmet_acr: id_token.get("acr").is_some_and(is_unmet),
        })
    }
}

/// Whether an essential `acr` names values of which none is ours to give. Every sign-in here is by password.
fn is_unmet(acr: &Value) -> bool {
    let one = acr.get("value").into_iter();
    let many = acr.get("values").and_then(Value::as_array).into_iter().flatten();
    let mut named = one.chain(many).peekable();
    let essential = acr.get("essential").and_then(Value::as_bool).unwrap_or(false);
    essential && named.peek().is_some() && !named.any(|value| value.as_str() == Some(Acr::Password.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_claim_has_a_scope_and_a_bit_of_its_own() {
        for name in NAMES {
            let one: ClaimSet = [name].into_iter().collect();
            assert!(one.has(name) && one.0.count_ones() == 1, "{name}");
            assert!(scope(name).is_some(), "{name}");
        }
        assert!(["sub", "acr", "invented", ""].into_iter().collect::<ClaimSet>().is_empty());
    }

    #[test]
    fn only_what_the_scopes_of_the_client_give_is_left() {
        let asked: ClaimSet = ["name", "email", "uid"].into_iter().collect();
        let left = asked.within(ScopeSet::parse_known("openid profile"));
        assert!(left.has("name") && !left.has("email") && !left.has("uid"));
        assert_eq!(asked.scopes(), ScopeSet::parse_known("profile email uid"));
    }

    #[test]
    fn a_claim_keeps_its_bit_and_its_scope() {
        let places =
            [("name", 0), ("family_name", 1), ("email", 14), ("identity_type", 19), ("cn", 24), ("uid_verified", 28)];
        for (name, place) in places {
            assert_eq!([name].into_iter().collect::<ClaimSet>().bits(), 1 << place, "{name}");
        }
        let scopes = [("email_verified", Scope::Email), ("agency_oid", Scope::Identity), ("idp", Scope::GspProfile)];
        for (name, given_by) in scopes.into_iter().chain([("preferred_username", Scope::Profile), ("uid", Scope::Uid)])
        {
            assert_eq!(scope(name), Some(given_by), "{name}");
        }
    }

    #[test]
    fn what_is_wanted_at_userinfo_and_in_the_id_token_is_bounded_alike() {
        let of = |name: &str| [name].into_iter().collect::<ClaimSet>();
        let (here, there) = (ClaimSet::default(), of("email"));
        for both in [WantedClaims { userinfo: there, id_token: here }, WantedClaims { userinfo: here, id_token: there }]
        {
            assert!(!both.is_empty() && both.within(ScopeSet::parse_known("profile")).is_empty());
            assert_eq!(both.within(ScopeSet::parse_known("email")), both);
            assert_eq!(both.scopes(), ScopeSet::parse_known("email"));
        }
    }

    #[test]
    fn the_parameter_is_read_strictly_in_shape_and_leniently_in_names() {
        let read = ClaimsParameter::parse(
            r#"{"userinfo":{"name":{"essential":true},"odd":null},"id_token":{"email":null,"sub":{"value":"s"}},"more":1}"#,
        );
        let read = read.unwrap();
        assert!(read.wanted.userinfo.has("name") && !read.wanted.userinfo.has("email"));
        assert!(read.wanted.id_token.has("email") && !read.wanted.id_token.has("name"));
        assert_eq!(read.subject.as_deref(), Some("s"));
        for bad in [
            "",
            "[]",
            "null",
            "{",
            r#"{"userinfo":[]}"#,
            r#"{"userinfo":"name"}"#,
            r#"{"id_token":{"name":true}}"#,
            r#"{"id_token":{"sub":{"value":1}}}"#,
            r#"{"id_token":{"sub":{"value":"a"}},"userinfo":{"sub":{"value":"b"}}}"#,
        ] {
            assert!(ClaimsParameter::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(ClaimsParameter::parse(r#"{"userinfo":null}"#).unwrap(), ClaimsParameter::default());
    }

    #[test]
    fn an_essential_acr_is_met_only_by_one_that_is_ours_to_give() {
        let unmet =
            |acr: &str| ClaimsParameter::parse(&format!(r#"{{"id_token":{{"acr":{acr}}}}}"#)).unwrap().unmet_acr;
        let ours = Acr::Password.as_str();
        assert!(unmet(r#"{"essential":true,"values":["urn:strong"]}"#));
        assert!(unmet(r#"{"essential":true,"value":"urn:strong"}"#));
        assert!(!unmet(&format!(r#"{{"essential":true,"values":["urn:strong","{ours}"]}}"#)));
        assert!(!unmet(r#"{"essential":true}"#));
        assert!(!unmet(r#"{"values":["urn:strong"]}"#));
        assert!(!unmet("null"));
    }
}
