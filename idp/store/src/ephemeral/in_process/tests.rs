use super::{InProcess, MOST, MOST_BYTES};
use crate::Fault;
use crate::ephemeral::Once;
use idp_core::UnixMillis;
use std::time::Duration;

const NOW: UnixMillis = UnixMillis(1_763_000_000_000);

fn new() -> InProcess {
    InProcess::new(NOW.minus(seconds(3_600)))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn fill(state: &InProcess, entries: usize, life: Duration) {
    for number in 0..entries {
        state.put(&format!("fill:{number}"), Vec::new(), life, NOW);
    }
}

fn bytes(state: &InProcess) -> usize {
    state.kinds.lock().unwrap().values().map(|memory| memory.bytes).sum()
}

fn len(state: &InProcess) -> usize {
    state.kinds.lock().unwrap().values().map(|memory| memory.entries.len()).sum()
}

#[test]
fn a_flood_pushes_out_what_would_go_soonest_and_the_memory_stays_bounded() {
    let state = new();
    state.put("fill:long", vec![1], seconds(3_600), NOW);
    fill(&state, MOST, seconds(60));
    assert!(len(&state) <= MOST);
    assert!(state.get("fill:long", NOW).is_some(), "what lives longer stays");
}

#[test]
fn what_is_over_goes_before_what_is_alive() {
    let state = new();
    assert_eq!(state.once("fill:early", NOW, seconds(61), NOW), Ok(Once::First));
    fill(&state, MOST - 1, seconds(60));
    let later = NOW.plus(seconds(60));
    state.put("fill:last", vec![1], seconds(3_600), later);
    assert_eq!(len(&state), 2);
    assert_eq!(state.once("fill:early", NOW, seconds(61), later), Ok(Once::Seen));
}

#[test]
fn a_flood_of_proofs_forgets_none_that_counts_and_takes_no_more_until_one_is_over() {
    let state = new();
    let present = |name: &str, now| state.once(&format!("jti:{name}"), now, seconds(60), now);
    assert_eq!(present("first", NOW), Ok(Once::First));
    for number in 1..MOST {
        assert_eq!(present(&number.to_string(), NOW.plus(seconds(1))), Ok(Once::First));
    }
    for at in [1, 2, 59] {
        let at = NOW.plus(seconds(at));
        assert_eq!(present("one more", at), Err(Fault::Busy), "nobody could say afterwards that it was used");
        assert_eq!(present("first", at), Ok(Once::Seen));
        assert_eq!(present("1", at), Ok(Once::Seen));
    }
    let later = NOW.plus(seconds(60));
    assert_eq!(present("one more", later), Ok(Once::First), "the first is over");
    assert_eq!(present("another", later), Err(Fault::Busy));
    assert_eq!(present("1", later), Ok(Once::Seen));
    assert_eq!(present("another", NOW.plus(seconds(61))), Ok(Once::First));
    assert_eq!(len(&state), 2);
}

#[test]
fn reading_pushes_out_nothing() {
    let state = new();
    fill(&state, MOST, seconds(60));
    assert!(state.get("fill:0", NOW).is_some());
    assert!(state.take("fill:1", NOW).is_some());
    assert_eq!(state.count("fill:2", NOW).count, 0);
    assert_eq!(len(&state), MOST - 1);
}

#[test]
fn a_flood_of_one_moment_does_not_empty_the_memory() {
    let state = new();
    fill(&state, MOST, seconds(60));
    state.put("fill:last", vec![1], seconds(60), NOW);
    assert_eq!(len(&state), MOST / 2 + 1);
}

#[test]
fn large_values_are_bounded_by_their_bytes() {
    let state = new();
    let large = vec![0; 1 << 20];
    for number in 0..200 {
        state.put(&format!("posted:{number}"), large.clone(), seconds(60), NOW);
    }
    let kept = bytes(&state);
    assert!(kept <= MOST_BYTES + large.len() + 16, "{kept}");
    assert!(state.get("posted:199", NOW).is_some());
    state.take("posted:199", NOW);
    assert_eq!(bytes(&state), kept - large.len() - "posted:199".len());
}

#[test]
fn a_flood_of_one_kind_pushes_out_no_other() {
    let state = new();
    assert_eq!(state.bump("limit:192.0.2.1", seconds(1), NOW), 1);
    fill(&state, MOST * 2, seconds(60));
    assert_eq!(state.count("limit:192.0.2.1", NOW).count, 1);
}
