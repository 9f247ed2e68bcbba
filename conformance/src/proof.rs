//! DPoP proofs (RFC 9449) as a client makes them, right or otherwise. No code of the provider's is in it.
#![expect(clippy::disallowed_methods, reason = "a client's randomness, not the provider's")]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::error::Unspecified;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use std::sync::Arc;

/// A key on P-256 that proofs are made with.
#[derive(Clone)]
pub struct ProofKey {
    pair: Arc<EcdsaKeyPair>,
}

/// A proof to be changed before it is signed.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The header.
    pub header: Value,
    /// The claims.
    pub claims: Value,
}

/// base64url without padding.
pub fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// base64url of the SHA-256 digest.
pub fn digested(text: &str) -> String {
    b64(digest(&SHA256, text.as_bytes()).as_ref())
}

impl ProofKey {
    /// A new one.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn generate() -> Result<Self, Unspecified> {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random)?;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).map_err(|_| Unspecified)?;
        Ok(Self { pair: Arc::new(pair) })
    }

    fn coordinates(&self) -> (String, String) {
        let point = self.pair.public_key().as_ref();
        let (x, y) = point.split_at_checked(33).unwrap_or_default();
        (b64(x.get(1..).unwrap_or_default()), b64(y))
    }

    /// Its public half.
    pub fn jwk(&self) -> Value {
        let (x, y) = self.coordinates();
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })
    }

    /// Its thumbprint (RFC 7638).
    pub fn thumbprint(&self) -> String {
        let (x, y) = self.coordinates();
        digested(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#))
    }

    /// A right proof for a request at this time, in seconds.
    pub fn proof(&self, method: &str, url: &str, now: i64) -> Proof {
        let mut jti = [0; 12];
        // A proof with a jti of zeros is refused the second time: a test would notice.
        let _ = SystemRandom::new().fill(&mut jti);
        Proof {
            header: json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk() }),
            claims: json!({ "jti": b64(&jti), "htm": method, "htu": url, "iat": now }),
        }
    }

    /// Signs whatever stands in the proof.
    pub fn sign(&self, proof: &Proof) -> String {
        self.sign_text(&proof.header.to_string(), &proof.claims.to_string())
    }

    /// Signs a header and claims of the test's choosing.
    pub fn sign_text(&self, header: &str, claims: &str) -> String {
        let body = format!("{}.{}", b64(header.as_bytes()), b64(claims.as_bytes()));
        let signature = self.pair.sign(&SystemRandom::new(), body.as_bytes());
        let signature = signature.map(|made| b64(made.as_ref())).unwrap_or_default();
        format!("{body}.{signature}")
    }
}

impl Proof {
    /// With the digest of an access token.
    #[must_use]
    pub fn of_token(self, token: &str) -> Self {
        self.claim("ath", digested(token))
    }

    /// With another claim; null takes it away.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.claims, name, value.into());
        self
    }

    /// With another member in its header; null takes it away.
    #[must_use]
    pub fn member(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.header, name, value.into());
        self
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        match value {
            Value::Null => drop(members.remove(name)),
            value => drop(members.insert(name.to_owned(), value)),
        }
    }
}
