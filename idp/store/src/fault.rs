//! A failure that is nobody's decision: disk, database, bug. It rolls back and becomes a 500 or 503, never a 4xx.

use std::fmt;

/// Why a unit of work failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The database said no, or a row makes no sense. The words are for the log.
    Database(String),
    /// Too much is waiting: 503, try again.
    Busy,
    /// What keeps the records cannot be reached, did not answer in time, or cannot write for now: 503, try again. Also an
    /// unanswered commit, of which nobody knows whether it came to be. The words are for the log.
    Unavailable(String),
    /// Ephemeral state holds what makes no sense, or was asked to keep too much. The words are for the log.
    Ephemeral(String),
    /// A key or sealed column that should be readable is not.
    Keys(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(why) => write!(f, "database: {why}"),
            Self::Busy => f.write_str("too much at once"),
            Self::Unavailable(why) => write!(f, "not available for now: {why}"),
            Self::Ephemeral(why) => write!(f, "ephemeral state: {why}"),
            Self::Keys(why) => write!(f, "keys: {why}"),
        }
    }
}

impl std::error::Error for Fault {}

impl Fault {
    /// One word for it, for those who count.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Database(_) => "database",
            Self::Busy => "busy",
            Self::Unavailable(_) => "unavailable",
            Self::Ephemeral(_) => "ephemeral",
            Self::Keys(_) => "keys",
        }
    }

    /// A stored value that this program cannot have written.
    pub fn corrupt(what: &str) -> Self {
        Self::Database(format!("a stored value makes no sense: {what}"))
    }
}

impl From<diesel::result::Error> for Fault {
    fn from(error: diesel::result::Error) -> Self {
        crate::sqlite::fault(error.to_string())
    }
}

impl From<keys::KeyError> for Fault {
    fn from(error: keys::KeyError) -> Self {
        Self::Keys(error.to_string())
    }
}

impl From<keys::OpenError> for Fault {
    fn from(error: keys::OpenError) -> Self {
        Self::Keys(error.to_string())
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::Database(format!("a stored document cannot be read: {error}"))
    }
}
