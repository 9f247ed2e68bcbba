//! What the plan and the commands do, case by case. [`simulation`] then runs three years of them.

mod commands;
mod in_memory;
mod simulation;

use std::time::Duration;

use super::*;
use crate::{Algorithm, Kid, PublicJwk, UnixMillis, random};

const ES: Algorithm = Algorithm::Es256;
const START: UnixMillis = UnixMillis::from_seconds(1_795_000_000);

fn policy() -> Policy {
    Policy {
        jwks_max_age: Duration::from_secs(3600),
        longest_token: Duration::from_secs(600),
        clock_skew: Duration::from_secs(30),
        rotate_every: None,
        algorithms: vec![ES],
    }
}

fn after(seconds: u64) -> UnixMillis {
    START.plus(Duration::from_secs(seconds))
}

/// A public half that no private one belongs to: names are all the plan looks at.
fn made_up(algorithm: Algorithm) -> PublicJwk {
    match algorithm {
        Algorithm::Es256 => {
            let mut point = random::<65>().unwrap();
            point[0] = 4;
            PublicJwk::from_point(&point, algorithm).unwrap()
        }
        Algorithm::Rs256 | Algorithm::Ps256 => {
            let mut modulus = random::<256>().unwrap();
            modulus[0] |= 0x80;
            modulus[255] |= 1;
            PublicJwk::from_modulus(modulus.to_vec(), vec![1, 0, 1], algorithm)
        }
        Algorithm::EdDsa => PublicJwk::from_ed25519(&random::<32>().unwrap(), algorithm).unwrap(),
    }
}

/// Applies steps, supplying a made-up key wherever one is wanted.
fn applied(now: UnixMillis, records: &[SigningKeyRecord], policy: &Policy, steps: &[Step]) -> Vec<SigningKeyRecord> {
    let mut fresh = keys_needed(steps).into_iter().map(made_up).collect();
    let records = apply(now, records, policy, steps, &mut fresh).unwrap();
    assert!(fresh.is_empty());
    records
}

fn planned(now: UnixMillis, records: &[SigningKeyRecord], policy: &Policy) -> Vec<SigningKeyRecord> {
    applied(now, records, policy, &plan(now, records, policy))
}

fn ring() -> Vec<SigningKeyRecord> {
    planned(START, &[], &policy())
}

fn names(records: &[SigningKeyRecord]) -> Vec<&'static str> {
    let mut names: Vec<_> = records.iter().map(|record| record.state.name()).collect();
    names.sort_unstable();
    names
}

fn kid_in(records: &[SigningKeyRecord], state: &str) -> Kid {
    records.iter().find(|record| record.state.name() == state).unwrap().kid.clone()
}

fn state_of(records: &[SigningKeyRecord], kid: &Kid) -> KeyState {
    records.iter().find(|record| record.kid == *kid).unwrap().state
}

#[test]
fn the_first_plan_makes_an_active_and_a_next_of_each_algorithm() {
    let policy = Policy { algorithms: Algorithm::ALL.iter().rev().copied().collect(), ..policy() };
    let records = planned(START, &[], &policy);
    for algorithm in Algorithm::ALL {
        let own: Vec<_> = records.iter().filter(|record| record.algorithm == *algorithm).cloned().collect();
        assert_eq!(names(&own), ["active", "next"]);
    }
    assert_eq!(plan(START, &records, &policy), []);
}

#[test]
fn without_a_command_or_an_interval_nothing_ever_changes() {
    assert_eq!(plan(after(100 * 365 * 86_400), &ring(), &policy()), []);
}

#[test]
fn automatic_rotation_waits_for_the_interval_and_for_the_caches() {
    let policy = Policy { rotate_every: Some(Duration::from_secs(90 * 86_400)), ..policy() };
    let records = ring();
    assert_eq!(plan(after(90 * 86_400 - 1), &records, &policy), []);
    let next = kid_in(&records, "next");
    let steps = plan(after(90 * 86_400), &records, &policy);
    assert_eq!(steps, [Step::Generate { algorithm: ES }, Step::Activate { kid: next }]);
    // An interval shorter than a key must be published is stretched to that.
    let hasty = Policy { rotate_every: Some(Duration::ZERO), ..policy };
    let lead = hasty.publish_lead().as_secs();
    assert_eq!(lead, 3640);
    assert_eq!(plan(after(lead - 1), &records, &hasty), []);
    let records = planned(after(lead), &records, &hasty);
    assert_eq!(names(&records), ["active", "next", "retiring"]);
    assert_eq!(plan(after(lead), &records, &hasty), []);
}

