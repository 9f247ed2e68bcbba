//! The pages of membership.

mod forgotten;

use super::captcha::{captchas, code_problems};
use super::{NOW, Names, frame, way_back};
use crate::pages::SignInProblem;
use crate::pages::dates;
use crate::pages::membership::{
    ActivatePage, ActivateState, AskProblem, ChoicePage, DOCUMENTS, DocumentPage, JoinPage, JoinProblem, MailState,
    SentPage, StepForm, Taken,
};
use crate::text::{AgreedTo, Documents, Language};
use idp_core::captcha::Place;
use idp_core::membership::application::Kind;
use idp_core::membership::field::{Field, FieldError, Wrong};
use idp_core::membership::further::{Further, FurtherForm, Gender};
use idp_core::membership::recovery::{Hint, HintQuestion, OWN, Recovery, RecoveryForm};
use idp_core::membership::steps::Basics;
use idp_core::people::password_rule::PasswordPolicy;

pub(super) fn pages(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let mut pages = vec![("join", ChoicePage { frame: frame(lang, names) }.html())];
    pages.extend(steps(lang, names));
    pages.extend(last_step(lang, names));
    pages.extend(answered(lang, names));
    pages.extend(sent(lang, names));
    pages.extend(activate(lang, names));
    pages.extend(forgotten::pages(lang, names));
    let documents = Documents::of_the_program().expect("documents");
    pages.extend(AgreedTo::ALL.map(|which| {
        let document = documents.of(which, lang).expect("a document");
        (which.as_str(), DocumentPage { frame: frame(lang, names), which, document }.html())
    }));
    pages
}

fn steps(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let account = StepForm::Account { account: names.account, has_password: false, policy: PasswordPolicy::Length };
    let typed =
        StepForm::Basics { name: names.person, email: names.host, email_again: names.host, nickname: names.portal };
    let values = |field: Field| match field {
        Field::County => "臺北市",
        Field::Gender => "female",
        Field::HintQuestion => OWN,
        _ => names.person,
    };
    let further = |required| StepForm::Further { form: FurtherForm::read(values), required };
    let recovery = |has_answer| StepForm::Recovery { form: RecoveryForm::read(values), has_answer };
    let of = |kind, form, errors: &[FieldError], problem| {
        JoinPage { frame: frame(lang, names), application: names.account, kind, form, errors, problem }.html()
    };
    let page = |form, errors: &[FieldError], problem| of(Kind::General, form, errors, problem);
    let wrong = |field, wrong| FieldError::new(field, wrong);
    let until = dates::again_text(NOW + 3_600_000, NOW, lang);
    vec![
        ("join-account", page(account, &[], None)),
        ("join-account-official", of(Kind::Official, account, &[], None)),
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
        ("join-further", page(further(false), &[], None)),
        ("join-further-required", page(further(true), &[], None)),
        ("join-further-problem", page(further(true), &further_errors(), None)),
        ("join-recovery", page(recovery(false), &[], None)),
        ("join-recovery-kept", page(recovery(true), &[], None)),
        (
            "join-recovery-problem",
            page(
                recovery(false),
                &[
                    wrong(Field::HintQuestion, Wrong::NotOffered),
                    wrong(Field::HintAnswer, Wrong::AnswerInQuestion),
                    wrong(Field::RescueMobile, Wrong::MobileMalformed),
                ],
                None,
            ),
        ),
        ("join-recovery-busy-problem", page(recovery(false), &[], Some(JoinProblem::Busy))),
    ]
}

fn last_step(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let (basics, given, helps) = (basics(names), given(names), helps(names));
    let nothing = Taken { account: names.account, basics: &basics, further: None, recovery: None };
    let whole = Taken { further: Some(&given), recovery: Some(&helps), ..nothing };
    let [picture, ..] = captchas(Place::Join);
    let confirm = |taken| StepForm::Confirm { taken, documents: DOCUMENTS, agreed: false, captcha: Some(&picture) };
    let page = |form, errors: &[FieldError], problem| {
        let (application, kind) = (names.account, Kind::General);
        JoinPage { frame: frame(lang, names), application, kind, form, errors, problem }.html()
    };
    let wrong = |field, wrong| FieldError::new(field, wrong);
    vec![
        ("join-confirm", page(confirm(whole), &[], None)),
        ("join-confirm-nothing-further", page(confirm(nothing), &[], None)),
        ("join-confirm-problem", page(confirm(whole), &[wrong(Field::Agree, Wrong::NotAgreed)], None)),
        ("join-confirm-terms-problem", page(confirm(whole), &[], Some(JoinProblem::OtherDocuments))),
    ]
}

fn basics(names: Names) -> Basics {
    Basics { name: names.person.into(), email: names.host.into(), nickname: Some(names.portal.into()) }
}

