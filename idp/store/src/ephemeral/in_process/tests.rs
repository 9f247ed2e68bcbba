use super::{InProcess, MOST, MOST_BYTES};
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
    assert_eq!(state.once("fill:long", NOW, seconds(3_600), NOW), Once::First);
    fill(&state, MOST, seconds(60));
    assert!(len(&state) <= MOST);
    assert_eq!(state.once("fill:long", NOW, seconds(3_600), NOW), Once::Seen, "what lives longer stays");
}

#[test]
fn what_is_over_goes_before_what_is_alive() {
    let state = new();
    assert_eq!(state.once("fill:early", NOW, seconds(61), NOW), Once::First);
    fill(&state, MOST - 1, seconds(60));
    let later = NOW.plus(seconds(60));
    state.put("fill:last", vec![1], seconds(3_600), later);
    assert_eq!(len(&state), 2);
    assert_eq!(state.once("fill:early", NOW, seconds(61), later), Once::Seen);
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
    assert_eq!(state.count("limit:192.0.2.1", NOW), 1);
}
