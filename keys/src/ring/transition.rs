//! Carrying out a step: records in, records out.

use super::{KeyState, Policy, RingRefusal, SigningKeyRecord, Step, record::find};
use crate::{Algorithm, Kid, PublicJwk, UnixMillis};

/// The algorithms that `steps` need new keys for, one entry a key.
pub fn keys_needed(steps: &[Step]) -> Vec<Algorithm> {
    let algorithm = |step: &Step| match step {
        Step::Generate { algorithm } | Step::GenerateActive { algorithm } => Some(*algorithm),
        Step::Schedule { .. } | Step::Activate { .. } | Step::Retire { .. } | Step::Compromise { .. } => None,
    };
    steps.iter().filter_map(algorithm).collect()
}

/// Carries out `steps` in order, taking the public halves of new keys out of `fresh`. Keys left in `fresh` are not
/// needed after all and are forgotten with their private halves.
///
/// # Errors
/// [`RingRefusal::KeyWanted`] if `fresh` holds no key for a step: generate one and begin anew. Otherwise as
/// [`transition`].
pub fn apply(
    now: UnixMillis,
    records: &[SigningKeyRecord],
    policy: &Policy,
    steps: &[Step],
    fresh: &mut Vec<PublicJwk>,
) -> Result<Vec<SigningKeyRecord>, RingRefusal> {
    let mut records = records.to_vec();
    for step in steps {
        let wanted = keys_needed(std::slice::from_ref(step)).first().copied();
        let key = wanted.and_then(|algorithm| take(fresh, algorithm));
        records = transition(now, &records, policy, step, key)?;
    }
    Ok(records)
}

fn take(fresh: &mut Vec<PublicJwk>, algorithm: Algorithm) -> Option<PublicJwk> {
    let at = fresh.iter().position(|key| key.alg() == Some(algorithm.as_str()))?;
    Some(fresh.swap_remove(at))
}

/// Carries out one step. `fresh` is the public half of the new key, for a step that generates one.
///
/// # Errors
/// [`RingRefusal::UnknownKey`] or [`RingRefusal::WrongState`] if the records are not those the step was planned for;
/// [`RingRefusal::KeyWanted`] if `fresh` is missing or of another algorithm.
pub fn transition(
    now: UnixMillis,
    records: &[SigningKeyRecord],
    policy: &Policy,
    step: &Step,
    fresh: Option<PublicJwk>,
) -> Result<Vec<SigningKeyRecord>, RingRefusal> {
    let mut records = records.to_vec();
    match step {
        Step::Generate { algorithm } => records.push(generated(now, policy, *algorithm, fresh)?),
        Step::GenerateActive { algorithm } => {
            let record = generated(now, policy, *algorithm, fresh)?;
            let kid = record.kid.clone();
            records.push(record);
            let_sign(now, &mut records, policy, &kid)?;
        }
        Step::Schedule { kid, at } => match &mut named(&mut records, kid)?.state {
            KeyState::Next { activate_at, .. } => *activate_at = Some(*at),
            other => return Err(RingRefusal::WrongState { kid: kid.clone(), state: other.name() }),
        },
        Step::Activate { kid } => let_sign(now, &mut records, policy, kid)?,
        Step::Retire { kid } => {
            let record = named(&mut records, kid)?;
            record.state = match record.state {
                KeyState::Next { .. } | KeyState::Retiring { .. } => KeyState::Retired { since: now },
                KeyState::Active { .. } if !policy.algorithms.contains(&record.algorithm) => retiring(now, policy),
                other => return Err(RingRefusal::WrongState { kid: kid.clone(), state: other.name() }),
            }
        }
        Step::Compromise { kid } => named(&mut records, kid)?.state = KeyState::Compromised { since: now },
    }
    Ok(records)
}

fn generated(
    now: UnixMillis,
    policy: &Policy,
    algorithm: Algorithm,
    fresh: Option<PublicJwk>,
) -> Result<SigningKeyRecord, RingRefusal> {
    let key = fresh.filter(|key| key.alg() == Some(algorithm.as_str()));
    key.map(|key| SigningKeyRecord::next(now, policy, algorithm, key)).ok_or(RingRefusal::KeyWanted { algorithm })
}

fn named<'a>(records: &'a mut [SigningKeyRecord], kid: &Kid) -> Result<&'a mut SigningKeyRecord, RingRefusal> {
    let found = records.iter_mut().find(|record| record.kid == *kid);
    found.ok_or_else(|| RingRefusal::UnknownKey { kid: kid.clone() })
}

fn retiring(now: UnixMillis, policy: &Policy) -> KeyState {
    KeyState::Retiring { since: now, remove_at: now.plus(policy.keep_after()) }
}

/// The key signs from now on; the one that signed before stays published for what it signed.
fn let_sign(now: UnixMillis, records: &mut [SigningKeyRecord], policy: &Policy, kid: &Kid) -> Result<(), RingRefusal> {
    let record = named(records, kid)?;
    if !record.state.is_next() {
        return Err(RingRefusal::WrongState { kid: kid.clone(), state: record.state.name() });
    }
    record.state = KeyState::Active { since: now };
    let algorithm = record.algorithm;
    for other in records.iter_mut().filter(|other| other.algorithm == algorithm && other.kid != *kid) {
        if other.state.is_active() {
            other.state = retiring(now, policy);
        }
    }
    Ok(())
}

/// The records of `after` that are new or differ from `before`: what the storage must write.
pub fn changed<'a>(before: &[SigningKeyRecord], after: &'a [SigningKeyRecord]) -> Vec<&'a SigningKeyRecord> {
    after.iter().filter(|record| find(before, &record.kid) != Some(record)).collect()
}
