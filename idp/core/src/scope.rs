//! The scopes a portal can ask for, and what each is for (OpenID Connect Core 1.0 §5.4 and the claims table in
//! `docs/for-portal-developers.md`).

use std::fmt;

/// One scope value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `openid`: who signed in. Every request of ours has it.
    OpenId,
    /// `identity`: 身分別, and for a civil servant the agency.
    Identity,
    /// `profile`: name and the other standard claims of a person.
    Profile,
    /// `email`.
    Email,
    /// `phone`.
    Phone,
    /// `address`.
    Address,
    /// `gsp.profile`: `cn`, `account`, `idp`, the names that today's GSP uses.
    GspProfile,
    /// `uid`: 身分證字號, only for clients granted it.
    Uid,
    /// `offline_access`: a refresh token that outlives the session (§11).
    OfflineAccess,
}

impl Scope {
    /// Every scope, in the order they are written.
    pub const ALL: [Scope; 9] = [
        Scope::OpenId,
        Scope::Identity,
        Scope::Profile,
        Scope::Email,
        Scope::Phone,
        Scope::Address,
        Scope::GspProfile,
        Scope::Uid,
        Scope::OfflineAccess,
    ];

    /// The value on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Scope::OpenId => "openid",
            Scope::Identity => "identity",
            Scope::Profile => "profile",
            Scope::Email => "email",
            Scope::Phone => "phone",
            Scope::Address => "address",
            Scope::GspProfile => "gsp.profile",
            Scope::Uid => "uid",
            Scope::OfflineAccess => "offline_access",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ScopeSet(u16);

impl ScopeSet {
    /// Reads a space-separated list (RFC 6749 §3.3), passing over values that nobody knows (OpenID Connect Core 1.0
    /// §3.1.2.1: scopes not understood should be ignored).
    pub fn parse_known(text: &str) -> Self {
        text.split(' ').filter_map(Scope::parse).collect()
    }

    /// Reads a space-separated list, refusing values that nobody knows.
    ///
    /// # Errors
    /// The first unknown value.
    pub fn parse_strict(text: &str) -> Result<Self, String> {
        text.split_whitespace().map(|word| Scope::parse(word).ok_or_else(|| word.to_owned())).collect()
    }

    /// Whether `scope` is in the set.
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// The set with `scope`.
    #[must_use]
    pub const fn with(self, scope: Scope) -> Self {
        Self(self.0 | scope.bit())
    }

    /// The set without `scope`.
    #[must_use]
    pub const fn without(self, scope: Scope) -> Self {
        Self(self.0 & !scope.bit())
    }

    /// What is in this set and not in `other`.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its members, in the order they are written.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }

    /// As a number, for a sealed value.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Back from [`Self::bits`]; bits without a scope are dropped.
    pub fn from_bits(bits: u16) -> Self {
        Scope::ALL.into_iter().filter(|scope| bits & scope.bit() != 0).collect()
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        scopes.into_iter().fold(Self::default(), Self::with)
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, scope) in self.iter().enumerate() {
            if position > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

impl From<ScopeSet> for String {
    fn from(set: ScopeSet) -> Self {
        set.to_string()
    }
}

impl TryFrom<String> for ScopeSet {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse_strict(&text).map_err(|unknown| format!("no scope is called {unknown:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_scopes_of_a_request_are_passed_over_and_those_of_a_registration_refused() {
        assert_eq!(ScopeSet::parse_known("email openid weather").to_string(), "openid email");
        assert_eq!(ScopeSet::parse_strict("openid weather"), Err("weather".into()));
    }

    #[test]
    fn a_set_survives_its_bits_and_its_text() {
        let all: ScopeSet = Scope::ALL.into_iter().collect();
        assert_eq!(ScopeSet::from_bits(all.bits()), all);
        assert_eq!(ScopeSet::parse_strict(&all.to_string()), Ok(all));
    }
}
