//! The page that waits for the 帳號確認信: what became of the mail, and how to correct the address. Posted to `/join/sent`.
//!
//! Fields: `waiting` (hidden, sealed), `email`, `email-again`, and `decision` = `again` or `correct`.

use super::{AskProblem, FieldKind, Fields, Frame, Summary, SummaryLine, TextField, document};
use crate::text::{MembershipText, SentText, Sentence};
use askama::Template;
use idp_core::membership::field::{Field, FieldError};

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "membership/sent.html", whitespace = "minimize")]
pub struct SentPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// The sealed handle of the page.
    pub waiting: &'a str,
    /// The address the mail goes to.
    pub email: &'a str,
    /// What became of the mail.
    pub state: MailState,
    /// What the fields for another address hold.
    pub typed: (&'a str, &'a str),
    /// What has to be corrected.
    pub errors: &'a [FieldError],
    /// Why it is not sent again now.
    pub later: Option<&'a AskProblem>,
    /// The account, if it was applied for before what was typed in another tab.
    pub before: Option<&'a str>,
    /// Where the page is looked at again.
    pub here: &'a str,
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailState {
    /// It has not left yet: until when it will have, as a rule.
    Queued(String),
    /// The other server could not take it yet: when it is tried again.
    Delayed(String),
    /// The other server took it: when.
    Sent(String),
    /// The other server will not take it.
    Refused,
    /// The account is active already.
    Activated,
}

impl SentPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn text(&self) -> &'static MembershipText {
        &self.frame.text().membership
    }

    fn words(&self) -> &'static SentText {
        &self.text().sent
    }

    fn heading(&self) -> &'static str {
        match self.state {
            MailState::Activated => self.words().activated,
            MailState::Refused => self.words().refused,
            MailState::Queued(_) | MailState::Delayed(_) | MailState::Sent(_) => self.words().heading,
        }
    }

    fn title(&self) -> String {
        let prefix = if self.summary().is_some() { self.frame.text().frame.error_prefix } else { "" };
        format!("{prefix}{}", self.heading())
    }

    fn state_words(&self) -> String {
        match &self.state {
            MailState::Queued(until) => (self.words().queued)(until),
            MailState::Delayed(until) => (self.words().delayed)(until),
            MailState::Sent(at) => (self.words().sent_at)(at),
            // Said by the page itself.
            MailState::Refused | MailState::Activated => String::new(),
        }
    }

    fn lead(&self) -> Sentence<'_> {
        match self.state {
            MailState::Activated => self.words().activated_now.into(),
            MailState::Refused => (self.words().refused_at)(self.email),
            MailState::Queued(_) | MailState::Delayed(_) | MailState::Sent(_) => (self.words().sent_to)(self.email),
        }
    }

    fn is_refused(&self) -> bool {
        self.state == MailState::Refused
    }

    /// Whether the fields for another address are open: once something was typed there, they stay so.
    fn is_open(&self) -> bool {
        !self.errors.is_empty() || !self.typed.0.is_empty() || !self.typed.1.is_empty()
    }

    fn is_activated(&self) -> bool {
        self.state == MailState::Activated
    }

    fn summary(&self) -> Option<Summary> {
        let before = self.before.map(|account| Summary {
            heading: self.words().before,
            lines: vec![SummaryLine { what: (self.words().before_what)(account), field: None }],
            next: vec![(self.words().before_next)(self.is_activated()).to_owned()],
        });
        let later = self.later.map(|later| later.summary(self.text(), &self.words().too_soon));
        before.or(later).or_else(|| Fields { text: self.text(), errors: self.errors }.summary())
    }

    fn text_fields(&self) -> [TextField<'_>; 2] {
        let fields = Fields { text: self.text(), errors: self.errors };
        [
            fields.text(Field::Email, self.typed.0, (FieldKind::Email, "email")),
            fields.text(Field::EmailAgain, self.typed.1, (FieldKind::Email, "email")),
        ]
    }
}
