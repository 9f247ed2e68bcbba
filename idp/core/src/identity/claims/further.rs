//! The standard claims that an administrator can give an account.

use crate::scope::Scope;
use crate::shown_text::{self, NotShown};
use openidconnect::StandardClaims;
use openidconnect::core::CoreGenderClaim;

/// The scope that asks for a standard claim (OpenID Connect Core 1.0 §5.4). A language tag (`family_name#en`, §5.2)
/// belongs to its claim. `name`, `email` and `sub` are the account's own and cannot be overridden.
pub fn scope_of(claim: &str) -> Option<Scope> {
    let name = claim.split('#').next().unwrap_or(claim);
    match name {
        "family_name" | "given_name" | "middle_name" | "nickname" | "profile" | "picture" | "website" | "gender"
        | "birthdate" | "zoneinfo" | "locale" | "updated_at" => Some(Scope::Profile),
        "phone_number" | "phone_number_verified" => Some(Scope::Phone),
        "address" => Some(Scope::Address),
        _ => None,
    }
}

/// Checks claims that an administrator gives an account: known names, the types of OpenID Connect Core 1.0 §5.1, nothing
/// empty.
///
/// # Errors
/// What is wrong, for the administrator.
pub fn check_further(claims: &serde_json::Map<String, serde_json::Value>) -> Result<(), String> {
    for (name, value) in claims {
        if scope_of(name).is_none() {
            return Err(format!("{name:?} is not a standard claim that can be set (OpenID Connect Core 1.0 §5.1)"));
        }
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_#-".contains(&byte)) {
            return Err(format!("{name:?} has a language tag that is none (BCP 47)"));
        }
        if value.is_null() || value.as_str().is_some_and(str::is_empty) {
            return Err(format!("{name:?} is empty; leave it out instead"));
        }
        check_texts(value).map_err(|why| format!("{name:?} {why}"))?;
    }
    let mut object = claims.clone();
    object.insert("sub".into(), "check".into());
    serde_json::from_value::<StandardClaims<CoreGenderClaim>>(object.into()).map(drop).map_err(|why| why.to_string())
}

/// Every text in a value, with its names: portals show them.
fn check_texts(value: &serde_json::Value) -> Result<(), NotShown> {
    match value {
        serde_json::Value::String(text) => shown_text::lines(text),
        serde_json::Value::Array(values) => values.iter().try_for_each(check_texts),
        serde_json::Value::Object(members) => {
            members.iter().try_for_each(|(name, value)| shown_text::lines(name).and_then(|()| check_texts(value)))
        }
        _ => Ok(()),
    }
}
