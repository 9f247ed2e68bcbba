//! The pages of 我的專區.

use super::{NOW, Names, inside};
use crate::pages::account::{OverviewPage, PasswordPage, PasswordState};
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
    pages
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
