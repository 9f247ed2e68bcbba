//! A person's account: its state, and the person as tokens describe them.

use crate::identity::capacity::Capacity;
use crate::ids::AccountId;
use keys::UnixMillis;

/// Whether an account can be used. Anything but [`AccountState::Active`] is told only after the right password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// Can sign in.
    Active,
    /// 尚未啟用: the mailed link has not been opened yet.
    NotActivated,
    /// An administrator's lock.
    Locked,
    /// 刪除帳號: the person asked for it, and can still undo it; nothing else works.
    Leaving {
        /// From this moment on the account is removed.
        until: UnixMillis,
    },
}

impl AccountState {
    /// One of every kind.
    pub const ALL: [AccountState; 4] = [
        AccountState::Active,
        AccountState::NotActivated,
        AccountState::Locked,
        AccountState::Leaving { until: UnixMillis(i64::MAX) },
    ];

    /// In a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            AccountState::Active => ACTIVE,
            AccountState::NotActivated => NOT_ACTIVATED,
            AccountState::Locked => LOCKED,
            AccountState::Leaving { .. } => "leaving",
        }
    }

    /// As stored: a word, and from when on the account is removed. To a program that knows nothing of the second it is locked.
    pub const fn stored(self) -> (&'static str, Option<UnixMillis>) {
        match self {
            AccountState::Leaving { until } => (LOCKED, Some(until)),
            other => (other.as_str(), None),
        }
    }

    /// From what is stored.
    pub fn parse(text: &str, leaves_at: Option<UnixMillis>) -> Option<Self> {
        Some(match (text, leaves_at) {
            (ACTIVE, None) => AccountState::Active,
            (NOT_ACTIVATED, None) => AccountState::NotActivated,
            (LOCKED, None) => AccountState::Locked,
            (LOCKED, Some(until)) => AccountState::Leaving { until },
            _ => return None,
        })
    }
}

const ACTIVE: &str = "active";
const NOT_ACTIVATED: &str = "not_activated";
const LOCKED: &str = "locked";

/// A person, read afresh for every decision: never cached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub account_id: AccountId,
    /// 帳號, as registered.
    pub account: String,
    /// 姓名.
    pub name: String,
    /// E-mail address.
    pub email: Option<String>,
    /// Whether the address was confirmed.
    pub email_verified: bool,
    /// Whether the account can be used.
    pub state: AccountState,
    /// Stored in sessions and grants; another number here ends them all.
    pub security_epoch: i64,
    /// Stored in grants whose scope holds `identity`; another number here ends those.
    pub capacity_epoch: i64,
    /// 公務人員 with their agency; `None`: 自然人.
    pub capacity: Option<Capacity>,
}

/// Personal data that is sealed at rest, opened only when a scope asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Personal {
    /// 身分證字號 or 統一證號.
    pub national_id: Option<String>,
    /// Whether the number was proven.
    pub national_id_verified: bool,
    /// Further standard claims (OpenID Connect Core 1.0 §5.1), as a JSON object.
    pub claims: serde_json::Map<String, serde_json::Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_comes_back_as_it_was_stored_and_to_older_programs_who_leaves_is_locked() {
        for state in AccountState::ALL {
            let (word, leaves_at) = state.stored();
            assert_eq!(AccountState::parse(word, leaves_at), Some(state));
        }
        assert_eq!(AccountState::Leaving { until: UnixMillis(7) }.stored(), ("locked", Some(UnixMillis(7))));
        for word in ["active", "not_activated", "leaving", ""] {
            assert_eq!(AccountState::parse(word, Some(UnixMillis(7))), None, "{word}");
        }
    }
}
