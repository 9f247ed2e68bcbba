use super::*;
use crate::{
    Typ, Verifier, VerifyingKey, generate,
    testing::{eddsa, es256, ps256, rs256},
};

fn header_of(token: &str) -> serde_json::Value {
    serde_json::from_slice(&b64::decode(token.split('.').next().unwrap()).unwrap()).unwrap()
}

#[test]
fn what_is_signed_verifies_with_the_published_half() {
    for key in [es256(), rs256(), ps256(), eddsa()] {
        let keys = [VerifyingKey::from_jwk(&key.public_jwk()).unwrap()];
        for typ in [None, Some("JWT"), Some("logout+jwt"), Some("at+jwt"), Some("token-introspection+jwt")] {
            for payload in [&b""[..], b"{}", &[0xff; 5000]] {
                let token = key.sign(typ, payload).unwrap();
                let verified = Verifier::new(&keys).verify(&token, Typ::AnyOrNone).unwrap();
                assert_eq!(verified.payload, payload);
                assert_eq!(verified.kid.as_ref(), Some(key.kid()));
                assert_eq!(verified.header.typ.as_deref(), typ);
            }
        }
    }
}

#[test]
fn the_header_has_alg_and_kid_and_the_type_asked_for() {
    let key = es256();
    let plain = header_of(&key.sign(None, b"{}").unwrap());
    assert_eq!(plain, serde_json::json!({ "alg": "ES256", "kid": key.kid().as_str() }));
    let typed = header_of(&key.sign(Some("logout+jwt"), b"{}").unwrap());
    assert_eq!(typed, serde_json::json!({ "alg": "ES256", "kid": key.kid().as_str(), "typ": "logout+jwt" }));
    let odd = header_of(&key.sign(Some("a\"b"), b"{}").unwrap());
    assert_eq!(odd["typ"], "a\"b");
}

#[test]
fn the_token_fits_the_buffer_it_was_written_into() {
    for key in [es256(), rs256(), ps256(), eddsa()] {
        let token = key.sign(Some("JWT"), &[7; 333]).unwrap();
        assert_eq!(token.capacity(), token.len());
    }
}

#[test]
fn the_kid_is_the_thumbprint_of_the_public_half() {
    for key in [es256(), rs256(), ps256(), eddsa()] {
        let jwk = key.public_jwk();
        assert_eq!(key.kid(), &jwk.thumbprint());
        assert_eq!(jwk.kid(), Some(key.kid()));
        assert_eq!(key.kid().as_str().len(), 43);
    }
}

#[test]
fn a_private_half_under_a_foreign_name_is_refused() {
    let der = generate(Algorithm::Es256).unwrap();
    let kid = SigningKey::parse(Algorithm::Es256, der.as_bytes()).unwrap().kid().clone();
    assert!(SigningKey::from_pkcs8(kid.clone(), Algorithm::Es256, der.as_bytes()).is_ok());
    let foreign = es256().kid().clone();
    let error = SigningKey::from_pkcs8(foreign.clone(), Algorithm::Es256, der.as_bytes()).unwrap_err();
    assert_eq!(error, KeyError::KidMismatch { stored: foreign, found: kid });
}

#[test]
fn a_damaged_private_half_is_refused_without_being_quoted() {
    let der = generate(Algorithm::Es256).unwrap();
    let cut = &der.as_bytes()[..40];
    let error = SigningKey::parse(Algorithm::Es256, cut).unwrap_err();
    assert_eq!(error, KeyError::PrivateHalf { algorithm: Algorithm::Es256 });
}

#[test]
fn printing_a_key_shows_its_name_only() {
    let key = es256();
    assert_eq!(format!("{key:?}"), format!("SigningKey(ES256 {})", key.kid()));
}
