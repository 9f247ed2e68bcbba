//! What stands in the link of the 帳號確認信: for which account and address, and until when. Sealed; nothing is stored for it.
//!
//! It works once, because it activates an account that was not: a second use finds it active. A corrected address makes the links of
//! before worthless, because they name another.

use super::mailed_to;
use crate::ids::AccountId;
use keys::sealing::fields::{Reader, Writer};
use keys::sealing::{OpenError, Purpose, Sealer};
use keys::{KeyError, UnixMillis};

const PURPOSE: Purpose = Purpose::new("membership/activation");
const VERSION: u8 = 1;

/// What stands in the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivationKey {
    /// Which account.
    pub account: AccountId,
    /// Digest of the address that it was mailed to.
    address: [u8; 16],
    /// From when on it is worth nothing.
    pub expires_at: UnixMillis,
}

impl ActivationKey {
    /// A key for a link that is mailed to this address.
    pub fn new(account: AccountId, email: &str, expires_at: UnixMillis) -> Self {
        Self { account, address: mailed_to(email), expires_at }
    }

    /// Whether it was mailed to the address that the account has now.
    pub fn was_mailed_to(&self, email: Option<&str>) -> bool {
        email.is_some_and(|email| keys::same(&mailed_to(email), &self.address))
    }

    /// As it stands in the link.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn seal(&self, sealer: &Sealer) -> Result<String, KeyError> {
        let contents = Writer::new(VERSION).text(self.account.as_str()).array(&self.address).i64(self.expires_at.0);
        sealer.seal(PURPOSE, &contents.finish())
    }

    /// Back from a link.
    ///
    /// # Errors
    /// When this provider did not make it.
    pub fn open(sealer: &Sealer, text: &str) -> Result<Self, OpenError> {
        let plain = sealer.open(PURPOSE, text)?;
        Self::read(&plain).ok_or(OpenError::Malformed)
    }

    fn read(plain: &[u8]) -> Option<Self> {
        let mut from = Reader::new(plain, VERSION).ok()?;
        let key = Self {
            account: AccountId::from_trusted(from.text().ok()?),
            address: from.array().ok()?,
            expires_at: UnixMillis(from.i64().ok()?),
        };
        from.finish().ok()?;
        Some(key)
    }
}
