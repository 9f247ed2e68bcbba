//! The provider's public keys, and the ID token's signature and claims checked with them.
//! OpenID Connect Core §3.1.3.7 (ID token validation), §10.1.1 (key rotation).

use chrono::TimeDelta;
use openidconnect::core::{CoreGenderClaim, CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use openidconnect::{
    ClaimsVerificationError, ClientId, IdTokenClaims, IdTokenVerifier, JwsSigningAlgorithm, Nonce,
    SignatureVerificationError,
};

use super::{IdToken, Provider};
use crate::clock::SKEW;
use crate::failure::Failure;
use crate::http::with_sources;
use crate::person::IdentityClaims;

/// How old an ID token may be when it arrives straight from the token endpoint.
const OLDEST: TimeDelta = TimeDelta::minutes(10);

pub(super) type Claims = IdTokenClaims<IdentityClaims, CoreGenderClaim>;

/// Why a check with one set of keys failed.
#[derive(Debug)]
pub(super) enum Unverified {
    /// The token names a key that this set does not have. The provider may have changed its keys.
    UnknownKey,
    Refused(String),
}

impl Provider {
    /// Runs `check` with the keys at hand, and once more with fresh ones if the token names a key that is not among them.
    pub(super) async fn with_keys<T>(
        &self,
        check: impl Fn(&CoreJsonWebKeySet) -> Result<T, Unverified>,
    ) -> Result<T, Failure> {
        let url = self.metadata().await?.jwks_uri().url().clone();
        let keys = self.keys.get(&self.http, &url).await?;
        let refused = match check(&keys) {
            Ok(checked) => return Ok(checked),
            Err(Unverified::Refused(why)) => return Err(Failure::NotVerified(why)),
            Err(Unverified::UnknownKey) => Failure::NotVerified("signed with an unknown key".to_owned()),
        };
        // Anybody can send a logout token with an invented key id, so this asks at most once a second (`document.rs`).
        let Ok(fresh) = self.keys.newer(&self.http, &url, &keys).await else { return Err(refused) };
        check(&fresh).map_err(|_| refused)
    }

    /// Public-key algorithms of the discovery document. `none` proves nothing; `HS…` would make the client secret a
    /// signing key, and a public key taken for that secret has opened many doors.
    pub(super) async fn algorithms(&self) -> Result<Vec<CoreJwsSigningAlgorithm>, Failure> {
        let mut algorithms = self.metadata().await?.id_token_signing_alg_values_supported().clone();
        algorithms.retain(|alg| *alg != CoreJwsSigningAlgorithm::None && !alg.uses_shared_secret());
        Ok(algorithms)
    }

    /// Checks signature, `iss`, `aud`, `azp`, `exp`, `iat` and, with `nonce`, that the token answers our request.
    pub(super) async fn verify_id_token<'a>(
        &self,
        client_id: &ClientId,
        id_token: &'a IdToken,
        nonce: impl Fn(Option<&Nonce>) -> Result<(), String>,
    ) -> Result<&'a Claims, Failure> {
        let algorithms = self.algorithms().await?;
        let now = self.clock.now();
        let claims = self
            .with_keys(|keys| {
                // «Public client»: the verifier gets no secret, so that it could not verify an HMAC even by mistake.
                let verifier = IdTokenVerifier::new_public_client(client_id.clone(), self.issuer.clone(), keys.clone())
                    .set_allowed_algs(algorithms.iter().cloned())
                    .set_time_fn(|| now - SKEW)
                    .set_issue_time_verifier_fn(|issued| {
                        if issued > now + SKEW || issued < now - OLDEST {
                            Err(format!("issued {issued}"))
                        } else {
                            Ok(())
                        }
                    });
                id_token.claims(&verifier, |found: Option<&Nonce>| nonce(found)).map_err(|error| match error {
                    ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
                        Unverified::UnknownKey
                    }
                    other => Unverified::Refused(format!("ID token: {}", with_sources(&other))),
                })
            })
            .await?;
        // §3.1.3.7 step 5, which the crate leaves to us.
        if claims.authorized_party().is_some_and(|party| party != client_id) {
            return Err(Failure::NotVerified("ID token: azp is another client".to_owned()));
        }
        Ok(claims)
    }
}