#[test]
fn a_retiring_key_goes_when_its_last_token_has_expired() {
    let policy = policy();
    let records = ring();
    let rotation = rotate(after(5000), &records, ES).unwrap();
    let records = applied(after(5000), &records, &policy, &rotation.steps);
    let old = kid_in(&records, "retiring");
    let keep = policy.keep_after().as_secs();
    assert_eq!(keep, 640);
    assert_eq!(plan(after(5000 + keep - 1), &records, &policy), []);
    assert_eq!(plan(after(5000 + keep), &records, &policy), [Step::Retire { kid: old.clone() }]);
    let records = planned(after(5000 + keep), &records, &policy);
    assert_eq!(state_of(&records, &old), KeyState::Retired { since: after(5000 + keep) });
}

#[test]
fn shortening_the_max_age_does_not_shorten_what_was_promised() {
    let records = ring();
    let hasty = Policy { jwks_max_age: Duration::from_secs(1), ..policy() };
    let (next, at) = (kid_in(&records, "next"), after(policy().publish_lead().as_secs()));
    let activation = activate(after(60), &records, &hasty, &next, When::Safe).unwrap();
    assert_eq!(activation.outcome, RotateOutcome::Scheduled { kid: next.clone(), at });
    assert_eq!(rotate(after(60), &records, ES).unwrap(), activation);
}

#[test]
fn an_algorithm_added_later_gets_its_own_ring() {
    let both = Policy { algorithms: vec![ES, Algorithm::Rs256], ..policy() };
    let records = planned(after(10), &ring(), &both);
    assert_eq!(names(&records), ["active", "active", "next", "next"]);
}

const ED: Algorithm = Algorithm::EdDsa;

fn of(records: &[SigningKeyRecord], algorithm: Algorithm) -> Vec<SigningKeyRecord> {
    records.iter().filter(|record| record.algorithm == algorithm).cloned().collect()
}

#[test]
fn the_first_key_of_a_further_algorithm_signs_when_no_cache_lacks_it_and_has_a_ring_from_then_on() {
    let policy = Policy { rotate_every: Some(Duration::from_secs(90 * 86_400)), ..policy() };
    assert!(!plan(START, &[], &policy).contains(&Step::Generate { algorithm: ED }), "nobody asked for it");
    let records = applied(after(100), &ring(), &policy, &[Step::Generate { algorithm: ED }]);
    let first = kid_in(&of(&records, ED), "next");
    let lead = policy.publish_lead().as_secs();
    assert_eq!(jwks_max_age(after(3700), &records, &policy).as_secs(), lead + 100 - 3700, "its change is a change");
    assert_eq!(plan(after(100 + lead - 1), &records, &policy), []);
    assert_eq!(signing_algorithms(&records), [ES]);
    let records = planned(after(100 + lead), &records, &policy);
    assert_eq!(names(&of(&records, ED)), ["active", "next"]);
    assert_eq!(state_of(&records, &first), KeyState::Active { since: after(100 + lead) });
    assert_eq!(signing_algorithms(&records), [ES, ED]);
    // Automatic rotation, rotation by command and a compromise are those of the others.
    let later = after(100 + lead + 90 * 86_400);
    let rotated = planned(later, &records, &policy);
    assert_eq!(names(&of(&rotated, ED)), ["active", "next", "retiring"]);
    let rotation = rotate(later, &records, ED).unwrap();
    assert_eq!(names(&of(&applied(later, &records, &policy, &rotation.steps), ED)), ["active", "next", "retiring"]);
    let answer = compromise(later, &records, &policy, &first).unwrap();
    assert_eq!(names(&of(&applied(later, &records, &policy, &answer.steps), ED)), ["active", "compromised", "next"]);
}

#[test]
fn the_ring_of_a_further_algorithm_ends_whole_when_its_active_is_retired_and_does_not_come_back() {
    let policy = policy();
    let records = applied(START, &ring(), &policy, &[Step::Generate { algorithm: ED }]);
    let lead = policy.publish_lead();
    let records = planned(START.plus(lead), &records, &policy);
    let now = START.plus(lead).plus(Duration::from_secs(60));
    // The Next of a ring that goes on is replaced.
    let steps = retire(now, &records, &policy, &kid_in(&of(&records, ED), "next")).unwrap();
    let replaced = applied(now, &records, &policy, &steps);
    assert_eq!(names(&of(&replaced, ED)), ["active", "next", "retired"]);
    let steps = retire(now, &replaced, &policy, &kid_in(&of(&replaced, ED), "active")).unwrap();
    let ended = applied(now, &replaced, &policy, &steps);
    assert_eq!(names(&of(&ended, ED)), ["retired", "retired", "retiring"]);
    let records = planned(now.plus(policy.keep_after()), &ended, &policy);
    assert_eq!(names(&of(&records, ED)), ["retired"; 3]);
    assert_eq!(plan(after(1_000_000), &records, &policy), []);
    assert_eq!(names(&of(&records, ES)), ["active", "next"], "the others go on");
}

