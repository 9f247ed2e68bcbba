//! 加入會員: the choice, and each step, posted to `/join`.
//!
//! Fields: `application` (hidden, sealed), those of the step (see `idp_core::membership::field`), and `decision` = `back` from the
//! button that goes back one step.

use super::{FieldKind, Fields, Frame, Summary, TextField, document};
use crate::text::{JoinText, MembershipText};
use askama::Template;
use idp_core::membership::field::{Field, FieldError};
use idp_core::membership::steps::{Basics, Step};
use idp_core::people::password_rule::PasswordPolicy;

/// The choice between 申請一般會員 and 申請公務帳號.
#[derive(Clone, Debug, Template)]
#[template(path = "membership/choice.html", whitespace = "minimize")]
pub struct ChoicePage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
}

impl ChoicePage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn words(&self) -> &'static JoinText {
        &self.frame.text().membership.join
    }

    fn title(&self) -> &'static str {
        self.words().heading
    }
}

/// A step of the form.
#[derive(Clone, Debug, Template)]
#[template(path = "membership/join.html", whitespace = "minimize")]
pub struct JoinPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// The sealed application.
    pub application: &'a str,
    /// The step, with what its fields hold.
    pub form: StepForm<'a>,
    /// What has to be corrected.
    pub errors: &'a [FieldError],
    /// Why nothing was looked at, whatever was typed.
    pub problem: Option<JoinProblem>,
}

/// What the fields of a step hold.
#[derive(Clone, Copy, Debug)]
pub enum StepForm<'a> {
    /// 帳號 and 密碼.
    Account {
        /// 帳號.
        account: &'a str,
        /// Whether a password was chosen already, which stays if none is typed.
        has_password: bool,
        /// Which passwords may be chosen.
        policy: PasswordPolicy,
    },
    /// 基本資料.
    Basics {
        /// 姓名.
        name: &'a str,
        /// 電子信箱.
        email: &'a str,
        /// The same once more.
        email_again: &'a str,
        /// 暱稱.
        nickname: &'a str,
    },
    /// 註冊確認: everything once more.
    Confirm {
        /// 帳號.
        account: &'a str,
        /// 基本資料.
        basics: &'a Basics,
        /// Whether the box is ticked.
        agreed: bool,
    },
}

/// Why nothing was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JoinProblem {
    /// Too many from this network address.
    TooMany {
        /// Until when.
        until: String,
    },
    /// Too many at this moment.
    Busy,
}

impl StepForm<'_> {
    fn step(&self) -> Step {
        match self {
            Self::Account { .. } => Step::Account,
            Self::Basics { .. } => Step::Basics,
            Self::Confirm { .. } => Step::Confirm,
        }
    }
}

impl JoinPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn text(&self) -> &'static MembershipText {
        &self.frame.text().membership
    }

    fn words(&self) -> &'static JoinText {
        &self.text().join
    }

    fn fields(&self) -> Fields<'_> {
        Fields { text: self.text(), errors: self.errors }
    }

    fn heading(&self) -> &'static str {
        (self.words().step)(self.form.step())
    }

    fn progress(&self) -> String {
        (self.words().progress)(self.form.step().number(), Step::ALL.len())
    }

    fn title(&self) -> String {
        let wrong = !self.errors.is_empty() || self.problem.is_some();
        let prefix = if wrong { self.frame.text().frame.error_prefix } else { "" };
        format!("{prefix}{} - {}", self.heading(), self.words().heading)
    }

    fn can_go_back(&self) -> bool {
        self.form.step().previous().is_some()
    }

    fn submit(&self) -> &'static str {
        if self.form.step().next().is_some() { self.words().go_on } else { self.words().create }
    }

    fn summary(&self) -> Option<Summary> {
        let words = self.words();
        let said = |problem: &crate::text::ProblemWords, next: Option<String>| Summary {
            heading: problem.heading,
            lines: vec![super::SummaryLine { what: problem.what.to_owned(), field: None }],
            next: next.into_iter().chain((!problem.next.is_empty()).then(|| problem.next.to_owned())).collect(),
        };
        match &self.problem {
            Some(JoinProblem::TooMany { until }) => Some(said(&words.too_many, Some((words.too_many_until)(until)))),
            Some(JoinProblem::Busy) => Some(said(&words.busy, None)),
            None => self.fields().summary(),
        }
    }

    fn text_fields(&self) -> Vec<TextField<'_>> {
        let fields = self.fields();
        match self.form {
            StepForm::Account { account, has_password, policy } => {
                let chosen = |field: TextField<'static>| {
                    let hint = match policy {
                        _ if has_password => self.words().password_stays,
                        PasswordPolicy::Length => field.hint,
                        PasswordPolicy::Manuals => self.words().password_of_manuals,
                    };
                    TextField { optional: has_password, hint, ..field }
                };
                let again = fields.text(Field::PasswordAgain, "", (FieldKind::Password, "new-password"));
                vec![
                    fields.text(Field::Account, account, (FieldKind::Name, "username")),
                    chosen(fields.text(Field::Password, "", (FieldKind::Password, "new-password"))),
                    TextField { optional: has_password, ..again },
                ]
            }
            StepForm::Basics { name, email, email_again, nickname } => {
                let called = fields.text(Field::Nickname, nickname, (FieldKind::Words, "nickname"));
                vec![
                    fields.text(Field::Name, name, (FieldKind::Words, "name")),
                    fields.text(Field::Email, email, (FieldKind::Email, "email")),
                    fields.text(Field::EmailAgain, email_again, (FieldKind::Email, "email")),
                    TextField { optional: true, ..called },
                ]
            }
            StepForm::Confirm { .. } => Vec::new(),
        }
    }

    /// What was typed, for a last look.
    fn facts(&self) -> Vec<(&'static str, &str)> {
        let StepForm::Confirm { account, basics, .. } = &self.form else { return Vec::new() };
        let label = |field| (self.text().field)(field).label;
        let mut facts = vec![
            (label(Field::Account), *account),
            (label(Field::Name), basics.name.as_str()),
            (label(Field::Email), basics.email.as_str()),
        ];
        facts.extend(basics.nickname.as_deref().map(|nickname| (label(Field::Nickname), nickname)));
        facts
    }

    fn agree(&self) -> Option<Agree> {
        let StepForm::Confirm { agreed, .. } = self.form else { return None };
        Some(Agree { ticked: agreed, error: self.fields().error(Field::Agree) })
    }
}

/// The box that agrees to the documents.
struct Agree {
    ticked: bool,
    error: Option<String>,
}
