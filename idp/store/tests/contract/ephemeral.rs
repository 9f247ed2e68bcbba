use crate::backends::{every_ephemeral, every_pair_of_ephemeral_nodes};
use crate::fixtures::{NOW, after};
use crate::race::race;
use idp_core::UnixMillis;
use idp_store::ephemeral::{AHEAD, Counted, LONGEST_KEY, LONGEST_VALUE};
use idp_store::{Ephemeral, Fault, Once};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// A proof issued now, at a store that began long ago.
async fn once(state: &Ephemeral, key: &str, now: UnixMillis) -> Once {
    state.once(key, now, MINUTE, now).await.unwrap()
}

/// The node of a racer: every other one asks elsewhere.
fn node_of(number: usize, nodes: &(Ephemeral, Ephemeral)) -> Ephemeral {
    if number.is_multiple_of(2) { nodes.0.clone() } else { nodes.1.clone() }
}

#[tokio::test]
async fn a_value_can_be_read_again_and_again_until_its_life_is_over() {
    every_ephemeral(async |state| {
        state.put("request:1", b"parameters".to_vec(), MINUTE, NOW).await.unwrap();
        for at in [NOW, after(1), after(59)] {
            assert_eq!(state.get("request:1", at).await.unwrap(), Some(b"parameters".to_vec()));
        }
        assert_eq!(state.get("request:1", after(60)).await.unwrap(), None);
        assert_eq!(state.get("request:2", NOW).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_value_comes_back_byte_for_byte_whatever_it_holds() {
    every_ephemeral(async |state| {
        let every_byte: Vec<u8> = (0..=255).collect();
        for value in [vec![], b":".to_vec(), b"1:2:3".to_vec(), every_byte] {
            state.put("request:1", value.clone(), MINUTE, NOW).await.unwrap();
            assert_eq!(state.get("request:1", NOW).await.unwrap(), Some(value.clone()));
            assert_eq!(state.take("request:1", NOW).await.unwrap(), Some(value));
        }
    })
    .await;
}

#[tokio::test]
async fn putting_again_replaces_the_value_and_its_life() {
    every_ephemeral(async |state| {
        state.put("request:1", vec![1], MINUTE, NOW).await.unwrap();
        state.put("request:1", vec![2], MINUTE, after(30)).await.unwrap();
        assert_eq!(state.get("request:1", after(89)).await.unwrap(), Some(vec![2]));
    })
    .await;
}

#[tokio::test]
async fn what_lives_a_moment_is_gone_after_it_by_whichever_clock() {
    every_ephemeral(async |state| {
        state.put("request:1", vec![1], Duration::ZERO, NOW).await.unwrap();
        assert_eq!(state.get("request:1", NOW).await.unwrap(), None);
        state.bump("limit:1", Duration::ZERO, NOW).await.unwrap();
        assert_eq!(state.count("limit:1", NOW).await, Ok(Counted { count: 0, until: NOW }));
    })
    .await;
}

#[tokio::test]
async fn what_is_too_long_is_refused_and_not_cut() {
    every_ephemeral(async |state| {
        let longest = vec![7; LONGEST_VALUE];
        state.put("request:1", longest.clone(), MINUTE, NOW).await.unwrap();
        assert_eq!(state.get("request:1", NOW).await.unwrap(), Some(longest));
        let longer = state.put("request:1", vec![8; LONGEST_VALUE + 1], MINUTE, NOW).await;
        assert!(matches!(longer, Err(Fault::Ephemeral(_))), "{longer:?}");
        let key = "k".repeat(LONGEST_KEY);
        assert_eq!(state.bump(&key, MINUTE, NOW).await, Ok(1));
        assert!(matches!(state.bump(&format!("{key}k"), MINUTE, NOW).await, Err(Fault::Ephemeral(_))));
    })
    .await;
}

/// More than either store keeps of one kind; what one does about it is its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_flood_of_one_kind_takes_nothing_from_another() {
    every_ephemeral(async |state| {
        state.put("nonce:1", vec![1], MINUTE, NOW).await.unwrap();
        state.bump("limit:1", MINUTE, NOW).await.unwrap();
        let flood = race(40, |racer| {
            let state = state.clone();
            async move {
                for number in 0..40 {
                    let key = format!("posted:{racer}:{number}");
                    let kept = state.put(&key, vec![0; LONGEST_VALUE], MINUTE, NOW).await;
                    assert!(matches!(kept, Ok(()) | Err(Fault::Busy)), "{kept:?}");
                }
            }
        });
        flood.await;
        assert_eq!(state.get("nonce:1", NOW).await.unwrap(), Some(vec![1]));
        assert_eq!(state.bump("limit:1", MINUTE, NOW).await, Ok(2));
        state.put("nonce:2", vec![2], MINUTE, NOW).await.unwrap();
        assert_eq!(once(&state, "jti:1", NOW).await, Once::First);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_takers_on_two_nodes_one_gets_the_value() {
    every_pair_of_ephemeral_nodes(async |nodes| {
        for round in 0..20 {
            let key = format!("request:{round}");
            nodes.0.put(&key, vec![7], MINUTE, NOW).await.unwrap();
            let taken = race(50, |number| {
                let (state, key) = (node_of(number, &nodes), key.clone());
                async move { state.take(&key, NOW).await.unwrap() }
            })
            .await;
            assert_eq!(taken.into_iter().flatten().collect::<Vec<_>>(), [vec![7]]);
            assert_eq!(nodes.1.get(&key, NOW).await.unwrap(), None);
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_over_cannot_be_taken() {
    every_ephemeral(async |state| {
        state.put("request:1", vec![1], MINUTE, NOW).await.unwrap();
        assert_eq!(state.take("request:1", after(60)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_who_present_the_same_assertion_on_two_nodes_one_is_the_first() {
    every_pair_of_ephemeral_nodes(async |nodes| {
        for round in 0..20 {
            let answers = race(50, |number| {
                let (state, key) = (node_of(number, &nodes), format!("jti:{round}"));
                async move { once(&state, &key, NOW).await }
            })
            .await;
            assert_eq!(answers.iter().filter(|answer| **answer == Once::First).count(), 1);
            assert_eq!(answers.iter().filter(|answer| **answer == Once::Seen).count(), 49);
        }
    })
    .await;
}

#[tokio::test]
async fn a_second_use_is_refused_for_as_long_as_asked_and_does_not_prolong_it() {
    every_ephemeral(async |state| {
        assert_eq!(once(&state, "jti:1", NOW).await, Once::First);
        assert_eq!(once(&state, "jti:1", after(59)).await, Once::Seen);
        assert_eq!(once(&state, "jti:2", after(59)).await, Once::First);
        assert_eq!(once(&state, "jti:1", after(60)).await, Once::First);
    })
    .await;
}

#[tokio::test]
async fn a_proof_from_before_the_start_is_refused_used_or_not() {
    // The stores of the contracts begin an hour before NOW.
    every_ephemeral(async |state| {
        let start = NOW.minus(Duration::from_secs(3_600));
        for (issued_at, answer) in [
            (UnixMillis(0), Once::BeforeStart),
            (start, Once::BeforeStart),
            // A portal whose clock runs ahead may have presented it before the start.
            (UnixMillis(start.plus(AHEAD).0 - 1), Once::BeforeStart),
            (start.plus(AHEAD), Once::First),
        ] {
            let key = format!("jti:{}", issued_at.0);
            assert_eq!(state.once(&key, issued_at, MINUTE, NOW).await, Ok(answer), "{issued_at:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_proof_from_the_future_is_refused_and_not_remembered() {
    every_ephemeral(async |state| {
        let issued_at = after(11);
        assert_eq!(state.once("jti:1", issued_at, MINUTE, NOW).await, Ok(Once::FromTheFuture));
        assert_eq!(state.once("jti:1", issued_at, MINUTE, after(1)).await, Ok(Once::First));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_counts_at_once_on_two_nodes_none_is_lost() {
    every_pair_of_ephemeral_nodes(async |nodes| {
        let mut counts = race(100, |number| {
            let state = node_of(number, &nodes);
            async move { state.bump("limit:1", MINUTE, NOW).await.unwrap() }
        })
        .await;
        counts.sort_unstable();
        assert_eq!(counts, (1..=100).collect::<Vec<_>>());
        for node in [&nodes.0, &nodes.1] {
            assert_eq!(node.count("limit:1", NOW).await, Ok(Counted { count: 100, until: after(60) }));
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_taken_back_was_not_counted_and_the_window_ends_as_it_would_have() {
    every_ephemeral(async |state| {
        state.unbump("limit:1", NOW).await.unwrap();
        assert_eq!(state.count("limit:1", NOW).await, Ok(Counted { count: 0, until: NOW }), "nothing was counted");
        for count in 1..=3 {
            assert_eq!(state.bump("limit:1", MINUTE, NOW).await, Ok(count));
        }
        state.unbump("limit:1", after(30)).await.unwrap();
        assert_eq!(state.count("limit:1", after(59)).await, Ok(Counted { count: 2, until: after(60) }));
        assert_eq!(state.count("limit:1", after(60)).await, Ok(Counted { count: 0, until: after(60) }));
        state.unbump("limit:1", after(60)).await.unwrap();
        assert_eq!(state.bump("limit:1", MINUTE, after(60)).await, Ok(1), "another window");
        for _ in 0..2 {
            state.unbump("limit:1", after(61)).await.unwrap();
        }
        assert_eq!(state.bump("limit:1", MINUTE, after(61)).await, Ok(1), "never less than nothing");
    })
    .await;
}

#[tokio::test]
async fn a_window_begins_with_its_first_count_and_counting_does_not_move_it() {
    every_ephemeral(async |state| {
        let counted = |count, until| Ok(Counted { count, until });
        assert_eq!(state.count("limit:1", NOW).await, counted(0, NOW));
        assert_eq!(state.bump("limit:1", MINUTE, NOW).await, Ok(1));
        assert_eq!(state.bump("limit:1", MINUTE, after(59)).await, Ok(2));
        assert_eq!(state.count("limit:1", after(59)).await, counted(2, after(60)), "asking does not count");
        assert_eq!(state.count("limit:1", after(60)).await, counted(0, after(60)));
        assert_eq!(state.bump("limit:1", MINUTE, after(60)).await, Ok(1));
    })
    .await;
}
