//! The page that the link to a new e-mail address opens. Posted to `/account/email/confirm`.
//!
//! Fields: `page` (hidden), `key` (hidden, out of the link).

use super::{Frame, MenuItem, Place, document, menu};
use crate::text::{ConfirmText, Sentence};
use askama::Template;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "account/confirm.html", whitespace = "minimize")]
pub struct ConfirmPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// 帳號 of who is signed in.
    pub account: &'a str,
    /// Where the form is sent: whoever has to sign in before comes back there.
    pub action: &'a str,
    /// The sealed page.
    pub page: &'a str,
    /// Where it stands.
    pub state: ConfirmState<'a>,
}

/// Where confirming an address stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmState<'a> {
    /// The button is to be pressed.
    Ready {
        /// The new address.
        email: &'a str,
        /// What stood in the link.
        key: &'a str,
    },
    /// It is the address of the account.
    Done {
        /// Which.
        email: &'a str,
        /// Whether it has to settle.
        settles: bool,
    },
    /// The link is another account's.
    SomebodyElses,
    /// The link is over, or was used.
    Over,
}

impl ConfirmPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn menu(&self) -> Vec<MenuItem> {
        menu(Place::Email, self.frame.text())
    }

    fn words(&self) -> &'static ConfirmText {
        &self.frame.text().account.confirm
    }

    fn title(&self) -> &'static str {
        match self.state {
            ConfirmState::Ready { .. } => self.words().heading,
            ConfirmState::Done { .. } => self.words().done,
            ConfirmState::SomebodyElses => self.words().somebody_elses,
            ConfirmState::Over => self.words().over,
        }
    }

    fn lead(&self) -> Sentence<'_> {
        match self.state {
            ConfirmState::Ready { email, .. } => (self.words().ready)(self.account, email),
            ConfirmState::Done { email, .. } => (self.words().done_now)(self.account, email),
            ConfirmState::SomebodyElses => (self.words().somebody_elses_why)(self.account),
            ConfirmState::Over => self.words().over_why.into(),
        }
    }

    fn ready(&self) -> Option<&str> {
        match self.state {
            ConfirmState::Ready { key, .. } => Some(key),
            _ => None,
        }
    }

    fn is_done(&self) -> bool {
        matches!(self.state, ConfirmState::Done { .. })
    }

    fn settles(&self) -> bool {
        matches!(self.state, ConfirmState::Done { settles: true, .. })
    }

    fn is_over(&self) -> bool {
        matches!(self.state, ConfirmState::Over | ConfirmState::SomebodyElses)
    }
}