/// The last step after an answer that does not count, and with a mailed code.
fn answered(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let basics = basics(names);
    let taken = Taken { account: names.account, basics: &basics, further: None, recovery: None };
    let files = [
        "join-confirm-letters-problem",
        "join-confirm-code",
        "join-confirm-code-mistyped-problem",
        "join-confirm-code-used-up-problem",
        "join-confirm-code-sent-problem",
        "join-confirm-code-often-problem",
        "join-confirm-letters-many-problem",
    ];
    let [_, misread, code] = captchas(Place::Join);
    let fields = [misread, code].into_iter().chain(code_problems(Place::Join));
    let page = |field| {
        let form = StepForm::Confirm { taken, documents: DOCUMENTS, agreed: true, captcha: Some(&field) };
        let (frame, kind) = (frame(lang, names), Kind::General);
        JoinPage { frame, application: names.account, kind, form, errors: &[], problem: None }.html()
    };
    files.into_iter().zip(fields).map(|(file, field)| (file, page(field))).collect()
}

fn further_errors() -> Vec<FieldError> {
    let errors = [
        (Field::BirthYear, Wrong::InFuture),
        (Field::BirthMonth, Wrong::NoSuchDay),
        (Field::BirthDay, Wrong::Missing),
        (Field::NationalId, Wrong::NationalIdMalformed),
        (Field::Gender, Wrong::Missing),
        (Field::County, Wrong::Missing),
        (Field::PostalCode, Wrong::PostalCodeMalformed),
        (Field::Phone, Wrong::PhoneMalformed),
        (Field::Extension, Wrong::ExtensionMalformed),
    ];
    errors.map(|(field, wrong)| FieldError::new(field, wrong)).into()
}

fn given(names: Names) -> Further {
    let text = |text: &str| Some(text.to_owned());
    Further {
        birthdate: text("1981-01-31"),
        national_id: text("A123456789"),
        gender: Some(Gender::Female),
        county: text("臺北市"),
        district: text(names.person),
        postal_code: text("116"),
        street: text(names.agency),
        phone: text("0212345678"),
        extension: text("123"),
    }
}

fn helps(names: Names) -> Recovery {
    let hint = Hint { question: HintQuestion::Own(names.portal.into()), answer_hash: names.link.into() };
    Recovery { hint: Some(hint), mobile: Some("0911123456".into()) }
}

fn sent(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let moment = dates::until_text(NOW, NOW, lang);
    let from = way_back(names);
    let framed = |frame, before, state, errors: &[FieldError], later| {
        SentPage {
            before,
            frame,
            waiting: names.account,
            email: names.host,
            state,
            typed: (names.host, names.portal),
            errors,
            later,
            here: "/join/sent?waiting=c2VhbGVk",
        }
        .html()
    };
    let page_of =
        |before, state, errors: &[FieldError], later| framed(frame(lang, names), before, state, errors, later);
    let page = |state, errors: &[FieldError], later| page_of(None, state, errors, later);
    let back = frame(lang, names).leading_back(Some(&from));
    let account = Some(names.account);
    let soon = AskProblem::TooSoon(moment.clone());
    let network = AskProblem::TooManyFromAddress(moment.clone());
    vec![
        ("sent-before-problem", page_of(account, MailState::Queued(moment.clone()), &[], None)),
        ("sent-before-active-problem", page_of(account, MailState::Activated, &[], None)),
        ("sent-queued", page(MailState::Queued(moment.clone()), &[], None)),
        ("sent-delayed", page(MailState::Delayed(moment.clone()), &[], None)),
        ("sent-taken", page(MailState::Sent(moment.clone()), &[], None)),
        ("sent-refused", page(MailState::Refused, &[], None)),
        ("sent-activated", page(MailState::Activated, &[], None)),
        ("sent-activated-way-back", framed(back, None, MailState::Activated, &[], None)),
        ("sent-too-soon-problem", page(MailState::Sent(moment.clone()), &[], Some(&soon))),
        ("sent-network-problem", page(MailState::Sent(moment), &[], Some(&network))),
        (
            "sent-address-problem",
            page(MailState::Refused, &[FieldError::new(Field::Email, Wrong::EmailMalformed)], None),
        ),
    ]
}

fn activate(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let account = names.account;
    let from = way_back(names);
    let framed = |frame, state| ActivatePage { frame, state }.html();
    let page = |state| framed(frame(lang, names), state);
    let back = |state| framed(frame(lang, names).leading_back(Some(&from)), state);
    let ready = |problem| page(ActivateState::Ready { account, key: account, problem });
    let wrong = SignInProblem::Wrong { when: None, locks_for: None };
    vec![
        ("activate", ready(None)),
        ("activate-wrong-problem", ready(Some(&wrong))),
        (
            "activate-locked-problem",
            ready(Some(&SignInProblem::Locked { when: dates::again_text(NOW + 900_000, NOW, lang) })),
        ),
        ("activate-missing-problem", ready(Some(&SignInProblem::MissingPassword))),
        ("activate-discarded", page(ActivateState::Discarded { account })),
        ("activate-done", page(ActivateState::Done { account })),
        ("activate-done-way-back", back(ActivateState::Done { account })),
        ("activate-already", page(ActivateState::Already { account })),
        ("activate-over", page(ActivateState::Over)),
    ]
}
