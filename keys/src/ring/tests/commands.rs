//! The commands of an administrator.

use super::*;

#[test]
fn rotating_to_a_key_that_every_cache_has_happens_at_once() {
    let records = ring();
    let (active, next) = (kid_in(&records, "active"), kid_in(&records, "next"));
    let now = after(policy().publish_lead().as_secs());
    let rotation = rotate(now, &records, ES).unwrap();
    assert_eq!(rotation.outcome, RotateOutcome::Activated { kid: next.clone() });
    assert_eq!(rotation.caches_may_lack_it_until, None);
    let records = applied(now, &records, &policy(), &rotation.steps);
    assert_eq!(names(&records), ["active", "next", "retiring"]);
    assert_eq!(state_of(&records, &next), KeyState::Active { since: now });
    let remove_at = now.plus(policy().keep_after());
    assert_eq!(state_of(&records, &active), KeyState::Retiring { since: now, remove_at });
}

#[test]
fn rotating_to_a_young_key_is_scheduled_and_a_fresh_next_published_at_once() {
    let records = ring();
    let next = kid_in(&records, "next");
    let at = after(policy().publish_lead().as_secs());
    let rotation = rotate(after(60), &records, ES).unwrap();
    assert_eq!(rotation.outcome, RotateOutcome::Scheduled { kid: next.clone(), at });
    let scheduled = applied(after(60), &records, &policy(), &rotation.steps);
    assert_eq!(names(&scheduled), ["active", "next", "next"]);
    assert_eq!(plan(at.minus(Duration::from_millis(1)), &scheduled, &policy()), []);
    assert_eq!(plan(at, &scheduled, &policy()), [Step::Activate { kid: next }]);
    let rotated = planned(at, &scheduled, &policy());
    assert_eq!(names(&rotated), ["active", "next", "retiring"]);
}

#[test]
fn asking_twice_answers_the_same_and_changes_nothing() {
    let records = ring();
    let first = rotate(after(60), &records, ES).unwrap();
    let scheduled = applied(after(60), &records, &policy(), &first.steps);
    let second = rotate(after(90), &scheduled, ES).unwrap();
    assert_eq!(second.outcome, first.outcome);
    assert_eq!(second.steps, []);
}

#[test]
fn an_algorithm_without_keys_cannot_rotate() {
    let refusal = rotate(START, &ring(), Algorithm::Rs256).unwrap_err();
    assert_eq!(refusal, RingRefusal::NoNext { algorithm: Algorithm::Rs256 });
}

#[test]
fn activating_at_once_says_until_when_caches_may_lack_the_key() {
    let records = ring();
    let next = kid_in(&records, "next");
    let rotation = activate(after(60), &records, &policy(), &next, When::AtOnce).unwrap();
    assert_eq!(rotation.outcome, RotateOutcome::Activated { kid: next.clone() });
    assert_eq!(rotation.caches_may_lack_it_until, Some(START.plus(policy().publish_lead())));
    let safe = activate(after(60), &records, &policy(), &next, When::Safe).unwrap();
    assert!(matches!(safe.outcome, RotateOutcome::Scheduled { .. }));
    let later = activate(after(9000), &records, &policy(), &next, When::AtOnce).unwrap();
    assert_eq!(later.caches_may_lack_it_until, None);
}

#[test]
fn a_key_signs_at_once_only_when_every_node_has_read_it_unless_that_is_forced() {
    let records = ring();
    let next = kid_in(&records, "next");
    let at = |moment: UnixMillis, when| activate(moment, &records, &policy(), &next, when);
    // Ten seconds without having checked, and clocks thirty seconds apart.
    let until = after(40);
    let refusal = at(UnixMillis(until.0 - 1), When::AtOnce).unwrap_err();
    assert_eq!(refusal, RingRefusal::Unread { kid: next.clone(), until });
    assert!(matches!(at(until, When::AtOnce).unwrap().outcome, RotateOutcome::Activated { .. }));
    assert!(matches!(at(START, When::Unread).unwrap().outcome, RotateOutcome::Activated { .. }));
    assert!(matches!(at(START, When::Safe).unwrap().outcome, RotateOutcome::Scheduled { .. }));
}

#[test]
fn only_a_next_can_be_activated() {
    let records = ring();
    let active = kid_in(&records, "active");
    let refusal = activate(START, &records, &policy(), &active, When::AtOnce).unwrap_err();
    assert_eq!(refusal, RingRefusal::Already { kid: active, state: "active" });
    let nobody = Kid::new("nobody");
    let refusal = activate(START, &records, &policy(), &nobody, When::Safe).unwrap_err();
    assert_eq!(refusal, RingRefusal::UnknownKey { kid: nobody });
    let rotation = rotate(after(9000), &records, ES).unwrap();
    let records = applied(after(9000), &records, &policy(), &rotation.steps);
    let old = kid_in(&records, "retiring");
    let refusal = activate(after(9000), &records, &policy(), &old, When::AtOnce).unwrap_err();
    assert_eq!(refusal, RingRefusal::WrongState { kid: old, state: "retiring" });
}

