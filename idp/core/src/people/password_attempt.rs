//! The rule of wrong passwords (attempt = one guess at one name, known or not).
//!
//! The manuals: after a wrong password 5 seconds must pass, and five in a row lock the account. An attempt is *reserved*
//! before it is hashed, as if it would fail: of a thousand parallel guesses only those the rule allows reach the hash.
//! Success forgets them all.

use keys::UnixMillis;
use std::time::Duration;

/// The rule's numbers (settings `passwords.*`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptPolicy {
    /// To wait after the first and second wrong password.
    pub wait: Duration,
    /// To wait from the third on, doubling each time.
    pub longer_wait: Duration,
    /// From which failure on the longer wait holds.
    pub longer_from: u32,
    /// How many failures lock the name.
    pub lock_at: u32,
    /// How long it stays locked.
    pub lock_for: Duration,
    /// After how many failures a guess needs proof that a person makes it; `None`: it never does.
    pub proof_from: Option<u32>,
    /// Failures older than this are forgotten.
    pub forget_after: Duration,
}

impl Default for AttemptPolicy {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            wait: seconds(5),
            longer_wait: seconds(15),
            longer_from: 3,
            lock_at: 5,
            lock_for: seconds(15 * 60),
            proof_from: Some(3),
            forget_after: seconds(24 * 60 * 60),
        }
    }
}

impl AttemptPolicy {
    /// The rule for a guess that a person was shown to make.
    #[must_use]
    pub fn proven(&self) -> Self {
        Self { proof_from: None, ..self.clone() }
    }
}

/// What is remembered of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// Failures in a row, the reserved one included.
    pub failures: u32,
    /// No guess is looked at before.
    pub not_before: UnixMillis,
    /// When the last guess was taken.
    pub last_at: UnixMillis,
}

/// Why a guess is not looked at. Right and wrong passwords get the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooSoon {
    /// The wait after a wrong password is not over.
    Wait {
        /// When it is.
        until: UnixMillis,
    },
    /// Too many failures.
    Locked {
        /// When the lock opens by itself.
        until: UnixMillis,
    },
}

/// Why an attempt is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// None is left now.
    TooSoon(TooSoon),
    /// After so many failures it needs proof that a person makes it, and has none. Nothing changes.
    NeedsProof,
}

/// Whether this attempt needs proof that a person makes it.
pub fn needs_proof(taken: &Attempts, policy: &AttemptPolicy) -> bool {
    policy.proof_from.is_some_and(|from| taken.failures > from)
}

/// Whether the next attempt will. A lock is waited for; after it the count begins anew.
pub fn will_need_proof(seen: Option<Attempts>, now: UnixMillis, policy: &AttemptPolicy) -> bool {
    match standing(seen, now, policy) {
        (_, Some(TooSoon::Locked { .. })) => false,
        (failures, _) => policy.proof_from.is_some_and(|from| failures >= from),
    }
}

/// Takes one attempt.
///
/// # Errors
/// [`TooSoon`], when none is left now; nothing changes then.
pub fn reserve(seen: Option<Attempts>, now: UnixMillis, policy: &AttemptPolicy) -> Result<Attempts, TooSoon> {
    let seen = seen.unwrap_or(Attempts { failures: 0, not_before: now, last_at: now });
    if seen.not_before > now {
        let until = seen.not_before;
        let locked = seen.failures >= policy.lock_at;
        return Err(if locked { TooSoon::Locked { until } } else { TooSoon::Wait { until } });
    }
    let fresh_start = seen.failures >= policy.lock_at || now.since(seen.last_at) >= policy.forget_after;
    let failures = if fresh_start { 1 } else { seen.failures.saturating_add(1) };
    Ok(Attempts { failures, not_before: now.plus(penalty(failures, policy)), last_at: now })
}

/// What an operator is told of a name: the failures that count, and what a guess at this moment would be told.
pub fn standing(seen: Option<Attempts>, now: UnixMillis, policy: &AttemptPolicy) -> (u32, Option<TooSoon>) {
    match reserve(seen, now, policy) {
        Ok(taken) => (taken.failures.saturating_sub(1), None),
        Err(too_soon) => (seen.map_or(0, |attempts| attempts.failures), Some(too_soon)),
    }
}

/// What remains of a taken attempt that was given back because nobody looked at the password: one failure less, and no
/// wait for it. Earlier failures still count, so that flooding the provider forgives nobody. `None`: nothing remains.
pub fn give_back(taken: Attempts) -> Option<Attempts> {
    let failures = taken.failures.checked_sub(1).filter(|left| *left > 0)?;
    Some(Attempts { failures, not_before: taken.last_at, last_at: taken.last_at })
}

/// Whether a guess that came too soon may be the very one it has to wait for, sent again: by a balancer whose node died before
/// it answered, or by a second click. Its page was shown before that attempt was taken, or in its millisecond: whoever fills in by
/// program is that quick, and no answer is, since hashing lies before it. Gives when its time has come.
///
/// Nobody gains a guess by it: when the time has come, it has to take an attempt as any other.
pub fn sent_again(too_soon: TooSoon, shown_at: UnixMillis, policy: &AttemptPolicy) -> Option<UnixMillis> {
    match too_soon {
        TooSoon::Wait { until } if shown_at.plus(policy.wait) <= until => Some(until),
        TooSoon::Wait { .. } | TooSoon::Locked { .. } => None,
    }
}

