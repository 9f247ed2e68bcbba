//! Algorithms and signatures here; the form of a token in [`form`], whose key verifies it in [`choice`].

mod choice;
mod form;
mod own_key;

use ::ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use serde_json::json;

use super::*;
use crate::{
    Algorithm, JwkError, PublicJwk, SigningKey, b64, generate,
    testing::{eddsa, es256, ps256, rs256, token},
};

/// The payload of RFC 7515 Appendices A.2 and A.3.
const PAYLOAD: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

fn verifying(jwk: &serde_json::Value) -> VerifyingKey {
    VerifyingKey::from_jwk(&PublicJwk::parse(jwk.to_string().as_bytes()).unwrap()).unwrap()
}

fn public(key: &SigningKey) -> VerifyingKey {
    VerifyingKey::from_jwk(&key.public_jwk()).unwrap()
}

fn refusal(keys: &[VerifyingKey], token: &str) -> JwsError {
    Verifier::new(keys).verify(token, Typ::AnyOrNone).unwrap_err()
}

/// Signs under a header of the test's choosing.
fn signed_under(header: &str, payload: &[u8]) -> (String, [VerifyingKey; 1]) {
    let der = generate(Algorithm::Es256).unwrap();
    let key = SigningKey::parse(Algorithm::Es256, der.as_bytes()).unwrap();
    let header = header.replace("KID", key.kid().as_str());
    let body = format!("{}.{}", b64::encode(header.as_bytes()), b64::encode(payload));
    let algorithm = &::ring::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, der.as_bytes(), crate::random::system()).unwrap();
    let signature = pair.sign(crate::random::system(), body.as_bytes()).unwrap();
    (format!("{body}.{}", b64::encode(signature.as_ref())), [public(&key)])
}

fn rfc_a3() -> (VerifyingKey, String) {
    let key = verifying(&json!({
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }));
    let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    (key, format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}.{signature}"))
}

#[test]
fn the_rs256_example_of_rfc_7515_a2_verifies() {
    let key = verifying(
        &json!({ "kty": "RSA", "e": "AQAB", "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ" }),
    );
    let signature = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    let token = format!("eyJhbGciOiJSUzI1NiJ9.{PAYLOAD}.{signature}");
    let verified = Verifier::new(&[key]).verify(&token, Typ::AnyOrNone).unwrap();
    assert_eq!(verified.payload, b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}");
    assert_eq!(verified.header.alg, Algorithm::Rs256);
}

#[test]
fn the_es256_example_of_rfc_7515_a3_verifies() {
    let (key, token) = rfc_a3();
    assert!(Verifier::new(&[key]).verify(&token, Typ::AnyOrNone).is_ok());
}

/// RFC 8037, Appendices A.1 and A.4: the signature is deterministic, so that ours is theirs.
#[test]
fn the_eddsa_example_of_rfc_8037_a4_verifies_and_comes_out_the_same() {
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let key = verifying(&json!({ "kty": "OKP", "crv": "Ed25519", "x": x }));
    assert_eq!(key.algorithm(), Algorithm::EdDsa);
    let body = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let verified = Verifier::new(&[key]).verify(&format!("{body}.{signature}"), Typ::AnyOrNone).unwrap();
    assert_eq!(verified.payload, b"Example of Ed25519 signing");
    let seed = crate::b64::decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
    let public = crate::b64::decode(x).unwrap();
    let pair = ::ring::signature::Ed25519KeyPair::from_seed_and_public_key(&seed, &public).unwrap();
    assert_eq!(crate::b64::encode(pair.sign(body.as_bytes()).as_ref()), signature);
}

