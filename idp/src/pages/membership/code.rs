//! The page where the code of a text message is typed. Posted to `/reset-password/code`.
//!
//! Fields: `asking` (hidden), `text-code`. What it says is the same whether anybody has the account or not.

use super::{FieldKind, Fields, Frame, Summary, TextField, document};
use crate::text::{CodeText, MembershipText, Sentence};
use askama::Template;
use idp_core::membership::field::{Field, FieldError};
use idp_core::membership::reset_code::{FIRST_OF_AN_ACCOUNT, MOST_IN_ALL, MOST_TO_A_MOBILE, TRIES};

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "membership/code.html", whitespace = "minimize")]
pub struct TextCodePage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// The sealed handle of what was asked for; `None`: the code is over.
    pub asking: Option<&'a str>,
    /// The account name that was typed.
    pub account: &'a str,
    /// Of who came from the hint question, behind a link that is right: the key to go back with. They know that the account exists.
    pub before: Option<&'a str>,
    /// What has to be corrected.
    pub errors: &'a [FieldError],
}

impl TextCodePage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn text(&self) -> &'static MembershipText {
        &self.frame.text().membership
    }

    fn words(&self) -> &'static CodeText {
        &self.text().rescue.code
    }

    fn heading(&self) -> &'static str {
        if self.asking.is_some() { self.words().heading } else { self.words().over }
    }

    fn title(&self) -> String {
        let prefix = if self.errors.is_empty() { "" } else { self.frame.text().frame.error_prefix };
        format!("{prefix}{}", self.heading())
    }

    fn lead(&self) -> Sentence<'_> {
        match self.before {
            Some(_) => (self.words().lead_known)(self.account),
            None => (self.words().lead)(self.account),
        }
    }

    fn over_next(&self) -> &'static str {
        if self.before.is_some() { self.words().over_next_known } else { self.words().over_next }
    }

    fn lasts(&self) -> String {
        (self.words().lasts)(TRIES)
    }

    fn nothing_came(&self) -> String {
        match self.before {
            Some(_) => self.words().nothing_came_known.to_owned(),
            None => (self.words().nothing_came)(MOST_TO_A_MOBILE, FIRST_OF_AN_ACCOUNT, MOST_IN_ALL),
        }
    }

    fn over_why(&self) -> String {
        (self.words().over_why)(TRIES)
    }

    fn summary(&self) -> Option<Summary> {
        Fields { text: self.text(), errors: self.errors }.summary()
    }

    fn field(&self) -> TextField<'_> {
        let fields = Fields { text: self.text(), errors: self.errors };
        fields.text(Field::TextCode, "", (FieldKind::Digits, "one-time-code"))
    }
}