/// How long nobody may guess after the given number of failures.
fn penalty(failures: u32, policy: &AttemptPolicy) -> Duration {
    if failures >= policy.lock_at {
        policy.lock_for
    } else if failures >= policy.longer_from {
        policy.longer_wait.saturating_mul(1 << (failures - policy.longer_from).min(10))
    } else {
        policy.wait
    }
}

/// What a failed attempt is told: until when to wait, or that the name is locked now.
pub fn after_failure(reserved: Attempts, policy: &AttemptPolicy) -> TooSoon {
    let until = reserved.not_before;
    if reserved.failures >= policy.lock_at { TooSoon::Locked { until } } else { TooSoon::Wait { until } }
}

/// For how long the next failure locks the name, if it does: whoever mistypes is told before.
pub fn before_the_lock(reserved: Attempts, policy: &AttemptPolicy) -> Option<Duration> {
    (reserved.failures.saturating_add(1) == policy.lock_at).then_some(policy.lock_for)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(seen: Option<Attempts>, at: i64) -> Attempts {
        reserve(seen, UnixMillis(at), &AttemptPolicy::default()).unwrap()
    }

    const START: i64 = 1_763_000_000_000;

    #[test]
    fn five_seconds_then_longer_then_locked_and_open_again_after_fifteen_minutes() {
        let policy = AttemptPolicy::default();
        let mut seen = None;
        let mut now = START;
        for wait in [5_000, 5_000, 15_000, 30_000] {
            let reserved = fail(seen, now);
            let warned = before_the_lock(reserved, &policy);
            assert_eq!(warned, (wait == 30_000).then_some(policy.lock_for));
            assert_eq!(reserved.not_before, UnixMillis(now + wait));
            let early = reserve(Some(reserved), UnixMillis(now + wait - 1), &policy);
            assert_eq!(early, Err(TooSoon::Wait { until: UnixMillis(now + wait) }));
            seen = Some(reserved);
            now += wait;
        }
        let fifth = fail(seen, now);
        let until = UnixMillis(now + 15 * 60_000);
        assert_eq!(after_failure(fifth, &policy), TooSoon::Locked { until });
        assert_eq!(reserve(Some(fifth), UnixMillis(now + 1), &policy), Err(TooSoon::Locked { until }));
        assert_eq!(fail(Some(fifth), until.0).failures, 1);
    }

    #[test]
    fn from_the_third_failure_on_a_guess_needs_proof_until_the_lock_is_over() {
        let policy = AttemptPolicy::default();
        let mut seen = None;
        let mut now = START;
        for (guess, proof) in [(1, false), (2, false), (3, false), (4, true), (5, true)] {
            assert_eq!(will_need_proof(seen, UnixMillis(now), &policy), proof, "before guess {guess}");
            let taken = fail(seen, now);
            assert_eq!(needs_proof(&taken, &policy), proof, "guess {guess}");
            (seen, now) = (Some(taken), taken.not_before.0);
        }
        assert!(!will_need_proof(seen, UnixMillis(now - 1), &policy), "locked");
        assert!(!will_need_proof(seen, UnixMillis(now), &policy), "and open again");
        let never = AttemptPolicy { proof_from: None, ..policy };
        assert!(!needs_proof(&seen.unwrap(), &never));
    }

    #[test]
    fn an_attempt_is_counted_before_anybody_knows_how_it_ends() {
        let reserved = fail(None, START);
        assert_eq!(reserved.failures, 1);
        assert!(reserve(Some(reserved), UnixMillis(START), &AttemptPolicy::default()).is_err());
    }

    #[test]
    fn an_attempt_given_back_leaves_the_failures_before_it() {
        let first = fail(None, START);
        assert_eq!(give_back(first), None);
        let second = fail(Some(first), START + 5_000);
        let left = give_back(second).unwrap();
        assert_eq!((left.failures, left.not_before), (1, UnixMillis(START + 5_000)));
        assert_eq!(fail(Some(left), START + 5_000).failures, 2);
    }

    #[test]
    fn a_guess_may_be_the_one_it_waits_for_if_its_page_is_older_than_that() {
        let policy = AttemptPolicy::default();
        let until = fail(None, START).not_before;
        let shown = |at| sent_again(TooSoon::Wait { until }, UnixMillis(at), &policy);
        assert_eq!(shown(START - 1), Some(until));
        assert_eq!(shown(START), Some(until), "in the same millisecond");
        assert_eq!(shown(START + 1), None, "who read an answer");
        assert_eq!(sent_again(TooSoon::Locked { until }, UnixMillis(START - 1), &policy), None);
    }

    #[test]
    fn old_failures_are_forgotten() {
        let seen = fail(Some(fail(None, START)), START + 5_000);
        assert_eq!(seen.failures, 2);
        assert_eq!(fail(Some(seen), START + 5_000 + 24 * 60 * 60_000).failures, 1);
    }
}
