//! The pages of who forgot something.

use super::super::captcha::captchas;
use super::{NOW, Names, frame, way_back};
use crate::pages::dates;
use crate::pages::membership::{
    AnotherWay, AnswerPage, AnswerProblem, AskPage, AskProblem, BY_MAIL, BY_TEXT, ResetPage, ResetState, TextCodePage,
    UndoPage, UndoState,
};
use crate::text::Language;
use idp_core::captcha::Place;
use idp_core::membership::asking::Help;
use idp_core::membership::field::{Field, FieldError, Wrong};
use idp_core::people::password_rule::PasswordPolicy;

pub(super) fn pages(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let mut pages = asking(lang, names);
    pages.extend(reset(lang, names));
    pages.extend(rescue(lang, names));
    pages.extend(undo(lang, names));
    pages
}

fn undo(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let until = dates::moment_text(NOW + 14 * 86_400_000, lang);
    let account = names.account;
    let page = |state| UndoPage { frame: frame(lang, names), interaction: account, state }.html();
    vec![
        ("undo-deletion", page(UndoState::Ready { account, until: &until, key: account })),
        ("undo-deletion-done", page(UndoState::Done { account })),
        ("undo-deletion-over", page(UndoState::Over)),
        ("undo-deletion-late", page(UndoState::TooLate { account })),
    ]
}

fn asking(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let [picture, misread, _] = captchas(Place::ForgotPassword);
    let page = |help, asked, errors: &[FieldError], problem: Option<&AskProblem>| {
        let frame = frame(lang, names);
        let way = match help {
            Help::Password => Some(BY_MAIL),
            Help::PasswordByText => Some(BY_TEXT),
            Help::Account | Help::Confirmation => None,
        };
        let captcha = Some(&picture);
        let page = AskPage { way, errors, problem, captcha, help, asked, ..whole(lang, names) };
        AskPage { frame, ..page }.html()
    };
    let misread = AskPage { captcha: Some(&misread), ..whole(lang, names) }.html();
    let until = dates::again_text(NOW + 60_000, NOW, lang);
    let text_soon = AskProblem::TextTooSoon(until.clone());
    let (soon, many) = (AskProblem::TooSoon(until.clone()), AskProblem::TooManyFromAddress(until));
    let malformed = FieldError::new(Field::Email, Wrong::EmailMalformed);
    vec![
        ("forgot-password", page(Help::Password, false, &[], None)),
        ("forgot-password-letters-problem", misread),
        ("forgot-password-asked", page(Help::Password, true, &[], None)),
        ("forgot-password-soon-problem", page(Help::Password, false, &[], Some(&soon))),
        ("forgot-password-text-problem", page(Help::PasswordByText, false, &[], Some(&text_soon))),
        ("forgot-password-many-problem", page(Help::Password, false, &[], Some(&many))),
        ("forgot-account", page(Help::Account, false, &[], None)),
        ("forgot-account-asked", page(Help::Account, true, &[], None)),
        ("forgot-account-problem", page(Help::Account, false, &[malformed], None)),
        ("resend-confirmation", page(Help::Confirmation, false, &[], None)),
        ("resend-confirmation-asked", page(Help::Confirmation, true, &[], None)),
    ]
}

fn whole(lang: Language, names: Names) -> AskPage<'static> {
    AskPage {
        frame: frame(lang, names),
        help: Help::Password,
        action: "/forgot-password",
        asked: false,
        way: None,
        typed: names.account,
        errors: &[],
        problem: None,
        captcha: None,
    }
}

fn reset(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let account = names.account;
    let policy = PasswordPolicy::Length;
    let from = way_back(names);
    let framed = |frame, state, errors: &[FieldError]| ResetPage { frame, state, errors, policy }.html();
    let page = |state, errors: &[FieldError]| framed(frame(lang, names), state, errors);
    let back = frame(lang, names).leading_back(Some(&from));
    let now_done = ResetState::Done { account, recovery_removed: false, email_changed: false };
    let ready = |busy| ResetState::Ready { account, key: account, busy };
    let done =
        |recovery_removed, email_changed| page(ResetState::Done { account, recovery_removed, email_changed }, &[]);
    vec![
        ("reset-password", page(ready(false), &[])),
        ("reset-password-problem", page(ready(false), &[FieldError::new(Field::Password, Wrong::PasswordCommon)])),
        ("reset-password-busy-problem", page(ready(true), &[])),
        ("reset-password-done", done(false, false)),
        ("reset-password-done-way-back", framed(back, now_done, &[])),
        ("reset-password-recovery-removed", done(true, false)),
        ("reset-password-email-changed", done(false, true)),
        ("reset-password-over", page(ResetState::Over, &[])),
    ]
}

fn rescue(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let (key, account) = (names.account, names.account);
    let code_from = |before, asking, errors: &[FieldError]| {
        TextCodePage { frame: frame(lang, names), asking, account, before, errors }.html()
    };
    let code = |asking, errors: &[FieldError]| code_from(None, asking, errors);
    let until = dates::again_text(NOW + 86_400_000, NOW, lang);
    let (by_text, by_mail) = (AnotherWay::ByText("09******56".into()), AnotherWay::ByMail);
    let answer = |another_way: &AnotherWay, errors: &[FieldError], problem: Option<&AnswerProblem>| {
        let frame = frame(lang, names);
        AnswerPage { frame, account, key, question: names.person, another_way, errors, problem }.html()
    };
    let wrong = |field, wrong| [FieldError::new(field, wrong)];
    vec![
        ("text-code", code(Some(key), &[])),
        ("text-code-problem", code(Some(key), &wrong(Field::TextCode, Wrong::CodeWrong(4)))),
        ("text-code-malformed-problem", code(Some(key), &wrong(Field::TextCode, Wrong::CodeMalformed(8)))),
        ("text-code-over", code(None, &[])),
        ("text-code-after-question", code_from(Some(key), Some(key), &[])),
        ("text-code-over-after-question", code_from(Some(key), None, &[])),
        ("hint-answer", answer(&by_text, &[], None)),
        ("hint-answer-problem", answer(&by_mail, &wrong(Field::HintAnswer, Wrong::AnswerWrong(4)), None)),
        ("hint-answer-many-problem", answer(&AnotherWay::ByPeople, &[], Some(&AnswerProblem::TooMany(until.clone())))),
        ("hint-answer-text-problem", answer(&by_text, &[], Some(&AnswerProblem::TextTooSoon(until)))),
        ("hint-answer-busy-problem", answer(&by_text, &[], Some(&AnswerProblem::Busy))),
    ]
}
