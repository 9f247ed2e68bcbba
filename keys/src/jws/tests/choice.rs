//! Which key verifies a token.

use super::*;

#[test]
fn a_key_the_header_brings_along_is_never_used() {
    let attacker = es256();
    let jwk = serde_json::to_string(&attacker.public_jwk()).unwrap();
    let (token, attackers_keys) = signed_under(
        &format!(
            r#"{{"alg":"ES256","jwk":{jwk},"jku":"https://evil.example/","x5u":"https://evil.example/","x5c":["AA"]}}"#
        ),
        b"{}",
    );
    assert!(Verifier::new(&attackers_keys).verify(&token, Typ::AnyOrNone).is_ok());
    assert_eq!(refusal(&[public(&es256())], &token), JwsError::Signature);
    assert_eq!(refusal(&[], &token), JwsError::NoKid);
}

#[test]
fn a_kid_that_is_not_known_is_refused_even_if_another_key_would_verify() {
    let (signer, other) = (es256(), es256());
    let token = signer.sign(None, b"{}").unwrap();
    let unknown = JwsError::UnknownKid(signer.kid().clone());
    assert_eq!(refusal(&[public(&other)], &token), unknown);
    assert_eq!(refusal(&[], &token), unknown);
    let mut nameless = signer.public_jwk();
    nameless.kid = None;
    assert_eq!(refusal(&[VerifyingKey::from_jwk(&nameless).unwrap()], &token), unknown);
    let (long, keys) = signed_under(&format!(r#"{{"alg":"ES256","kid":"{}"}}"#, "k".repeat(257)), b"{}");
    assert!(matches!(refusal(&keys, &long), JwsError::Header(_)));
}

#[test]
fn a_token_without_kid_is_accepted_only_where_one_key_can_be_meant() {
    let (token, keys) = signed_under(r#"{"alg":"ES256"}"#, b"{}");
    let [key] = keys;
    assert!(Verifier::new(&[key.clone(), public(&rs256())]).verify(&token, Typ::AnyOrNone).is_ok());
    assert_eq!(refusal(&[key, public(&es256())], &token), JwsError::NoKid);
    assert_eq!(refusal(&[public(&rs256())], &token), JwsError::NoKid);
}

#[test]
fn two_keys_of_one_name_are_told_apart_by_their_algorithm() {
    let (ec, rsa) = (es256(), rs256());
    let mut renamed = rsa.public_jwk();
    renamed.kid = Some(ec.kid().clone());
    let keys = [VerifyingKey::from_jwk(&renamed).unwrap(), public(&ec)];
    assert!(Verifier::new(&keys).verify(&ec.sign(None, b"{}").unwrap(), Typ::AnyOrNone).is_ok());
}

#[test]
fn keys_for_encryption_or_other_algorithms_verify_nothing() {
    let mut jwk = rs256().public_jwk();
    jwk.key_use = Some(crate::jwk::KeyUse::Enc);
    assert_eq!(VerifyingKey::from_jwk(&jwk).unwrap_err(), JwkError::NotForSigning);
    jwk.key_use = None;
    for alg in ["RSA-OAEP", "PS384", "EdDSA", "ES256", "none", "HS256"] {
        jwk.alg = Some(alg.to_owned());
        assert_eq!(VerifyingKey::from_jwk(&jwk).unwrap_err(), JwkError::NotForSigning, "{alg}");
        assert!(VerifyingKey::with_algorithm(&jwk, Algorithm::Rs256).is_err(), "{alg}");
    }
    jwk.alg = None;
    assert_eq!(VerifyingKey::from_jwk(&jwk).unwrap().algorithm(), Algorithm::Rs256);
    assert!(VerifyingKey::with_algorithm(&jwk, Algorithm::Es256).is_err());
}

/// A point off the curve is how private keys leak in other protocols; here it simply verifies nothing.
#[test]
fn a_point_off_the_curve_verifies_nothing() {
    let (token, _) = signed_under(r#"{"alg":"ES256"}"#, b"{}");
    let coordinate = b64::encode(&[7; 32]);
    let key = verifying(&json!({ "kty": "EC", "crv": "P-256", "x": coordinate, "y": coordinate }));
    assert_eq!(refusal(&[key], &token), JwsError::Signature);
}
