use super::*;
use crate::identity::agency::AgencyOid;
use crate::ids::AccountId;
use crate::people::account::AccountState;
use crate::scope::Scope;
use serde_json::{Value, json};

fn person(capacity: Option<Capacity>) -> Person {
    Person {
        account_id: AccountId::from_trusted("a"),
        account: "fireman0119".into(),
        name: "林大勇".into(),
        email: Some("fireman0119@example.gov.tw".into()),
        email_verified: true,
        state: AccountState::Active,
        security_epoch: 1,
        capacity_epoch: 1,
        capacity,
    }
}

fn fire_agency() -> Capacity {
    Capacity {
        agency_oid: AgencyOid::parse("2.16.886.101.20003.20001.20003").unwrap(),
        agency_name: "內政部消防署".into(),
        official_type: OfficialType::CivilServant,
    }
}

fn token(person: &Person, scope: &str) -> Value {
    let issuer = IssuerUrl::new("https://idp.example.gov.tw".into()).unwrap();
    let parties = Parties { issuer: &issuer, client_id: "emic", subject: "s".into(), nonce: Some("n".into()) };
    let signed_in = SignedIn { auth_time: UnixMillis(1_000_500), acr: Acr::Password, sid: Some("x".into()) };
    let scope = ScopeSet::parse_known(scope);
    let about = Disclosed { person, personal: &Personal::default(), scope, claims: ClaimSet::default() };
    let payload =
        id_token(parties, signed_in, (&about, Beside::default()), UnixMillis(2_000_000), Duration::from_secs(600))
            .unwrap();
    serde_json::from_slice(&payload).unwrap()
}

#[test]
fn the_id_token_of_a_civil_servant_says_for_which_agency() {
    let expected = json!({
        "iss": "https://idp.example.gov.tw", "aud": ["emic"], "sub": "s", "nonce": "n", "sid": "x",
        "iat": 2000, "exp": 2600, "auth_time": 1000, "acr": "urn:shenfen:acr:password", "amr": ["pwd"],
        "identity_type": "civil_servant", "identity_type_name": "公務人員", "official_type": "civil_servant",
        "agency_oid": "2.16.886.101.20003.20001.20003", "agency_name": "內政部消防署",
    });
    assert_eq!(token(&person(Some(fire_agency())), "openid identity profile email"), expected);
}

#[test]
fn a_natural_person_has_no_agency_and_without_the_scope_no_identity_is_told() {
    let natural = token(&person(None), "openid identity");
    assert_eq!(natural["identity_type_name"], "自然人");
    assert!(natural.get("agency_oid").is_none() && natural.get("official_type").is_none());
    let plain = token(&person(Some(fire_agency())), "openid");
    assert!(plain.get("identity_type").is_none() && plain.get("agency_oid").is_none());
}

fn answer(scope: &str, personal: &Personal) -> Value {
    let (person, scope) = (person(None), ScopeSet::parse_known(scope));
    let about = Disclosed { person: &person, personal, scope, claims: ClaimSet::default() };
    let body = userinfo("s".into(), &about).unwrap();
    serde_json::from_slice(&body).unwrap()
}

#[test]
fn userinfo_gives_what_the_scope_asks_for_and_no_more() {
    let claims = json!({ "nickname": "阿勇", "birthdate": "1981-01-01", "phone_number": "+886911123456" });
    let personal = Personal {
        national_id: Some("A123456789".into()),
        national_id_verified: true,
        claims: claims.as_object().unwrap().clone(),
    };
    assert_eq!(answer("openid", &personal), json!({ "sub": "s" }));
    let profile = answer("openid profile", &personal);
    assert_eq!(profile["name"], "林大勇");
    assert_eq!(profile["nickname"], "阿勇");
    assert!(profile.get("phone_number").is_none() && profile.get("uid").is_none() && profile.get("email").is_none());
    assert_eq!(answer("openid phone", &personal), json!({ "sub": "s", "phone_number": "+886911123456" }));
    let uid = answer("openid uid gsp.profile", &personal);
    assert_eq!(uid["uid"], "A123456789");
    assert_eq!(uid["uid_verified"], true);
    assert_eq!(uid["account"], "fireman0119");
}

#[test]
fn nothing_empty_and_nothing_null_is_ever_sent() {
    let all: ScopeSet = Scope::ALL.into_iter().collect();
    let mut bare = person(None);
    bare.email = None;
    let about = Disclosed { person: &bare, personal: &Personal::default(), scope: all, claims: ClaimSet::default() };
    let body = userinfo("s".into(), &about).unwrap();
    let answer: Value = serde_json::from_slice(&body).unwrap();
    assert!(answer.as_object().unwrap().values().all(|value| !value.is_null() && value != ""));
    assert!(answer.get("uid_verified").is_none() && answer.get("email_verified").is_none());
}

#[test]
fn an_administrator_cannot_set_claims_of_the_account_itself_or_of_the_wrong_type() {
    let set = |value: Value| check_further(value.as_object().unwrap());
    assert!(set(json!({ "nickname": "阿勇", "address": { "locality": "臺北市" } })).is_ok());
    assert!(set(json!({ "nickname#zh-Hant-TW": "阿勇", "address": { "formatted": "臺北市\n信義區" } })).is_ok());
    for bad in [
        json!({ "sub": "x" }),
        json!({ "email": "x" }),
        json!({ "phone_number_verified": "True" }),
        json!({ "nickname": "" }),
        json!({ "acr": "x" }),
        json!({ "nickname": "a\0b" }),
        json!({ "nickname": "\u{202E}oge" }),
        json!({ "address": { "locality": "臺\0北市" } }),
        json!({ "address": { "formatted": "臺北市\u{200B}" } }),
        json!({ "nickname#\0": "阿勇" }),
        json!({ "nickname# ": "阿勇" }),
    ] {
        assert!(set(bad.clone()).is_err(), "{bad}");
    }
}

#[test]
fn a_signed_userinfo_answer_says_who_speaks_and_to_whom_and_nothing_else() {
    let signed = userinfo_for(br#"{"sub":"1","name":"A"}"#, "https://idp.example", "emic").unwrap();
    let signed: serde_json::Value = serde_json::from_slice(&signed).unwrap();
    let expected = serde_json::json!({ "sub": "1", "name": "A", "iss": "https://idp.example", "aud": "emic" });
    assert_eq!(signed, expected);
}
