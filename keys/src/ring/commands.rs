//! What an administrator may ask of the ring. Each answers with the steps to apply; nothing is changed here.

use thiserror::Error;

use super::{
    KeyState, PROPAGATION, Policy, SigningKeyRecord, Step,
    record::{Waiting, active, find, is_kept, waiting},
};
use crate::{Algorithm, Kid, UnixMillis};

/// Why the ring refuses. The words go to the administrator.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RingRefusal {
    /// No key of that name.
    #[error("there is no signing key {kid}")]
    UnknownKey {
        /// The name given.
        kid: Kid,
    },
    /// The algorithm has no key to rotate to.
    #[error(
        "there is no Next key for {algorithm}; the rotation job makes one, or `idp keys generate --alg {algorithm}`"
    )]
    NoNext {
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// The key that signs cannot be retired, where there is always a ring.
    #[error("key {kid} is Active; rotate first")]
    Active {
        /// The key.
        kid: Kid,
    },
    /// Tokens it signed are still valid.
    #[error("key {kid} is Retiring: tokens it signed are valid for a while yet, then it is retired by itself")]
    StillNeeded {
        /// The key.
        kid: Kid,
        /// Until when.
        until: UnixMillis,
    },
    /// It is in that state already.
    #[error("key {kid} is already {state}")]
    Already {
        /// The key.
        kid: Kid,
        /// Its state.
        state: &'static str,
    },
    /// The key cannot do that from its state.
    #[error("key {kid} is {state}; only a key that is next can be activated, and only one no longer needed retired")]
    WrongState {
        /// The key.
        kid: Kid,
        /// Its state.
        state: &'static str,
    },
    /// A node that is ready may not have read it yet.
    #[error("key {kid} is so new that not every node has read it")]
    Unread {
        /// The key.
        kid: Kid,
        /// From when on every node that issues has it.
        until: UnixMillis,
    },
    /// A step needs a new key that was not supplied.
    #[error("a new {algorithm} key is needed and was not supplied")]
    KeyWanted {
        /// The algorithm.
        algorithm: Algorithm,
    },
}

/// What a rotation comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RotateOutcome {
    /// The key signs from now on.
    Activated {
        /// The key.
        kid: Kid,
    },
    /// The key signs from `at` on, when no cache lacks it any more.
    Scheduled {
        /// The key.
        kid: Kid,
        /// When.
        at: UnixMillis,
    },
}

/// The answer to [`rotate`] and [`activate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// What it comes to.
    pub outcome: RotateOutcome,
    /// The steps to apply.
    pub steps: Vec<Step>,
    /// Until when portals that still use an older copy of the JWKS may fail to verify what the key signs; `None` if
    /// none can.
    pub caches_may_lack_it_until: Option<UnixMillis>,
}

/// When [`activate`] lets a key sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// As soon as no cache lacks it.
    Safe,
    /// Now, though portals may keep a JWKS without it (`--now`); never before every node that is ready serves it.
    AtOnce,
    /// Now, though nodes may serve a JWKS without it for some seconds (`--now --force`).
    Unread,
}

/// Lets the next key sign: now if every cache has it, otherwise as soon as that is so. Asked again meanwhile, it
/// answers the same and changes nothing.
///
/// # Errors
/// [`RingRefusal::NoNext`].
pub fn rotate(now: UnixMillis, records: &[SigningKeyRecord], algorithm: Algorithm) -> Result<Rotation, RingRefusal> {
    let waiting = waiting(records, algorithm);
    let key = waiting.first().ok_or(RingRefusal::NoNext { algorithm })?;
    let steps = supply(algorithm, waiting.len().saturating_sub(1));
    Ok(take_over(now, *key, When::Safe, steps))
}

/// Lets a certain Next sign.
///
/// # Errors
/// [`RingRefusal::UnknownKey`], or [`RingRefusal::Already`] and [`RingRefusal::WrongState`] unless the key is Next.
pub fn activate(
    now: UnixMillis,
    records: &[SigningKeyRecord],
    policy: &Policy,
    kid: &Kid,
    when: When,
) -> Result<Rotation, RingRefusal> {
    let record = known(records, kid)?;
    let waiting = waiting(records, record.algorithm);
    let Some(key) = waiting.iter().find(|key| key.kid == kid) else {
        let (kid, state) = (kid.clone(), record.state.name());
        return Err(match record.state {
            KeyState::Active { .. } => RingRefusal::Already { kid, state },
            _ => RingRefusal::WrongState { kid, state },
        });
    };
    let until = key.published_at.plus(policy.read_lead());
    if when == When::AtOnce && now < until {
        return Err(RingRefusal::Unread { kid: kid.clone(), until });
    }
    let steps = supply(record.algorithm, waiting.len().saturating_sub(1));
    Ok(take_over(now, *key, when, steps))
}

/// A fresh Next is published at once, unless one is `left` waiting beside the key that takes over.
fn supply(algorithm: Algorithm, left: usize) -> Vec<Step> {
    if left == 0 { vec![Step::Generate { algorithm }] } else { Vec::new() }
}

