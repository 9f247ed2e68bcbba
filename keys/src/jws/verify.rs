//! Choosing the key and checking the signature.

use ::ring::signature::{ED25519, RsaPublicKeyComponents, UnparsedPublicKey};

use super::{JwsError, JwsHeader, Typ, VerifiedJws, compact::Parts};
use crate::{
    Algorithm, Kid, PublicJwk,
    algorithm::Family,
    jwk::{JwkError, Material},
};

/// A public key together with the one algorithm it verifies.
#[derive(Clone, Debug)]
pub struct VerifyingKey {
    kid: Option<Kid>,
    algorithm: Algorithm,
    material: Material,
}

impl VerifyingKey {
    /// Takes a key with the algorithm its `alg` names or, without one, the algorithm its type has here.
    ///
    /// # Errors
    /// [`JwkError::NotForSigning`] if `use` or `alg` say otherwise.
    pub fn from_jwk(jwk: &PublicJwk) -> Result<Self, JwkError> {
        let named = jwk.alg().map(|alg| alg.parse().map_err(|_| JwkError::NotForSigning)).transpose()?;
        let natural = || Algorithm::ALL.iter().copied().find(|algorithm| jwk.suits(*algorithm));
        Self::with_algorithm(jwk, named.or_else(natural).ok_or(JwkError::NotForSigning)?)
    }

    /// Takes a key for the algorithm the client has registered.
    ///
    /// # Errors
    /// [`JwkError::NotForSigning`] if the key is of another type, for encryption, or says another `alg`.
    pub fn with_algorithm(jwk: &PublicJwk, algorithm: Algorithm) -> Result<Self, JwkError> {
        let contradicts = jwk.alg().is_some_and(|alg| alg != algorithm.as_str());
        if contradicts || !jwk.suits(algorithm) || !jwk.may_verify() {
            return Err(JwkError::NotForSigning);
        }
        Ok(Self { kid: jwk.kid().cloned(), algorithm, material: jwk.material.clone() })
    }

    /// Takes a key once for each algorithm that it may be used with: an RSA key that names none serves several.
    pub fn each_of(jwk: &PublicJwk) -> impl Iterator<Item = Self> {
        Algorithm::ALL.iter().filter_map(|algorithm| Self::with_algorithm(jwk, *algorithm).ok())
    }

    /// Its name.
    pub fn kid(&self) -> Option<&Kid> {
        self.kid.as_ref()
    }

    /// The algorithm it verifies.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Checks the signature of a token, of whatever type.
    pub(super) fn verified(&self, parts: Parts<'_>) -> Result<VerifiedJws, JwsError> {
        let payload = parts.segments.payload()?;
        let signature = parts.segments.signature()?;
        if !self.accepts(parts.segments.signed.as_bytes(), &signature) {
            return Err(JwsError::Signature);
        }
        Ok(VerifiedJws { header: parts.header, payload, kid: self.kid.clone() })
    }

    fn accepts(&self, signed: &[u8], signature: &[u8]) -> bool {
        match (self.algorithm.family(), &self.material) {
            (Family::Ec { verify, .. }, Material::P256(point)) => {
                UnparsedPublicKey::new(verify, point.as_slice()).verify(signed, signature).is_ok()
            }
            (Family::Rsa { verify, .. }, Material::Rsa { n, e }) => {
                RsaPublicKeyComponents { n, e }.verify(verify, signed, signature).is_ok()
            }
            (Family::Ed25519, Material::Ed25519(point)) => {
                UnparsedPublicKey::new(&ED25519, point).verify(signed, signature).is_ok()
            }
            (Family::Ec { .. } | Family::Rsa { .. } | Family::Ed25519, _) => false,
        }
    }
}

/// The keys a token may be verified with.
#[derive(Clone, Copy, Debug)]
pub struct Verifier<'a> {
    keys: &'a [VerifyingKey],
    only: Option<Algorithm>,
}

impl<'a> Verifier<'a> {
    /// Accepts tokens of any of these keys.
    pub fn new(keys: &'a [VerifyingKey]) -> Self {
        Self { keys, only: None }
    }

    /// Accepts this algorithm only (`token_endpoint_auth_signing_alg` and its like).
    #[must_use]
    pub fn only(self, algorithm: Algorithm) -> Self {
        Self { only: Some(algorithm), ..self }
    }

    /// Verifies a compact JWS and its `typ`. Claims, `exp` included, are the caller's to judge.
    ///
    /// # Errors
    /// See [`JwsError`]. Only [`JwsError::UnknownKid`] is worth another try, after fetching the keys anew.
    pub fn verify(&self, token: &str, typ: Typ<'_>) -> Result<VerifiedJws, JwsError> {
        let parts = Parts::split(token)?;
        if !parts.header.has_type(typ) {
            return Err(JwsError::Typ);
        }
        self.choose(&parts.header)?.verified(parts)
    }

    /// A token that names a key is verified with that key or not at all. Two keys of one name may differ in type
    /// (RFC 7517 §4.5), so the algorithm decides among them.
    fn choose(&self, header: &JwsHeader) -> Result<&'a VerifyingKey, JwsError> {
        if self.only.is_some_and(|only| only != header.alg) {
            return Err(JwsError::AlgorithmMismatch);
        }
        let mut suitable = self.keys.iter().filter(|key| key.algorithm == header.alg);
        let Some(kid) = &header.kid else {
            return match (suitable.next(), suitable.next()) {
                (Some(key), None) => Ok(key),
                _ => Err(JwsError::NoKid),
            };
        };
        match suitable.find(|key| key.kid.as_ref() == Some(kid)) {
            Some(key) => Ok(key),
            None if self.keys.iter().any(|key| key.kid.as_ref() == Some(kid)) => Err(JwsError::AlgorithmMismatch),
            None => Err(JwsError::UnknownKid(kid.clone())),
        }
    }
}
