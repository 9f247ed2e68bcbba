//! One signing key as it stands in the database, without its private half.

use serde::{Deserialize, Serialize};

use super::Policy;
use crate::{Algorithm, Kid, PublicJwk, UnixMillis};

/// Where a key is in its life, with what that stage needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum KeyState {
    /// Published, not yet signing.
    Next {
        /// Since when it is published.
        published_at: UnixMillis,
        /// From when on no cache lacks it. Reckoned with the settings in force when it was published, because caches
        /// were filled under those: shortening the max-age afterwards does not shorten what was promised.
        ready_at: UnixMillis,
        /// When it is to sign, if that is decided.
        activate_at: Option<UnixMillis>,
    },
    /// Signing, unless a client is pinned to another key.
    Active {
        /// Since when it signs.
        since: UnixMillis,
    },
    /// Published for the tokens it signed.
    Retiring {
        /// Since when another key signs.
        since: UnixMillis,
        /// When the last token it signed has expired everywhere.
        remove_at: UnixMillis,
    },
    /// No longer published, without a private half; recognises old `id_token_hint`s.
    Retired {
        /// Since when.
        since: UnixMillis,
    },
    /// In foreign hands, or suspected to be. Not published; recognises nothing.
    Compromised {
        /// Since when that is known.
        since: UnixMillis,
    },
}

impl KeyState {
    /// The name, as stored and shown.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Next { .. } => "next",
            Self::Active { .. } => "active",
            Self::Retiring { .. } => "retiring",
            Self::Retired { .. } => "retired",
            Self::Compromised { .. } => "compromised",
        }
    }

    /// Whether the key is in the JWKS.
    pub const fn is_published(&self) -> bool {
        matches!(self, Self::Next { .. } | Self::Active { .. } | Self::Retiring { .. })
    }

    /// Whether a token signed by it is still recognised as ours when it comes back as a hint.
    pub const fn recognises_hints(&self) -> bool {
        !matches!(self, Self::Compromised { .. })
    }

    /// Whether its private half is kept. Otherwise the storage deletes it in the same transaction.
    pub const fn keeps_private_half(&self) -> bool {
        self.is_published()
    }

    /// Whether it signs.
    pub const fn is_active(&self) -> bool {
        matches!(self, Self::Active { .. })
    }

    /// Whether it is to sign one day.
    pub const fn is_next(&self) -> bool {
        matches!(self, Self::Next { .. })
    }
}

/// A signing key on record. Its private half is stored beside it, wrapped by the master key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKeyRecord {
    /// Its name: the thumbprint of the public half.
    pub kid: Kid,
    /// The algorithm it signs with.
    pub algorithm: Algorithm,
    /// Where it is in its life.
    pub state: KeyState,
    /// The public half as published.
    pub public_jwk: PublicJwk,
    /// When it was generated.
    pub created_at: UnixMillis,
}

impl SigningKeyRecord {
    /// A key just generated, published from `now` on.
    pub fn next(now: UnixMillis, policy: &Policy, algorithm: Algorithm, public_jwk: PublicJwk) -> Self {
        let ready_at = now.plus(policy.publish_lead());
        let state = KeyState::Next { published_at: now, ready_at, activate_at: None };
        Self { kid: public_jwk.thumbprint(), algorithm, state, public_jwk, created_at: now }
    }
}

/// The key of this name.
pub(super) fn find<'a>(records: &'a [SigningKeyRecord], kid: &Kid) -> Option<&'a SigningKeyRecord> {
    records.iter().find(|record| record.kid == *kid)
}

/// The key that signs with this algorithm.
pub(super) fn active(records: &[SigningKeyRecord], algorithm: Algorithm) -> Option<&SigningKeyRecord> {
    records.iter().find(|record| record.algorithm == algorithm && record.state.is_active())
}

/// The algorithms that some key signs now, in the order of the table.
pub fn signing_algorithms(records: &[SigningKeyRecord]) -> Vec<Algorithm> {
    Algorithm::ALL.iter().copied().filter(|algorithm| active(records, *algorithm).is_some()).collect()
}

/// Whether there is to be a Next of this algorithm: it always has a ring, or one of its keys signs.
pub(super) fn is_kept(records: &[SigningKeyRecord], policy: &Policy, algorithm: Algorithm) -> bool {
    policy.algorithms.contains(&algorithm) || active(records, algorithm).is_some()
}

/// A key that waits, with the times it waits for.
#[derive(Clone, Copy)]
pub(super) struct Waiting<'a> {
    pub(super) kid: &'a Kid,
    pub(super) published_at: UnixMillis,
    pub(super) ready_at: UnixMillis,
    pub(super) activate_at: Option<UnixMillis>,
}

impl Waiting<'_> {
    /// When the scheduled change happens: as scheduled, and never before every cache has the key.
    pub(super) fn due_at(&self) -> Option<UnixMillis> {
        self.activate_at.map(|at| at.max(self.ready_at))
    }
}

/// The keys that wait, in the order they take over: those scheduled first, by time, then the longest published.
pub(super) fn waiting(records: &[SigningKeyRecord], algorithm: Algorithm) -> Vec<Waiting<'_>> {
    let mut found: Vec<_> = records
        .iter()
        .filter(|record| record.algorithm == algorithm)
        .filter_map(|record| match record.state {
            KeyState::Next { published_at, ready_at, activate_at } => {
                Some((published_at, Waiting { kid: &record.kid, published_at, ready_at, activate_at }))
            }
            _ => None,
        })
        .collect();
    found.sort_by_key(|(published_at, waiting)| {
        (waiting.due_at().is_none(), waiting.due_at(), *published_at, waiting.kid.clone())
    });
    found.into_iter().map(|(_, waiting)| waiting).collect()
}
