use serde_json::{Value, json};

use super::*;
use crate::b64;
use crate::testing::{eddsa, es256, ps256, rs256};

/// The key of RFC 7638 §3.1.
const RFC7638_N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRX\
    jBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zg\
    dAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8a\
    wapJzKnqDKgw";
/// The first key of RFC 7517 Appendix A.1.
const RFC7517_X: &str = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
const RFC7517_Y: &str = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM";

/// The key of RFC 8037 Appendix A.1.
const RFC8037_X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

fn rsa(n: &str, e: &str) -> Value {
    json!({ "kty": "RSA", "n": n, "e": e })
}

fn ec(x: &str, y: &str) -> Value {
    json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })
}

fn parse(value: &Value) -> Result<PublicJwk, JwkError> {
    PublicJwk::parse(value.to_string().as_bytes())
}

fn with(mut key: Value, name: &str, value: impl Into<Value>) -> Value {
    key[name] = value.into();
    key
}

#[test]
fn the_thumbprint_is_that_of_rfc_7638() {
    let key = with(with(rsa(RFC7638_N, "AQAB"), "alg", "RS256"), "kid", "2011-04-29");
    let key = parse(&key).unwrap();
    assert_eq!(key.thumbprint().as_str(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assert_eq!(key.kid().unwrap().as_str(), "2011-04-29");
}

/// RFC 8037, Appendices A.2 and A.3.
#[test]
fn the_ed25519_key_and_thumbprint_are_those_of_rfc_8037() {
    let json = json!({ "kty": "OKP", "crv": "Ed25519", "x": RFC8037_X });
    let key = parse(&json).unwrap();
    assert_eq!(key.thumbprint().as_str(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert_eq!(serde_json::to_value(&key).unwrap(), json);
    for algorithm in Algorithm::ALL {
        assert_eq!(key.suits(*algorithm), *algorithm == Algorithm::EdDsa);
    }
    for (name, value) in
        [("x", json!(null)), ("x", json!("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR")), ("x", json!(""))]
    {
        assert!(parse(&with(json.clone(), name, value)).is_err());
    }
    for curve in ["Ed448", "X25519", "P-256", "ed25519"] {
        assert_eq!(parse(&with(json.clone(), "crv", curve)), Err(JwkError::UnknownType), "{curve}");
    }
    assert_eq!(parse(&with(json, "d", "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")), Err(JwkError::Private("d")));
}

#[test]
fn the_set_of_rfc_7517_appendix_a_is_read() {
    let set = json!({ "keys": [
        with(with(ec(RFC7517_X, RFC7517_Y), "use", "enc"), "kid", "1"),
        with(with(rsa(RFC7638_N, "AQAB"), "alg", "RS256"), "kid", "2011-04-29"),
    ]});
    let set = JwkSet::parse(set.to_string().as_bytes()).unwrap();
    assert_eq!(set.keys.len(), 2);
    assert_eq!(set.keys[0].key_use(), Some(KeyUse::Enc));
    assert_eq!(set.keys[1].alg(), Some("RS256"));
    assert!(set.keys[0].suits(Algorithm::Es256) && !set.keys[0].suits(Algorithm::Rs256));
}

#[test]
fn keys_of_ours_are_written_with_use_alg_and_kid_and_read_back() {
    for key in [es256(), rs256(), ps256(), eddsa()] {
        let jwk = key.public_jwk();
        let value = serde_json::to_value(&jwk).unwrap();
        assert_eq!(value["use"], "sig");
        assert_eq!(value["alg"], key.algorithm().as_str());
        assert_eq!(value["kid"], key.kid().as_str());
        assert_eq!(value["kty"], key.algorithm().key_type());
        assert_eq!(value.get("crv").and_then(Value::as_str), key.algorithm().curve());
        assert!(value.get("d").is_none());
        assert_eq!(parse(&value).unwrap(), jwk);
        assert_eq!(serde_json::from_value::<PublicJwk>(value).unwrap(), jwk);
    }
}

#[test]
fn unknown_members_are_ignored() {
    let key = with(ec(RFC7517_X, RFC7517_Y), "x5t", "whatever");
    assert!(parse(&with(key, "exp", json!({ "d": 1 }))).is_ok());
}

#[test]
fn a_key_with_any_private_member_is_refused() {
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        for value in [json!("AA"), json!(1), json!([])] {
            let error = Err(JwkError::Private(name));
            assert_eq!(parse(&with(rsa(RFC7638_N, "AQAB"), name, value.clone())), error);
            assert_eq!(parse(&with(json!({ "kty": "oct" }), name, value)), error);
        }
    }
}

#[test]
fn a_private_key_refuses_the_whole_set() {
    let set = json!({ "keys": [ec(RFC7517_X, RFC7517_Y), with(ec(RFC7517_X, RFC7517_Y), "d", "AA")] });
    assert_eq!(JwkSet::parse(set.to_string().as_bytes()), Err(JwkError::Private("d")));
    assert!(serde_json::from_value::<JwkSet>(set).is_err());
}

#[test]
fn a_set_passes_over_keys_it_does_not_understand() {
    let set = json!({ "keys": [
        { "kty": "OKP", "crv": "X25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" },
        { "kty": "EC", "crv": "P-521", "x": "AA", "y": "AA" },
        { "kty": "RSA", "n": "AQAB" },
        { "kty": "EC", "crv": "P-256", "x": 7 },
        {},
        7,
        ec(RFC7517_X, RFC7517_Y),
    ], "other": true });
    assert_eq!(JwkSet::parse(set.to_string().as_bytes()).unwrap().keys.len(), 1);
}

#[test]
fn a_set_is_bounded_and_must_be_one() {
    let many = json!({ "keys": vec![ec(RFC7517_X, RFC7517_Y); 65] });
    assert_eq!(JwkSet::parse(many.to_string().as_bytes()), Err(JwkError::TooLong));
    assert_eq!(JwkSet::parse(&vec![b' '; 200_000]), Err(JwkError::TooLong));
    assert_eq!(PublicJwk::parse(&vec![b' '; 200_000]), Err(JwkError::TooLong));
    for text in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#] {
        assert!(matches!(JwkSet::parse(text.as_bytes()), Err(JwkError::Json(_))), "{text}");
    }
}

#[test]
fn a_member_named_twice_is_refused() {
    let twice = format!(r#"{{"kty":"EC","crv":"P-256","x":"{RFC7517_X}","x":"{RFC7517_X}","y":"{RFC7517_Y}"}}"#);
    assert!(matches!(PublicJwk::parse(twice.as_bytes()), Err(JwkError::Json(_))));
}

#[test]
fn coordinates_have_their_full_length_and_one_spelling() {
    let padded = format!("{RFC7517_X}=");
    let longer = b64::encode(&[0; 33]);
    let shorter = b64::encode(&[1; 31]);
    let trailing_bits = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D5";
    for wrong in [padded.as_str(), &longer, &shorter, trailing_bits, "", "+/"] {
        assert_eq!(parse(&ec(wrong, RFC7517_Y)), Err(JwkError::Encoding("x")), "{wrong}");
        assert_eq!(parse(&ec(RFC7517_X, wrong)), Err(JwkError::Encoding("y")), "{wrong}");
    }
    assert_eq!(parse(&json!({ "kty": "EC", "crv": "P-256", "x": RFC7517_X })), Err(JwkError::Missing("y")));
}

#[test]
fn other_types_and_curves_are_refused() {
    for (name, value) in [("kty", "oct"), ("kty", "ec"), ("crv", "P-384"), ("crv", "secp256k1")] {
        assert_eq!(parse(&with(ec(RFC7517_X, RFC7517_Y), name, value)), Err(JwkError::UnknownType));
    }
    assert_eq!(parse(&json!({ "x": "AA" })), Err(JwkError::Missing("kty")));
    assert_eq!(parse(&with(ec(RFC7517_X, RFC7517_Y), "use", "tls")), Err(JwkError::NotForSigning));
}

#[test]
fn small_huge_and_even_moduli_are_refused() {
    let modulus = |bytes: usize, first: u8, last: u8| {
        let mut n = vec![0xaa; bytes];
        n[0] = first;
        n[bytes - 1] = last;
        parse(&rsa(&b64::encode(&n), "AQAB"))
    };
    assert!(modulus(256, 0x80, 1).is_ok());
    assert!(modulus(1024, 0xff, 1).is_ok());
    assert_eq!(modulus(256, 0x7f, 1), Err(JwkError::Modulus(2047)));
    assert_eq!(modulus(128, 0xff, 1), Err(JwkError::Modulus(1024)));
    assert_eq!(modulus(256, 0x80, 2), Err(JwkError::Modulus(2048)));
    assert_eq!(modulus(257, 0, 1), Err(JwkError::Encoding("n")));
    assert_eq!(modulus(1025, 0xff, 1), Err(JwkError::Encoding("n")));
    assert_eq!(parse(&rsa("", "AQAB")), Err(JwkError::Encoding("n")));
}

#[test]
fn dangerous_exponents_are_refused() {
    for wrong in [&[1][..], &[3], &[1, 0], &[0xff, 0xff], &[1, 0, 2], &[2, 0, 0, 0, 1], &[1; 9], &[0xff; 200]] {
        assert_eq!(parse(&rsa(RFC7638_N, &b64::encode(wrong))), Err(JwkError::Exponent), "{wrong:?}");
    }
    assert_eq!(parse(&rsa(RFC7638_N, &b64::encode(&[0, 1, 0, 1]))), Err(JwkError::Encoding("e")));
    assert!(parse(&rsa(RFC7638_N, &b64::encode(&[1, 0xff, 0xff, 0xff, 0xff]))).is_ok());
}

#[test]
fn names_are_bounded() {
    for name in ["kid", "alg"] {
        assert_eq!(parse(&with(ec(RFC7517_X, RFC7517_Y), name, "k".repeat(257))), Err(JwkError::Encoding(name)));
        assert!(parse(&with(ec(RFC7517_X, RFC7517_Y), name, "k".repeat(256))).is_ok());
    }
}
