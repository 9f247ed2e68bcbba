//! A person's account: its state, and the person as tokens describe them.

use crate::identity::capacity::Capacity;
use crate::ids::AccountId;

/// Whether an account can be used. Anything but [`AccountState::Active`] is told only after the right password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// Can sign in.
    Active,
    /// 尚未啟用: the mailed link has not been opened yet.
    NotActivated,
    /// An administrator's lock.
    Locked,
}

impl AccountState {
    /// Every state.
    pub const ALL: [AccountState; 3] = [AccountState::Active, AccountState::NotActivated, AccountState::Locked];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            AccountState::Active => "active",
            AccountState::NotActivated => "not_activated",
            AccountState::Locked => "locked",
        }
    }

    /// From what is stored.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

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
