//! 密碼維護. Posted to `/account/password`.
//!
//! Fields: `page` (hidden), `current-password`, `new-password`, `new-password-again`.

use super::{FieldKind, Fields, Frame, MenuItem, Place, Summary, TextField, document, menu};
use crate::pages::SignInProblem;
use crate::pages::current_password;
use crate::routes::PASSWORD_SCRIPT;
use crate::text::PasswordText;
use askama::Template;
use idp_core::membership::field::{Field, FieldError, Wrong};
use idp_core::people::password_rule::PasswordPolicy;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "account/password.html", whitespace = "minimize")]
pub struct PasswordPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// 帳號.
    pub account: &'a str,
    /// Which passwords may be chosen.
    pub policy: PasswordPolicy,
    /// The sealed page.
    pub page: &'a str,
    /// Where it stands.
    pub state: PasswordState<'a>,
}

/// Where a change of the password stands.
#[derive(Clone, Debug)]
pub enum PasswordState<'a> {
    /// A password is to be chosen.
    Asked {
        /// Why nothing was changed.
        problem: Option<SignInProblem>,
        /// What has to be corrected.
        errors: &'a [FieldError],
    },
    /// It was changed.
    Changed,
}

impl PasswordPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn menu(&self) -> Vec<MenuItem> {
        menu(Place::Password, self.frame.text())
    }

    fn words(&self) -> &'static PasswordText {
        &self.frame.text().account.password
    }

    fn heading(&self) -> &'static str {
        match self.state {
            PasswordState::Asked { .. } => (self.frame.text().account.place)(Place::Password),
            PasswordState::Changed => self.words().done,
        }
    }

    fn title(&self) -> String {
        let prefix = if self.summary().is_some() { self.frame.text().frame.error_prefix } else { "" };
        format!("{prefix}{}", self.heading())
    }

    /// The path of the script that helps with its fields.
    pub fn script(&self) -> Option<&'static str> {
        (!self.is_changed()).then_some(PASSWORD_SCRIPT)
    }

    fn is_changed(&self) -> bool {
        matches!(self.state, PasswordState::Changed)
    }

    fn summary(&self) -> Option<Summary> {
        let PasswordState::Asked { problem, errors } = &self.state else { return None };
        let text = self.frame.text();
        let problem = problem.as_ref().map(|problem| current_password::summary(problem, &text.account.current, text));
        current_password::together(problem, self.new_ones(errors))
    }

    /// What is wrong with the new one, which is named where there is another on the page.
    fn new_ones(&self, errors: &[FieldError]) -> Option<Summary> {
        let mut summary = Fields { text: &self.frame.text().membership, errors }.summary()?;
        for (line, error) in summary.lines.iter_mut().zip(errors) {
            line.what = self.error(*error).unwrap_or_else(|| std::mem::take(&mut line.what));
        }
        Some(summary)
    }

    fn error(&self, error: FieldError) -> Option<String> {
        (error == FieldError::new(Field::Password, Wrong::Missing)).then(|| self.words().new_missing.to_owned())
    }

    fn fields(&self) -> Vec<TextField<'_>> {
        let PasswordState::Asked { problem, errors } = &self.state else { return Vec::new() };
        let text = self.frame.text();
        let fields = Fields { text: &text.membership, errors };
        let kind = (FieldKind::Password, "new-password");
        let first = fields.text(Field::Password, "", kind);
        let error = errors.iter().find_map(|error| self.error(*error)).or_else(|| first.error.clone());
        let hint = match self.policy {
            PasswordPolicy::Length => first.hint,
            PasswordPolicy::Manuals => text.membership.join.password_of_manuals,
        };
        vec![
            current_password::field(problem.as_ref(), &text.account.current),
            TextField { label: self.words().new, hint, error, ..first },
            fields.text(Field::PasswordAgain, "", kind),
        ]
    }
}
