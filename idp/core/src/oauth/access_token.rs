//! The access token: a sealed handle to its grant. It is checked without a lookup for its own expiry, and by one
//! statement for whether grant, session and account still stand.

use crate::ids::GrantId;
use crate::scope::ScopeSet;
use keys::sealing::fields::{Reader, Writer};
use keys::sealing::{OpenError, Purpose, Sealer};
use keys::{KeyError, UnixMillis};

const PURPOSE: Purpose = Purpose::new("access_token");
const VERSION: u8 = 1;

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// The grant it is good for.
    pub grant_id: GrantId,
    /// After this it is worth nothing.
    pub expires_at: UnixMillis,
    /// The grant's scopes, or fewer if the client asked for fewer (RFC 6749 §6).
    pub scope: ScopeSet,
}

impl AccessToken {
    /// As sent to the client.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn seal(&self, sealer: &Sealer) -> Result<String, KeyError> {
        let contents =
            Writer::new(VERSION).text(self.grant_id.as_str()).i64(self.expires_at.0).u32(self.scope.bits().into());
        sealer.seal(PURPOSE, &contents.finish())
    }

    /// Back from what a client presents.
    ///
    /// # Errors
    /// When it is not an access token of ours.
    pub fn open(sealer: &Sealer, text: &str) -> Result<Self, OpenError> {
        let plain = sealer.open(PURPOSE, text)?;
        Self::read(&plain).ok_or(OpenError::Malformed)
    }

    fn read(plain: &[u8]) -> Option<Self> {
        let mut from = Reader::new(plain, VERSION).ok()?;
        let token = Self {
            grant_id: GrantId::from_trusted(from.text().ok()?),
            expires_at: UnixMillis(from.i64().ok()?),
            scope: ScopeSet::from_bits(u16::try_from(from.u32().ok()?).ok()?),
        };
        from.finish().ok()?;
        Some(token)
    }
}