#[test]
fn one_rsa_key_under_another_padding_verifies_nothing() {
    let (pkcs1, pss) = (rs256(), ps256());
    for (signer, verifier) in [(&pkcs1, &pss), (&pss, &pkcs1)] {
        let token = signer.sign(None, b"{}").unwrap();
        assert_eq!(refusal(&[public(verifier)], &token), JwsError::AlgorithmMismatch);
        let (_, signature) = token.rsplit_once('.').unwrap();
        let other = verifier.sign(None, b"{}").unwrap();
        let forged = format!("{}.{signature}", other.rsplit_once('.').unwrap().0);
        assert_eq!(refusal(&[public(verifier)], &forged), JwsError::Signature);
    }
}

#[test]
fn zero_foreign_and_mirrored_ed25519_signatures_are_refused() {
    let key = eddsa();
    let keys = [public(&key)];
    let good = key.sign(None, b"{}").unwrap();
    let (body, signature) = good.rsplit_once('.').unwrap();
    let signature = crate::b64::decode(signature).unwrap();
    // S + L, the second spelling of S that RFC 8032 §5.1.7 forbids; L in little-endian order.
    let order = crate::testing::hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let mut carry = 0_u16;
    let larger: Vec<u8> = signature[32..]
        .iter()
        .zip(&order)
        .map(|(s, l)| {
            let sum = u16::from(*s) + u16::from(*l) + carry;
            carry = sum >> 8;
            (sum & 0xff) as u8
        })
        .collect();
    let mirrored = [signature[..32].to_vec(), larger].concat();
    // The neutral element as R and a zero S: what weak keys would accept for any message.
    let neutral = [vec![1], vec![0; 63]].concat();
    for wrong in [vec![], vec![0; 64], vec![0; 63], vec![0xff; 64], neutral, mirrored] {
        let forged = format!("{body}.{}", crate::b64::encode(&wrong));
        assert_eq!(refusal(&keys, &forged), JwsError::Signature, "{wrong:?}");
    }
    assert!(Verifier::new(&keys).verify(&good, Typ::AnyOrNone).is_ok());
}

#[test]
fn every_changed_character_is_noticed() {
    let (key, token) = rfc_a3();
    let keys = [key];
    for at in 0..token.len() {
        for replacement in ["A", "Q", "_", "=", "."] {
            if &token[at..=at] != replacement {
                let forged = format!("{}{replacement}{}", &token[..at], &token[at + 1..]);
                assert!(Verifier::new(&keys).verify(&forged, Typ::AnyOrNone).is_err(), "{replacement} at {at}");
            }
        }
    }
}

