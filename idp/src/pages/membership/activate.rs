//! The page that a mailed link opens. Looking at it changes nothing: mail is opened by scanners, too. Posted to `/activate`.
//!
//! Fields: `key` (hidden, out of the link).

use super::{Frame, document};
use crate::text::{ActivateText, Sentence};
use askama::Template;

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
    /// The button is to be pressed.
    Ready {
        /// 帳號.
        account: &'a str,
        /// What stood in the link.
        key: &'a str,
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

    fn title(&self) -> &'static str {
        let words = self.words();
        match self.state {
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
            ActivateState::Done { account } => (words.done_now)(account),
            ActivateState::Already { account } => (words.already_now)(account),
            ActivateState::Over => words.over_why.into(),
        }
    }

    fn key(&self) -> Option<&str> {
        match self.state {
            ActivateState::Ready { key, .. } => Some(key),
            _ => None,
        }
    }

    fn is_over(&self) -> bool {
        self.state == ActivateState::Over
    }
}
