//! Another e-mail address (個人資料維護), and what stands in the link that confirms it. Sealed; what it belongs to is stored, so that it
//! works once, and a newer one makes it worthless.

use super::mailed_to;
use crate::ids::AccountId;
use crate::people::account::{AccountState, Person};
use keys::sealing::fields::{Reader, Writer};
use keys::sealing::{OpenError, Purpose, Sealer};
use keys::{KeyError, UnixMillis};

const PURPOSE: Purpose = Purpose::new("membership/email");
const VERSION: u8 = 1;

/// An address that was asked for and is not confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailChange {
    /// The new address.
    pub email: String,
    /// The security epoch that the account had then: another password, or a lock, ends it.
    pub security_epoch: i64,
    /// When.
    pub asked_at: UnixMillis,
    /// From when on it is worth nothing.
    pub expires_at: UnixMillis,
}

impl EmailChange {
    /// Whether it can still be confirmed.
    pub fn stands(&self, person: &Person, now: UnixMillis) -> bool {
        now < self.expires_at && person.state == AccountState::Active && person.security_epoch == self.security_epoch
    }
}

/// What stands in the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailKey {
    /// Whose.
    pub account: AccountId,
    /// Digest of the address that the account had.
    before: [u8; 16],
    /// Digest of the address that it was mailed to.
    after: [u8; 16],
    security_epoch: i64,
    asked_at: UnixMillis,
    expires_at: UnixMillis,
}

impl EmailKey {
    /// The key for the link that is mailed to the new address.
    pub fn new(person: &Person, change: &EmailChange) -> Self {
        Self {
            account: person.account_id.clone(),
            before: mailed_to(person.email.as_deref().unwrap_or_default()),
            after: mailed_to(&change.email),
            security_epoch: change.security_epoch,
            asked_at: change.asked_at,
            expires_at: change.expires_at,
        }
    }

    /// Whether it is the key of what the person asks for now.
    pub fn fits(&self, person: &Person, change: &EmailChange, now: UnixMillis) -> bool {
        change.stands(person, now) && *self == Self::new(person, change)
    }

    /// Whether the person has the address that it was mailed to.
    pub fn was_confirmed_by(&self, person: &Person) -> bool {
        let has = person.email.as_deref().filter(|_| person.email_verified);
        self.account == person.account_id && has.is_some_and(|email| mailed_to(email) == self.after)
    }

    /// As it stands in the link.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn seal(&self, sealer: &Sealer) -> Result<String, KeyError> {
        let contents = Writer::new(VERSION).text(self.account.as_str()).array(&self.before).array(&self.after);
        let contents = contents.i64(self.security_epoch).i64(self.asked_at.0).i64(self.expires_at.0);
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
            before: from.array().ok()?,
            after: from.array().ok()?,
            security_epoch: from.i64().ok()?,
            asked_at: UnixMillis(from.i64().ok()?),
            expires_at: UnixMillis(from.i64().ok()?),
        };
        from.finish().ok()?;
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::SealingKey;

    fn person() -> Person {
        Person {
            account_id: AccountId::new([1; 16]),
            account: "clairesu1234".into(),
            name: "蘇小美".into(),
            email: Some("claire@example.gov.tw".into()),
            email_verified: true,
            state: AccountState::Active,
            security_epoch: 3,
            capacity_epoch: 1,
            capacity: None,
        }
    }

    #[test]
    fn a_link_fits_what_was_asked_for_until_anything_changes() {
        let sealer = Sealer::new(SealingKey::new("09dc0fa9".parse().unwrap(), [2; 32]), []);
        let change = EmailChange {
            email: "new@example.tw".into(),
            security_epoch: 3,
            asked_at: UnixMillis(5),
            expires_at: UnixMillis(9),
        };
        let key = EmailKey::open(&sealer, &EmailKey::new(&person(), &change).seal(&sealer).unwrap()).unwrap();
        assert!(key.fits(&person(), &change, UnixMillis(8)));
        assert!(!key.fits(&person(), &change, UnixMillis(9)), "over");
        let people = [
            Person { security_epoch: 4, ..person() },
            Person { email: Some("other@example.gov.tw".into()), ..person() },
            Person { email: None, ..person() },
            Person { state: AccountState::Locked, ..person() },
            Person { account_id: AccountId::new([2; 16]), ..person() },
        ];
        for other in people {
            assert!(!key.fits(&other, &change, UnixMillis(8)), "{other:?}");
        }
        let changes = [
            EmailChange { email: "newer@example.tw".into(), ..change.clone() },
            EmailChange { asked_at: UnixMillis(6), ..change.clone() },
            EmailChange { security_epoch: 4, ..change.clone() },
        ];
        for other in changes {
            assert!(!key.fits(&person(), &other, UnixMillis(8)), "{other:?}");
        }
    }
}
