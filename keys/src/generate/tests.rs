use super::*;
use crate::{SigningKey, testing::rs256};

#[test]
fn every_algorithm_gets_a_key_that_parses_for_its_kind_alone() {
    for algorithm in Algorithm::ALL {
        let der = generate(*algorithm).unwrap();
        for other in Algorithm::ALL {
            // RS256 and PS256 have keys of one form: the record says which of them a key is for.
            let same_form = (other.key_type(), other.curve()) == (algorithm.key_type(), algorithm.curve());
            assert_eq!(SigningKey::parse(*other, der.as_bytes()).is_ok(), same_form);
        }
    }
}

#[test]
fn two_keys_are_two_keys() {
    let kid = || SigningKey::parse(Algorithm::Es256, generate(Algorithm::Es256).unwrap().as_bytes()).unwrap();
    assert_ne!(kid().kid(), kid().kid());
}

#[test]
fn an_rsa_key_has_the_size_asked_for_and_the_usual_exponent() {
    let larger = generate_rsa_key(3072).unwrap();
    let larger = SigningKey::parse(Algorithm::Rs256, larger.as_bytes()).unwrap();
    for (key, characters) in [(rs256(), 342), (larger, 512)] {
        let json = serde_json::to_value(key.public_jwk()).unwrap();
        assert_eq!(json["e"], "AQAB");
        assert_eq!(json["n"].as_str().unwrap().len(), characters);
        assert!(key.sign(None, b"{}").is_ok());
    }
}

#[test]
fn other_rsa_sizes_are_refused() {
    for bits in [0, 1024, 2047, 4096, usize::MAX] {
        assert_eq!(generate_rsa_key(bits).unwrap_err(), KeyError::RsaSize { bits });
    }
}

#[test]
fn private_halves_are_never_printed() {
    let der = generate(Algorithm::Es256).unwrap();
    assert_eq!(format!("{der:?}"), "PrivateKeyDer(..)");
}
