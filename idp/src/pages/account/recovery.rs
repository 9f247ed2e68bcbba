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
use idp_core::membership::recovery::{CountsFrom, RecoveryForm};

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
    /// From when on what is kept counts.
    pub counts_from: CountsFrom,
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

    /// Of each part that does not count yet, from when on it does: id and words.
    fn not_yet(&self) -> Vec<(&'static str, String)> {
        let words = self.words();
        let moment = |at: UnixMillis| moment_text(at.0, self.frame.lang);
        let hint = self.counts_from.hint.map(|at| ("hint-counts-from", (words.hint_counts_from)(&moment(at))));
        let mobile = self.counts_from.mobile.map(|at| ("mobile-counts-from", (words.mobile_counts_from)(&moment(at))));
        hint.into_iter().chain(mobile).collect()
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
