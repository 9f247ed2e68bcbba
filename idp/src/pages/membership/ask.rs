//! 忘記密碼, 忘記帳號, 重寄確認信: the form, and what happens then. Posted to where it stands.
//!
//! Fields: `account`, or `email` for 忘記帳號; `way` (`mail`, `text`) where both are offered; those of the captcha; `lang` from the
//! language switch. What it says is the
//! same whether anybody has what was typed or not.

use super::{ChoiceField, FieldKind, Fields, Frame, Summary, SummaryLine, TextField, document};
use crate::pages::CaptchaField;
use crate::text::{AskText, ForgottenText, MembershipText, ProblemWords, WaysText};
use askama::Template;
use idp_core::membership::asking::Help;
use idp_core::membership::field::{Field, FieldError};

/// As the form sends it: by mail.
pub const BY_MAIL: &str = "mail";
/// The same: by text message.
pub const BY_TEXT: &str = "text";

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "membership/ask.html", whitespace = "minimize")]
pub struct AskPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// What is asked for.
    pub help: Help,
    /// Where the form goes.
    pub action: &'static str,
    /// Whether it was asked for.
    pub asked: bool,
    /// Where mail and text message are offered: which is chosen, as the form sends it.
    pub way: Option<&'a str>,
    /// What the field holds.
    pub typed: &'a str,
    /// What has to be corrected.
    pub errors: &'a [FieldError],
    /// Why nothing was done.
    pub problem: Option<&'a AskProblem>,
    /// What shows that a person asks; `None`: nothing has to.
    pub captcha: Option<&'a CaptchaField>,
}

/// Why nothing was done. Each holds a moment as people read it: until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskProblem {
    /// It was asked for a moment ago, or often, for what was typed.
    TooSoon(String),
    /// The same of text messages.
    TextTooSoon(String),
    /// Too often from this network address.
    TooManyFromAddress(String),
}

impl AskProblem {
    /// * `too_soon`: the words of the page for a mail that was asked for a moment ago.
    pub(super) fn summary(&self, text: &MembershipText, too_soon: &'static ProblemWords) -> Summary {
        let (told, until) = match self {
            Self::TooSoon(until) => (too_soon, until),
            Self::TextTooSoon(until) => (&text.rescue.ways.too_soon, until),
            Self::TooManyFromAddress(until) => (&text.forgotten.too_many, until),
        };
        let lines = vec![SummaryLine { what: told.what.to_owned(), field: None }];
        let besides = (!told.next.is_empty()).then(|| told.next.to_owned());
        let next = std::iter::once((text.forgotten.until)(until)).chain(besides).collect();
        Summary { heading: told.heading, lines, next }
    }
}

impl AskPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn text(&self) -> &'static MembershipText {
        &self.frame.text().membership
    }

    fn forgotten(&self) -> &'static ForgottenText {
        &self.text().forgotten
    }

    fn words(&self) -> &'static AskText {
        let words = self.forgotten();
        match self.help {
            Help::Password | Help::PasswordByText => &words.password,
            Help::Account => &words.account,
            Help::Confirmation => &words.confirmation,
        }
    }

    fn heading(&self) -> &'static str {
        if self.asked { self.forgotten().asked } else { self.words().heading }
    }

    fn title(&self) -> String {
        let wrong = self.summary().is_some();
        let prefix = if wrong { self.frame.text().frame.error_prefix } else { "" };
        format!("{prefix}{}", self.heading())
    }

    fn summary(&self) -> Option<Summary> {
        match self.problem {
            None => self.corrections(),
            Some(problem) => Some(problem.summary(self.text(), &self.forgotten().too_soon)),
        }
    }

    /// What has to be corrected.
    fn corrections(&self) -> Option<Summary> {
        let fields = Fields { text: self.text(), errors: self.errors }.summary();
        let mut lines = fields.map_or_else(Vec::new, |summary| summary.lines);
        lines.extend(self.captcha.and_then(|field| field.summary_line(&self.frame.text().captcha)));
        (!lines.is_empty()).then(|| Summary { heading: self.text().correct, lines, next: Vec::new() })
    }

    fn field(&self) -> TextField<'_> {
        let fields = Fields { text: self.text(), errors: self.errors };
        let how = match self.help.field() {
            Field::Email => (FieldKind::Email, "email"),
            _ => (FieldKind::Name, "username"),
        };
        TextField { hint: self.words().hint, ..fields.text(self.help.field(), self.typed, how) }
    }

    fn ways(&self) -> &'static WaysText {
        &self.text().rescue.ways
    }

    fn lead(&self) -> &'static str {
        if self.way.is_some() { self.ways().lead } else { self.words().lead }
    }

    fn submit(&self) -> &'static str {
        if self.way.is_some() { self.ways().submit } else { self.words().submit }
    }

    /// The choice between mail and text message, where there is one.
    fn choice(&self) -> Option<ChoiceField<'_>> {
        let words = (self.text().field)(Field::Way);
        let fields = Fields { text: self.text(), errors: self.errors };
        let options = vec![(BY_MAIL, self.ways().mail.to_owned()), (BY_TEXT, self.ways().text.to_owned())];
        self.way.map(|value| ChoiceField {
            id: Field::Way.id(),
            label: words.label,
            hint: words.hint,
            error: fields.error(Field::Way),
            options,
            value,
            autocomplete: "off",
        })
    }

    /// Where else help is to be had: words and address.
    fn others(&self) -> [(&'static str, &'static str); 2] {
        let words = self.forgotten();
        let password = (words.password.heading, "/forgot-password");
        let account = (words.account.heading, "/forgot-account");
        let confirmation = (words.confirmation.heading, "/resend-confirmation");
        match self.help {
            Help::Password | Help::PasswordByText => [account, confirmation],
            Help::Account => [password, confirmation],
            Help::Confirmation => [password, account],
        }
    }
}