#[test]
fn a_key_that_is_needed_cannot_be_retired() {
    let policy = policy();
    let records = ring();
    let active = kid_in(&records, "active");
    let refusal = retire(START, &records, &policy, &active).unwrap_err();
    assert_eq!(refusal, RingRefusal::Active { kid: active.clone() });
    assert!(refusal.to_string().ends_with("is Active; rotate first"));
    let rotation = rotate(after(9000), &records, ES).unwrap();
    let records = applied(after(9000), &records, &policy, &rotation.steps);
    let until = after(9000).plus(policy.keep_after());
    assert_eq!(
        retire(after(9001), &records, &policy, &active).unwrap_err(),
        RingRefusal::StillNeeded { kid: active.clone(), until }
    );
    let steps = retire(until, &records, &policy, &active).unwrap();
    let records = applied(until, &records, &policy, &steps);
    let refusal = retire(until, &records, &policy, &active).unwrap_err();
    assert_eq!(refusal, RingRefusal::Already { kid: active, state: "retired" });
}

#[test]
fn retiring_the_only_next_publishes_another() {
    let records = ring();
    let next = kid_in(&records, "next");
    let steps = retire(START, &records, &policy(), &next).unwrap();
    let records = applied(START, &records, &policy(), &steps);
    assert_eq!(names(&records), ["active", "next", "retired"]);
    assert_eq!(state_of(&records, &next).name(), "retired");
}

#[test]
fn a_compromised_active_is_replaced_at_once_by_the_longest_published_next() {
    let policy = policy();
    let records = ring();
    let (active, next) = (kid_in(&records, "active"), kid_in(&records, "next"));
    let now = after(60);
    let answer = compromise(now, &records, &policy, &active).unwrap();
    assert_eq!(answer.successor, Some(next.clone()));
    assert_eq!(answer.trusted_until, now.plus(Duration::from_secs(3600 + 10 + 30)));
    assert_eq!(answer.successor_unknown_until, Some(START.plus(policy.publish_lead())));
    let records = applied(now, &records, &policy, &answer.steps);
    assert_eq!(names(&records), ["active", "compromised", "next"]);
    assert_eq!(state_of(&records, &next), KeyState::Active { since: now });
    assert_eq!(plan(now, &records, &policy), []);
    let again = compromise(now, &records, &policy, &active).unwrap_err();
    assert_eq!(again, RingRefusal::Already { kid: active, state: "compromised" });
}

#[test]
fn a_compromised_key_that_does_not_sign_leaves_the_active_alone() {
    let policy = policy();
    let records = ring();
    let (active, next) = (kid_in(&records, "active"), kid_in(&records, "next"));
    let answer = compromise(after(60), &records, &policy, &next).unwrap();
    assert_eq!((answer.successor, answer.successor_unknown_until), (None, None));
    let records = applied(after(60), &records, &policy, &answer.steps);
    assert_eq!(names(&records), ["active", "compromised", "next"]);
    assert_eq!(state_of(&records, &active), KeyState::Active { since: START });
}

#[test]
fn a_compromise_without_any_next_generates_the_successor() {
    let policy = policy();
    let mut records = ring();
    records.retain(|record| record.state.is_active());
    let active = records[0].kid.clone();
    let answer = compromise(after(60), &records, &policy, &active).unwrap();
    assert_eq!(answer.successor, None);
    assert_eq!(answer.successor_unknown_until, Some(after(60).plus(policy.publish_lead())));
    let records = applied(after(60), &records, &policy, &answer.steps);
    assert_eq!(names(&records), ["active", "compromised", "next"]);
}

#[test]
fn several_schedules_that_passed_during_an_outage_are_caught_up_in_one_run() {
    let policy = policy();
    let mut records = ring();
    for at in [60, 120] {
        let waiting: Vec<_> = records.iter().filter(|record| record.state.is_next()).map(|r| r.kid.clone()).collect();
        let kid = waiting.last().unwrap();
        let rotation = activate(after(at), &records, &policy, kid, When::Safe).unwrap();
        records = applied(after(at), &records, &policy, &rotation.steps);
    }
    let caught_up = planned(after(1_000_000), &records, &policy);
    assert_eq!(names(&caught_up), ["active", "next", "retiring", "retiring"]);
    assert_eq!(plan(after(1_000_000), &caught_up, &policy), []);
}
