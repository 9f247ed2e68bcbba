use super::*;

#[test]
fn every_name_is_read_back_and_no_other() {
    for algorithm in Algorithm::ALL {
        assert_eq!(algorithm.as_str().parse(), Ok(*algorithm));
        assert_eq!(serde_json::from_str::<Algorithm>(&format!("\"{algorithm}\"")).unwrap(), *algorithm);
    }
    for name in
        ["none", "None", "HS256", "HS384", "HS512", "es256", "RS256 ", "", "RS1", "ES512", "PS384", "Ed25519", "EdDsa"]
    {
        assert!(name.parse::<Algorithm>().is_err(), "{name:?}");
        assert!(serde_json::from_value::<Algorithm>(name.into()).is_err(), "{name:?}");
    }
}

#[test]
fn a_refusal_names_what_is_offered_and_cuts_what_was_asked() {
    let error = "x".repeat(1000).parse::<Algorithm>().unwrap_err().to_string();
    assert!(error.contains("ES256, RS256, PS256, EdDSA"), "{error}");
    assert!(error.len() < 200);
}

#[test]
fn the_table_has_a_row_for_each_algorithm() {
    assert_eq!(TABLE.len(), Algorithm::ALL.len());
    for (row, algorithm) in TABLE.iter().zip(Algorithm::ALL) {
        assert_eq!(row.algorithm, *algorithm);
        assert_eq!(algorithm.row().name, row.name);
    }
    assert_eq!((Algorithm::Es256.key_type(), Algorithm::Es256.curve()), ("EC", Some("P-256")));
    assert_eq!((Algorithm::Rs256.key_type(), Algorithm::Rs256.curve()), ("RSA", None));
    assert_eq!((Algorithm::Ps256.key_type(), Algorithm::Ps256.curve()), ("RSA", None));
    assert_eq!((Algorithm::EdDsa.key_type(), Algorithm::EdDsa.curve()), ("OKP", Some("Ed25519")));
}

/// The `access_token` and `at_hash` of OpenID Connect Core, Appendix A.4, and `code` and `c_hash` of A.4 and A.6.
#[test]
fn the_half_hash_is_that_of_the_openid_connect_examples() {
    let access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    let code = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
    for algorithm in [Algorithm::Es256, Algorithm::Rs256, Algorithm::Ps256] {
        assert_eq!(algorithm.half_hash(access_token), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(algorithm.half_hash(code), "LDktKdoQak3Pk0cnXxCltA");
    }
}

/// The hash of Ed25519 is SHA-512: the half of it is as long as a whole SHA-256.
#[test]
fn the_half_hash_of_eddsa_is_half_of_sha_512() {
    let whole = ::ring::digest::digest(&::ring::digest::SHA512, b"a code");
    assert_eq!(Algorithm::EdDsa.half_hash("a code"), b64::encode(&whole.as_ref()[..32]));
    // The first half of SHA-512("abc"), FIPS 180-4's example.
    let abc = crate::testing::hex("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a");
    assert_eq!(Algorithm::EdDsa.half_hash("abc"), b64::encode(&abc));
}
