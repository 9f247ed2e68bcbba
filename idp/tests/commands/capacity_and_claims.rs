//! `idp accounts set-capacity|end-capacity|set-claims`.

use crate::support::{Idp, Ran, any_file_holds};
use serde_json::json;
use std::process::Stdio;

const FIRE_AGENCY: &str = "2.16.886.101.20003.20001.20003";

fn idp_with_agency() -> Idp {
    let idp = Idp::new();
    idp.add_account("fireman0119");
    idp.write("list.csv", format!("oid,name\n{FIRE_AGENCY},內政部消防署\n"));
    idp.done(&["agencies", "import", "list.csv"]);
    idp
}

fn set<'a>(oid: &'a str, kind: &'a str) -> Vec<&'a str> {
    vec!["accounts", "set-capacity", "fireman0119", "--agency-oid", oid, "--official-type", kind]
}

#[test]
fn a_capacity_is_set_changed_and_ended() {
    let idp = idp_with_agency();
    for (kind, words) in [("civil_servant", "公務人員"), ("contract_staff", "約聘僱人員"), ("educator", "教育人員")]
    {
        let said = idp.done(&set(FIRE_AGENCY, kind));
        assert!(said.contains(words) && said.contains("內政部消防署"), "{said}");
        let shown = idp.json(&["accounts", "show", "fireman0119"]);
        assert_eq!(shown["identity_type"], "civil_servant");
        assert_eq!((&shown["official_type"], &shown["agency_oid"]), (&json!(kind), &json!(FIRE_AGENCY)));
    }
    assert_eq!(idp.json(&["accounts", "end-capacity", "fireman0119"])["portals_told"], 0);
    assert_eq!(idp.json(&["accounts", "show", "fireman0119"])["identity_type"], "natural_person");
    assert!(idp.refused(&["accounts", "end-capacity", "fireman0119"]).contains("no official capacity"));
}

#[test]
fn an_agency_that_is_not_in_the_list_or_no_oid_is_refused() {
    let idp = idp_with_agency();
    let said = idp.refused(&set("2.16.886.101.99999", "civil_servant"));
    assert!(said.contains("2.16.886.101.99999") && said.contains("agencies import"), "{said}");
    for bad in ["", "x", "1.2.3", "2.16.886", "2.16.886.101.020003", "2.16.886.101.20003.", "2.16.886..1"] {
        assert!(idp.refused(&set(bad, "civil_servant")).contains("--agency-oid"), "{bad}");
    }
    assert!(idp.refused(&set(FIRE_AGENCY, "minister")).contains("--official-type"));
    assert_eq!(idp.json(&["accounts", "show", "fireman0119"])["identity_type"], "natural_person");
}

#[test]
fn claims_are_set_from_a_file_and_personal_data_is_sealed() {
    let idp = idp_with_agency();
    let claims = json!({
        "nickname": "阿勇阿勇阿勇", "phone_number": "+886 2 8195 9119", "birthdate": "1980-01-19",
        "address": { "locality": "新北市新店區" }, "uid": "A123456789", "uid_verified": true,
    });
    idp.write("claims.json", claims.to_string());
    let said = idp.done(&["accounts", "set-claims", "fireman0119", "claims.json"]);
    std::fs::remove_file(idp.path("claims.json")).unwrap();
    for private in ["A123456789", "阿勇阿勇", "8195", "1980-01-19", "新店區"] {
        assert!(!any_file_holds(&idp.path("."), private), "{private} is not sealed");
        assert!(!said.contains(private), "{said}");
    }
}

#[test]
fn bad_claims_are_named_with_the_file() {
    let idp = idp_with_agency();
    for (contents, words) in [
        ("", "claims.json"),
        ("[]", "claims.json"),
        ("{\"uid\": \"A123456780\"}", "身分證字號"),
        ("{\"uid\": 1}", "uid must be text"),
        ("{\"uid_verified\": \"yes\"}", "uid_verified"),
        ("{\"sub\": \"somebody\"}", "sub"),
        ("{\"iss\": \"somebody\"}", "iss"),
        ("{\"email_verified\": true}", "email_verified"),
        ("{\"identity_type\": \"civil_servant\"}", "identity_type"),
        ("{\"nickname\": null}", "nickname"),
        ("{\"nickname\": \"\"}", "nickname"),
        ("{\"nickname\": \"a\\u0000b\"}", "U+0000"),
        ("{\"address\": {\"locality\": \"\\u202e\"}}", "U+202E"),
        ("{\"favourite_colour\": \"green\"}", "favourite_colour"),
    ] {
        idp.write("claims.json", contents);
        let said = idp.refused(&["accounts", "set-claims", "fireman0119", "claims.json"]);
        assert!(said.contains("claims.json") && said.contains(words), "{contents}: {said}");
    }
    assert!(idp.refused(&["accounts", "set-claims", "fireman0119", "nowhere.json"]).contains("nowhere.json"));
}

#[test]
fn a_verified_number_belongs_to_one_account() {
    let idp = idp_with_agency();
    idp.add_account("clairesu1234");
    let set = |account: &str, verified: bool| {
        idp.write("claims.json", json!({ "uid": "A123456789", "uid_verified": verified }).to_string());
        ["accounts", "set-claims", account, "claims.json"].map(str::to_owned)
    };
    let run = |arguments: [String; 4], refused: bool| {
        let arguments = arguments.each_ref().map(String::as_str);
        if refused { idp.refused(&arguments) } else { idp.done(&arguments) }
    };
    run(set("fireman0119", true), false);
    run(set("fireman0119", true), false);
    let said = run(set("clairesu1234", true), true);
    assert!(said.contains("verified for another account") && !said.contains("fireman0119"), "{said}");
    assert!(idp.json(&["accounts", "show", "clairesu1234"]).get("uid_verified").is_none_or(|it| it != &json!(true)));
    run(set("clairesu1234", false), false);
    run(set("fireman0119", false), false);
    run(set("clairesu1234", true), false);
}

/// Attack: two desks verify the same number for two accounts at the same moment.
#[test]
fn of_many_accounts_for_which_a_number_is_verified_at_once_one_has_it() {
    let idp = idp_with_agency();
    let accounts = ["fireman0119", "racer0001", "racer0002", "racer0003"];
    for account in &accounts[1..] {
        idp.add_account(account);
    }
    for number in ["A123456789", "B123456780", "C123456781", "D123456782", "E123456783", "F123456784"] {
        idp.write("claims.json", json!({ "uid": number, "uid_verified": true }).to_string());
        let start = |account: &str| {
            let mut command = idp.command(&["accounts", "set-claims", account, "claims.json"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let racing: Vec<_> = accounts.iter().map(|account| start(account)).collect();
        let ran: Vec<Ran> = racing.into_iter().map(|racer| racer.wait_with_output().unwrap().into()).collect();
        let lost: Vec<_> = ran.iter().filter(|ran| !ran.ok).collect();
        assert!(lost.len() == 3, "{number}: {ran:?}");
        assert!(lost.iter().all(|ran| ran.stderr.contains("verified for another account")), "{number}: {ran:?}");
    }
}
