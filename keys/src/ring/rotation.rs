//! What is due: the plan a job carries out.

use super::{
    KeyState, Policy, SigningKeyRecord,
    record::{Waiting, active, is_kept, waiting},
};
use crate::{Algorithm, Kid, UnixMillis};

/// One change of the ring. The order of the steps a function returns matters: a successor exists before it is needed,
/// so that no algorithm is without an Active and a Next in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Generate a key and publish it as Next.
    Generate {
        /// For this algorithm.
        algorithm: Algorithm,
    },
    /// Generate a key that signs at once: the first of its algorithm, which nobody can have cached the lack of.
    GenerateActive {
        /// For this algorithm.
        algorithm: Algorithm,
    },
    /// Decide when a Next is to sign.
    Schedule {
        /// The key.
        kid: Kid,
        /// When.
        at: UnixMillis,
    },
    /// Let a Next sign; the Active before it becomes Retiring.
    Activate {
        /// The key.
        kid: Kid,
    },
    /// Take a key out of the JWKS and delete its private half; the Active of an algorithm no longer offered becomes
    /// Retiring.
    Retire {
        /// The key.
        kid: Kid,
    },
    /// Take a key out of the JWKS, delete its private half, and recognise nothing of it any more.
    Compromise {
        /// The key.
        kid: Kid,
    },
}

/// The steps due at `now`. Empty when nothing is; running it again after applying the steps gives nothing.
///
/// It looks only at what is due, not at when it last ran: after an outage of days one run catches up.
pub fn plan(now: UnixMillis, records: &[SigningKeyRecord], policy: &Policy) -> Vec<Step> {
    let mut steps = Vec::new();
    for algorithm in Algorithm::ALL {
        if is_kept(records, policy, *algorithm) {
            keep_supplied(now, records, policy, *algorithm, &mut steps);
        } else if let Some(first) = waiting(records, *algorithm).into_iter().find(|key| key.ready_at <= now) {
            steps.push(Step::Generate { algorithm: *algorithm });
            steps.push(Step::Activate { kid: first.kid.clone() });
        }
    }
    for record in records {
        if matches!(record.state, KeyState::Retiring { remove_at, .. } if remove_at <= now) {
            steps.push(Step::Retire { kid: record.kid.clone() });
        }
    }
    steps
}

fn keep_supplied(
    now: UnixMillis,
    records: &[SigningKeyRecord],
    policy: &Policy,
    algorithm: Algorithm,
    steps: &mut Vec<Step>,
) {
    let waiting = waiting(records, algorithm);
    let signs = active(records, algorithm);
    let due = match signs {
        Some(active) => due_now(now, active, &waiting, policy),
        None => waiting.iter().take(1).collect(),
    };
    if waiting.len() <= due.len() {
        steps.push(Step::Generate { algorithm });
    }
    if signs.is_none() && waiting.is_empty() {
        steps.push(Step::GenerateActive { algorithm });
    }
    steps.extend(due.into_iter().map(|key| Step::Activate { kid: key.kid.clone() }));
}

/// The keys that take over now, in their order. Several schedules may have passed while the job was down.
fn due_now<'w, 'a>(
    now: UnixMillis,
    active: &SigningKeyRecord,
    waiting: &'w [Waiting<'a>],
    policy: &Policy,
) -> Vec<&'w Waiting<'a>> {
    let scheduled: Vec<_> = waiting.iter().filter(|key| key.due_at().is_some_and(|at| at <= now)).collect();
    if !scheduled.is_empty() {
        return scheduled;
    }
    match automatic(active, waiting, policy) {
        Some((key, at)) if at <= now => vec![key],
        _ => Vec::new(),
    }
}

/// The key that automatic rotation lets sign, and when: after the interval, and never before every cache has it.
pub(super) fn automatic<'w, 'a>(
    active: &SigningKeyRecord,
    waiting: &'w [Waiting<'a>],
    policy: &Policy,
) -> Option<(&'w Waiting<'a>, UnixMillis)> {
    let KeyState::Active { since } = active.state else { return None };
    let interval = policy.rotation_interval()?;
    let key = waiting.first()?;
    Some((key, since.plus(interval).max(key.ready_at)))
}
