//! The ring in memory: who signs, what is published, what is recognised.

use super::*;
use crate::{JwkSet, JwsError, KeyError, SigningKey, Typ, Verifier, VerifyingKey, generate, testing::rs256};

fn key() -> (Vec<u8>, SigningKey) {
    let der = generate(ES).unwrap();
    let key = SigningKey::parse(ES, der.as_bytes()).unwrap();
    (der.as_bytes().to_vec(), key)
}

fn record(key: &SigningKey, state: KeyState) -> SigningKeyRecord {
    let public_jwk = key.public_jwk();
    SigningKeyRecord { kid: key.kid().clone(), algorithm: key.algorithm(), state, public_jwk, created_at: START }
}

/// Every state once, in an order that is not the published one.
fn every_state() -> (Vec<SigningKeyRecord>, Vec<SigningKey>) {
    let states = [
        KeyState::Compromised { since: START },
        KeyState::Retiring { since: START, remove_at: after(60) },
        KeyState::Retired { since: START },
        KeyState::Next { published_at: START, ready_at: after(9), activate_at: None },
        KeyState::Active { since: START },
    ];
    states.into_iter().map(|state| (key().1, state)).map(|(key, state)| (record(&key, state), key)).unzip()
}

fn ring_of_every_state() -> (KeyRing, Vec<SigningKeyRecord>, Vec<String>) {
    let (records, keys) = every_state();
    let tokens = keys.iter().map(|key| key.sign(Some("JWT"), b"{}").unwrap()).collect();
    (KeyRing::new(records.clone(), keys).unwrap(), records, tokens)
}

/// What a portal verifies with: the keys of the JWKS.
fn published(ring: &KeyRing) -> Vec<VerifyingKey> {
    ring.published().keys.iter().map(|jwk| VerifyingKey::from_jwk(jwk).unwrap()).collect()
}

#[test]
fn the_active_key_signs_unless_the_client_is_pinned_to_a_published_one() {
    let (ring, records, _) = ring_of_every_state();
    let active = kid_in(&records, "active");
    let signs = |pinned: Option<&Kid>| ring.signing_key(ES, pinned, START).unwrap().kid().clone();
    assert_eq!(signs(None), active);
    for state in ["next", "retiring", "active"] {
        assert_eq!(signs(Some(&kid_in(&records, state))), kid_in(&records, state));
    }
    for state in ["retired", "compromised"] {
        assert_eq!(signs(Some(&kid_in(&records, state))), active, "a pin to a {state} key");
        assert!(ring.signing_key_by_kid(&kid_in(&records, state)).is_none());
    }
    assert_eq!(signs(Some(&Kid::new("nobody"))), active);
    assert!(ring.signing_key(Algorithm::Rs256, Some(&active), START).is_none());
}

#[test]
fn a_key_signs_nothing_that_would_outlive_it_in_the_jwks() {
    let (ring, records, _) = ring_of_every_state();
    let retiring = records.iter().find(|record| record.state.name() == "retiring").unwrap();
    let KeyState::Retiring { remove_at, .. } = retiring.state else { panic!("a retiring key") };
    let signs = |expires_at| ring.signing_key(ES, Some(&retiring.kid), expires_at).unwrap().kid().clone();
    let last = remove_at.minus(crate::ring::PROPAGATION).minus(std::time::Duration::from_millis(1));
    assert_eq!(signs(last), retiring.kid);
    assert_eq!(signs(remove_at.minus(crate::ring::PROPAGATION)), kid_in(&records, "active"));
}

#[test]
fn a_pin_does_not_change_the_algorithm() {
    let (ec, rsa) = (key().1, rs256());
    let records = [&ec, &rsa].map(|key| record(key, KeyState::Active { since: START })).to_vec();
    let (ec_kid, rsa_kid) = (ec.kid().clone(), rsa.kid().clone());
    let ring = KeyRing::new(records, vec![ec, rsa]).unwrap();
    assert_eq!(ring.signing_key(Algorithm::Rs256, Some(&ec_kid), START).unwrap().kid(), &rsa_kid);
}

#[test]
fn the_jwks_holds_the_published_keys_with_the_active_first() {
    let (ring, records, _) = ring_of_every_state();
    let kids: Vec<_> = ring.published().keys.iter().map(|key| key.kid().unwrap().clone()).collect();
    assert_eq!(kids, ["active", "next", "retiring"].map(|state| kid_in(&records, state)));
    assert_eq!(&JwkSet::parse(ring.published_json()).unwrap(), ring.published());
    let text = std::str::from_utf8(ring.published_json()).unwrap();
    assert!(text.starts_with(r#"{"keys":[{"kty":"EC","use":"sig","alg":"ES256","kid":"#), "{text}");
    assert!(!text.contains("\"d\""));
}

#[test]
fn hints_of_every_key_but_the_compromised_are_recognised() {
    let (ring, records, tokens) = ring_of_every_state();
    let published = published(&ring);
    for (record, token) in records.iter().zip(&tokens) {
        let hint = ring.verifier_for_hints().verify(token, Typ::Exactly("JWT"));
        let current = Verifier::new(&published).verify(token, Typ::Exactly("JWT"));
        assert_eq!(hint.is_ok(), record.state.name() != "compromised", "{}", record.state.name());
        assert_eq!(current.is_ok(), record.state.is_published(), "{}", record.state.name());
        if let Err(error) = hint {
            assert_eq!(error, JwsError::UnknownKid(record.kid.clone()));
        }
    }
}

#[test]
fn a_ring_whose_active_key_cannot_sign_is_a_fault() {
    let (records, mut keys) = every_state();
    let active = kid_in(&records, "active");
    keys.retain(|key| *key.kid() != active);
    assert_eq!(KeyRing::new(records, keys).unwrap_err(), KeyError::NoPrivateHalf { kid: active });
}

#[test]
fn a_record_with_a_public_half_of_another_key_is_a_fault() {
    let (mut records, keys) = every_state();
    records[2].public_jwk = key().1.public_jwk();
    let kid = records[2].kid.clone();
    assert_eq!(KeyRing::new(records, keys).unwrap_err(), KeyError::PublicHalf { kid });
}

#[test]
fn a_stored_private_half_signs_under_the_name_of_its_record() {
    let (der, parsed) = key();
    let loaded = SigningKey::from_pkcs8(parsed.kid().clone(), ES, &der).unwrap();
    let ring = KeyRing::new(vec![record(&parsed, KeyState::Active { since: START })], vec![loaded]).unwrap();
    let token = ring.signing_key(ES, None, START).unwrap().sign(None, b"{}").unwrap();
    assert!(Verifier::new(&published(&ring)).verify(&token, Typ::AnyOrNone).is_ok());
}
