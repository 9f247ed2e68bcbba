use crate::backends::every_ephemeral;
use crate::fixtures::{NOW, after};
use crate::race::{race, winners};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_value_can_be_read_again_and_again_until_its_life_is_over() {
    every_ephemeral(async |state| {
        state.put("request:1", b"parameters".to_vec(), MINUTE, NOW).await;
        for at in [NOW, after(1), after(59)] {
            assert_eq!(state.get("request:1", at).await, Some(b"parameters".to_vec()));
        }
        assert_eq!(state.get("request:1", after(60)).await, None);
        assert_eq!(state.get("request:2", NOW).await, None);
    })
    .await;
}

#[tokio::test]
async fn putting_again_replaces_the_value_and_its_life() {
    every_ephemeral(async |state| {
        state.put("request:1", vec![1], MINUTE, NOW).await;
        state.put("request:1", vec![2], MINUTE, after(30)).await;
        assert_eq!(state.get("request:1", after(89)).await, Some(vec![2]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_takers_one_gets_the_value() {
    every_ephemeral(async |state| {
        for round in 0..20 {
            let key = format!("request:{round}");
            state.put(&key, vec![7], MINUTE, NOW).await;
            let taken = race(50, |_| {
                let (state, key) = (state.clone(), key.clone());
                async move { state.take(&key, NOW).await }
            })
            .await;
            assert_eq!(taken.into_iter().flatten().collect::<Vec<_>>(), [vec![7]]);
            assert_eq!(state.get(&key, NOW).await, None);
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_over_cannot_be_taken() {
    every_ephemeral(async |state| {
        state.put("request:1", vec![1], MINUTE, NOW).await;
        assert_eq!(state.take("request:1", after(60)).await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_who_present_the_same_assertion_one_is_the_first() {
    every_ephemeral(async |state| {
        for round in 0..20 {
            let first = race(50, |_| {
                let (state, key) = (state.clone(), format!("jti:{round}"));
                async move { state.once(&key, MINUTE, NOW).await }
            });
            assert_eq!(winners(&first.await), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn a_second_use_is_refused_for_as_long_as_asked_and_does_not_prolong_it() {
    every_ephemeral(async |state| {
        assert!(state.once("jti:1", MINUTE, NOW).await);
        assert!(!state.once("jti:1", MINUTE, after(59)).await);
        assert!(state.once("jti:2", MINUTE, after(59)).await);
        assert!(state.once("jti:1", MINUTE, after(60)).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_counts_at_once_none_is_lost() {
    every_ephemeral(async |state| {
        let mut counts = race(100, |_| {
            let state = state.clone();
            async move { state.bump("limit:1", MINUTE, NOW).await }
        })
        .await;
        counts.sort_unstable();
        assert_eq!(counts, (1..=100).collect::<Vec<_>>());
        assert_eq!(state.count("limit:1", NOW).await, 100);
    })
    .await;
}

#[tokio::test]
async fn a_window_begins_with_its_first_count_and_counting_does_not_move_it() {
    every_ephemeral(async |state| {
        assert_eq!(state.count("limit:1", NOW).await, 0);
        assert_eq!(state.bump("limit:1", MINUTE, NOW).await, 1);
        assert_eq!(state.bump("limit:1", MINUTE, after(59)).await, 2);
        assert_eq!(state.count("limit:1", after(59)).await, 2, "asking does not count");
        assert_eq!(state.count("limit:1", after(60)).await, 0);
        assert_eq!(state.bump("limit:1", MINUTE, after(60)).await, 1);
    })
    .await;
}
