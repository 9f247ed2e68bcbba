//! The page that somebody reaches who signs in while the account is about to be deleted. Posted to `/undo-deletion`.
//!
//! Fields: `key` (hidden), `interaction` (hidden).

use super::{Frame, document};
use crate::text::{Sentence, UndoText};
use askama::Template;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "membership/undo.html", whitespace = "minimize")]
pub struct UndoPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// The sealed sign-in in progress.
    pub interaction: &'a str,
    /// Where it stands.
    pub state: UndoState<'a>,
}

/// Where undoing a deletion stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndoState<'a> {
    /// It can be undone.
    Ready {
        /// 帳號.
        account: &'a str,
        /// When the account is removed, as people read it.
        until: &'a str,
        /// What proves that the right password was typed just now.
        key: &'a str,
    },
    /// It was undone.
    Done {
        /// 帳號.
        account: &'a str,
    },
    /// The page is over.
    Over,
    /// The time has come.
    TooLate {
        /// 帳號.
        account: &'a str,
    },
}

impl UndoPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn words(&self) -> &'static UndoText {
        &self.frame.text().membership.leaving.undo
    }

    fn title(&self) -> &'static str {
        let words = self.words();
        match self.state {
            UndoState::Ready { .. } => words.heading,
            UndoState::Done { .. } => words.done,
            UndoState::Over => words.over,
            UndoState::TooLate { .. } => words.too_late,
        }
    }

    fn lead(&self) -> Sentence<'_> {
        let words = self.words();
        match self.state {
            UndoState::Ready { account, until, .. } => (words.lead)(account, until),
            UndoState::Done { account } => (words.done_now)(account),
            UndoState::Over => words.over_why.into(),
            UndoState::TooLate { account } => (words.too_late_why)(account),
        }
    }

    fn key(&self) -> Option<&str> {
        match self.state {
            UndoState::Ready { key, .. } => Some(key),
            _ => None,
        }
    }

    fn is_done(&self) -> bool {
        matches!(self.state, UndoState::Done { .. })
    }

    fn is_over(&self) -> bool {
        self.state == UndoState::Over
    }

    fn is_too_late(&self) -> bool {
        matches!(self.state, UndoState::TooLate { .. })
    }
}
