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

/// Why nothing was changed.
pub(super) fn summary(problem: &SignInProblem, words: &'static CurrentPasswordText, text: &'static Text) -> Summary {
    let sign_in = &text.sign_in.problem;
    match problem {
        SignInProblem::MissingPassword => Summary {
            heading: text.membership.correct,
            lines: vec![SummaryLine { what: words.missing.to_owned(), field: Some(FIELD) }],
            next: Vec::new(),
        },
        SignInProblem::Wrong { try_after } => {
            let wait = try_after.as_ref().map(|wait| (sign_in.wrong_wait)(wait.seconds, &wait.until));
            sign_in::of(&words.wrong, Some(FIELD), wait)
        }
        SignInProblem::Locked { until } => sign_in::of(&words.locked, None, Some((sign_in.locked_until)(until))),
        SignInProblem::Expired => sign_in::of(&words.expired, None, None),
        other => {
            let summary = other.summary(&text.sign_in);
            let line = |line: SummaryLine| SummaryLine { field: line.field.map(|_| FIELD), ..line };
            Summary { lines: summary.lines.into_iter().map(line).collect(), ..summary }
        }
    }
}
