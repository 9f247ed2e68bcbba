//! Another e-mail address. Posted to `/account/email`.
//!
//! Fields: `page` (hidden), `email`, `email-again`, `current-password`, and `decision` = `again` or `withdraw` from the buttons beside an
//! address that waits.

use super::{FieldKind, Fields, Frame, MenuItem, Place, Summary, TextField, document, menu};
use crate::pages::SignInProblem;
use crate::pages::current_password;
use crate::pages::dates::{again_text, moment_text};
use crate::pages::form::SummaryLine;
use crate::pages::membership::MailState;
use crate::text::{EmailText, Sentence};
use askama::Template;
use idp_core::UnixMillis;
use idp_core::membership::field::{Field, FieldError};
use idp_core::membership::former_email::FormerEmail;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "account/email.html", whitespace = "minimize")]
pub struct EmailPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// The sealed page.
    pub page: &'a str,
    /// The address that the account has.
    pub email: Option<&'a str>,
    /// Whether it was confirmed.
    pub is_confirmed: bool,
    /// The address of before, while that of the account settles.
    pub former: Option<&'a FormerEmail>,
    /// Another that was asked for.
    pub waits: Option<EmailWaits<'a>>,
    /// What was typed.
    pub typed: (&'a str, &'a str),
    /// What has to be corrected.
    pub errors: &'a [FieldError],
    /// Why the current password was not confirmed.
    pub problem: Option<&'a SignInProblem>,
    /// Too many mails: until when, and now.
    pub too_soon: Option<(UnixMillis, UnixMillis)>,
}

/// An address that waits to be confirmed.
#[derive(Clone, Debug)]
pub struct EmailWaits<'a> {
    /// Which.
    pub email: &'a str,
    /// Until when it can be.
    pub until: UnixMillis,
    /// What became of the mail.
    pub mail: MailState,
}

impl EmailPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn menu(&self) -> Vec<MenuItem> {
        menu(Place::Email, self.frame.text())
    }

    fn words(&self) -> &'static EmailText {
        &self.frame.text().account.email
    }

    fn heading(&self) -> &'static str {
        (self.frame.text().account.place)(Place::Email)
    }

    fn title(&self) -> String {
        let prefix = if self.summary().is_some() { self.frame.text().frame.error_prefix } else { "" };
        format!("{prefix}{}", self.heading())
    }

    fn summary(&self) -> Option<Summary> {
        let text = self.frame.text();
        let too_soon = self.too_soon.map(|(until, now)| {
            let (words, until) = (&text.membership.forgotten, again_text(until.0, now.0, self.frame.lang));
            Summary {
                heading: words.too_soon.heading,
                lines: vec![SummaryLine { what: self.words().too_soon.to_owned(), field: None }],
                next: vec![(words.until)(&until)],
            }
        });
        let problem = self.problem.map(|problem| current_password::summary(problem, &text.account.current, text));
        let fields = Fields { text: &text.membership, errors: self.errors }.summary();
        too_soon.or_else(|| current_password::together(fields, problem))
    }

    /// From when on the address counts for 忘記密碼.
    fn settles(&self) -> Option<Sentence<'_>> {
        let former = self.former?;
        let until = moment_text(former.until().0, self.frame.lang);
        Some((self.words().settles)(&until, former.email.as_deref()))
    }

    fn until(&self, waits: &EmailWaits<'_>) -> String {
        (self.words().until)(&moment_text(waits.until.0, self.frame.lang))
    }

    fn mail_words(&self, waits: &EmailWaits<'_>) -> String {
        let words = &self.frame.text().membership.sent;
        match &waits.mail {
            MailState::Delayed(until) => (words.delayed)(until),
            MailState::Sent(at) => (words.sent_at)(at),
            MailState::Refused => self.words().refused.to_owned(),
            MailState::Queued(until) => (words.queued)(until),
            MailState::Activated => words.activated_now.to_owned(),
        }
    }

    fn fields(&self) -> [TextField<'_>; 3] {
        let text = self.frame.text();
        let fields = Fields { text: &text.membership, errors: self.errors };
        let new = fields.text(Field::Email, self.typed.0, (FieldKind::Email, "email"));
        [
            TextField { label: self.words().new, hint: self.words().new_hint, ..new },
            TextField {
                label: self.words().again,
                ..fields.text(Field::EmailAgain, self.typed.1, (FieldKind::Email, "email"))
            },
            current_password::field(self.problem, &text.account.current),
        ]
    }
}
