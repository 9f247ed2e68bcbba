use super::*;
use crate::client::registration::register;

fn given() -> Given<'static> {
    let scope = ScopeSet::parse_strict("openid profile email identity offline_access").unwrap();
    Given { id: "made-by-us".into(), profile: Profile::Standard, scope, for_itself: true, before: None }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn client(asked: Value) -> Client {
    register(read(&object(asked), &given()).unwrap()).unwrap()
}

fn bad(asked: Value) -> String {
    refused(asked).member
}

fn refused(asked: Value) -> BadMember {
    match read(&object(asked), &given()) {
        Err(bad) => bad,
        Ok(registration) => BadMember::from(register(registration).unwrap_err().remove(0)),
    }
}

const CALLBACK: &str = "https://app.example/callback";

#[test]
fn whoever_says_nothing_but_where_answers_go_gets_the_defaults_of_the_specification_and_is_told_them() {
    let registered = Value::Object(document(&client(json!({ "redirect_uris": [CALLBACK], "weather": "fine" }))));
    let expected = json!({
        "client_id": "made-by-us", "client_name": "app.example", "redirect_uris": [CALLBACK], "response_types": ["code"],
        "grant_types": ["authorization_code"], "token_endpoint_auth_method": "client_secret_basic",
        "application_type": "web", "scope": "openid identity profile email", "subject_type": "public",
        "id_token_signed_response_alg": "RS256", "backchannel_logout_session_required": false,
        "dpop_bound_access_tokens": false, "require_pushed_authorization_requests": false,
        "require_signed_request_object": false, "require_auth_time": false,
    });
    assert_eq!(registered, expected);
}

fn everything() -> Value {
    json!({
        "client_name": "EMIC", "client_name#zh-TW": "應變管理資訊雲端服務", "client_uri": "https://app.example/",
        "client_uri#zh-TW": "https://app.example/zh", "policy_uri": "https://app.example/policy",
        "tos_uri#en": "https://app.example/terms", "logo_uri": "https://app.example/logo.png",
        "logo_uri#en": "https://app.example/logo-en.png",
        "contacts": ["one@app.example", "two@app.example"],
        "default_max_age": 0, "require_auth_time": true, "default_acr_values": ["urn:shenfen:acr:password", "gold"],
        "software_id": "4NRB1-0XZABZI9E6-5SM3R", "software_version": "2.1 beta",
        "redirect_uris": [CALLBACK, "https://app.example/other?a=b"], "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256", "jwks_uri": "https://app.example/keys", "dpop_bound_access_tokens": true,
        "require_pushed_authorization_requests": true, "require_signed_request_object": true,
        "request_object_signing_alg": "ES256", "request_uris": ["https://app.example/request#digest"],
        "application_type": "native", "scope": "openid offline_access", "subject_type": "pairwise",
        "id_token_signed_response_alg": "ES256", "backchannel_logout_session_required": true,
        "frontchannel_logout_uri": "https://app.example/frame", "backchannel_logout_uri": "https://app.example/out", "initiate_login_uri": "https://app.example/begin",
        "sector_identifier_uri": "https://sector.example/list", "post_logout_redirect_uris": ["https://app.example/bye"],
    })
}

#[test]
fn what_is_registered_registers_the_same_client_again() {
    for asked in [json!({ "redirect_uris": [CALLBACK] }), everything()] {
        let first = client(asked.clone());
        let told = document(&first);
        let again = client(Value::Object(told.clone()));
        assert_eq!(again, first);
        assert_eq!(document(&again), told);
        // Nothing that was asked for was lost on the way.
        for (member, value) in object(asked) {
            let same = told.get(&member) == Some(&value) || member == "scope";
            assert!(same, "{member}: {value} became {:?}", told.get(&member));
        }
    }
    assert_eq!(client(everything()).sector, "sector.example");
}

#[test]
fn nothing_of_a_client_is_forgotten_in_its_json() {
    // A member of the record that its JSON lacks would be lost by a client that writes back what it read.
    let record = object(serde_json::to_value(client(everything())).unwrap());
    let ours = ["id", "profile", "sector", "trusted", "may_introspect", "pinned_kid", "disabled"];
    let told = document(&client(everything()));
    // What is kept together is told one by one.
    let together = ["requests", "presentation", "defaults", "software"];
    let inside = together.into_iter().flat_map(|name| record[name].as_object().unwrap().keys());
    let alone = record.keys().filter(|member| !together.contains(&member.as_str()));
    for member in alone.chain(inside).filter(|member| !ours.contains(&member.as_str())) {
        let wire = match member.as_str() {
            "name" => "client_name",
            "auth_method" => "token_endpoint_auth_method",
            "public_keys" => "jwks_uri",
            "names" => "client_name#zh-TW",
            "tos_uri" => "tos_uri#en",
            same => same,
        };
        assert!(told.contains_key(wire), "{member} is not in the JSON of a registration");
    }
}