#[test]
fn none_and_hmac_are_refused_however_they_are_spelt() {
    let key = es256();
    for alg in ["none", "None", "NONE", "nOnE", "HS256", "HS384", "HS512", "", "es256", "ES256 ", "RS1"] {
        let header = format!(r#"{{"alg":"{alg}","kid":"{}"}}"#, key.kid());
        let refused = JwsError::Algorithm(alg.to_owned());
        assert_eq!(refusal(&[public(&key)], &token(&header, b"{}", b"")), refused);
        assert_eq!(refusal(&[public(&key)], &token(&header, b"{}", &[7; 64])), refused);
    }
}

/// The attack that gave RFC 8725 §2.1 its name: an HMAC made with the public key as secret.
#[test]
fn a_public_key_used_as_hmac_secret_verifies_nothing() {
    let key = rs256();
    let secret = serde_json::to_vec(&key.public_jwk()).unwrap();
    let body = format!("{}.e30", b64::encode(br#"{"alg":"HS256"}"#));
    let mac = ::ring::hmac::sign(&::ring::hmac::Key::new(::ring::hmac::HMAC_SHA256, &secret), body.as_bytes());
    let forged = format!("{body}.{}", b64::encode(mac.as_ref()));
    assert_eq!(refusal(&[public(&key)], &forged), JwsError::Algorithm("HS256".to_owned()));
}

#[test]
fn the_key_decides_the_algorithm() {
    let (ec, rsa) = (es256(), rs256());
    let header = format!(r#"{{"alg":"RS256","kid":"{}"}}"#, ec.kid());
    let keys = [public(&ec), public(&rsa)];
    assert_eq!(refusal(&keys, &token(&header, b"{}", &[1; 64])), JwsError::AlgorithmMismatch);
    let good = ec.sign(None, b"{}").unwrap();
    let verifier = Verifier::new(&keys);
    assert!(verifier.only(Algorithm::Es256).verify(&good, Typ::AnyOrNone).is_ok());
    let refused = verifier.only(Algorithm::Rs256).verify(&good, Typ::AnyOrNone);
    assert_eq!(refused.unwrap_err(), JwsError::AlgorithmMismatch);
}

#[test]
fn zero_and_foreign_ecdsa_signatures_are_refused() {
    let key = es256();
    let keys = [public(&key)];
    let header = format!(r#"{{"alg":"ES256","kid":"{}"}}"#, key.kid());
    let order = crate::testing::hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let signatures = [
        vec![],
        vec![0; 64],
        vec![0; 63],
        vec![0; 65],
        vec![0xff; 64],
        [order.clone(), order.clone()].concat(),
        [vec![0; 32], order].concat(),
        [vec![0; 31], vec![1], vec![0; 32]].concat(),
    ];
    for signature in signatures {
        assert_eq!(refusal(&keys, &token(&header, b"{}", &signature)), JwsError::Signature, "{signature:?}");
    }
}

#[test]
fn a_der_encoded_ecdsa_signature_is_refused() {
    let der = generate(Algorithm::Es256).unwrap();
    let key = SigningKey::parse(Algorithm::Es256, der.as_bytes()).unwrap();
    let random = crate::random::system();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der.as_bytes(), random).unwrap();
    let body = format!("{}.e30", b64::encode(format!(r#"{{"alg":"ES256","kid":"{}"}}"#, key.kid()).as_bytes()));
    let signature = pair.sign(random, body.as_bytes()).unwrap();
    let forged = format!("{body}.{}", b64::encode(signature.as_ref()));
    assert_eq!(refusal(&[public(&key)], &forged), JwsError::Signature);
}

/// ECDSA has two signatures for one message, (r, s) and (r, n − s). JWA does not demand the lower one (RFC 7518 §3.4)
/// and `ring` accepts both: no code may take a signature, or a whole token, for a unique name.
#[test]
fn the_mirrored_ecdsa_signature_is_accepted_so_tokens_are_no_unique_names() {
    let key = es256();
    let good = key.sign(None, b"{}").unwrap();
    let (body, signature) = good.rsplit_once('.').unwrap();
    let signature = b64::decode(signature).unwrap();
    let order = crate::testing::hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let mut mirrored = signature[..32].to_vec();
    let mut borrow = 0_i16;
    let mut low = Vec::new();
    for (n, s) in order.iter().zip(&signature[32..]).rev() {
        let difference = i16::from(*n) - i16::from(*s) - borrow;
        borrow = i16::from(difference < 0);
        low.push(difference.rem_euclid(256) as u8);
    }
    mirrored.extend(low.iter().rev());
    let other = format!("{body}.{}", b64::encode(&mirrored));
    assert_ne!(other, good);
    assert!(Verifier::new(&[public(&key)]).verify(&other, Typ::AnyOrNone).is_ok());
}

#[test]
fn noise_never_panics_and_never_verifies() {
    let key = es256();
    let keys = [public(&key)];
    let good = key.sign(Some("JWT"), br#"{"sub":"1"}"#).unwrap();
    let mut seeded = crate::testing::Seeded(3);
    for _ in 0..20_000 {
        let mut bytes = good.clone().into_bytes();
        for _ in 0..=seeded.below(3) {
            let at = seeded.below(bytes.len() as u64) as usize;
            match seeded.below(3) {
                0 => bytes[at] = seeded.next() as u8 & 0x7f,
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, b'.'),
            }
        }
        let forged = String::from_utf8(bytes).unwrap();
        assert_eq!(Verifier::new(&keys).verify(&forged, Typ::AnyOrNone).is_ok(), forged == good, "{forged}");
    }
}
