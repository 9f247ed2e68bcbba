//! The page that asks the hint question (密碼提示問題), behind a link or code that is right. Posted to `/reset-password`.
//!
//! Fields: `key` (hidden), `hint-answer`; `decision` = `text` has a code texted instead.

use super::{FieldKind, Fields, Frame, Summary, SummaryLine, TextField, document};
use crate::text::{AnswerText, MembershipText, Sentence};
use askama::Template;
use idp_core::membership::field::{Field, FieldError};

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "membership/answer.html", whitespace = "minimize")]
pub struct AnswerPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// 帳號.
    pub account: &'a str,
    /// What stood in the link.
    pub key: &'a str,
    /// 密碼提示問題.
    pub question: &'a str,
    /// What who forgot the answer can do.
    pub another_way: &'a AnotherWay,
    /// What has to be corrected.
    pub errors: &'a [FieldError],
    /// Why nothing was looked at.
    pub problem: Option<&'a AnswerProblem>,
}

/// What who forgot the answer can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnotherWay {
    /// Have a code sent to this mobile, of which a few digits are shown.
    ByText(String),
    /// They came by text message: a mail as well.
    ByMail,
    /// Ask people.
    ByPeople,
}

/// Why nothing was looked at. Each moment is as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerProblem {
    /// Too many wrong answers, until then.
    TooMany(String),
    /// A code was texted a moment ago, or often: until then.
    TextTooSoon(String),
    /// Too many at this moment.
    Busy,
}

impl AnswerPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn text(&self) -> &'static MembershipText {
        &self.frame.text().membership
    }

    fn words(&self) -> &'static AnswerText {
        &self.text().rescue.answer
    }

    fn title(&self) -> String {
        let prefix = if self.summary().is_some() { self.frame.text().frame.error_prefix } else { "" };
        format!("{prefix}{}", self.words().heading)
    }

    fn lead(&self) -> Sentence<'_> {
        (self.words().lead)(self.account)
    }

    fn by_text(&self) -> Option<String> {
        match self.another_way {
            AnotherWay::ByText(mobile) => Some((self.words().by_text)(mobile)),
            AnotherWay::ByMail | AnotherWay::ByPeople => None,
        }
    }

    fn otherwise(&self) -> &'static str {
        match self.another_way {
            AnotherWay::ByMail => self.words().by_mail,
            AnotherWay::ByText(_) | AnotherWay::ByPeople => self.words().by_people,
        }
    }

    fn summary(&self) -> Option<Summary> {
        let until = self.text().forgotten.until;
        let (told, next) = match self.problem {
            None => return Fields { text: self.text(), errors: self.errors }.summary(),
            Some(AnswerProblem::TooMany(moment)) => (&self.words().too_many, until(moment)),
            Some(AnswerProblem::TextTooSoon(moment)) => (&self.text().rescue.ways.too_soon, until(moment)),
            Some(AnswerProblem::Busy) => (&self.text().join.busy, self.text().join.busy.next.to_owned()),
        };
        let lines = vec![SummaryLine { what: told.what.to_owned(), field: None }];
        Some(Summary { heading: told.heading, lines, next: vec![next] })
    }

    fn field(&self) -> TextField<'_> {
        let fields = Fields { text: self.text(), errors: self.errors };
        let field = fields.text(Field::HintAnswer, "", (FieldKind::Name, "off"));
        TextField { label: self.words().answer, hint: "", ..field }
    }
}
