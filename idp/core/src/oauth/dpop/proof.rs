//! A proof: a JWS by the key in its own header, made for one request (RFC 9449 §4).
//!
//! What it names beside that is ignored (§4.2). That nobody uses it twice is for whoever calls ([`Proof::name`]).

use super::target::is_target;
use crate::oauth::error::OAuthError;
use keys::{Algorithm, JwkError, JwsError, Thumbprint, Typ, UnixMillis, b64, jws, same, sha256};
use serde::Deserialize;
use serde_json::Number;
use std::time::Duration;

/// The longest proof, in bytes: an RSA key of 8192 bits and its signature take 3 KB.
pub const LONGEST: usize = 8 * 1024;
/// The longest `jti`, in bytes.
const LONGEST_JTI: usize = 512;
/// How far a proof may run ahead of our clock (FAPI 2.0 Security Profile §5.3.2.1 has servers accept 10 seconds, and refuse a minute).
pub const AHEAD: Duration = Duration::from_secs(10);
/// How old a proof may be: what a slow line and a clock that is late take together. Older ones were made for another time, and
/// each second more is one more that used proofs are remembered.
pub const LONGEST_AGE: Duration = Duration::from_secs(60);
/// For how long a used proof has to be remembered, with a minute to spare for clocks.
pub const REMEMBERED: Duration = Duration::from_secs(130);

/// The algorithms of proofs: all of ours but RSA PKCS #1 v1.5, which nobody who begins with proofs needs (FAPI 2.0 Security Profile
/// §5.4 refuses it).
pub fn algorithms() -> impl Iterator<Item = Algorithm> {
    Algorithm::ALL.iter().copied().filter(|algorithm| *algorithm != Algorithm::Rs256)
}

/// What a proof has to be made for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// The public address of the endpoint.
    pub url: &'a str,
    /// The access token that comes with it, at a resource.
    pub access_token: Option<&'a str>,
}

/// A proof that is right, but for its being used a second time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The key it was made with.
    pub key: Thumbprint,
    /// `iat`.
    pub issued_at: UnixMillis,
    /// `nonce`; whether it is one of ours nobody looked at yet.
    pub nonce: Option<String>,
    /// What a second use is known by: a digest of key, address and `jti` (§11.1).
    pub name: [u8; 32],
}

/// Claims that have the wrong type, or are named twice, are an error of the reader.
#[derive(Deserialize)]
struct Claims {
    jti: Option<String>,
    htm: Option<String>,
    htu: Option<String>,
    iat: Option<Number>,
    nbf: Option<Number>,
    exp: Option<Number>,
    ath: Option<String>,
    nonce: Option<String>,
}

impl Proof {
    /// Judges a proof (§4.3).
    ///
    /// # Errors
    /// `invalid_dpop_proof`, with words on what is wrong with it.
    pub fn read(text: &str, asked: &Asked<'_>, now: UnixMillis) -> Result<Self, OAuthError> {
        if text.len() > LONGEST {
            return refuse("the DPoP proof is longer than 8192 bytes");
        }
        let allowed: Vec<_> = algorithms().collect();
        let (verified, key) =
            jws::verify_by_own_key(text, Typ::Exactly("dpop+jwt"), &allowed).map_err(|why| refused_jws(&why))?;
        let claims: Claims = serde_json::from_slice(&verified.payload)
            .map_err(|_| OAuthError::invalid_dpop_proof("the claims of the DPoP proof are malformed"))?;
        let issued_at = claims.check_times(now)?;
        let jti = claims.check_jti()?;
        claims.check_request(asked)?;
        let key = Thumbprint::of(&key);
        Ok(Self { key, issued_at, name: name(key, asked.url, jti), nonce: claims.nonce })
    }
}

