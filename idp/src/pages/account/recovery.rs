//! 忘記密碼救援 of who is signed in. Posted to `/account/recovery`.
//!
//! Fields: `page` (hidden), those of `idp_core::membership::recovery`, `current-password`.

use super::{Fields, Frame, MenuItem, Place, SaveState, Summary, document, menu};
use crate::pages::SignInProblem;
use crate::pages::current_password;
use crate::pages::dates::moment_text;
use crate::pages::form::FormField;
use crate::text::RecoverText;
use askama::Template;
use idp_core::UnixMillis;
use idp_core::membership::field::FieldError;
use idp_core::membership::recovery::RecoveryForm;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "account/recovery.html", whitespace = "minimize")]
pub struct RecoveryPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// The sealed page.
    pub page: &'a str,
    /// What stands in the fields.
    pub form: RecoveryForm<'a>,
    /// Whether an answer is kept to the question that is chosen, and stays if none is typed.
    pub has_answer: bool,
    /// From when on what is kept counts; `None`: it does.
    pub counts_from: Option<UnixMillis>,
    /// What has to be corrected.
    pub errors: &'a [FieldError],
    /// Why the current password was not confirmed.
    pub problem: Option<&'a SignInProblem>,
    /// Where it stands.
    pub state: SaveState,
}

impl RecoveryPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn menu(&self) -> Vec<MenuItem> {
        menu(Place::Recovery, self.frame.text())
    }

    fn words(&self) -> &'static RecoverText {
        &self.frame.text().account.recovery
    }

    fn heading(&self) -> &'static str {
        (self.frame.text().account.place)(Place::Recovery)
    }

    fn title(&self) -> String {
        let prefix = if self.summary().is_some() { self.frame.text().frame.error_prefix } else { "" };
        format!("{prefix}{}", self.heading())
    }

    fn is_saved(&self) -> bool {
        self.state == SaveState::Saved
    }

    fn summary(&self) -> Option<Summary> {
        let problem = self
            .problem
            .map(|problem| current_password::summary(problem, &self.frame.text().account.current, self.frame.text()));
        let fields = self.state.summary(&self.frame).or_else(|| self.fields().summary());
        current_password::together(fields, problem)
    }

    fn counts_from(&self) -> Option<String> {
        self.counts_from.map(|from| moment_text(from.0, self.frame.lang))
    }

    fn fields(&self) -> Fields<'_> {
        Fields { text: &self.frame.text().membership, errors: self.errors }
    }

    fn form_fields(&self) -> Vec<FormField<'_>> {
        let mut fields = self.fields().recovery(self.form, self.has_answer);
        fields.push(FormField::Heading(self.frame.text().account.current.heading));
        fields.push(FormField::Text(current_password::field(self.problem, &self.frame.text().account.current)));
        fields
    }
}
