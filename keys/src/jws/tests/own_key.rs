//! Tokens that are verified by the key in their own header.

use super::*;
use crate::{JwkError, Thumbprint, testing::Seeded};

/// The proof of RFC 9449 §4.2, figure 2.
const FIGURE_2: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
const PROOF: Typ<'_> = Typ::Exactly("dpop+jwt");

fn read(token: &str) -> Result<(VerifiedJws, PublicJwk), JwsError> {
    verify_by_own_key(token, PROOF, &[Algorithm::Es256])
}

#[test]
fn the_proof_of_rfc_9449_verifies_and_its_key_has_the_thumbprint_that_is_printed_there() {
    let (verified, key) = read(FIGURE_2).unwrap();
    assert!(verified.payload.starts_with(br#"{"jti":"-BwC3ESc6acc2lTc","htm":"POST""#));
    let printed = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
    assert_eq!(Thumbprint::of(&key).to_string(), printed);
    assert_eq!(Thumbprint::parse(printed), Some(Thumbprint::of(&key)));
    assert_eq!(key.thumbprint().as_str(), printed);
}

#[test]
fn a_token_without_a_key_or_with_one_that_may_not_be_sent_is_refused() {
    let header = |jwk: &str| format!(r#"{{"typ":"dpop+jwt","alg":"ES256"{jwk}}}"#);
    let refusal = |jwk: &str| read(&signed_under(&header(jwk), b"{}").0).unwrap_err();
    assert_eq!(refusal(""), JwsError::NoOwnKey);
    assert_eq!(refusal(r#","jwk":null"#), JwsError::NoOwnKey);
    let point = r#""kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0""#;
    assert_eq!(refusal(&format!(r#","jwk":{{{point}}}"#)), JwsError::Signature, "another's key");
    for private in ["d", "k", "p", "q", "dp", "dq", "qi", "oth"] {
        let refused = refusal(&format!(r#","jwk":{{{point},"{private}":"AA"}}"#));
        assert!(matches!(refused, JwsError::OwnKey(JwkError::Private(_))), "{private}: {refused}");
    }
    for other in [r#""use":"enc""#, r#""alg":"ES384""#, r#""use":"odd""#] {
        let refused = refusal(&format!(r#","jwk":{{{point},{other}}}"#));
        assert_eq!(refused, JwsError::OwnKey(JwkError::NotForSigning), "{other}");
    }
    for bad in
        [r#"{"kty":"EC","crv":"P-521"}"#, r#"{"kty":"oct","k":"AA"}"#, "{}", "[]", r#""text""#, "7", r#"{"kty":7}"#]
    {
        let refused = refusal(&format!(r#","jwk":{bad}"#));
        assert!(matches!(refused, JwsError::OwnKey(_)), "{bad}: {refused}");
    }
}

#[test]
fn an_rsa_key_does_not_serve_an_elliptic_algorithm_nor_an_algorithm_that_is_not_allowed() {
    let rsa = serde_json::to_string(&rs256().public_jwk()).unwrap();
    let own = |alg: &str| format!(r#"{{"typ":"dpop+jwt","alg":"{alg}","jwk":{rsa}}}"#);
    let read_as = |alg: &str| read(&token(&own(alg), b"{}", &[1; 256])).unwrap_err();
    assert_eq!(read_as("ES256"), JwsError::OwnKey(JwkError::NotForSigning));
    assert_eq!(read_as("RS256"), JwsError::Algorithm("RS256".to_owned()));
    for alg in ["none", "HS256"] {
        assert_eq!(read_as(alg), JwsError::Algorithm(alg.to_owned()));
    }
}

#[test]
fn the_type_is_looked_at_and_a_kid_is_not() {
    assert_eq!(verify_by_own_key(FIGURE_2, Typ::Exactly("JWT"), &[Algorithm::Es256]).unwrap_err(), JwsError::Typ);
    let key = es256();
    assert_eq!(read(&key.sign(Some("JWT"), b"{}").unwrap()).unwrap_err(), JwsError::Typ);
}

#[test]
fn noise_in_a_header_with_a_key_never_panics_and_never_verifies() {
    let mut seeded = Seeded(11);
    for _ in 0..20_000 {
        let mut bytes = FIGURE_2.as_bytes().to_vec();
        for _ in 0..=seeded.below(3) {
            let at = seeded.below(bytes.len() as u64) as usize;
            match seeded.below(3) {
                0 => bytes[at] = seeded.next() as u8 & 0x7f,
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, b"Az9-_.="[seeded.below(7) as usize]),
            }
        }
        let forged = String::from_utf8(bytes).unwrap();
        assert_eq!(read(&forged).is_ok(), forged == FIGURE_2, "{forged}");
    }
}
