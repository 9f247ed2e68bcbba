use super::*;
use crate::identity::agency::AgencyOid;
use crate::identity::capacity::{Capacity, OfficialType};
use crate::ids::AccountId;
use crate::membership::field::Wrong;
use crate::people::account::AccountState;
use serde_json::json;

fn person() -> Person {
    Person {
        account_id: AccountId::new([1; 16]),
        account: "clairesu1234".into(),
        name: "蘇小美".into(),
        email: None,
        email_verified: false,
        state: AccountState::Active,
        security_epoch: 1,
        capacity_epoch: 1,
        capacity: None,
    }
}

fn official() -> Person {
    let capacity = Capacity {
        agency_oid: AgencyOid::from_trusted("2.16.886.101.20003".into()),
        agency_name: "行政院".into(),
        official_type: OfficialType::Educator,
    };
    Person { capacity: Some(capacity), ..person() }
}

fn personal(claims: Value) -> Personal {
    let Value::Object(claims) = claims else { panic!("no object") };
    Personal { national_id: Some("A123456789".into()), national_id_verified: false, claims }
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

/// The form as it is shown, with some fields changed.
fn typed(profile: &Profile, changes: &[(Field, &str)]) -> Vec<(Field, String)> {
    let changed = |field: Field| changes.iter().find(|(one, _)| *one == field).map(|(_, text)| (*text).to_owned());
    FIELDS.map(|field| (field, changed(field).unwrap_or_else(|| profile.value(field, Years::Minguo)))).into()
}

fn judged(before: &Profile, fixed: Fixed, changes: &[(Field, &str)]) -> Result<Profile, Vec<FieldError>> {
    let typed = typed(before, changes);
    let of = |field: Field| typed.iter().find(|(one, _)| *one == field).map_or("", |(_, text)| text.as_str());
    profile(ProfileForm::read(of), (before, fixed), today())
}

fn whole() -> Value {
    json!({
        "nickname": "小美", "birthdate": "1981-01-31", "gender": "female",
        "address": {
            "formatted": "116 臺北市文山區木柵路一段 1 號", "region": "臺北市", "locality": "文山區",
            "postal_code": "116", "street_address": "木柵路一段 1 號", "country": "TW",
        },
        "phone_number": "+886212345678;ext=123", "phone_number_verified": true,
        "website": "https://claire.example.tw", "nickname#en": "Claire",
    })
}

#[test]
fn what_is_kept_stands_in_the_fields_and_sent_back_changes_nothing() {
    let personal = personal(whole());
    let before = Profile::of(&person(), &personal);
    let shown: Vec<_> = FIELDS.map(|field| before.value(field, Years::Minguo)).into();
    let expected = ["蘇小美", "小美", "70", "1", "31", "A123456789", "female", "臺北市", "116文山區", "116"];
    assert_eq!(shown[..10], expected);
    assert_eq!(shown[10..], ["木柵路一段 1 號", "0212345678", "123"]);
    let after = judged(&before, Fixed::default(), &[]).unwrap();
    assert_eq!(after.changed_from(&before), Vec::<&str>::new());
    assert_eq!(after.claims(&before, personal.claims.clone()), personal.claims);
}

#[test]
fn what_changed_is_replaced_and_all_else_stays() {
    let personal = personal(whole());
    let before = Profile::of(&person(), &personal);
    let changes =
        [(Field::Nickname, ""), (Field::Phone, "0911-123-456"), (Field::Extension, ""), (Field::Name, "蘇大美")];
    let after = judged(&before, Fixed::default(), &changes).unwrap();
    assert_eq!(after.changed_from(&before), ["name", "nickname", "phone_number"]);
    let claims = after.claims(&before, personal.claims.clone());
    assert_eq!(claims.get("phone_number"), Some(&json!("+886911123456")));
    assert_eq!(claims.get("phone_number_verified"), Some(&json!(false)), "nobody has confirmed the new one");
    assert_eq!(claims.get("nickname"), None);
    for kept in ["birthdate", "gender", "address", "website", "nickname#en"] {
        assert_eq!(claims.get(kept), personal.claims.get(kept), "{kept}");
    }
    let nothing = [Field::BirthYear, Field::BirthMonth, Field::BirthDay, Field::NationalId, Field::Gender];
    let more = [Field::County, Field::District, Field::PostalCode, Field::Street, Field::Phone, Field::Extension];
    let changes: Vec<_> = nothing.into_iter().chain(more).map(|field| (field, "")).collect();
    let emptied = judged(&before, Fixed::default(), &changes).unwrap();
    let left = emptied.claims(&before, personal.claims);
    let mut names: Vec<_> = left.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["nickname", "nickname#en", "website"]);
    assert_eq!(emptied.further.national_id, None);
}

#[test]
fn what_no_field_can_say_stays_until_something_is_typed() {
    let abroad = personal(json!({
        "phone_number": "+15551234567", "address": { "formatted": "1 Main St" }, "gender": "other",
        "birthdate": "0000-05-01",
    }));
    let before = Profile::of(&person(), &abroad);
    assert!(
        [Field::Phone, Field::Street, Field::Gender, Field::BirthYear]
            .iter()
            .all(|field| before.value(*field, Years::Minguo).is_empty())
    );
    let after = judged(&before, Fixed::default(), &[(Field::Nickname, "小美")]).unwrap();
    let claims = after.claims(&before, abroad.claims.clone());
    assert!(abroad.claims.iter().all(|(name, value)| claims.get(name) == Some(value)), "{claims:?}");
    let moved = judged(&before, Fixed::default(), &[(Field::Phone, "0911123456")]).unwrap();
    assert_eq!(moved.claims(&before, abroad.claims)["phone_number"], json!("+886911123456"));
}

