//! What stands in the page on which a person undoes 刪除帳號. Sealed; nothing is stored for it. Only who has just typed the right password
//! is shown that page, and it begins no session.

use crate::ids::AccountId;
use crate::people::account::{AccountState, Person};
use keys::sealing::fields::{Reader, Writer};
use keys::sealing::{OpenError, Purpose, Sealer};
use keys::{KeyError, UnixMillis};

const PURPOSE: Purpose = Purpose::new("membership/undo_deletion");
/// 1 named no browser.
const VERSION: u8 = 2;

/// What stands in the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoKey {
    /// Whose.
    pub account: AccountId,
    /// The security epoch of the account: a deletion that is asked for anew, a lock and another password make the page worthless.
    pub security_epoch: i64,
    /// When the account is removed.
    pub until: UnixMillis,
    /// From when on the page is worth nothing.
    pub expires_at: UnixMillis,
    /// The digest of what the browser proves itself by: copied out of the page, the key is worth nothing.
    pub browser: [u8; 32],
}

impl UndoKey {
    /// A key for the page of this person in this browser; `None`: they do not leave, or their time has come.
    pub fn new(person: &Person, browser: [u8; 32], (expires_at, now): (UnixMillis, UnixMillis)) -> Option<Self> {
        let AccountState::Leaving { until } = person.state else { return None };
        let (account, security_epoch) = (person.account_id.clone(), person.security_epoch);
        (now < until).then_some(Self { account, security_epoch, until, expires_at, browser })
    }

    /// As it stands in the page.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn seal(&self, sealer: &Sealer) -> Result<String, KeyError> {
        let contents = Writer::new(VERSION).text(self.account.as_str()).i64(self.security_epoch);
        let contents = contents.i64(self.until.0).i64(self.expires_at.0).array(&self.browser);
        sealer.seal(PURPOSE, &contents.finish())
    }

    /// Back from a page.
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
            security_epoch: from.i64().ok()?,
            until: UnixMillis(from.i64().ok()?),
            expires_at: UnixMillis(from.i64().ok()?),
            browser: from.array().ok()?,
        };
        from.finish().ok()?;
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::SealingKey;

    fn person(state: AccountState) -> Person {
        Person {
            account_id: AccountId::new([1; 16]),
            account: "clairesu1234".into(),
            name: "蘇小美".into(),
            email: None,
            email_verified: false,
            state,
            security_epoch: 3,
            capacity_epoch: 1,
            capacity: None,
        }
    }

    #[test]
    fn whoever_leaves_gets_a_key_until_their_time_has_come_and_nobody_else_does() {
        let sealer = Sealer::new(SealingKey::new("09dc0fa9".parse().unwrap(), [2; 32]), []);
        let leaving = person(AccountState::Leaving { until: UnixMillis(10) });
        let key = UndoKey::new(&leaving, [3; 32], (UnixMillis(100), UnixMillis(9))).unwrap();
        assert_eq!(UndoKey::open(&sealer, &key.seal(&sealer).unwrap()), Ok(key));
        assert_eq!(UndoKey::new(&leaving, [3; 32], (UnixMillis(100), UnixMillis(10))), None, "too late");
        for state in [AccountState::Active, AccountState::NotActivated, AccountState::Locked] {
            assert_eq!(UndoKey::new(&person(state), [3; 32], (UnixMillis(100), UnixMillis(9))), None, "{state:?}");
        }
    }
}
