//! Assertions of a client, right ones and wrong ones (RFC 7523), made with `ring` and no code of the provider's.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp::clock::Clock;
use keys::{Algorithm, SigningKey};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};
use serde_json::{Map, Value, json};
use std::error::Error;
use std::sync::Arc;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// `client_assertion_type`.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A key pair of a client.
#[derive(Clone)]
pub struct ClientKey(Arc<Inner>);

struct Inner {
    algorithm: Algorithm,
    pkcs8: Vec<u8>,
    public: Value,
}

impl ClientKey {
    /// A new one.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn generate(algorithm: Algorithm) -> Outcome<Self> {
        let pkcs8 = keys::generate(algorithm)?.as_bytes().to_vec();
        let public = serde_json::to_value(SigningKey::parse(algorithm, &pkcs8)?.public_jwk())?;
        Ok(Self(Arc::new(Inner { algorithm, pkcs8, public })))
    }

    /// Its public half, as the client registers it.
    pub fn public(&self) -> Value {
        self.0.public.clone()
    }

    /// A set that holds it alone.
    pub fn set(&self) -> Value {
        json!({ "keys": [self.0.public] })
    }

    /// Its name.
    pub fn kid(&self) -> &str {
        self.0.public.get("kid").and_then(Value::as_str).unwrap_or_default()
    }

    #[expect(clippy::disallowed_methods, reason = "a client in a test, not the provider")]
    fn sign(&self, text: &str) -> Outcome<Vec<u8>> {
        let random = SystemRandom::new();
        match self.0.algorithm {
            Algorithm::Es256 => {
                let by = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
                let pair = EcdsaKeyPair::from_pkcs8(by, &self.0.pkcs8, &random).map_err(|why| why.to_string())?;
                Ok(pair.sign(&random, text.as_bytes()).map_err(|_| "cannot sign")?.as_ref().to_vec())
            }
            Algorithm::EdDsa => {
                let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&self.0.pkcs8).map_err(|why| why.to_string())?;
                Ok(pair.sign(text.as_bytes()).as_ref().to_vec())
            }
            Algorithm::Rs256 | Algorithm::Ps256 => {
                let by: &dyn signature::RsaEncoding = match self.0.algorithm {
                    Algorithm::Ps256 => &signature::RSA_PSS_SHA256,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                let pair = RsaKeyPair::from_pkcs8(&self.0.pkcs8).map_err(|why| why.to_string())?;
                let mut out = vec![0; pair.public().modulus_len()];
                pair.sign(by, &random, text.as_bytes(), &mut out).map_err(|_| "cannot sign")?;
                Ok(out)
            }
        }
    }
}

/// What makes the last segment.
#[derive(Clone)]
pub enum By {
    /// A private key.
    Key(ClientKey),
    /// An HMAC with this secret.
    Secret(Vec<u8>),
    /// These bytes.
    Bytes(Vec<u8>),
}

/// An assertion to be.
#[derive(Clone)]
pub struct Assertion {
    /// The JOSE header.
    pub header: Map<String, Value>,
    /// The claims.
    pub claims: Map<String, Value>,
    by: By,
}

impl Assertion {
    /// One as it should be: signed a moment ago, for a minute.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn new(client_id: &str, audience: &str, by: By, clock: &Clock) -> Outcome<Self> {
        let now = clock.now().seconds();
        let jti = keys::b64::encode(&keys::random::<12>()?);
        let claims = json!({
            "iss": client_id, "sub": client_id, "aud": audience, "jti": jti, "iat": now, "exp": now + 60,
        });
        let header = match &by {
            By::Key(key) => json!({ "alg": key.0.algorithm.as_str(), "kid": key.kid() }),
            By::Secret(_) => json!({ "alg": "HS256" }),
            By::Bytes(_) => json!({ "alg": "none" }),
        };
        let object = |value: Value| value.as_object().cloned().unwrap_or_default();
        Ok(Self { header: object(header), claims: object(claims), by })
    }

    /// With a claim of this value; null: without the claim.
    #[must_use]
    pub fn claim(mut self, name: &str, value: Value) -> Self {
        put(&mut self.claims, name, value);
        self
    }

    /// With a member of the header of this value; null: without it.
    #[must_use]
    pub fn header(mut self, name: &str, value: Value) -> Self {
        put(&mut self.header, name, value);
        self
    }

    /// Signed otherwise; the header stays as it is.
    #[must_use]
    pub fn by(self, by: By) -> Self {
        Self { by, ..self }
    }

    /// As a compact JWT.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn signed(&self) -> Outcome<String> {
        self.signed_as(&serde_json::to_string(&self.header)?, &serde_json::to_string(&self.claims)?)
    }

    /// The same with a header and claims that are no value of JSON, or spelt strangely.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn signed_as(&self, header: &str, claims: &str) -> Outcome<String> {
        let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = match &self.by {
            By::Key(key) => key.sign(&text)?,
            By::Secret(secret) => {
                hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), text.as_bytes()).as_ref().to_vec()
            }
            By::Bytes(bytes) => bytes.clone(),
        };
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

fn put(members: &mut Map<String, Value>, name: &str, value: Value) {
    match value {
        Value::Null => members.remove(name),
        value => members.insert(name.to_owned(), value),
    };
}
