//! The pages of membership: 加入會員 and what follows.

mod activate;
mod answer;
mod ask;
mod code;
mod documents;
mod join;
mod reset;
mod sent;
mod undo;

pub use activate::{ActivatePage, ActivateState, DISCARD};
pub use answer::{AnotherWay, AnswerPage, AnswerProblem};
pub use ask::{AskPage, AskProblem, BY_MAIL, BY_TEXT};
pub use code::TextCodePage;
pub use documents::DocumentPage;
pub(super) use join::facts;
pub use join::{ChoicePage, DOCUMENTS, JoinPage, JoinProblem, StepForm, Taken};
pub use reset::{ResetPage, ResetState};
pub use sent::{MailState, SentPage};
pub use undo::{UndoPage, UndoState};

use super::form::{ChoiceField, FieldKind, Summary, SummaryLine, TextField};
use super::{Frame, document};
use crate::text::MembershipText;
use idp_core::membership::field::{Field, FieldError};

/// Fields of one form, with what is wrong with them.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) text: &'static MembershipText,
    pub(super) errors: &'a [FieldError],
}

impl<'a> Fields<'a> {
    /// A field in which something is typed.
    pub(super) fn text<'v>(
        &self,
        field: Field,
        value: &'v str,
        (kind, autocomplete): (FieldKind, &'static str),
    ) -> TextField<'v> {
        let words = (self.text.field)(field);
        TextField {
            id: field.id(),
            label: words.label,
            hint: words.hint,
            error: self.error(field),
            value,
            kind,
            autocomplete,
            optional: false,
            meter: (field == Field::Password).then_some(&self.text.meter),
        }
    }

    pub(super) fn error(&self, field: Field) -> Option<String> {
        let error = self.errors.iter().find(|error| error.field == field)?;
        Some((self.text.wrong)(error.field, error.wrong))
    }

    pub(super) fn summary(&self) -> Option<Summary> {
        let line = |error: &FieldError| SummaryLine {
            what: (self.text.wrong)(error.field, error.wrong),
            field: Some(error.field.id()),
        };
        let lines: Vec<_> = self.errors.iter().map(line).collect();
        (!lines.is_empty()).then(|| Summary { heading: self.text.correct, lines, next: Vec::new() })
    }
}
