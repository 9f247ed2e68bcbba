//! What is no proper token, however well signed.

use super::*;

#[test]
fn any_crit_is_refused_even_with_a_good_signature() {
    for crit in [r#"["exp"]"#, r#"["b64"]"#, "[]", "null", r#""x""#] {
        let (token, keys) = signed_under(&format!(r#"{{"alg":"ES256","kid":"KID","crit":{crit},"exp":1}}"#), b"{}");
        assert_eq!(refusal(&keys, &token), JwsError::Critical, "{crit}");
    }
}

#[test]
fn an_unencoded_payload_is_refused() {
    let (token, keys) = signed_under(r#"{"alg":"ES256","kid":"KID","b64":false}"#, b"{}");
    assert_eq!(refusal(&keys, &token), JwsError::Unencoded);
    let (token, keys) = signed_under(r#"{"alg":"ES256","kid":"KID","b64":true}"#, b"{}");
    assert!(Verifier::new(&keys).verify(&token, Typ::AnyOrNone).is_ok());
}

#[test]
fn a_header_member_named_twice_is_refused_known_or_not() {
    for member in [r#""alg":"ES256""#, r#""kid":"KID""#, r#""typ":"JWT""#, r#""foo":1"#, r#""\u0066oo":1"#] {
        let header = format!(r#"{{"alg":"ES256","kid":"KID","typ":"JWT","foo":1,{member}}}"#);
        let (token, keys) = signed_under(&header, b"{}");
        assert!(matches!(refusal(&keys, &token), JwsError::Header(_)), "{member}");
    }
}

#[test]
fn a_header_must_be_one_object_with_members_of_their_type() {
    for header in [
        "",
        "[]",
        "null",
        r#"{"kid":"KID"}"#,
        r#"{"alg":null,"kid":"KID"}"#,
        r#"{"alg":["ES256"],"kid":"KID"}"#,
        r#"{"alg":"ES256","kid":7}"#,
        r#"{"alg":"ES256","kid":"KID","typ":{}}"#,
        r#"{"alg":"ES256","kid":"KID","b64":"false"}"#,
        r#"{"alg":"ES256","kid":"KID"} {}"#,
        "\u{feff}{\"alg\":\"ES256\",\"kid\":\"KID\"}",
    ] {
        let (token, keys) = signed_under(header, b"{}");
        assert!(matches!(refusal(&keys, &token), JwsError::Header(_)), "{header}");
    }
    let many: String = (0..40).map(|at| format!(",\"m{at}\":0")).collect();
    let (token, keys) = signed_under(&format!(r#"{{"alg":"ES256","kid":"KID"{many}}}"#), b"{}");
    assert!(matches!(refusal(&keys, &token), JwsError::Header(_)));
}

/// Unknown members are skipped without recursion, so that depth costs nothing.
#[test]
fn a_deeply_nested_header_does_no_harm() {
    let deep = format!(r#"{{"alg":"ES256","x":{}{}}}"#, "[".repeat(5000), "]".repeat(5000));
    let (token, keys) = signed_under(&deep, b"{}");
    assert!(Verifier::new(&keys).verify(&token, Typ::AnyOrNone).is_ok());
}

#[test]
fn only_three_segments_make_a_token() {
    let key = es256();
    let good = key.sign(None, b"{}").unwrap();
    let keys = [public(&key)];
    let (body, _) = good.rsplit_once('.').unwrap();
    for wrong in ["", ".", "abc", body, &format!("{good}."), &format!("{good}.a.b.c")] {
        assert_eq!(refusal(&keys, wrong), JwsError::NotCompact, "{wrong:?}");
    }
    assert_eq!(refusal(&keys, &format!("{good}.AA.AA")), JwsError::Encrypted);
    for wrong in ["..", &format!(".{good}")[..good.len()], &format!(" {good}"), &format!("{good}\n")] {
        assert!(Verifier::new(&keys).verify(wrong, Typ::AnyOrNone).is_err(), "{wrong:?}");
    }
}

#[test]
fn padding_and_second_spellings_are_refused_in_every_segment() {
    let key = es256();
    let keys = [public(&key)];
    // One byte of payload leaves four spare bits in its last character; so do the 64 bytes of a signature.
    let good = key.sign(None, b"x").unwrap();
    let segments: Vec<&str> = good.split('.').collect();
    assert_eq!(segments[1], "eA");
    for respelt in ["eB", "eP", "eA==", "eA=", "e", "eA "] {
        let forged = format!("{}.{respelt}.{}", segments[0], segments[2]);
        assert_eq!(refusal(&keys, &forged), JwsError::Encoding, "{respelt}");
    }
    assert_eq!(refusal(&keys, &format!("{good}==")), JwsError::Encoding);
    assert_eq!(refusal(&keys, &format!("{}=.{}.{}", segments[0], segments[1], segments[2])), JwsError::Encoding);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = good.split_at(good.len() - 1);
    let at = alphabet.find(last).unwrap();
    assert_eq!(refusal(&keys, &format!("{rest}{}", &alphabet[at + 1..at + 2])), JwsError::Encoding);
}

#[test]
fn a_token_over_sixteen_kibibytes_is_not_looked_at() {
    let key = es256();
    let long = key.sign(None, &[b' '; MAX_TOKEN]).unwrap();
    assert_eq!(refusal(&[public(&key)], &long), JwsError::TooLong);
    assert_eq!(peek_kid(&long), Err(JwsError::TooLong));
}

#[test]
fn the_type_must_be_the_expected_one() {
    let key = es256();
    let keys = [public(&key)];
    let accepted = |typ: Option<&str>, expected: Typ<'_>| {
        let token = key.sign(typ, b"{}").unwrap();
        Verifier::new(&keys).verify(&token, expected) != Err(JwsError::Typ)
    };
    assert!(accepted(Some("logout+jwt"), Typ::Exactly("logout+jwt")));
    assert!(accepted(Some("application/Logout+JWT"), Typ::Exactly("logout+jwt")));
    assert!(!accepted(Some("JWT"), Typ::Exactly("logout+jwt")));
    assert!(!accepted(Some("text/logout+jwt"), Typ::Exactly("logout+jwt")));
    assert!(!accepted(Some("application/a/jwt"), Typ::Exactly("a/jwt")));
    assert!(!accepted(None, Typ::Exactly("logout+jwt")));
    assert!(accepted(Some("at+jwt"), Typ::OneOf(&["JWT", "at+jwt"])));
    assert!(!accepted(None, Typ::OneOf(&["JWT"])));
    assert!(accepted(None, Typ::AbsentOr(&["JWT"])));
    assert!(accepted(Some("jwt"), Typ::AbsentOr(&["JWT"])));
    assert!(!accepted(Some("at+jwt"), Typ::AbsentOr(&["JWT"])));
    assert!(accepted(None, Typ::AnyOrNone) && accepted(Some("whatever"), Typ::AnyOrNone));
}

#[test]
fn peeking_tells_the_key_and_the_payload_without_believing_either() {
    let key = es256();
    let token = key.sign(None, br#"{"iss":"emic"}"#).unwrap();
    assert_eq!(peek_kid(&token), Ok(Some(key.kid().clone())));
    assert_eq!(peek_payload(&token).unwrap(), br#"{"iss":"emic"}"#);
    assert_eq!(peek_kid(&rfc_a3().1), Ok(None));
    assert_eq!(peek_kid("a.b"), Err(JwsError::NotCompact));
}
