//! 加入會員: the choice, and each step, posted to `/join`.
//!
//! Fields: `application` (hidden, sealed), those of the step (see `idp_core::membership::field`), and `decision` = `back` from the
//! button that goes back one step, `skip` from the one that leaves a step out, or from the last step the name of one before it. The last
//! step sends [`DOCUMENTS`] besides. The language switch sends `lang`.

pub(in crate::pages) mod facts;
mod fields;

pub use facts::Taken;

use super::{Fields, Frame, Summary, document};
use crate::pages::CaptchaField;
use crate::pages::form::FormField;
use crate::routes::{ADDRESS_SCRIPT, PASSWORD_SCRIPT};
use crate::text::{JoinText, MembershipText};
use askama::Template;
use facts::Section;
use idp_core::membership::application::Kind;
use idp_core::membership::field::{Field, FieldError};
use idp_core::membership::further::FurtherForm;
use idp_core::membership::recovery::RecoveryForm;
use idp_core::membership::steps::Step;
use idp_core::people::password_rule::PasswordPolicy;

/// Which versions of the documents the page shows, hidden: agreed to is what was shown, whatever has come into force since.
pub const DOCUMENTS: &str = "documents";

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
    /// What is applied for.
    pub kind: Kind,
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
    /// 進階資料.
    Further {
        /// What stands there.
        form: FurtherForm<'a>,
        /// Whether all of it has to be given.
        required: bool,
    },
    /// 忘記密碼救援.
    Recovery {
        /// What stands there.
        form: RecoveryForm<'a>,
        /// Whether an answer was given already, which stays if none is typed.
        has_answer: bool,
    },
    /// 註冊確認: everything once more.
    Confirm {
        /// What every step took.
        taken: Taken<'a>,
        /// The versions of the documents that are agreed to.
        documents: &'a str,
        /// Whether the box is ticked.
        agreed: bool,
        /// What shows that a person makes the account; `None`: nothing has to.
        captcha: Option<&'a CaptchaField>,
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
    /// The documents are others than those that were shown.
    OtherDocuments,
}

impl StepForm<'_> {
    fn step(&self) -> Step {
        match self {
            Self::Account { .. } => Step::Account,
            Self::Basics { .. } => Step::Basics,
            Self::Further { .. } => Step::Further,
            Self::Recovery { .. } => Step::Recovery,
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

    /// What is applied for, in words.
    fn kind_words(&self) -> &'static str {
        match self.kind {
            Kind::General => self.words().general,
            Kind::Official => self.words().official,
        }
    }

    fn progress(&self) -> String {
        (self.words().progress)(self.form.step().number(), Step::ALL.len())
    }

    fn title(&self) -> String {
        let wrong = self.summary().is_some();
        let prefix = if wrong { self.frame.text().frame.error_prefix } else { "" };
        format!("{prefix}{} - {}", self.heading(), self.words().heading)
    }

    /// The path of the script that helps with its fields.
    pub fn script(&self) -> Option<&'static str> {
        match self.form {
            StepForm::Account { .. } => Some(PASSWORD_SCRIPT),
            StepForm::Further { .. } => Some(ADDRESS_SCRIPT),
            StepForm::Basics { .. } | StepForm::Recovery { .. } | StepForm::Confirm { .. } => None,
        }
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
            Some(JoinProblem::Busy) => {
                let again = matches!(self.form, StepForm::Account { .. }).then(|| words.password_again.to_owned());
                Some(said(&words.busy, again))
            }
            Some(JoinProblem::OtherDocuments) => {
                let summary = said(&words.other_documents, None);
                let lines =
                    summary.lines.into_iter().map(|line| super::SummaryLine { field: Some(Field::Agree.id()), ..line });
                Some(Summary { lines: lines.collect(), ..summary })
            }
            None => self.corrections(),
        }
    }

    /// What has to be corrected.
    fn corrections(&self) -> Option<Summary> {
        let captcha = self.captcha().and_then(|field| field.summary_line(&self.frame.text().captcha));
        let mut lines = captcha.into_iter().collect::<Vec<_>>();
        lines.extend(self.fields().summary().into_iter().flat_map(|summary| summary.lines));
        (!lines.is_empty()).then(|| Summary { heading: self.text().correct, lines, next: Vec::new() })
    }

    fn captcha(&self) -> Option<&CaptchaField> {
        let StepForm::Confirm { captcha, .. } = self.form else { return None };
        captcha
    }

    fn form_fields(&self) -> Vec<FormField<'_>> {
        let fields = self.fields();
        match self.form {
            StepForm::Account { account, has_password, policy } => fields.account(account, (has_password, policy)),
            StepForm::Basics { name, email, email_again, nickname } => {
                fields.basics((name, email, email_again, nickname))
            }
            StepForm::Further { form, required } => fields.further(form, required),
            StepForm::Recovery { form, has_answer } => fields.recovery(form, has_answer),
            StepForm::Confirm { .. } => Vec::new(),
        }
    }

    /// What the step is for, where that is not plain.
    fn lead(&self) -> Option<&'static str> {
        match self.form {
            StepForm::Further { required, .. } => Some((self.text().further.lead)(required)),
            StepForm::Recovery { .. } => Some(self.text().recovery.lead),
            StepForm::Account { .. } | StepForm::Confirm { .. } => {
                (self.kind == Kind::Official).then_some(self.words().official_lead)
            }
            StepForm::Basics { .. } => None,
        }
    }

    fn can_skip(&self) -> bool {
        matches!(self.form, StepForm::Further { required: false, .. } | StepForm::Recovery { .. })
    }

    /// What was typed, for a last look.
    fn sections(&self) -> Vec<Section> {
        let StepForm::Confirm { taken, .. } = self.form else { return Vec::new() };
        facts::sections(taken, self.frame.lang, self.text())
    }

    fn agree(&self) -> Option<Agree<'_>> {
        let StepForm::Confirm { agreed, documents, .. } = self.form else { return None };
        Some(Agree { ticked: agreed, documents, error: self.fields().error(Field::Agree) })
    }
}

/// The box that agrees to the documents.
struct Agree<'a> {
    ticked: bool,
    documents: &'a str,
    error: Option<String>,
}
