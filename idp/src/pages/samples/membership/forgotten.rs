//! The pages of who forgot something.

use super::{NOW, Names, frame};
use crate::pages::dates;
use crate::pages::membership::{AskPage, AskProblem, ResetPage, ResetState};
use crate::text::Language;
use idp_core::membership::asking::Help;
use idp_core::membership::field::{Field, FieldError, Wrong};

pub(super) fn pages(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let mut pages = asking(lang, names);
    pages.extend(reset(lang, names));
    pages
}

fn asking(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let page = |help, asked, errors: &[FieldError], problem: Option<&AskProblem>| {
        let frame = frame(lang, names);
        AskPage { frame, help, action: "/forgot-password", asked, typed: names.account, errors, problem }.html()
    };
    let until = dates::until_text(NOW + 60_000, NOW, lang);
    let (soon, many) = (AskProblem::TooSoon(until.clone()), AskProblem::TooManyFromAddress(until));
    let malformed = FieldError::new(Field::Email, Wrong::EmailMalformed);
    vec![
        ("forgot-password", page(Help::Password, false, &[], None)),
        ("forgot-password-asked", page(Help::Password, true, &[], None)),
        ("forgot-password-soon-problem", page(Help::Password, false, &[], Some(&soon))),
        ("forgot-password-many-problem", page(Help::Password, false, &[], Some(&many))),
        ("forgot-account", page(Help::Account, false, &[], None)),
        ("forgot-account-asked", page(Help::Account, true, &[], None)),
        ("forgot-account-problem", page(Help::Account, false, &[malformed], None)),
        ("resend-confirmation", page(Help::Confirmation, false, &[], None)),
        ("resend-confirmation-asked", page(Help::Confirmation, true, &[], None)),
    ]
}

fn reset(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let account = names.account;
    let page = |state, errors: &[FieldError]| ResetPage { frame: frame(lang, names), state, errors }.html();
    let ready = |busy| ResetState::Ready { account, key: account, busy };
    vec![
        ("reset-password", page(ready(false), &[])),
        ("reset-password-problem", page(ready(false), &[FieldError::new(Field::Password, Wrong::PasswordCommon)])),
        ("reset-password-busy-problem", page(ready(true), &[])),
        ("reset-password-done", page(ResetState::Done { account }, &[])),
        ("reset-password-over", page(ResetState::Over, &[])),
    ]
}
