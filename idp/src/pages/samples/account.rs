//! The pages of 我的專區.

use super::{LOGO, NOW, Names, inside};
use crate::pages::account::{
    Agreement, ConfirmPage, ConfirmState, DeletePage, DeleteProblem, DeleteState, EmailPage, EmailWaits, OverviewPage,
    PasswordPage, PasswordState, PortalShown, PortalsPage, PortalsState, ProfilePage, RecoveryPage, SaveState, Tick,
};
use crate::pages::membership::MailState;
use crate::pages::{Frame, SignInProblem, dates};
use crate::text::Language;
use idp_core::identity::agency::AgencyOid;
use idp_core::identity::capacity::{Capacity, OfficialType};
use idp_core::membership::field::{Field, FieldError, Wrong};
use idp_core::membership::former_email::FormerEmail;
use idp_core::membership::further::{Further, Gender};
use idp_core::membership::profile::{Fixed, Profile, ProfileForm};
use idp_core::membership::recovery::{CountsFrom, Hint, HintQuestion, OWN, Recovery, RecoveryForm};
use idp_core::people::account::{AccountState, Person, Personal};
use idp_core::people::password_rule::PasswordPolicy;
use idp_core::{AccountId, UnixMillis};

pub(super) fn pages(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let mut pages = overview(lang, names);
    pages.extend(password(lang, names));
    pages.extend(portals(lang, names));
    pages.extend(delete(lang, names));
    pages.extend(profile(lang, names));
    pages.extend(recovery(lang, names));
    pages.extend(email(lang, names));
    pages.extend(confirm(lang, names));
    pages
}

fn portal(names: Names, id: &str) -> PortalShown {
    PortalShown {
        id: id.into(),
        name: names.portal.into(),
        hosts: names.host.into(),
        logo: None,
        is_ours: false,
        since: Some(dates::day_of(NOW, Language::ZhTw)),
        last_used: None,
        receives: Vec::new(),
        while_away: false,
        order: None,
    }
}

fn portals(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let day = |at| Some(dates::day_of(at, lang));
    let receives = ["name", "identity_type", "agency_name", "email"];
    let ours = PortalShown {
        logo: Some(LOGO.to_owned()),
        is_ours: true,
        since: day(NOW - 90 * 86_400_000),
        last_used: day(NOW),
        receives: receives.into_iter().filter_map(|name| lang.text().claims.label(name)).collect(),
        ..portal(names, "emic")
    };
    let away = PortalShown {
        name: "國立公共資訊圖書館".into(),
        while_away: true,
        last_used: day(NOW),
        since: day(NOW),
        ..portal(names, "library")
    };
    let gone =
        PortalShown { name: "氣象資料".into(), hosts: String::new(), since: day(NOW), ..portal(names, "weather") };
    let page = |state, problem| PortalsPage { frame: inside(lang, names), page: names.account, state, problem }.html();
    let listed = |portals, next: Option<&str>, done: Option<&str>, is_first| PortalsState::Listed {
        portals,
        next: next.map(str::to_owned),
        done: done.map(str::to_owned),
        is_first,
    };
    let all = || vec![ours.clone(), away.clone(), gone.clone()];
    vec![
        ("account-portals", page(listed(all(), None, None, true), None)),
        ("account-portals-none", page(listed(Vec::new(), None, None, true), None)),
        ("account-portals-withdrawn", page(listed(all(), None, Some(names.portal), true), None)),
        ("account-portals-second", page(listed(all(), Some("/account/portals?after=weather"), None, false), None)),
        ("account-portals-expired-problem", page(listed(all(), None, None, true), Some(SignInProblem::Expired))),
        ("account-portals-sure", page(PortalsState::Sure { id: "emic", name: names.portal }, None)),
    ]
}

fn delete(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let until = dates::moment_text(NOW + 14 * 86_400_000, lang);
    let with = |state, email, problem, tick| {
        let frame = inside(lang, names);
        DeletePage { frame, account: names.account, email, until: &until, page: names.account, state, problem, tick }
            .html()
    };
    let page = |state, email, problem| with(state, email, problem, Tick::Empty);
    let ready = |portals: usize, more| DeleteState::Ready { portals: vec![names.portal.to_owned(); portals], more };
    let email = Some("claire@example.gov.tw");
    let missing = DeleteProblem::Password(SignInProblem::MissingPassword);
    vec![
        ("account-delete", page(ready(2, false), email, None)),
        ("account-delete-none", page(ready(0, false), None, None)),
        ("account-delete-many", page(ready(50, true), email, None)),
        ("account-delete-tick-problem", with(ready(2, false), email, None, Tick::Missing)),
        ("account-delete-missing-problem", with(ready(2, false), email, Some(missing.clone()), Tick::Ticked)),
        ("account-delete-both-problem", with(ready(2, false), email, Some(missing), Tick::Missing)),
        ("account-delete-last-problem", page(ready(2, false), email, Some(DeleteProblem::LastAdministrator))),
        ("account-delete-asked", page(DeleteState::Asked, email, None)),
        ("account-delete-asked-unmailed", page(DeleteState::Asked, None, None)),
    ]
}