#[test]
fn a_first_key_that_is_taken_back_before_it_signed_leaves_nothing_behind() {
    let policy = policy();
    let records = applied(START, &ring(), &policy, &[Step::Generate { algorithm: ED }]);
    let steps = retire(after(10), &records, &policy, &kid_in(&of(&records, ED), "next")).unwrap();
    let records = applied(after(10), &records, &policy, &steps);
    assert_eq!(names(&of(&records, ED)), ["retired"]);
    assert_eq!(plan(after(1_000_000), &records, &policy), []);
}

#[test]
fn a_ring_that_lost_its_active_signs_with_the_oldest_next() {
    let mut records = ring();
    records.retain(|record| record.state.is_next());
    let kid = records[0].kid.clone();
    assert_eq!(plan(START, &records, &policy()), [Step::Generate { algorithm: ES }, Step::Activate { kid }]);
}

#[test]
fn a_step_that_does_not_fit_the_records_is_refused() {
    let records = ring();
    let (active, next) = (kid_in(&records, "active"), kid_in(&records, "next"));
    let run = |step: Step| transition(START, &records, &policy(), &step, None).unwrap_err();
    let wrong = |kid: &Kid, state| RingRefusal::WrongState { kid: kid.clone(), state };
    assert_eq!(run(Step::Activate { kid: active.clone() }), wrong(&active, "active"));
    assert_eq!(run(Step::Retire { kid: active.clone() }), wrong(&active, "active"));
    assert_eq!(run(Step::Schedule { kid: active.clone(), at: START }), wrong(&active, "active"));
    let nobody = Kid::new("nobody");
    assert_eq!(run(Step::Compromise { kid: nobody.clone() }), RingRefusal::UnknownKey { kid: nobody });
    assert_eq!(run(Step::Generate { algorithm: ES }), RingRefusal::KeyWanted { algorithm: ES });
    let foreign =
        transition(START, &records, &policy(), &Step::Generate { algorithm: ES }, Some(made_up(Algorithm::Rs256)));
    assert_eq!(foreign.unwrap_err(), RingRefusal::KeyWanted { algorithm: ES });
    assert!(transition(START, &records, &policy(), &Step::Activate { kid: next }, None).is_ok());
}

#[test]
fn what_the_storage_must_write_is_what_differs() {
    let before = ring();
    let rotation = rotate(after(5000), &before, ES).unwrap();
    let later = applied(after(5000), &before, &policy(), &rotation.steps);
    assert_eq!(changed(&before, &later).len(), 3);
    assert_eq!(changed(&later, &later), Vec::<&SigningKeyRecord>::new());
}

#[test]
fn the_max_age_never_reaches_beyond_the_next_change() {
    let policy = policy();
    let records = ring();
    let age =
        |at: u64, records: &[SigningKeyRecord], policy: &Policy| jwks_max_age(after(at), records, policy).as_secs();
    assert_eq!(age(0, &records, &policy), 3600);
    let rotation = rotate(after(100), &records, ES).unwrap();
    let scheduled = applied(after(100), &records, &policy, &rotation.steps);
    assert_eq!(age(100, &scheduled, &policy), 3540);
    assert_eq!(age(3000, &scheduled, &policy), 640);
    assert_eq!(age(3639, &scheduled, &policy), 1);
    assert_eq!(age(9999, &scheduled, &policy), 1, "the job is late: any moment may bring the change");
    let rotated = planned(after(3640), &scheduled, &policy);
    assert_eq!(age(3640, &rotated, &policy), policy.keep_after().as_secs());
    let monthly = Policy { rotate_every: Some(Duration::from_secs(2_592_000)), ..policy.clone() };
    assert_eq!(age(2_592_000 - 70, &records, &monthly), 70);
    let split_second = jwks_max_age(after(2_592_000 - 70).plus(Duration::from_millis(1)), &records, &monthly);
    assert_eq!(split_second.as_secs(), 69, "rounded down");
    let none = Policy { jwks_max_age: Duration::ZERO, ..policy };
    assert_eq!(age(0, &records, &none), 1);
}

#[test]
fn a_state_is_stored_under_its_name() {
    let state = KeyState::Retiring { since: START, remove_at: after(1) };
    let value = serde_json::to_value(state).unwrap();
    assert_eq!(value["state"], state.name());
    assert_eq!(serde_json::from_value::<KeyState>(value).unwrap(), state);
    let record = &ring()[0];
    let value = serde_json::to_value(record).unwrap();
    assert_eq!(&serde_json::from_value::<SigningKeyRecord>(value).unwrap(), record);
}
