use super::*;
use crate::client::registration::{Registration, register};
use serde_json::json;

const NOW: UnixMillis = UnixMillis(1_763_000_000_000);
const ISSUER: &str = "https://idp.example";

fn client(profile: Profile) -> Client {
    let asked = Registration {
        profile: Profile::Standard,
        id_token_signed_response_alg: Algorithm::Es256,
        ..Registration::of("emic", "EMIC", "https://emic.example/cb")
    };
    Client { profile, ..register(asked).unwrap() }
}

fn seconds(later: i64) -> i64 {
    NOW.0 / 1000 + later
}

/// A right one, changed: a null takes a claim away.
fn judged(profile: Profile, changes: &[(&str, Value)]) -> Result<String, OAuthError> {
    let mut claims = json!({
        "iss": "emic", "aud": ISSUER, "exp": seconds(300), "nbf": seconds(0), "iat": seconds(0), "jti": "x",
        "client_id": "emic", "response_type": "code", "scope": "openid", "max_age": 60, "claims": { "userinfo": {} },
    });
    for (name, value) in changes {
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(*name),
            value => claims.as_object_mut().unwrap().insert((*name).into(), value.clone()),
        };
    }
    let outside = Params::parse(b"client_id=emic&response_type=code&state=outside").unwrap();
    read(claims.to_string().as_bytes(), &client(profile), &outside, (ISSUER, NOW))
}

#[test]
fn only_what_stands_inside_is_given_and_nothing_about_the_token_itself() {
    let query = judged(Profile::Government, &[]).unwrap();
    let params = Params::parse(query.as_bytes()).unwrap();
    let mut pairs: Vec<_> = params.iter().collect();
    pairs.sort_unstable();
    let expected = [
        ("claims", "{\"userinfo\":{}}"),
        ("client_id", "emic"),
        ("max_age", "60"),
        ("response_type", "code"),
        ("scope", "openid"),
    ];
    assert_eq!(pairs, expected);
}

#[test]
fn what_has_to_be_there_differs_by_profile() {
    use Profile::{Fapi2, Government, Standard};
    let hour = seconds(3_600);
    let rows: &[(&str, Value, [bool; 3])] = &[
        ("iss", Value::Null, [true, false, false]),
        ("aud", Value::Null, [true, false, false]),
        ("exp", Value::Null, [true, false, false]),
        ("nbf", Value::Null, [true, true, false]),
        ("iat", Value::Null, [true, true, true]),
        ("jti", Value::Null, [true, true, true]),
        ("client_id", Value::Null, [true, true, true]),
        ("aud", json!([ISSUER, "https://other.example"]), [true, true, true]),
        ("aud", json!("https://other.example"), [false, false, false]),
        ("aud", json!([]), [false, false, false]),
        ("aud", json!(["https://idp.example/"]), [false, false, false]),
        ("iss", json!("weather"), [false, false, false]),
        ("iss", json!(["emic"]), [false, false, false]),
        ("client_id", json!("weather"), [false, false, false]),
        ("sub", json!("emic"), [false, false, false]),
        ("sub", json!("somebody"), [true, true, true]),
        ("exp", json!(seconds(0)), [false, false, false]),
        ("exp", json!("soon"), [false, false, false]),
        ("exp", json!(hour), [true, true, true]),
        ("exp", json!(hour + 1), [true, false, false]),
        ("nbf", json!(seconds(8)), [true, true, true]),
        ("nbf", json!(seconds(11)), [false, false, false]),
        ("iat", json!(seconds(11)), [false, false, false]),
        ("nbf", json!(seconds(-3_601)), [true, false, false]),
        ("request", json!("e30.e30."), [false, false, false]),
        ("request_uri", json!("https://emic.example/r"), [false, false, false]),
        ("response_type", json!("token"), [false, false, false]),
        ("response_type", Value::Null, [false, false, false]),
        ("login_hint", json!(null), [true, true, true]),
    ];
    for (name, value, expected) in rows {
        let said = [Standard, Government, Fapi2].map(|profile| judged(profile, &[(name, value.clone())]).is_ok());
        assert_eq!(said, *expected, "{name}={value}");
    }
    // Nobody says whose it is.
    assert!(judged(Standard, &[("iss", Value::Null), ("client_id", Value::Null)]).is_err());
}

#[test]
fn a_payload_that_two_readers_could_read_differently_is_refused() {
    let outside = Params::default();
    let client = client(Profile::Standard);
    for payload in [
        &br#"{"iss":"emic","scope":"openid","scope":"openid uid"}"#[..],
        br#"{"iss":"emic","iss":"emic"}"#,
        br#"{"iss":"emic","state":null}"#,
        br#"["iss"]"#,
        br#""emic""#,
        b"",
        b"{",
        &[0xff, 0xfe],
    ] {
        let error = read(payload, &client, &outside, (ISSUER, NOW)).unwrap_err();
        assert_eq!(error.code, OAuthErrorCode::InvalidRequestObject, "{payload:?}");
    }
}

#[test]
fn fapi2_takes_no_rs256_and_a_registered_algorithm_takes_no_other() {
    let any = client(Profile::Standard);
    let mut es256 = any.clone();
    es256.requests.request_object_signing_alg = Some(Algorithm::Es256);
    for algorithm in Algorithm::ALL.iter().copied() {
        assert!(check_algorithm(&any, algorithm).is_ok());
        assert_eq!(check_algorithm(&es256, algorithm).is_ok(), algorithm == Algorithm::Es256);
        assert_eq!(check_algorithm(&client(Profile::Fapi2), algorithm).is_ok(), algorithm != Algorithm::Rs256);
    }
}

/// RFC 7519 §4: of two claims of one name one reader takes the first and another the last, however deep they stand.
#[test]
fn a_claim_that_stands_twice_is_refused() {
    let right = "\"iss\":\"emic\",\"client_id\":\"emic\",\"response_type\":\"code\",\"scope\":\"openid\"";
    let outside = Params::parse(b"client_id=emic").unwrap();
    let judged = |more: &str| {
        let payload = format!("{{{right}{more}}}");
        read(payload.as_bytes(), &client(Profile::Standard), &outside, (ISSUER, NOW))
    };
    assert!(judged(",\"claims\":{\"userinfo\":{\"name\":null}}").is_ok());
    for twice in [
        ",\"scope\":\"openid\"",
        ",\"\\u0069ss\":\"emic\"",
        ",\"new\":1,\"new\":1",
        ",\"claims\":{\"userinfo\":{},\"userinfo\":{\"name\":null}}",
        ",\"claims\":{\"userinfo\":{\"name\":null,\"name\":{}}}",
    ] {
        let refusal = judged(twice).unwrap_err();
        assert_eq!(refusal.code, OAuthErrorCode::InvalidRequestObject, "{twice}");
    }
}
