//! A private signing key, parsed once, and compact JWS made with it (RFC 7515 §3.1, §5.1).

use std::fmt;

use ::ring::{
    rsa::PublicKeyComponents,
    signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair},
};

use crate::{Algorithm, KeyError, Kid, PublicJwk, algorithm::Family, b64, digest::b64::encode_onto, random::system};

/// The longest signature there is room for in the buffer from the start: RSA of 4096 bits.
const MAX_SIGNATURE: usize = 512;

/// The values of `typ` whose header is made when the key is parsed, so that signing only appends.
const COMMON_TYPES: [Option<&str>; 4] = [None, Some("JWT"), Some("logout+jwt"), Some("at+jwt")];

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Rsa(RsaKeyPair, &'static dyn signature::RsaEncoding),
    Ed25519(Ed25519KeyPair),
}

/// A private key that signs with one algorithm. Never printed.
pub struct SigningKey {
    kid: Kid,
    algorithm: Algorithm,
    public_jwk: PublicJwk,
    pair: Pair,
    /// `BASE64URL(header) ‖ '.'` for each of [`COMMON_TYPES`].
    headers: [String; COMMON_TYPES.len()],
}

impl SigningKey {
    /// Parses a private key as PKCS#8 DER and names it by its thumbprint (RFC 7638).
    ///
    /// # Errors
    /// [`KeyError::PrivateHalf`] if it is damaged or not for `algorithm`.
    pub fn parse(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, KeyError> {
        let refused = |_| KeyError::PrivateHalf { algorithm };
        let (pair, public_jwk) = match algorithm.family() {
            Family::Ec { sign, .. } => {
                let pair = EcdsaKeyPair::from_pkcs8(sign, pkcs8, system()).map_err(refused)?;
                let public_jwk = PublicJwk::from_point(pair.public_key().as_ref(), algorithm)?;
                (Pair::Ecdsa(pair), public_jwk)
            }
            Family::Rsa { sign, .. } => {
                let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(refused)?;
                let public: PublicKeyComponents<Vec<u8>> = pair.public().into();
                (Pair::Rsa(pair, sign), PublicJwk::from_modulus(public.n, public.e, algorithm))
            }
            Family::Ed25519 => {
                let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(refused)?;
                let public_jwk = PublicJwk::from_ed25519(pair.public_key().as_ref(), algorithm)?;
                (Pair::Ed25519(pair), public_jwk)
            }
        };
        let kid = public_jwk.thumbprint();
        let headers = COMMON_TYPES.map(|typ| header(algorithm, &kid, typ));
        Ok(Self { kid, algorithm, public_jwk, pair, headers })
    }

    /// Parses a private key and checks that it is the one the row names: a private half that wandered to another row
    /// would sign what nobody can verify.
    ///
    /// # Errors
    /// As [`SigningKey::parse`], and [`KeyError::KidMismatch`].
    pub fn from_pkcs8(kid: Kid, algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, KeyError> {
        let key = Self::parse(algorithm, pkcs8)?;
        if key.kid == kid { Ok(key) } else { Err(KeyError::KidMismatch { stored: kid, found: key.kid }) }
    }

    /// The RFC 7638 thumbprint of the public half.
    pub fn kid(&self) -> &Kid {
        &self.kid
    }

    /// The algorithm it signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public half as published: with `kid`, `use` and `alg`.
    pub fn public_jwk(&self) -> PublicJwk {
        self.public_jwk.clone()
    }

    /// Signs `payload` as a compact JWS whose header has `alg`, `kid` and, if given, `typ`.
    ///
    /// # Errors
    /// [`KeyError::Signing`].
    pub fn sign(&self, typ: Option<&str>, payload: &[u8]) -> Result<String, KeyError> {
        let common = COMMON_TYPES.iter().position(|common| *common == typ).and_then(|at| self.headers.get(at));
        match common {
            Some(header) => self.sign_under(header, payload),
            None => self.sign_under(&header(self.algorithm, &self.kid, typ), payload),
        }
    }

    fn sign_under(&self, header: &str, payload: &[u8]) -> Result<String, KeyError> {
        let failed = |_| KeyError::Signing { kid: self.kid.clone() };
        let body = header.len() + b64::encoded_len(payload.len()) + 1;
        let mut token = String::with_capacity(body + b64::encoded_len(self.signature_len()));
        token.push_str(header);
        encode_onto(payload, &mut token);
        match &self.pair {
            Pair::Ecdsa(pair) => {
                let signature = pair.sign(system(), token.as_bytes()).map_err(failed)?;
                token.push('.');
                encode_onto(signature.as_ref(), &mut token);
            }
            Pair::Rsa(pair, encoding) => {
                let mut room = [0; MAX_SIGNATURE];
                let signature =
                    room.get_mut(..self.signature_len()).ok_or_else(|| KeyError::Signing { kid: self.kid.clone() })?;
                pair.sign(*encoding, system(), token.as_bytes(), signature).map_err(failed)?;
                token.push('.');
                encode_onto(signature, &mut token);
            }
            Pair::Ed25519(pair) => {
                let signature = pair.sign(token.as_bytes());
                token.push('.');
                encode_onto(signature.as_ref(), &mut token);
            }
        }
        Ok(token)
    }

    fn signature_len(&self) -> usize {
        match &self.pair {
            Pair::Ecdsa(_) | Pair::Ed25519(_) => 64,
            Pair::Rsa(pair, _) => pair.public().modulus_len(),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} {})", self.algorithm, self.kid)
    }
}

/// The encoded JOSE header with the dot that follows it.
fn header(algorithm: Algorithm, kid: &Kid, typ: Option<&str>) -> String {
    // Value writes its strings escaped; a typ is a constant of ours, but nothing here relies on that.
    let kid = serde_json::Value::from(kid.as_str());
    let json = match typ {
        None => format!(r#"{{"alg":"{algorithm}","kid":{kid}}}"#),
        Some(typ) => format!(r#"{{"alg":"{algorithm}","kid":{kid},"typ":{}}}"#, serde_json::Value::from(typ)),
    };
    let mut encoded = b64::encode(json.as_bytes());
    encoded.push('.');
    encoded
}

#[cfg(test)]
mod tests;
