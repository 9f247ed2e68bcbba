use super::*;
use serde_json::json;

const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

fn ec(kid: Option<&str>) -> Value {
    let mut key = json!({ "kty": "EC", "crv": "P-256", "x": X, "y": Y });
    if let Some(kid) = kid {
        key["kid"] = kid.into();
    }
    key
}

fn with(member: &str, value: Value) -> Value {
    let mut key = ec(Some("a"));
    key[member] = value;
    key
}

fn refused(keys: Value) -> String {
    RegisteredSet::parse(json!({ "keys": keys })).unwrap_err()
}

#[test]
fn a_set_is_read_back_as_it_was_sent() {
    let sent = json!({ "keys": [with("x5t", json!("kept")), { "kty": "new", "kid": "b" }], "note": "kept" });
    let set = RegisteredSet::parse(sent.clone()).unwrap();
    assert_eq!(serde_json::to_value(&set).unwrap(), sent);
    assert_eq!(set.verifying_keys().len(), 1);
}

#[test]
fn a_private_member_refuses_the_set_whatever_key_it_stands_in() {
    for name in PRIVATE {
        for key in [with(name, json!("AA")), with(name, json!(7)), json!({ "kty": "unheard", name: "AA" })] {
            assert!(refused(json!([key])).contains("private members"), "{name}");
            let published = json!({ "keys": [with(name, json!("AA"))] }).to_string();
            assert!(read_published(published.as_bytes()).is_err(), "{name}");
        }
    }
}

#[test]
fn two_keys_that_one_name_could_mean_are_refused_inline_and_published() {
    for (first, second) in [(ec(Some("a")), ec(Some("a"))), (ec(None), ec(None))] {
        let set = json!({ "keys": [first, second] });
        assert!(RegisteredSet::parse(set.clone()).is_err());
        assert!(read_published(set.to_string().as_bytes()).is_err());
    }
    RegisteredSet::parse(json!({ "keys": [ec(Some("a")), ec(Some("b")), ec(None)] })).unwrap();
}

#[test]
fn a_key_for_something_else_verifies_nothing() {
    for key in [
        with("use", json!("enc")),
        with("alg", json!("ECDH-ES")),
        with("alg", json!("HS256")),
        with("key_ops", json!(["sign"])),
        with("key_ops", json!([])),
    ] {
        let set = RegisteredSet::parse(json!({ "keys": [key] })).unwrap();
        assert!(set.verifying_keys().is_empty());
    }
    for key in [with("use", json!("sig")), with("alg", json!("ES256")), with("key_ops", json!(["verify"]))] {
        assert_eq!(RegisteredSet::parse(json!({ "keys": [key] })).unwrap().verifying_keys().len(), 1);
    }
}

#[test]
fn what_is_no_set_or_no_key_is_named() {
    for set in [json!([]), json!({}), json!({ "keys": {} }), json!({ "keys": [] }), json!("text")] {
        assert!(RegisteredSet::parse(set).is_err());
    }
    assert!(refused(json!([ec(Some("a")), with("x", json!("short"))])).contains("key 2"));
    assert!(refused(json!([{ "kty": "RSA", "n": "AQAB", "e": "AQAB" }])).contains("2048"));
    let many: Vec<_> = (0..=MOST_KEYS).map(|number| ec(Some(&number.to_string()))).collect();
    assert!(refused(json!(many)).contains("20 keys"));
    assert!(read_published(json!({ "keys": many }).to_string().as_bytes()).is_err());
    assert!(refused(json!([with("x5c", json!("x".repeat(LONGEST_SET)))])).contains("longer"));
}

#[test]
fn a_point_beside_its_curve_refuses_a_registered_set_and_only_its_key_in_a_published_one() {
    let swapped = json!({ "kty": "EC", "crv": "P-256", "kid": "off", "x": Y, "y": X });
    let small = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "small", "x": "A".repeat(43) });
    for (bad, words) in [(swapped, "does not lie on its curve"), (small, "small order")] {
        let said = refused(json!([ec(Some("a")), bad]));
        assert!(said.contains("key 2") && said.contains(words), "{said}");
        let published = json!({ "keys": [bad, ec(Some("a"))] }).to_string();
        let kept = read_published(published.as_bytes()).unwrap();
        assert_eq!(kept.iter().map(|key| key.kid().unwrap().as_str()).collect::<Vec<_>>(), ["a"]);
    }
}

/// RFC 7517 §4.
#[test]
fn a_member_that_stands_twice_in_a_key_refuses_a_published_set() {
    let key = format!("{{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\",\"kid\":\"b\",\"x\":\"{X}\",\"y\":\"{Y}\"}}");
    let said = read_published(format!("{{\"keys\":[{key}]}}").as_bytes()).unwrap_err();
    assert!(said.contains("\"kid\" stands twice"), "{said}");
}
