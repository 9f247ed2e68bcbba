use ::ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use super::*;
use crate::testing::{Seeded, hex};

const CODE: Purpose = Purpose::new("code");
const REFRESH: Purpose = Purpose::new("token/refresh");

fn sealer() -> Sealer {
    Sealer::new(SealingKey::generate().unwrap(), [])
}

#[test]
fn what_is_sealed_opens_again() {
    let sealer = sealer();
    for length in [0, 1, 15, 16, 17, 300, 40_000] {
        let plain = vec![0xa5; length];
        assert_eq!(sealer.open(CODE, &sealer.seal(CODE, &plain).unwrap()).unwrap(), plain);
        let sealed = sealer.seal_bytes(CODE, b"row 7", &plain).unwrap();
        assert_eq!(sealed.len(), 4 + 24 + length + 16);
        assert_eq!(sealer.open_bytes(CODE, b"row 7", &sealed).unwrap(), plain);
    }
}

#[test]
fn text_is_fit_for_a_url() {
    let sealed = sealer().seal(CODE, &[0xff; 100]).unwrap();
    assert!(sealed.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
    assert_eq!(sealed.len(), b64::encoded_len(144));
}

#[test]
fn a_value_sealed_for_one_purpose_never_opens_for_another() {
    let sealer = sealer();
    let purposes = [CODE, REFRESH, Purpose::new("code "), Purpose::new(""), Purpose::new("token"), Purpose::new("cod")];
    for (at, purpose) in purposes.iter().enumerate() {
        let sealed = sealer.seal(*purpose, b"contents").unwrap();
        for (other, wrong) in purposes.iter().enumerate() {
            assert_eq!(sealer.open(*wrong, &sealed).is_ok(), at == other, "{purpose:?} as {wrong:?}");
        }
    }
}

#[test]
fn a_value_opens_only_in_the_context_it_was_sealed_in() {
    let sealer = sealer();
    let sealed = sealer.seal_bytes(CODE, b"accounts/1/birthday", b"1990-01-01").unwrap();
    for context in [&b""[..], b"accounts/2/birthday", b"accounts/1/birthday "] {
        assert_eq!(sealer.open_bytes(CODE, context, &sealed), Err(OpenError::Forged));
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let sealer = sealer();
    let mut seeded = Seeded(1);
    for length in [0, 1, 16, 61] {
        let plain: Vec<u8> = (0..length).map(|_| seeded.next() as u8).collect();
        let sealed = sealer.seal_bytes(CODE, b"here", &plain).unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut forged = sealed.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            let refusal = sealer.open_bytes(CODE, b"here", &forged).unwrap_err();
            match bit {
                0..32 => assert!(matches!(refusal, OpenError::UnknownKey(_)), "bit {bit}"),
                _ => assert_eq!(refusal, OpenError::Forged, "bit {bit}"),
            }
        }
    }
}

#[test]
fn every_cut_and_every_addition_is_noticed() {
    let sealer = sealer();
    let sealed = sealer.seal_bytes(CODE, &[], b"contents").unwrap();
    for length in 0..sealed.len() {
        assert!(sealer.open_bytes(CODE, &[], &sealed[..length]).is_err(), "{length} bytes");
    }
    for byte in 0..=255 {
        assert_eq!(sealer.open_bytes(CODE, &[], &[&sealed[..], &[byte]].concat()), Err(OpenError::Forged));
    }
}

#[test]
fn every_changed_character_of_text_is_noticed() {
    let sealer = sealer();
    let sealed = sealer.seal(CODE, b"1234567").unwrap();
    for at in 0..sealed.len() {
        for replacement in "ABCwxyz019-_=+/ ".chars() {
            let mut forged: Vec<char> = sealed.chars().collect();
            if std::mem::replace(&mut forged[at], replacement) != replacement {
                assert!(sealer.open(CODE, &String::from_iter(forged)).is_err(), "{replacement:?} at {at}");
            }
        }
    }
}

#[test]
fn sealing_twice_gives_two_values() {
    let sealer = sealer();
    assert_ne!(sealer.seal(CODE, b"same").unwrap(), sealer.seal(CODE, b"same").unwrap());
}

#[test]
fn an_older_key_still_opens_and_the_current_one_seals() {
    let (older, newer) = (SealingKey::generate().unwrap(), SealingKey::generate().unwrap());
    let before = Sealer::new(older.clone(), []);
    let sealed = before.seal(CODE, b"from before").unwrap();
    let after = Sealer::new(newer.clone(), [older.clone()]);
    assert_eq!(after.open(CODE, &sealed).unwrap(), b"from before");
    assert_eq!(after.current(), newer.id());
    assert!(after.knows(older.id()) && !before.knows(newer.id()));
    let fresh = after.seal(CODE, b"from after").unwrap();
    assert_eq!(before.open(CODE, &fresh), Err(OpenError::UnknownKey(newer.id())));
}

#[test]
fn a_key_of_the_same_name_but_other_secret_opens_nothing() {
    let ours = SealingKey::generate().unwrap();
    let theirs = SealingKey::new(ours.id(), [7; 32]);
    let sealed = Sealer::new(theirs, []).seal(CODE, b"forged").unwrap();
    assert_eq!(Sealer::new(ours, []).open(CODE, &sealed), Err(OpenError::Forged));
}

#[test]
fn length_is_bounded_both_ways() {
    let sealer = sealer();
    assert_eq!(sealer.open(CODE, &"A".repeat(MAX_SEALED + 1)), Err(OpenError::Malformed));
    assert_eq!(sealer.open_bytes(CODE, &[], &vec![0; MAX_SEALED + 1]), Err(OpenError::Malformed));
    assert!(matches!(sealer.seal(CODE, &vec![0; 50_000]), Err(KeyError::TooLong { .. })));
    assert!(matches!(sealer.seal_bytes(CODE, &[], &vec![0; MAX_SEALED]), Err(KeyError::TooLong { .. })));
    let longest = vec![0; MAX_SEALED - 44];
    let sealed = sealer.seal_bytes(CODE, &[], &longest).unwrap();
    assert_eq!(sealer.open_bytes(CODE, &[], &sealed).unwrap(), longest);
    for short in ["", "AAAA", "not base64!"] {
        assert_eq!(sealer.open(CODE, short), Err(OpenError::Malformed));
    }
}

/// The layout, reckoned a second way: with HKDF-Expand written out as RFC 5869 §2.3 defines it.
#[test]
fn the_layout_is_the_documented_one() {
    let secret = [0x42; 32];
    let sealer = Sealer::new(SealingKey::new(SealingKeyId([1, 2, 3, 4]), secret), []);
    let sealed = sealer.seal_bytes(CODE, b"context", b"plain").unwrap();
    let (id, rest) = sealed.split_at(4);
    let (salt, body) = rest.split_at(24);
    assert_eq!(id, [1, 2, 3, 4]);
    let info = [b"code\0", salt, &[1]].concat();
    let key = crate::hmac_sha256(&crate::MacKey::new(&secret), &info);
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap());
    let mut body = body.to_vec();
    let nonce = Nonce::assume_unique_for_key([0; 12]);
    assert_eq!(key.open_in_place(nonce, Aad::from(b"context"), &mut body).unwrap(), b"plain");
}

