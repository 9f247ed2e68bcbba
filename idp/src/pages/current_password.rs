//! The password of an account that is known already, wherever a form asks for it: the field, and what is said when it was not confirmed.

use super::form::{FieldKind, Summary, SummaryLine, TextField};
use super::{SignInProblem, sign_in};
use crate::sign_in::confirm::FIELD;
use crate::text::{CurrentPasswordText, Text};

/// The field.
pub(super) fn field(problem: Option<&SignInProblem>, words: &'static CurrentPasswordText) -> TextField<'static> {
    let error = match problem {
        Some(SignInProblem::MissingPassword) => Some(words.missing),
        Some(SignInProblem::Wrong { .. }) => Some(words.wrong.what),
        _ => None,
    };
    TextField {
        id: FIELD,
        label: words.label,
        hint: words.hint,
        error: error.map(str::to_owned),
        value: "",
        kind: FieldKind::Password,
        autocomplete: "current-password",
        optional: false,
        meter: None,
    }
}

/// What is wrong with the fields before, and with those behind: told at once.
pub(super) fn together(before: Option<Summary>, behind: Option<Summary>) -> Option<Summary> {
    match (before, behind) {
        (Some(mut before), Some(behind)) => {
            before.lines.extend(behind.lines);
            before.next.extend(behind.next);
            Some(before)
        }
        (before, behind) => before.or(behind),
    }
}

/// Why nothing was changed.
pub(super) fn summary(problem: &SignInProblem, words: &'static CurrentPasswordText, text: &'static Text) -> Summary {
    let sign_in = &text.sign_in.problem;
    match problem {
        SignInProblem::MissingPassword => Summary {
            heading: text.membership.correct,
            lines: vec![SummaryLine { what: words.missing.to_owned(), field: Some(FIELD) }],
            next: Vec::new(),
        },
        SignInProblem::Wrong { when, locks_for } => {
            sign_in::of_wrong(&words.wrong, FIELD, (when.as_deref(), *locks_for), sign_in)
        }
        SignInProblem::Locked { when } => sign_in::of(&words.locked, None, Some((sign_in.locked_until)(when))),
        SignInProblem::Expired => sign_in::of(&words.expired, None, None),
        other => {
            let summary = other.summary(&text.sign_in);
            let line = |line: SummaryLine| SummaryLine { field: line.field.map(|_| FIELD), ..line };
            Summary { lines: summary.lines.into_iter().map(line).collect(), ..summary }
        }
    }
}
