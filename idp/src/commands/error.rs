//! Why a command did not do what was asked, in words that say what would be right.

use crate::failure::Failure;
use crate::keystore::prepare::CannotStart;
use crate::server::CannotServe;
use crate::settings::BadSetting;
use std::path::Path;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A setting.
    #[error("{0}")]
    Setting(#[from] BadSetting),
    /// The program cannot start.
    #[error("{0}")]
    Start(#[from] CannotStart),
    /// The server cannot serve.
    #[error("{0}")]
    Serve(#[from] CannotServe),
    /// Database or keys.
    #[error("{0}")]
    Failure(#[from] Failure),
    /// What was asked makes no sense; nothing was changed.
    #[error("{0}")]
    Refused(String),
    /// A part is done and stands.
    #[error("{done}: {why}")]
    HalfDone {
        /// What is done, what is not, and what to do.
        done: String,
        /// What came between.
        why: Box<CommandError>,
    },
    /// The operating system.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl CommandError {
    /// A refusal in words.
    pub fn refused(words: impl Into<String>) -> Self {
        Self::Refused(words.into())
    }

    /// The same, after something was `done` that stands.
    #[must_use]
    pub fn after(self, done: impl Into<String>) -> Self {
        Self::HalfDone { done: done.into(), why: Box::new(self) }
    }

    /// The same, and where the settings came from, if it is they that probably lead to a wrong place.
    #[must_use]
    pub fn in_words_of(self, config: Option<&Path>) -> Self {
        let Self::Start(why @ CannotStart::NoDatabase(_)) = self else { return self };
        Self::Refused(match config {
            None => format!(
                "{why}. No settings file was given: name the server's with --config FILE or IDP_CONFIG=FILE, or give its settings \
                 in the environment (IDP__DATABASE__URL=…)"
            ),
            Some(file) => format!("{why}. The settings came from {}; see database.url there", file.display()),
        })
    }
}

impl From<idp_store::Fault> for CommandError {
    fn from(fault: idp_store::Fault) -> Self {
        Self::Failure(fault.into())
    }
}

impl From<keys::KeyError> for CommandError {
    fn from(error: keys::KeyError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<serde_json::Error> for CommandError {
    fn from(error: serde_json::Error) -> Self {
        Self::Failure(error.into())
    }
}
