use crate::backends::{every_database, every_pair_of_nodes};
use crate::fixtures::{NOW, after};
use crate::race::{node_of, race};
use idp_core::UnixMillis;
use idp_core::people::password_attempt::{AttemptPolicy, Attempts, NotTaken, TooSoon};
use idp_store::{Db, Fault, password_attempts};

type Guess = Result<Result<Attempts, NotTaken>, Fault>;

/// Of somebody who showed that they are no program.
async fn guess(db: &Db, name: u8, now: UnixMillis) -> Guess {
    db.write(move |tx| password_attempts::take(tx, &[name; 32], now, &AttemptPolicy::default().proven())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_three_failures_no_guess_without_proof_reaches_the_hash_and_none_changes_anything() {
    every_pair_of_nodes(async |one, other| {
        for now in [NOW, after(5), after(10)] {
            guess(&one, 1, now).await.unwrap().unwrap();
        }
        let unproven = race(300, |number| {
            let node = node_of(number, (&one, &other));
            async move {
                let policy = AttemptPolicy::default();
                node.write(move |tx| password_attempts::take(tx, &[1; 32], after(25), &policy)).await
            }
        });
        for guess in unproven.await {
            assert!(matches!(guess, Ok(Err(NotTaken::NeedsProof)) | Err(Fault::Busy)), "{guess:?}");
        }
        assert_eq!(guess(&other, 1, after(25)).await.unwrap().unwrap().failures, 4);
    })
    .await;
}

/// The guesses that reach the hash. One that finds too much waiting does not; any other fault is a mistake.
fn taken(guesses: Vec<Guess>) -> Vec<Attempts> {
    let reaches_the_hash = |guess: Guess| match guess {
        Ok(answer) => answer.ok(),
        Err(Fault::Busy) => None,
        Err(fault) => unreachable!("{fault}"),
    };
    guesses.into_iter().filter_map(reaches_the_hash).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_thousand_parallel_guesses_one_reaches_the_hash() {
    every_pair_of_nodes(async |one, other| {
        for (now, failures) in [(NOW, 1), (after(5), 2), (after(10), 3)] {
            let guesses = race(1_000, |number| {
                let node = node_of(number, (&one, &other));
                async move { guess(&node, 1, now).await }
            });
            let taken = taken(guesses.await);
            assert_eq!(taken.len(), 1);
            assert_eq!(taken[0].failures, failures);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_guesses_every_second_gets_exactly_what_the_rule_allows() {
    every_pair_of_nodes(async |one, other| {
        let mut when = Vec::new();
        for second in 0..=965 {
            let guesses = race(3, |number| {
                let node = node_of(number, (&one, &other));
                async move { guess(&node, 1, after(second)).await }
            });
            when.extend(taken(guesses.await).iter().map(|attempts| (second, attempts.failures)));
        }
        // 5 s after the first and second, 15 s and 30 s after the third and fourth, 15 minutes after the fifth; then anew.
        assert_eq!(when, [(0, 1), (5, 2), (10, 3), (25, 4), (55, 5), (955, 1), (960, 2), (965, 3)]);
    })
    .await;
}

#[tokio::test]
async fn a_guess_that_comes_too_soon_changes_nothing() {
    every_database(async |db| {
        let first = guess(&db, 1, NOW).await.unwrap().unwrap();
        let until = first.not_before;
        for _ in 0..3 {
            assert_eq!(guess(&db, 1, after(4)).await.unwrap(), Err(NotTaken::TooSoon(TooSoon::Wait { until })));
        }
        let second = guess(&db, 1, until).await.unwrap().unwrap();
        assert_eq!((second.failures, second.last_at), (2, until));
    })
    .await;
}

#[tokio::test]
async fn names_are_counted_each_on_its_own() {
    every_database(async |db| {
        guess(&db, 1, NOW).await.unwrap().unwrap();
        assert_eq!(guess(&db, 2, NOW).await.unwrap().unwrap().failures, 1);
    })
    .await;
}

#[tokio::test]
async fn the_right_password_gives_the_attempts_back() {
    every_database(async |db| {
        guess(&db, 1, NOW).await.unwrap().unwrap();
        guess(&db, 2, NOW).await.unwrap().unwrap();
        db.write(|tx| password_attempts::forget(tx, &[1; 32])).await.unwrap();
        assert_eq!(guess(&db, 1, NOW).await.unwrap().unwrap().failures, 1);
        assert!(guess(&db, 2, NOW).await.unwrap().is_err(), "another name's counter stays");
    })
    .await;
}
