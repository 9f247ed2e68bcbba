//! The pages of 我的專區.

use super::{LOGO, NOW, Names, inside};
use crate::pages::account::{
    DeletePage, DeleteProblem, DeleteState, OverviewPage, PasswordPage, PasswordState, PortalShown, PortalsPage,
    PortalsState,
};
use crate::pages::{SignInProblem, TryAfter, dates};
use crate::text::Language;
use idp_core::AccountId;
use idp_core::identity::agency::AgencyOid;
use idp_core::identity::capacity::{Capacity, OfficialType};
use idp_core::membership::field::{Field, FieldError, Wrong};
use idp_core::people::account::{AccountState, Person};
use idp_core::people::password_rule::PasswordPolicy;

pub(super) fn pages(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let mut pages = overview(lang, names);
    pages.extend(password(lang, names));
    pages.extend(portals(lang, names));
    pages.extend(delete(lang, names));
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
    let away = PortalShown { while_away: true, last_used: day(NOW), since: day(NOW), ..portal(names, "library") };
    let gone = PortalShown { hosts: String::new(), since: day(NOW), ..portal(names, "weather") };
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
    let page = |state, email, problem| {
        let frame = inside(lang, names);
        DeletePage { frame, account: names.account, email, until: &until, page: names.account, state, problem }.html()
    };
    let ready = |portals: usize, more| DeleteState::Ready { portals: vec![names.portal.to_owned(); portals], more };
    let email = Some("claire@example.gov.tw");
    let missing = DeleteProblem::Password(SignInProblem::MissingPassword);
    vec![
        ("account-delete", page(ready(2, false), email, None)),
        ("account-delete-none", page(ready(0, false), None, None)),
        ("account-delete-many", page(ready(50, true), email, None)),
        ("account-delete-tick-problem", page(ready(2, false), email, Some(DeleteProblem::NotTicked))),
        ("account-delete-missing-problem", page(ready(2, false), email, Some(missing))),
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

fn overview(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let page = |person: &Person| OverviewPage { frame: inside(lang, names), person }.html();
    vec![("account", page(&person(names))), ("account-official", page(&official(names)))]
}

fn password(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let page = |problem, errors: &[FieldError]| {
        let state = PasswordState::Asked { problem, errors };
        let (frame, account, policy) = (inside(lang, names), names.account, PasswordPolicy::Length);
        PasswordPage { frame, account, policy, page: account, state }.html()
    };
    let until = dates::until_text(NOW + 5_000, NOW, lang);
    let wait = TryAfter { until: until.clone(), seconds: 5 };
    let common = [FieldError::new(Field::Password, Wrong::PasswordCommon)];
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
        ("account-password-wrong-problem", page(Some(SignInProblem::Wrong { try_after: Some(wait) }), &[])),
        ("account-password-wait-problem", page(Some(SignInProblem::Wait { until: until.clone(), seconds: 5 }), &[])),
        ("account-password-locked-problem", page(Some(SignInProblem::Locked { until: until.clone() }), &[])),
        ("account-password-many-problem", page(Some(SignInProblem::TooManyFromAddress { until }), &[])),
        ("account-password-busy-problem", page(Some(SignInProblem::Busy), &[])),
        ("account-password-expired-problem", page(Some(SignInProblem::Expired), &[])),
        ("account-password-changed", changed.html()),
    ]
}