/// What fits every member of [`everything`].
fn base() -> Map<String, Value> {
    object(json!({
        "redirect_uris": [CALLBACK], "jwks_uri": "https://app.example/keys", "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": ["authorization_code", "refresh_token"],
    }))
}

/// Whether it can be registered; if so, writing back what was told changes nothing.
fn comes_back(asked: &Map<String, Value>) -> bool {
    let Ok(first) = read(asked, &given()).map_err(drop).and_then(|asked| register(asked).map_err(drop)) else {
        return false;
    };
    let told = document(&first);
    let before = Given { before: Some(&first), ..given() };
    for given in [given(), before] {
        let again = register(read(&told, &given).unwrap()).unwrap();
        assert_eq!(again, first, "{asked:?}");
    }
    true
}

#[test]
fn each_member_alone_and_all_but_each_come_back_as_they_were() {
    let all = object(everything());
    for (member, value) in &all {
        let mut alone = base();
        alone.insert(member.clone(), value.clone());
        assert!(comes_back(&alone), "{member}");
        let told = document(&client(Value::Object(alone)));
        assert_eq!(told.get(member), Some(value), "{member}");
    }
    let needed = all.keys().filter(|member| {
        let mut rest = all.clone();
        rest.remove(*member);
        !comes_back(&rest)
    });
    let needed = needed.cloned().collect::<Vec<_>>();
    let expected = ["grant_types", "jwks_uri", "redirect_uris", "token_endpoint_auth_method"];
    assert_eq!(needed, expected, "without these the others do not fit");
}

#[test]
fn every_word_of_every_member_comes_back_as_it_was() {
    let words = |all: Vec<&str>| all.into_iter().map(|word| json!(word)).collect::<Vec<_>>();
    let algorithms = words(Algorithm::ALL.iter().map(|one| one.as_str()).collect());
    let itself = json!(["client_credentials"]);
    let rows = [
        ("token_endpoint_auth_method", words(AuthMethod::ALL.map(AuthMethod::as_str).to_vec()), 5),
        ("subject_type", words(SubjectType::ALL.map(SubjectType::as_str).to_vec()), 2),
        ("application_type", words(ApplicationType::ALL.map(ApplicationType::as_str).to_vec()), 2),
        ("id_token_signed_response_alg", algorithms.clone(), algorithms.len()),
        ("userinfo_signed_response_alg", algorithms.clone(), algorithms.len()),
        ("request_object_signing_alg", algorithms.clone(), algorithms.len()),
        ("token_endpoint_auth_signing_alg", algorithms.clone(), algorithms.len()),
        ("default_max_age", vec![json!(0), json!(1), json!(u32::MAX)], 3),
        ("grant_types", vec![json!(["authorization_code", "client_credentials"]), itself.clone()], 1),
    ];
    for (member, values, expected) in rows {
        let fine = values.into_iter().filter(|value| {
            let mut asked = base();
            asked.insert(member.to_owned(), value.clone());
            comes_back(&asked)
        });
        assert_eq!(fine.count(), expected, "{member}");
    }
    let mut flows = 0;
    for kind in ResponseType::ALL {
        let grants: Vec<_> = kind.grant_types().iter().map(|grant| grant.as_str()).collect();
        flows += usize::from(comes_back(&object(
            json!({ "redirect_uris": [CALLBACK], "response_types": [kind.as_str()], "grant_types": grants }),
        )));
    }
    assert_eq!(flows, ResponseType::ALL.len());
    assert!(comes_back(&object(json!({ "grant_types": itself }))), "nobody signs in at it");
}

#[test]
fn a_sector_that_an_operator_chose_or_kept_stays_while_the_addresses_do() {
    let asked = json!({ "redirect_uris": [CALLBACK], "subject_type": "pairwise" });
    let moved = Client { sector: "before.example".into(), ..client(asked) };
    let given = Given { before: Some(&moved), ..given() };
    let told = document(&moved);
    assert_eq!(register(read(&told, &given).unwrap()).unwrap(), moved);
    for (member, value) in [
        ("redirect_uris", json!(["https://app.example/elsewhere"])),
        ("sector_identifier_uri", json!("https://sector.example/list")),
    ] {
        let mut other = told.clone();
        other.insert(member.to_owned(), value);
        let sector = register(read(&other, &given).unwrap()).unwrap().sector;
        assert_ne!(sector, "before.example", "{member} was changed");
    }
}

