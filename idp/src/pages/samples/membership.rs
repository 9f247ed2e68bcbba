//! The pages of membership.

use super::{NOW, Names, frame};
use crate::pages::dates;
use crate::pages::membership::{
    ActivatePage, ActivateState, ChoicePage, DocumentPage, JoinPage, JoinProblem, MailState, SentPage, StepForm,
};
use crate::text::Language;
use idp_core::membership::field::{Field, FieldError, Wrong};
use idp_core::membership::steps::Basics;
use idp_core::people::password_rule::PasswordPolicy;

pub(super) fn pages(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let mut pages = vec![("join", ChoicePage { frame: frame(lang, names) }.html())];
    pages.extend(steps(lang, names));
    pages.extend(sent(lang, names));
    pages.extend(activate(lang, names));
    let words = &lang.text().membership.documents;
    let documents = [("terms", words.terms, words.terms_body), ("privacy", words.privacy, words.privacy_body)];
    pages.extend(documents.map(|(file, title, body)| {
        (file, DocumentPage { frame: frame(lang, names), title, version: "2026-11-22", body }.html())
    }));
    pages
}

fn steps(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let basics = Basics { name: names.person.into(), email: names.host.into(), nickname: Some(names.portal.into()) };
    let account = StepForm::Account { account: names.account, has_password: false, policy: PasswordPolicy::Length };
    let typed =
        StepForm::Basics { name: names.person, email: names.host, email_again: names.host, nickname: names.portal };
    let confirm = StepForm::Confirm { account: names.account, basics: &basics, agreed: false };
    let page = |form, errors: &[FieldError], problem| {
        JoinPage { frame: frame(lang, names), application: names.account, form, errors, problem }.html()
    };
    let wrong = |field, wrong| FieldError::new(field, wrong);
    let until = dates::until_text(NOW + 3_600_000, NOW, lang);
    vec![
        ("join-account", page(account, &[], None)),
        (
            "join-account-manuals",
            page(StepForm::Account { account: "", has_password: false, policy: PasswordPolicy::Manuals }, &[], None),
        ),
        (
            "join-account-kept",
            page(
                StepForm::Account { account: names.account, has_password: true, policy: PasswordPolicy::Manuals },
                &[],
                None,
            ),
        ),
        (
            "join-account-problem",
            page(
                account,
                &[wrong(Field::Account, Wrong::AccountTaken), wrong(Field::Password, Wrong::PasswordCommon)],
                None,
            ),
        ),
        ("join-busy-problem", page(account, &[], Some(JoinProblem::Busy))),
        ("join-too-many-problem", page(account, &[], Some(JoinProblem::TooMany { until }))),
        ("join-basics", page(typed, &[], None)),
        (
            "join-basics-problem",
            page(typed, &[wrong(Field::Name, Wrong::Missing), wrong(Field::EmailAgain, Wrong::NotTheSame)], None),
        ),
        ("join-confirm", page(confirm, &[], None)),
        ("join-confirm-problem", page(confirm, &[wrong(Field::Agree, Wrong::NotAgreed)], None)),
    ]
}

fn sent(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let moment = dates::until_text(NOW, NOW, lang);
    let page = |state, errors: &[FieldError], too_soon| {
        SentPage {
            frame: frame(lang, names),
            waiting: names.account,
            email: names.host,
            state,
            typed: (names.host, names.portal),
            errors,
            too_soon,
            here: "/join/sent?waiting=c2VhbGVk",
        }
        .html()
    };
    vec![
        ("sent-queued", page(MailState::Queued, &[], None)),
        ("sent-delayed", page(MailState::Delayed(moment.clone()), &[], None)),
        ("sent-taken", page(MailState::Sent(moment.clone()), &[], None)),
        ("sent-refused", page(MailState::Refused, &[], None)),
        ("sent-activated", page(MailState::Activated, &[], None)),
        ("sent-too-soon-problem", page(MailState::Sent(moment), &[], Some(42))),
        (
            "sent-address-problem",
            page(MailState::Refused, &[FieldError::new(Field::Email, Wrong::EmailMalformed)], None),
        ),
    ]
}

fn activate(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let account = names.account;
    let page = |state| ActivatePage { frame: frame(lang, names), state }.html();
    vec![
        ("activate", page(ActivateState::Ready { account, key: account })),
        ("activate-done", page(ActivateState::Done { account })),
        ("activate-already", page(ActivateState::Already { account })),
        ("activate-over", page(ActivateState::Over)),
    ]
}