fn person(names: Names) -> Person {
    Person {
        account_id: AccountId::new([1; 16]),
        account: names.account.into(),
        name: names.person.into(),
        email: Some(names.host.into()),
        email_verified: true,
        state: AccountState::Active,
        security_epoch: 1,
        capacity_epoch: 1,
        capacity: None,
    }
}

fn official(names: Names) -> Person {
    let capacity = Capacity {
        agency_oid: AgencyOid::from_trusted("2.16.886.101.20003.20001.20003".into()),
        agency_name: names.agency.into(),
        official_type: OfficialType::CivilServant,
    };
    Person { capacity: Some(capacity), ..person(names) }
}

fn kept(names: Names) -> Profile {
    let further = Further {
        birthdate: Some("1981-01-31".into()),
        national_id: Some("A123456789".into()),
        gender: Some(Gender::Female),
        county: Some("臺北市".into()),
        district: Some(names.portal.into()),
        postal_code: Some("116".into()),
        street: Some(names.agency.into()),
        phone: Some("0212345678".into()),
        extension: Some("123".into()),
    };
    Profile { name: names.person.into(), nickname: Some(names.portal.into()), further }
}

fn helps(names: Names) -> Recovery {
    let question = HintQuestion::Own(names.portal.into());
    Recovery { hint: Some(Hint { question, answer_hash: "x".into() }), mobile: Some("0911123456".into()) }
}

fn soon() -> CountsFrom {
    let from = Some(UnixMillis(NOW + 86_400_000));
    CountsFrom { hint: from, mobile: from }
}

fn overview(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let (proven, whole, helps) = (
        Personal { national_id: Some("A123456789".into()), national_id_verified: true, ..Personal::default() },
        kept(names),
        helps(names),
    );
    let agreed =
        |document: &str| Agreement { document: document.into(), version: "2026-11-22".into(), at: UnixMillis(NOW) };
    let page = OverviewPage {
        frame: inside(lang, names),
        person: &official(names),
        personal: &proven,
        profile: &whole,
        recovery: &helps,
        counts_from: soon(),
        email_settles: Some(UnixMillis(NOW + 86_400_000)),
        email_waiting: Some(names.host),
        agreed: vec![agreed("privacy"), agreed("terms"), agreed("terms")],
        sign_ins: vec![(UnixMillis(NOW), true), (UnixMillis(NOW - 86_400_000), false)],
    };
    let nothing = OverviewPage {
        person: &person(names),
        personal: &Personal::default(),
        profile: &Profile { name: names.person.into(), ..Profile::default() },
        recovery: &Recovery::default(),
        counts_from: CountsFrom::default(),
        email_settles: None,
        email_waiting: None,
        agreed: Vec::new(),
        ..page.clone()
    };
    vec![("account", nothing.html()), ("account-official", page.html())]
}

fn profile(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let values = |field: Field| match field {
        Field::County => "臺北市",
        Field::Gender => "female",
        _ => names.person,
    };
    let kept = kept(names);
    let page = |fixed, errors: &[FieldError], state| {
        let (frame, form) = (inside(lang, names), ProfileForm::read(values));
        ProfilePage { frame, page: names.account, kept: &kept, fixed, form, errors, state }.html()
    };
    let (free, fixed) = (Fixed::default(), Fixed { name: true, national_id: true });
    let wrong = [FieldError::new(Field::Name, Wrong::Missing), FieldError::new(Field::Phone, Wrong::PhoneMalformed)];
    let often = SaveState::TooOften { now: UnixMillis(NOW), until: UnixMillis(NOW + 3_000_000) };
    vec![
        ("account-profile", page(free, &[], SaveState::Asked)),
        ("account-profile-fixed", page(fixed, &[], SaveState::Asked)),
        ("account-profile-saved", page(free, &[], SaveState::Saved)),
        ("account-profile-problem", page(free, &wrong, SaveState::Asked)),
        ("account-profile-expired-problem", page(free, &[], SaveState::Expired)),
        ("account-profile-meanwhile-problem", page(free, &[], SaveState::ChangedMeanwhile)),
        ("account-profile-often-problem", page(free, &[], often)),
    ]
}

fn recovery(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let values = |field: Field| if field == Field::HintQuestion { OWN } else { names.person };
    let page = |errors: &[FieldError], problem: Option<&SignInProblem>, state| {
        let (frame, form) = (inside(lang, names), RecoveryForm::read(values));
        let counts_from = if state == SaveState::Saved { soon() } else { CountsFrom::default() };
        RecoveryPage { frame, page: names.account, form, has_answer: true, counts_from, errors, problem, state }.html()
    };
    let again = RecoveryPage {
        frame: Frame { not_saved: true, ..inside(lang, names) },
        page: names.account,
        form: RecoveryForm::read(values),
        has_answer: false,
        counts_from: CountsFrom::default(),
        errors: &[],
        problem: None,
        state: SaveState::Asked,
    };
    let wrong = [FieldError::new(Field::RescueMobile, Wrong::MobileMalformed)];
    vec![
        ("account-recovery", page(&[], None, SaveState::Asked)),
        ("account-recovery-saved", page(&[], None, SaveState::Saved)),
        ("account-recovery-problem", page(&wrong, None, SaveState::Asked)),
        ("account-recovery-both-problem", page(&wrong, Some(&SignInProblem::MissingPassword), SaveState::Asked)),
        ("account-recovery-not-saved", again.html()),
        ("account-recovery-missing-problem", page(&[], Some(&SignInProblem::MissingPassword), SaveState::Asked)),
        ("account-recovery-meanwhile-problem", page(&[], None, SaveState::ChangedMeanwhile)),
    ]
}