#[test]
fn the_member_that_is_wrong_is_named() {
    let with = |member: &str, value: Value| {
        let mut asked = json!({ "redirect_uris": [CALLBACK] });
        asked[member] = value;
        asked
    };
    for (member, value) in [
        ("jwks", json!({ "keys": [] })),
        ("jwks_uri", json!("http://app.example/keys")),
        ("token_endpoint_auth_signing_alg", json!("none")),
        ("dpop_bound_access_tokens", json!("yes")),
        ("redirect_uris", json!([])),
        ("redirect_uris", json!(CALLBACK)),
        ("redirect_uris", json!([1])),
        ("redirect_uris", json!(["http://app.example/callback"])),
        ("redirect_uris", json!(["javascript:alert(1)"])),
        ("redirect_uris", json!(["https://app.example/callback#fragment"])),
        ("redirect_uris", json!((0..21).map(|n| format!("{CALLBACK}{n}")).collect::<Vec<_>>())),
        ("redirect_uris", json!((0..65).map(|n| format!("{CALLBACK}{n}")).collect::<Vec<_>>())),
        ("response_types", json!(["token"])),
        ("response_types", json!(["code", "weather"])),
        ("response_types", json!([])),
        ("grant_types", json!(["refresh_token"])),
        ("grant_types", json!(["password"])),
        ("grant_types", json!([])),
        ("client_name", json!("EM\u{200b}IC")),
        ("client_name", json!("x".repeat(81))),
        ("client_name", json!({})),
        ("client_name#en", json!(" ")),
        ("client_name#", json!("x")),
        ("logo_uri", json!("javascript:alert(1)")),
        ("policy_uri", json!("data:text/html,x")),
        ("tos_uri", json!("http://app.example/")),
        ("client_uri", json!("x".repeat(3_000))),
        ("contacts", json!("one@app.example")),
        ("initiate_login_uri", json!("http://app.example/")),
        ("sector_identifier_uri", json!("http://app.example/")),
        ("backchannel_logout_uri", json!("http://10.0.0.1/")),
        ("post_logout_redirect_uris", json!(["javascript:alert(1)"])),
        ("backchannel_logout_session_required", json!("yes")),
        ("token_endpoint_auth_method", json!("tls_client_auth")),
        ("application_type", json!("desktop")),
        ("subject_type", json!("private")),
        ("id_token_signed_response_alg", json!("none")),
        ("id_token_signed_response_alg", json!("HS256")),
        ("id_token_encrypted_response_alg", json!("RSA-OAEP")),
        ("default_max_age", json!(-1)),
        ("default_max_age", json!("60")),
        ("default_max_age", json!(1.5)),
        ("default_max_age", json!(4_294_967_296_u64)),
        ("require_auth_time", json!("true")),
        ("default_acr_values", json!("urn:shenfen:acr:password")),
        ("default_acr_values", json!(["a b"])),
        ("default_acr_values", json!([""])),
        ("default_acr_values", json!((0..21).map(|n| n.to_string()).collect::<Vec<_>>())),
        ("software_id", json!("a\u{200b}b")),
        ("software_version", json!("x".repeat(201))),
        ("software_version", json!(2)),
        ("software_statement", json!("eyJhbGciOiJFUzI1NiJ9.e30.AAAA")),
        ("scope", json!("openid uid")),
        ("scope", json!("openid weather")),
        ("scope", json!("profile")),
    ] {
        let refused = refused(with(member, value.clone()));
        assert_eq!(refused.member.split('#').next(), member.split('#').next(), "{member}: {value}");
        // Other characters would reach whoever registers as question marks (RFC 6749 section 5.2).
        assert!(refused.why.is_ascii() || !value.to_string().is_ascii(), "{member}: {}", refused.why);
    }
    let several = json!({ "redirect_uris": [CALLBACK, "https://other.example/callback"], "subject_type": "pairwise" });
    assert_eq!(bad(several), "sector_identifier_uri");
    let offline = json!({ "redirect_uris": [CALLBACK], "scope": "openid offline_access" });
    assert_eq!(bad(offline), "grant_types");
}

#[test]
fn nobody_registers_what_is_the_operators_to_give() {
    let asked = json!({
        "redirect_uris": [CALLBACK], "client_id": "emic", "trusted": true, "profile": "government", "sector": "emic.example",
        "disabled": true, "pinned_kid": "x", "client_secret": "mine", "registration_access_token": "mine",
    });
    assert_eq!(client(asked), client(json!({ "redirect_uris": [CALLBACK] })));
}

#[test]
fn null_is_nothing() {
    let mut asked = everything();
    for value in asked.as_object_mut().unwrap().values_mut() {
        *value = Value::Null;
    }
    asked["redirect_uris"] = json!([CALLBACK]);
    assert_eq!(client(asked), client(json!({ "redirect_uris": [CALLBACK] })));
}
