//! The proofs that RFC 9449 prints, in their time and out of it.

use super::*;

const AT_TOKEN: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
const AT_RESOURCE: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";
const TOKEN: &str = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
const ASKED: Asked<'_> = Asked { method: "POST", url: "https://server.example.com/token", access_token: None };
const MADE_AT: i64 = 1_562_262_616;

fn words(refused: Result<Proof, OAuthError>) -> String {
    refused.unwrap_err().description.into_owned()
}

#[test]
fn the_proof_for_a_token_endpoint_is_read() {
    let proof = Proof::read(AT_TOKEN, &ASKED, UnixMillis::from_seconds(MADE_AT)).unwrap();
    assert_eq!(proof.key.to_string(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    assert_eq!(proof.issued_at, UnixMillis::from_seconds(MADE_AT));
}

#[test]
fn the_proof_for_a_resource_is_read_beside_its_token_alone() {
    let url = "https://resource.example.org/protectedresource";
    let with = |access_token| Asked { method: "GET", url, access_token };
    let now = UnixMillis::from_seconds(MADE_AT + 2);
    let proof = Proof::read(AT_RESOURCE, &with(Some(TOKEN)), now).unwrap();
    assert_eq!(proof.key, Proof::read(AT_TOKEN, &ASKED, now).unwrap().key);
    assert!(words(Proof::read(AT_RESOURCE, &with(Some("another")), now)).starts_with("ath "));
    let at_token = Asked { access_token: Some(TOKEN), ..ASKED };
    assert_eq!(words(Proof::read(AT_TOKEN, &at_token, now)), "the DPoP proof has no ath");
}

#[test]
fn a_proof_counts_from_ten_seconds_before_its_time_to_a_minute_after() {
    for (later, good) in [(-11, false), (-10, true), (0, true), (10, true), (60, true), (61, false), (3600, false)] {
        let read = Proof::read(AT_TOKEN, &ASKED, UnixMillis::from_seconds(MADE_AT + later));
        assert_eq!(read.is_ok(), good, "{later}");
    }
    let remembered = UnixMillis(0).plus(REMEMBERED);
    assert!(
        remembered >= UnixMillis(0).plus(AHEAD).plus(LONGEST_AGE),
        "a used proof is known for as long as it counts"
    );
}

#[test]
fn a_use_is_named_by_key_address_and_jti() {
    let now = UnixMillis::from_seconds(MADE_AT);
    let first = Proof::read(AT_TOKEN, &ASKED, now).unwrap();
    assert_eq!(Proof::read(AT_TOKEN, &ASKED, now.plus(AHEAD)).unwrap().name, first.name);
    let key = first.key;
    let others = [
        name(Thumbprint([7; 32]), ASKED.url, "-BwC3ESc6acc2lTc"),
        name(key, "https://server.example.com/other", "-BwC3ESc6acc2lTc"),
        name(key, ASKED.url, "-BwC3ESc6acc2lTd"),
        name(key, "https://server.example.com/toke", "n-BwC3ESc6acc2lTc"),
    ];
    assert!(!others.contains(&first.name));
    assert_eq!(name(key, ASKED.url, "-BwC3ESc6acc2lTc"), first.name);
}

#[test]
fn every_refusal_can_be_sent_in_a_header() {
    let now = UnixMillis::from_seconds(MADE_AT);
    let long = "x".repeat(LONGEST + 1);
    for (text, asked) in [
        ("", ASKED),
        ("a.b.c", ASKED),
        (long.as_str(), ASKED),
        (&AT_TOKEN[1..], ASKED),
        (AT_TOKEN, Asked { method: "GET", ..ASKED }),
        (AT_TOKEN, Asked { url: "https://server.example.com/other", ..ASKED }),
        (AT_RESOURCE, ASKED),
    ] {
        let error = Proof::read(text, &asked, now).unwrap_err();
        assert_eq!(error.code.as_str(), "invalid_dpop_proof");
        assert!(error.description.bytes().all(|b| (0x20..0x7f).contains(&b) && b != b'"' && b != b'\\'));
    }
}

#[test]
fn times_with_fractions_are_read_and_absurd_ones_are_none() {
    let number = |text: &str| serde_json::from_str::<Number>(text).unwrap();
    assert_eq!(moment(&number("1562262616.25")), Some(UnixMillis(1_562_262_616_250)));
    assert_eq!(moment(&number("-1")), Some(UnixMillis(-1000)));
    for absurd in ["1e300", "-1e300", "18446744073709551615", "1562262616000000"] {
        assert_eq!(moment(&number(absurd)), None, "{absurd}");
    }
}
