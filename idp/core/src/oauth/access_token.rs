//! The access token: a sealed handle to its grant. It is checked without a lookup for its own expiry, and by one
//! statement for whether grant, session and account still stand.

use super::extras::Extras;
use crate::identity::claims_parameter::WantedClaims;
use crate::ids::GrantId;
use crate::lifetimes::Lifetimes;
use crate::scope::ScopeSet;
use keys::sealing::{OpenError, Purpose, Sealer};
use keys::{KeyError, Thumbprint, UnixMillis};

const PURPOSE: Purpose = Purpose::new("access_token");

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// The grant it is good for.
    pub grant_id: GrantId,
    /// After this it is worth nothing.
    pub expires_at: UnixMillis,
    /// The grant's scopes, or fewer if the client asked for fewer (RFC 6749 §6).
    pub scope: ScopeSet,
    /// Claims granted one by one.
    pub claims: WantedClaims,
    /// The key it is bound to (RFC 9449 §6): worth nothing without a proof by it.
    pub key: Option<Thumbprint>,
}

impl AccessToken {
    /// Whether it counts no more, or says that it will count longer than any access token does.
    pub fn is_over(&self, now: UnixMillis, life: &Lifetimes) -> bool {
        life.is_over(self.expires_at, life.access_token, now)
    }

    /// As sent to the client.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn seal(&self, sealer: &Sealer) -> Result<String, KeyError> {
        let extras = Extras { claims: self.claims, key: self.key };
        extras.seal((sealer, PURPOSE), |out| {
            out.text(self.grant_id.as_str()).i64(self.expires_at.0).u32(self.scope.bits().into())
        })
    }

    /// Back from what a client presents.
    ///
    /// # Errors
    /// When it is not an access token of ours.
    pub fn open(sealer: &Sealer, text: &str) -> Result<Self, OpenError> {
        let ((grant_id, expires_at, scope), Extras { claims, key }) = Extras::open((sealer, PURPOSE), text, |from| {
            let (grant_id, expires_at) = (GrantId::from_trusted(from.text().ok()?), UnixMillis(from.i64().ok()?));
            Some((grant_id, expires_at, ScopeSet::from_bits(u16::try_from(from.u32().ok()?).ok()?)))
        })?;
        Ok(Self { grant_id, expires_at, scope, claims, key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_token_counts_for_its_life_and_not_if_it_says_longer() {
        let (life, end) = (Lifetimes::default(), 1_763_000_000_000);
        let token = AccessToken {
            grant_id: GrantId::new(UnixMillis(end), [7; 10]),
            expires_at: UnixMillis(end),
            scope: ScopeSet::from_bits(1),
            claims: WantedClaims::default(),
            key: None,
        };
        for (now, over) in [(-661, true), (-660, false), (-600, false), (-1, false), (0, true)] {
            assert_eq!(token.is_over(UnixMillis(end + now * 1000), &life), over, "{now} s");
        }
    }
}
