//! The page that a mailed link opens. Looking at it changes nothing: mail is opened by scanners, too. Posted to `/activate`.
//!
//! Fields: `key` (hidden, out of the link), `current-password`; `decision` (`discard`).

use super::{Frame, Summary, TextField, document};
use crate::pages::{SignInProblem, current_password};
use crate::text::{ActivateText, Sentence};
use askama::Template;

/// The value of `decision` that does away with the application.
pub const DISCARD: &str = "discard";

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "membership/activate.html", whitespace = "minimize")]
pub struct ActivatePage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// Where it stands.
    pub state: ActivateState<'a>,
}

/// Where an activation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivateState<'a> {
    /// The password is to be typed.
    Ready {
        /// 帳號.
        account: &'a str,
        /// What stood in the link.
        key: &'a str,
        /// Why the password before did not do.
        problem: Option<&'a SignInProblem>,
    },
    /// The application is gone.
    Discarded {
        /// 帳號.
        account: &'a str,
    },
    /// The account can be used.
    Done {
        /// 帳號.
        account: &'a str,
    },
    /// It could be used before.
    Already {
        /// 帳號.
        account: &'a str,
    },
    /// The link is over, or was replaced.
    Over,
}

impl ActivatePage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn words(&self) -> &'static ActivateText {
        &self.frame.text().membership.activate
    }

    fn title(&self) -> String {
        let prefix = if self.summary().is_some() { self.frame.text().frame.error_prefix } else { "" };
        format!("{prefix}{}", self.heading())
    }

    fn heading(&self) -> &'static str {
        let words = self.words();
        match self.state {
            ActivateState::Discarded { .. } => words.discarded,
            ActivateState::Ready { .. } => words.heading,
            ActivateState::Done { .. } => words.done,
            ActivateState::Already { .. } => words.already,
            ActivateState::Over => words.over,
        }
    }

    fn lead(&self) -> Sentence<'_> {
        let words = self.words();
        match self.state {
            ActivateState::Ready { account, .. } => (words.ready)(account),
            ActivateState::Discarded { account } => (words.discarded_now)(account),
            ActivateState::Done { account } => (words.done_now)(account),
            ActivateState::Already { account } => (words.already_now)(account),
            ActivateState::Over => words.over_why.into(),
        }
    }

    fn ready(&self) -> Option<(&str, &str)> {
        match self.state {
            ActivateState::Ready { account, key, .. } => Some((account, key)),
            _ => None,
        }
    }

    fn problem(&self) -> Option<&SignInProblem> {
        match self.state {
            ActivateState::Ready { problem, .. } => problem,
            _ => None,
        }
    }

    fn summary(&self) -> Option<Summary> {
        let words = &self.words().password;
        self.problem().map(|problem| current_password::summary(problem, words, self.frame.text()))
    }

    fn field(&self) -> TextField<'static> {
        current_password::field(self.problem(), &self.words().password)
    }

    fn is_discarded(&self) -> bool {
        matches!(self.state, ActivateState::Discarded { .. })
    }

    fn is_over(&self) -> bool {
        self.state == ActivateState::Over
    }
}