fn email(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let base = EmailPage {
        frame: inside(lang, names),
        page: names.account,
        email: Some(names.host),
        is_confirmed: true,
        former: None,
        waits: None,
        typed: ("", ""),
        errors: &[],
        problem: None,
        too_soon: None,
    };
    let waits = |mail| Some(EmailWaits { email: names.portal, until: UnixMillis(NOW + 86_400_000), mail });
    let before = FormerEmail { email: Some(names.portal.into()), changed_at: UnixMillis(NOW) };
    let none = FormerEmail { email: None, ..before.clone() };
    let wrong = [FieldError::new(Field::Email, Wrong::EmailUnchanged)];
    let soon = Some((UnixMillis(NOW + 60_000), UnixMillis(NOW)));
    let moment = dates::until_text(NOW, NOW, lang);
    let page = |page: EmailPage<'_>| page.html();
    vec![
        ("account-email", page(base.clone())),
        ("account-email-settles", page(EmailPage { former: Some(&before), ..base.clone() })),
        ("account-email-settles-first", page(EmailPage { former: Some(&none), ..base.clone() })),
        ("account-email-none", page(EmailPage { email: None, ..base.clone() })),
        ("account-email-queued", page(EmailPage { waits: waits(MailState::Queued(moment.clone())), ..base.clone() })),
        ("account-email-delayed", page(EmailPage { waits: waits(MailState::Delayed(moment.clone())), ..base.clone() })),
        (
            "account-email-sent",
            page(EmailPage { waits: waits(MailState::Sent(moment)), is_confirmed: false, ..base.clone() }),
        ),
        ("account-email-refused", page(EmailPage { waits: waits(MailState::Refused), ..base.clone() })),
        ("account-email-problem", page(EmailPage { errors: &wrong, typed: (names.host, names.host), ..base.clone() })),
        (
            "account-email-missing-problem",
            page(EmailPage { problem: Some(&SignInProblem::MissingPassword), ..base.clone() }),
        ),
        ("account-email-soon-problem", page(EmailPage { too_soon: soon, ..base })),
    ]
}

fn confirm(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let (account, email) = (names.account, names.host);
    let page = |state| {
        ConfirmPage {
            frame: inside(lang, names),
            account,
            action: "/account/email/confirm?key=x",
            page: account,
            state,
        }
        .html()
    };
    vec![
        ("account-email-confirm", page(ConfirmState::Ready { email, key: account })),
        ("account-email-confirm-done", page(ConfirmState::Done { email, settles: true })),
        ("account-email-confirm-back", page(ConfirmState::Done { email, settles: false })),
        ("account-email-confirm-other", page(ConfirmState::SomebodyElses)),
        ("account-email-confirm-over", page(ConfirmState::Over)),
    ]
}

fn password(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let page = |problem, errors: &[FieldError]| {
        let state = PasswordState::Asked { problem, errors };
        let (frame, account, policy) = (inside(lang, names), names.account, PasswordPolicy::Length);
        PasswordPage { frame, account, policy, page: account, state }.html()
    };
    let (soon, late) = (dates::again_text(NOW + 5_000, NOW, lang), dates::again_text(NOW + 900_000, NOW, lang));
    let common = [FieldError::new(Field::Password, Wrong::PasswordCommon)];
    let none = [FieldError::new(Field::Password, Wrong::Missing)];
    let changed = PasswordPage {
        frame: inside(lang, names),
        account: names.account,
        policy: PasswordPolicy::Manuals,
        page: names.account,
        state: PasswordState::Changed,
    };
    vec![
        ("account-password", page(None, &[])),
        ("account-password-problem", page(None, &common)),
        ("account-password-missing-problem", page(Some(SignInProblem::MissingPassword), &[])),
        ("account-password-nothing-problem", page(Some(SignInProblem::MissingPassword), &none)),
        (
            "account-password-wrong-problem",
            page(Some(SignInProblem::Wrong { when: Some(soon.clone()), locks_for: Some(15) }), &[]),
        ),
        ("account-password-wait-problem", page(Some(SignInProblem::Wait { when: soon }), &[])),
        ("account-password-locked-problem", page(Some(SignInProblem::Locked { when: late.clone() }), &[])),
        ("account-password-many-problem", page(Some(SignInProblem::TooManyFromAddress { when: late }), &[])),
        ("account-password-busy-problem", page(Some(SignInProblem::Busy), &[])),
        ("account-password-expired-problem", page(Some(SignInProblem::Expired), &[])),
        ("account-password-changed", changed.html()),
    ]
}
