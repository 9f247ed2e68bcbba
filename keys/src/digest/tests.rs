use super::*;
use crate::testing::hex;

#[test]
fn sha256_gives_the_digest_of_fips_180() {
    assert_eq!(sha256(b"abc").to_vec(), hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
}

#[test]
fn hmac_agrees_with_its_definition_in_rfc_2104() {
    let secret = [0x5a_u8; 32];
    let pad = |byte: u8| -> Vec<u8> { (0..64).map(|at| secret.get(at).copied().unwrap_or(0) ^ byte).collect() };
    let inner = sha256(&[pad(0x36), b"what to sign".to_vec()].concat());
    let outer = sha256(&[pad(0x5c), inner.to_vec()].concat());
    assert_eq!(hmac_sha256(&MacKey::new(&secret), b"what to sign"), outer);
}

#[test]
fn comparison_tells_length_and_content() {
    assert!(same(b"secret", b"secret"));
    assert!(!same(b"secret", b"secreT"));
    assert!(!same(b"secret", b"secret "));
    assert!(same(b"", b""));
}

#[test]
fn base64url_has_one_spelling_for_each_value() {
    for length in 0..70_u8 {
        let bytes: Vec<u8> = (0..length).map(|byte| byte.wrapping_mul(37)).collect();
        let text = b64::encode(&bytes);
        assert_eq!(text.len(), b64::encoded_len(bytes.len()));
        assert_eq!(b64::decode(&text), Some(bytes));
    }
    // The second of each pair decodes to the same byte only for a lax reader.
    assert_eq!(b64::decode("AA"), Some(vec![0]));
    for lax in ["AB", "AA==", "AA=", "A", "A A", "AA\n", "+/+/", "AAB"] {
        assert_eq!(b64::decode(lax), None, "{lax:?}");
    }
}

#[test]
fn an_array_is_decoded_only_at_its_length() {
    assert_eq!(b64::decode_array::<2>("AAE"), Some([0, 1]));
    assert_eq!(b64::decode_array::<2>("AAEC"), None);
    assert_eq!(b64::decode_array::<2>("AA"), None);
}

#[test]
fn a_mac_key_is_never_printed() {
    assert_eq!(format!("{:?}", MacKey::new(&[7; 32])), "MacKey(..)");
}
