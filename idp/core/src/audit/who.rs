//! Who did what is written down, and to what.

use crate::ids::{AccountId, ClientId};
use serde::Serialize;

/// What an operator's act was done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// An account.
    Account(AccountId),
    /// A client.
    Client(ClientId),
    /// Something else, in a word: the list of agencies, the whole database.
    Other(String),
}

/// Who ran a command, as the operating system knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Operator {
    /// The user whose rights the command had.
    pub uid: u32,
    /// Who took those rights by `sudo`; as `sudo` told the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sudo_user: Option<String>,
}

/// Who ended a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The person signed out.
    Person,
    /// Another person signed in on the same browser.
    AnotherPerson,
    /// An operator, on the command line.
    Operator,
    /// The account was locked.
    Lock,
    /// Another password was set by a mailed link.
    PasswordReset,
    /// Another password was set in another session of the person.
    PasswordChange,
    /// 刪除帳號 was asked for.
    Deletion,
}

impl EndedBy {
    /// As written down.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::AnotherPerson => "another_person",
            Self::Operator => "operator",
            Self::Lock => "lock",
            Self::PasswordReset => "password_reset",
            Self::PasswordChange => "password_change",
            Self::Deletion => "deletion",
        }
    }
}

/// Who removed a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovedBy {
    /// Whoever holds its registration access token.
    Portal,
    /// The sweep: nobody ever entered it.
    Sweep,
}

impl RemovedBy {
    /// As written down.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::Sweep => "sweep",
        }
    }
}

/// Who took a grant back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevokedBy {
    /// The portal gave a token back.
    Portal,
    /// An operator, on the command line.
    Operator,
}

/// Who asked for 刪除帳號, or undid it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletedBy {
    /// The person.
    Person,
    /// An operator, on the command line.
    Operator,
}

impl DeletedBy {
    /// As written down.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Operator => "operator",
        }
    }
}

impl RevokedBy {
    /// As written down.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::Operator => "operator",
        }
    }
}