impl Claims {
    fn check_times(&self, now: UnixMillis) -> Result<UnixMillis, OAuthError> {
        let Some(issued_at) = self.iat.as_ref().and_then(moment) else {
            return refuse("the DPoP proof has no iat");
        };
        if issued_at > now.plus(AHEAD) {
            return refuse("iat of the DPoP proof lies in the future: set the clock right");
        }
        if issued_at.plus(LONGEST_AGE) < now {
            return refuse("iat of the DPoP proof is older than 60 seconds: make a proof for each request");
        }
        if self.nbf.as_ref().is_some_and(|nbf| moment(nbf).is_none_or(|nbf| nbf > now.plus(AHEAD))) {
            return refuse("nbf of the DPoP proof lies in the future");
        }
        if self.exp.as_ref().is_some_and(|exp| moment(exp).is_none_or(|exp| exp.plus(AHEAD) <= now)) {
            return refuse("exp of the DPoP proof is over");
        }
        Ok(issued_at)
    }

    fn check_jti(&self) -> Result<&str, OAuthError> {
        match self.jti.as_deref() {
            None | Some("") => refuse("the DPoP proof has no jti"),
            Some(jti) if jti.len() > LONGEST_JTI => refuse("jti of the DPoP proof is longer than 512 bytes"),
            Some(jti) => Ok(jti),
        }
    }

    fn check_request(&self, asked: &Asked<'_>) -> Result<(), OAuthError> {
        match self.htm.as_deref() {
            None => return refuse("the DPoP proof has no htm"),
            Some(htm) if htm != asked.method => {
                return refuse("htm of the DPoP proof is not the method of the request");
            }
            Some(_) => {}
        }
        match self.htu.as_deref() {
            None => return refuse("the DPoP proof has no htu"),
            Some(htu) if !is_target(asked.url, htu) => {
                return refuse("htu of the DPoP proof is not the public address of this endpoint");
            }
            Some(_) => {}
        }
        let Some(token) = asked.access_token else { return Ok(()) };
        match self.ath.as_deref() {
            None => refuse("the DPoP proof has no ath"),
            Some(ath) if same(ath.as_bytes(), b64::encode(&sha256(token.as_bytes())).as_bytes()) => Ok(()),
            Some(_) => refuse("ath of the DPoP proof is not the digest of the access token"),
        }
    }
}

/// A `NumericDate` (RFC 7519 §2), which may have a fraction. `None`: it is no time that anybody lives in.
fn moment(seconds: &Number) -> Option<UnixMillis> {
    let millis = seconds.as_f64()? * 1000.0;
    (millis.abs() < 1e15).then_some(UnixMillis(millis as i64))
}

/// The address is ours and holds no zero byte, which a `jti` may.
fn name(key: Thumbprint, url: &str, jti: &str) -> [u8; 32] {
    sha256(&[&key.0, url.as_bytes(), &[0], jti.as_bytes()].concat())
}

fn refuse<T>(words: &'static str) -> Result<T, OAuthError> {
    Err(OAuthError::invalid_dpop_proof(words))
}

fn refused_jws(why: &JwsError) -> OAuthError {
    OAuthError::invalid_dpop_proof(match why {
        JwsError::Typ => "typ of the DPoP proof must be dpop+jwt",
        JwsError::Algorithm(_) | JwsError::AlgorithmMismatch => {
            "alg of the DPoP proof must be one of dpop_signing_alg_values_supported"
        }
        JwsError::Critical => "the DPoP proof demands extensions (crit) that are not understood",
        JwsError::NoOwnKey => "the header of the DPoP proof has no jwk",
        JwsError::OwnKey(JwkError::Private(_)) => "jwk of the DPoP proof holds its private half: throw that key away",
        JwsError::OwnKey(_) => "jwk of the DPoP proof is no public key for its alg",
        JwsError::Signature => "the signature of the DPoP proof is wrong",
        JwsError::Header(_) => "the header of the DPoP proof is malformed",
        _ => "the DPoP proof is no compact JWS",
    })
}

#[cfg(test)]
mod tests;
