//! The page that the link of 忘記密碼 opens. Posted to `/reset-password`.
//!
//! Fields: `key` (hidden, out of the link), `new-password`, `new-password-again`.

use super::{FieldKind, Fields, Frame, Summary, SummaryLine, TextField, document};
use crate::routes::PASSWORD_SCRIPT;
use crate::text::{MembershipText, ResetText, Sentence};
use askama::Template;
use idp_core::membership::field::{Field, FieldError};
use idp_core::people::password_rule::PasswordPolicy;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "membership/reset.html", whitespace = "minimize")]
pub struct ResetPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// Where it stands.
    pub state: ResetState<'a>,
    /// What has to be corrected.
    pub errors: &'a [FieldError],
    /// Which passwords may be chosen.
    pub policy: PasswordPolicy,
}

/// Where a reset stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetState<'a> {
    /// A password is to be chosen.
    Ready {
        /// 帳號.
        account: &'a str,
        /// What stood in the link.
        key: &'a str,
        /// Too many at this moment: nothing was done.
        busy: bool,
    },
    /// The password is another.
    Done {
        /// 帳號.
        account: &'a str,
        /// Whether 忘記密碼救援 was removed, being too young to count.
        recovery_removed: bool,
        /// Whether the e-mail address was changed, and has not settled.
        email_changed: bool,
    },
    /// The link is over, or was used.
    Over,
}

impl ResetPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn text(&self) -> &'static MembershipText {
        &self.frame.text().membership
    }

    fn words(&self) -> &'static ResetText {
        &self.text().forgotten.reset
    }

    fn heading(&self) -> &'static str {
        match self.state {
            ResetState::Ready { .. } => self.words().heading,
            ResetState::Done { .. } => self.words().done,
            ResetState::Over => self.words().over,
        }
    }

    fn title(&self) -> String {
        let prefix = if self.summary().is_some() { self.frame.text().frame.error_prefix } else { "" };
        format!("{prefix}{}", self.heading())
    }

    fn lead(&self) -> Sentence<'_> {
        match self.state {
            ResetState::Ready { account, .. } => (self.words().ready)(account),
            ResetState::Done { account, .. } => (self.words().done_now)(account),
            ResetState::Over => self.words().over_why.into(),
        }
    }

    fn ready(&self) -> Option<&str> {
        match self.state {
            ResetState::Ready { key, .. } => Some(key),
            _ => None,
        }
    }

    fn account(&self) -> &str {
        match self.state {
            ResetState::Ready { account, .. } | ResetState::Done { account, .. } => account,
            ResetState::Over => "",
        }
    }

    /// The path of the script that helps with its fields.
    pub fn script(&self) -> Option<&'static str> {
        self.ready().map(|_| PASSWORD_SCRIPT)
    }

    fn recovery_removed(&self) -> bool {
        matches!(self.state, ResetState::Done { recovery_removed: true, .. })
    }

    fn email_changed(&self) -> bool {
        matches!(self.state, ResetState::Done { email_changed: true, .. })
    }

    fn is_over(&self) -> bool {
        self.state == ResetState::Over
    }

    fn summary(&self) -> Option<Summary> {
        let busy = &self.text().join.busy;
        match self.state {
            ResetState::Ready { busy: true, .. } => Some(Summary {
                heading: busy.heading,
                lines: vec![SummaryLine { what: busy.what.to_owned(), field: None }],
                next: vec![busy.next.to_owned()],
            }),
            _ => Fields { text: self.text(), errors: self.errors }.summary(),
        }
    }

    fn fields(&self) -> [TextField<'_>; 2] {
        let fields = Fields { text: self.text(), errors: self.errors };
        let kind = (FieldKind::Password, "new-password");
        let first = fields.text(Field::Password, "", kind);
        let hint = match self.policy {
            PasswordPolicy::Length => first.hint,
            PasswordPolicy::Manuals => self.text().join.password_of_manuals,
        };
        [TextField { label: self.words().password, hint, ..first }, fields.text(Field::PasswordAgain, "", kind)]
    }
}