#[test]
fn a_district_of_another_list_stays_until_another_is_chosen() {
    let former = |locality: &str| {
        let address =
            json!({ "region": "新北市", "locality": locality, "street_address": "府中路 1 號", "country": "TW" });
        personal(json!({ "address": address }))
    };
    let old = former("板橋市");
    let before = Profile::of(&person(), &old);
    assert_eq!(before.value(Field::District, Years::Minguo), "板橋市");
    let kept = judged(&before, Fixed::default(), &[(Field::Street, "府中路 2 號")]).unwrap();
    assert_eq!(kept.claims(&before, old.claims.clone())["address"]["formatted"], "新北市板橋市府中路 2 號");
    let moved = judged(&before, Fixed::default(), &[(Field::District, "220板橋區")]).unwrap();
    assert_eq!(moved.claims(&before, old.claims)["address"]["formatted"], "220 新北市板橋區府中路 1 號");
    let error = judged(&before, Fixed::default(), &[(Field::County, "臺北市")]).unwrap_err();
    assert_eq!(error, [FieldError::new(Field::District, Wrong::NotOffered)]);
    let stays =
        judged(&before, Fixed::default(), &[(Field::Nickname, "小美"), (Field::District, " 板橋市\r\n")]).unwrap();
    assert_eq!(stays.changed_from(&before), ["nickname"]);
    // A code that nobody gave is not added by changing something else.
    let listed = former("板橋區");
    let before = Profile::of(&person(), &listed);
    let after = judged(&before, Fixed::default(), &[(Field::Nickname, "小美")]).unwrap();
    assert_eq!(after.changed_from(&before), ["nickname"]);
}

#[test]
fn a_place_as_others_wrote_it_stays_and_is_mended_where_it_is_touched() {
    let written = |region: &str, locality: &str, code: &str| {
        let address = json!({ "region": region, "locality": locality, "postal_code": code, "street_address": "1 號" });
        personal(json!({ "address": address }))
    };
    // 台 for 臺, and a code that is of another district: both stay until the place is another.
    let theirs = written("台北市", "文山區", "104");
    let before = Profile::of(&person(), &theirs);
    assert_eq!(
        [Field::County, Field::District].map(|field| before.value(field, Years::Minguo)),
        ["臺北市", "116文山區"]
    );
    let after = judged(&before, Fixed::default(), &[(Field::Nickname, "小美")]).unwrap();
    assert_eq!(after.changed_from(&before), ["nickname"]);
    assert_eq!(after.claims(&before, theirs.claims.clone())["address"], theirs.claims["address"]);
    let error = judged(&before, Fixed::default(), &[(Field::District, "106大安區")]).unwrap_err();
    assert_eq!(error[0].field, Field::PostalCode, "{error:?}");
    // What a form of ours sends is no name.
    let before = Profile::of(&person(), &written("臺北市", "116文山區", "116"));
    let after = judged(&before, Fixed::default(), &[]).unwrap();
    assert_eq!((after.further.district.as_deref(), after.changed_from(&before)), (Some("文山區"), vec!["address"]));
}

#[test]
fn what_somebody_vouches_for_stays_whatever_is_typed() {
    let citizen = personal(whole());
    assert_eq!(Fixed::of(&person(), &citizen), Fixed { name: false, national_id: false });
    assert_eq!(Fixed::of(&official(), &citizen), Fixed { name: true, national_id: false });
    let proven = Personal { national_id_verified: true, ..citizen };
    assert_eq!(Fixed::of(&person(), &proven), Fixed { name: true, national_id: true });
    let before = Profile::of(&person(), &proven);
    let changes = [(Field::Name, "林大勇"), (Field::NationalId, "B222222228"), (Field::Nickname, "大勇")];
    let after = judged(&before, Fixed { name: true, national_id: true }, &changes).unwrap();
    assert_eq!(after.changed_from(&before), ["nickname"]);
    let after = judged(&before, Fixed { name: true, national_id: false }, &changes).unwrap();
    assert_eq!(after.changed_from(&before), ["nickname", "national_id"]);
}

#[test]
fn every_field_is_judged_at_once_by_the_rules_of_the_application() {
    let before = Profile::of(&person(), &personal(whole()));
    let changes =
        [(Field::Name, " "), (Field::Nickname, "\u{202e}"), (Field::NationalId, "A123456780"), (Field::Phone, "1")];
    let said: Vec<_> =
        judged(&before, Fixed::default(), &changes).unwrap_err().iter().map(|one| (one.field, one.wrong)).collect();
    assert_eq!(
        said,
        [
            (Field::Name, Wrong::Missing),
            (Field::Nickname, Wrong::NameMalformed),
            (Field::NationalId, Wrong::NationalIdMalformed),
            (Field::Phone, Wrong::PhoneMalformed),
        ]
    );
}
