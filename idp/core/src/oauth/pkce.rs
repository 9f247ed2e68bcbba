//! Proof Key for Code Exchange (RFC 7636). `S256` alone: `plain` proves nothing to whoever saw the request.

use keys::{same, sha256};

/// The SHA-256 digest that `code_challenge` carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge(pub [u8; 32]);

impl Challenge {
    /// Reads `code_challenge` (§4.2): base64url of 32 bytes. `None`: it is no S256 challenge.
    pub fn parse(text: &str) -> Option<Self> {
        keys::b64::decode_array(text).map(Self)
    }

    /// Whether `verifier` is what this challenge was made of (§4.6). A verifier has 43 to 128 unreserved characters
    /// (§4.1); any other is none.
    pub fn fits(&self, verifier: &str) -> bool {
        let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
        let well_formed = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
        well_formed & same(&sha256(verifier.as_bytes()), &self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_appendix_b_fits() {
        let challenge = Challenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        assert!(challenge.fits("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!challenge.fits("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"));
        assert!(!challenge.fits(""));
    }

    #[test]
    fn what_is_not_a_digest_is_no_challenge() {
        for bad in ["", "short", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=", &"a".repeat(64)] {
            assert!(Challenge::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_verifier_of_the_wrong_length_or_alphabet_never_fits() {
        for bad in ["a".repeat(42), "a".repeat(129), "é".repeat(30), " ".repeat(50)] {
            assert!(!Challenge(sha256(bad.as_bytes())).fits(&bad), "{bad}");
        }
    }
}
