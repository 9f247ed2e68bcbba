//! The ring in memory: every key parsed, ready to sign and to verify.

use std::sync::Arc;

use super::{KeyState, PROPAGATION, SigningKeyRecord, signing_algorithms};
use crate::{Algorithm, JwkSet, KeyError, Kid, SigningKey, UnixMillis, Verifier, VerifyingKey};

/// The signing keys as one version of the database has them. Built anew when that version changes, never altered.
#[derive(Debug)]
pub struct KeyRing {
    records: Vec<SigningKeyRecord>,
    signing: Vec<Arc<SigningKey>>,
    published: JwkSet,
    published_json: Arc<[u8]>,
    hint_keys: Vec<VerifyingKey>,
}

impl KeyRing {
    /// Builds the ring from all records and the private halves of the published keys. Private halves of other keys are
    /// dropped: they must not sign.
    ///
    /// # Errors
    /// [`KeyError::NoPrivateHalf`] if an Active key cannot sign; [`KeyError::PublicHalf`] for a damaged record.
    pub fn new(records: Vec<SigningKeyRecord>, private: Vec<SigningKey>) -> Result<Self, KeyError> {
        let may_sign = |key: &SigningKey| {
            records.iter().any(|record| {
                record.kid == *key.kid() && record.algorithm == key.algorithm() && record.state.keeps_private_half()
            })
        };
        let signing: Vec<_> = private.into_iter().filter(may_sign).map(Arc::new).collect();
        for record in records.iter().filter(|record| record.state.is_active()) {
            if !signing.iter().any(|key| *key.kid() == record.kid) {
                return Err(KeyError::NoPrivateHalf { kid: record.kid.clone() });
            }
        }
        let published = JwkSet { keys: in_order(&records).map(|record| record.public_jwk.clone()).collect() };
        let json = serde_json::to_vec(&published).map_err(|_| KeyError::Rendering)?;
        let known = records.iter().filter(|record| record.state.recognises_hints());
        let hint_keys = known.map(verifying).collect::<Result<_, _>>()?;
        Ok(Self { signing, published, published_json: json.into(), hint_keys, records })
    }

    /// The key that signs a token of `algorithm` that is valid until `expires_at`: the one the client is pinned to, otherwise
    /// the Active. A pin counts if its key is published, of this algorithm and at hand, and stays published until the
    /// token has expired everywhere: a Retiring key signs nothing that would outlive it in the JWKS.
    pub fn signing_key(
        &self,
        algorithm: Algorithm,
        pinned: Option<&Kid>,
        expires_at: UnixMillis,
    ) -> Option<&Arc<SigningKey>> {
        let stays = |record: &SigningKeyRecord| match record.state {
            KeyState::Next { .. } | KeyState::Active { .. } => true,
            KeyState::Retiring { remove_at, .. } => expires_at.plus(PROPAGATION) < remove_at,
            KeyState::Retired { .. } | KeyState::Compromised { .. } => false,
        };
        let pinned = pinned.and_then(|kid| self.records.iter().find(|record| record.kid == *kid));
        let pinned = pinned.filter(|record| record.algorithm == algorithm && stays(record));
        let active = || self.records.iter().find(|record| record.algorithm == algorithm && record.state.is_active());
        let by_pin = pinned.and_then(|record| self.signing_key_by_kid(&record.kid));
        by_pin.or_else(|| active().and_then(|record| self.signing_key_by_kid(&record.kid)))
    }

    /// The published key of this name, if its private half is at hand.
    pub fn signing_key_by_kid(&self, kid: &Kid) -> Option<&Arc<SigningKey>> {
        self.signing.iter().find(|key| key.kid() == kid)
    }

    /// What the JWKS holds: the Active keys, then the Next, then the Retiring.
    pub fn published(&self) -> &JwkSet {
        &self.published
    }

    /// The JWKS as JSON, written once.
    pub fn published_json(&self) -> &Arc<[u8]> {
        &self.published_json
    }

    /// The algorithms that some key signs now.
    pub fn signing_algorithms(&self) -> Vec<Algorithm> {
        signing_algorithms(&self.records)
    }

    /// Recognises an `id_token_hint` of ours, expired ones included: tokens of every key but the compromised.
    pub fn verifier_for_hints(&self) -> Verifier<'_> {
        Verifier::new(&self.hint_keys)
    }

    /// Every key on record, whatever its state.
    pub fn records(&self) -> &[SigningKeyRecord] {
        &self.records
    }
}

fn verifying(record: &SigningKeyRecord) -> Result<VerifyingKey, KeyError> {
    let unusable = |_| KeyError::PublicHalf { kid: record.kid.clone() };
    let key = VerifyingKey::with_algorithm(&record.public_jwk, record.algorithm).map_err(unusable)?;
    if key.kid() == Some(&record.kid) { Ok(key) } else { Err(KeyError::PublicHalf { kid: record.kid.clone() }) }
}

/// The published records; a client that takes the first key of its type gets the one that signs.
fn in_order(records: &[SigningKeyRecord]) -> impl Iterator<Item = &SigningKeyRecord> {
    let active = records.iter().filter(|record| record.state.is_active());
    let next = records.iter().filter(|record| record.state.is_next());
    let retiring = |record: &&SigningKeyRecord| {
        record.state.is_published() && !record.state.is_active() && !record.state.is_next()
    };
    active.chain(next).chain(records.iter().filter(retiring))
}