fn take_over(now: UnixMillis, key: Waiting<'_>, when: When, mut steps: Vec<Step>) -> Rotation {
    let kid = key.kid.clone();
    if key.ready_at <= now || when != When::Safe {
        steps.push(Step::Activate { kid: kid.clone() });
        let caches_may_lack_it_until = (key.ready_at > now).then_some(key.ready_at);
        let outcome = RotateOutcome::Activated { kid };
        return Rotation { outcome, steps, caches_may_lack_it_until };
    }
    let at = key.ready_at;
    if key.activate_at != Some(at) {
        steps.push(Step::Schedule { kid: kid.clone(), at });
    }
    let outcome = RotateOutcome::Scheduled { kid, at };
    Rotation { outcome, steps, caches_may_lack_it_until: None }
}

/// Takes a key out of the JWKS that nobody needs: a Next that shall never sign, or a Retiring one whose last token has
/// expired. The Active of an algorithm that need not have a ring becomes Retiring first, and its Next keys go: that ring
/// ends.
///
/// # Errors
/// [`RingRefusal::Active`], [`RingRefusal::StillNeeded`], [`RingRefusal::Already`] or [`RingRefusal::UnknownKey`].
pub fn retire(
    now: UnixMillis,
    records: &[SigningKeyRecord],
    policy: &Policy,
    kid: &Kid,
) -> Result<Vec<Step>, RingRefusal> {
    let record = known(records, kid)?;
    let always = policy.algorithms.contains(&record.algorithm);
    let waiting = waiting(records, record.algorithm);
    let (kid, state) = (kid.clone(), record.state.name());
    match record.state {
        KeyState::Next { .. } => {
            let kept = is_kept(records, policy, record.algorithm);
            let mut steps = if kept { supply(record.algorithm, waiting.len().saturating_sub(1)) } else { Vec::new() };
            steps.push(Step::Retire { kid });
            Ok(steps)
        }
        KeyState::Active { .. } if always => Err(RingRefusal::Active { kid }),
        KeyState::Active { .. } => {
            let nexts = waiting.into_iter().map(|key| key.kid.clone());
            Ok(nexts.chain([kid]).map(|kid| Step::Retire { kid }).collect())
        }
        KeyState::Retiring { remove_at, .. } if remove_at > now => {
            Err(RingRefusal::StillNeeded { kid, until: remove_at })
        }
        KeyState::Retiring { .. } => Ok(vec![Step::Retire { kid }]),
        KeyState::Retired { .. } | KeyState::Compromised { .. } => Err(RingRefusal::Already { kid, state }),
    }
}

/// The answer to [`compromise`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compromise {
    /// The steps to apply, all in one transaction.
    pub steps: Vec<Step>,
    /// The algorithm concerned: clients that use it are affected.
    pub algorithm: Algorithm,
    /// The key that signs instead, if it is known already.
    pub successor: Option<Kid>,
    /// Until when portals may still trust the key, because their copy of the JWKS has it.
    pub trusted_until: UnixMillis,
    /// Until when portals may fail to verify the successor, because their copy of the JWKS lacks it.
    pub successor_unknown_until: Option<UnixMillis>,
}

/// Takes a key out of use at once. If it signs, the longest published Next signs instead, however young it is: tokens
/// that some portals cannot verify for a while are better than tokens that anybody can forge.
///
/// # Errors
/// [`RingRefusal::UnknownKey`], or [`RingRefusal::Already`].
pub fn compromise(
    now: UnixMillis,
    records: &[SigningKeyRecord],
    policy: &Policy,
    kid: &Kid,
) -> Result<Compromise, RingRefusal> {
    let record = known(records, kid)?;
    if let KeyState::Compromised { .. } = record.state {
        return Err(RingRefusal::Already { kid: kid.clone(), state: record.state.name() });
    }
    let algorithm = record.algorithm;
    let signs = active(records, algorithm).is_some_and(|active| active.kid == *kid);
    let mut waiting = waiting(records, algorithm);
    waiting.retain(|key| key.kid != kid);
    waiting.sort_by_key(|key| key.ready_at);
    let successor = waiting.first().filter(|_| signs);
    let mut steps = Vec::new();
    let left = waiting.len() - usize::from(successor.is_some());
    if left == 0 && is_kept(records, policy, algorithm) {
        steps.push(Step::Generate { algorithm });
    }
    match successor {
        Some(key) => steps.push(Step::Activate { kid: key.kid.clone() }),
        None if signs => steps.push(Step::GenerateActive { algorithm }),
        None => {}
    }
    steps.push(Step::Compromise { kid: kid.clone() });
    let unknown_until = successor.map_or_else(|| now.plus(policy.publish_lead()), |key| key.ready_at);
    Ok(Compromise {
        steps,
        algorithm,
        successor: successor.map(|key| key.kid.clone()),
        trusted_until: now.plus(PROPAGATION).plus(policy.jwks_max_age).plus(policy.clock_skew),
        successor_unknown_until: (signs && unknown_until > now).then_some(unknown_until),
    })
}

fn known<'a>(records: &'a [SigningKeyRecord], kid: &Kid) -> Result<&'a SigningKeyRecord, RingRefusal> {
    find(records, kid).ok_or_else(|| RingRefusal::UnknownKey { kid: kid.clone() })
}