/// RFC 5869, test case 1, and the AES-256 test case 14 of the GCM specification (zero key, nonce and block): the
/// primitives are those they are named after.
#[test]
fn derivation_and_encryption_give_the_published_vectors() {
    struct Length(usize);
    impl ::ring::hkdf::KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    let prk = hex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
    let prk = ::ring::hkdf::Prk::new_less_safe(::ring::hkdf::HKDF_SHA256, &prk);
    let mut okm = [0; 42];
    prk.expand(&[&hex("f0f1f2f3f4f5f6f7f8f9")], Length(42)).unwrap().fill(&mut okm).unwrap();
    let expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
    assert_eq!(okm.to_vec(), hex(expected));

    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[0; 32]).unwrap());
    let mut block = vec![0; 16];
    let nonce = Nonce::assume_unique_for_key([0; 12]);
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut block).unwrap();
    assert_eq!(block, hex("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"));
}

#[test]
fn a_key_id_is_shown_as_hex_and_read_back() {
    let id = SealingKeyId([0, 0xab, 1, 0xff]);
    assert_eq!(id.to_string(), "00ab01ff");
    assert_eq!("00ab01ff".parse(), Ok(id));
    for wrong in ["", "ab01ff", "00AB01FF", "+0ab01ff", "00ab01ff0"] {
        assert!(wrong.parse::<SealingKeyId>().is_err(), "{wrong:?}");
    }
}

#[test]
fn a_sealing_key_prints_its_name_only() {
    let key = SealingKey::new(SealingKeyId([0; 4]), [0x41; 32]);
    assert_eq!(format!("{key:?}"), "SealingKey(00000000)");
    assert!(!format!("{:?}", Sealer::new(key, [])).contains("65"));
}
