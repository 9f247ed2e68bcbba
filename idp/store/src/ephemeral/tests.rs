use super::{Ephemeral, MOST, MOST_BYTES};
use idp_core::UnixMillis;
use std::time::Duration;

const NOW: UnixMillis = UnixMillis(1_763_000_000_000);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

async fn fill(state: &Ephemeral, entries: usize, life: Duration) {
    for number in 0..entries {
        state.put(&format!("fill:{number}"), Vec::new(), life, NOW).await;
    }
}

fn bytes(state: &Ephemeral) -> usize {
    state.kinds.lock().unwrap().values().map(|memory| memory.bytes).sum()
}

fn len(state: &Ephemeral) -> usize {
    state.kinds.lock().unwrap().values().map(|memory| memory.entries.len()).sum()
}

#[tokio::test]
async fn a_flood_pushes_out_what_would_go_soonest_and_the_memory_stays_bounded() {
    let state = Ephemeral::in_process();
    assert!(state.once("fill:long", seconds(3_600), NOW).await);
    fill(&state, MOST, seconds(60)).await;
    assert!(len(&state) <= MOST);
    assert!(!state.once("fill:long", seconds(3_600), NOW).await, "what lives longer stays");
}

#[tokio::test]
async fn what_is_over_goes_before_what_is_alive() {
    let state = Ephemeral::in_process();
    assert!(state.once("fill:early", seconds(61), NOW).await);
    fill(&state, MOST - 1, seconds(60)).await;
    let later = NOW.plus(seconds(60));
    state.put("fill:last", vec![1], seconds(3_600), later).await;
    assert_eq!(len(&state), 2);
    assert!(!state.once("fill:early", seconds(61), later).await);
}

#[tokio::test]
async fn a_flood_of_one_moment_does_not_empty_the_memory() {
    let state = Ephemeral::in_process();
    fill(&state, MOST, seconds(60)).await;
    state.put("fill:last", vec![1], seconds(60), NOW).await;
    assert_eq!(len(&state), MOST / 2 + 1);
}

#[tokio::test]
async fn large_values_are_bounded_by_their_bytes() {
    let state = Ephemeral::in_process();
    let large = vec![0; 1 << 20];
    for number in 0..200 {
        state.put(&format!("posted:{number}"), large.clone(), seconds(60), NOW).await;
    }
    let kept = bytes(&state);
    assert!(kept <= MOST_BYTES + large.len() + 16, "{kept}");
    assert!(state.get("posted:199", NOW).await.is_some());
    state.take("posted:199", NOW).await;
    assert_eq!(bytes(&state), kept - large.len() - "posted:199".len());
}

#[tokio::test]
async fn a_flood_of_one_kind_pushes_out_no_other() {
    let state = Ephemeral::in_process();
    assert_eq!(state.bump("limit:192.0.2.1", seconds(1), NOW).await, 1);
    fill(&state, MOST * 2, seconds(60)).await;
    assert_eq!(state.count("limit:192.0.2.1", NOW).await, 1);
}
