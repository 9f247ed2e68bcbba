//! Of all nodes one takes each turn of a job.

use crate::backends::{every_database, every_pair_of_nodes};
use crate::fixtures::{NOW, after};
use crate::race::{node_of, race, winners};
use idp_core::UnixMillis;
use idp_store::Db;
use idp_store::job_turns::{self, Turn};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);

async fn take(db: &Db, job: &'static str, now: UnixMillis) -> Option<Turn> {
    db.write(move |tx| job_turns::take(tx, job, now, HOUR)).await.unwrap()
}

async fn keep(db: &Db, turn: Turn, now: UnixMillis) -> Option<Turn> {
    db.write(move |tx| job_turns::keep(tx, "sweep", turn, (now, HOUR))).await.unwrap()
}

#[tokio::test]
async fn a_turn_is_free_again_when_its_time_is_over_and_each_job_has_its_own() {
    every_database(async |db| {
        assert!(take(&db, "sweep", NOW).await.is_some());
        assert!(take(&db, "other", NOW).await.is_some());
        for at in [NOW, UnixMillis(after(3_600).0 - 1)] {
            assert_eq!(take(&db, "sweep", at).await, None);
        }
        assert!(take(&db, "sweep", after(3_600)).await.is_some());
        assert_eq!(take(&db, "sweep", after(3_600)).await, None);
    })
    .await;
}

#[tokio::test]
async fn whoever_takes_longer_keeps_the_turn_until_another_has_it() {
    every_database(async |db| {
        let turn = take(&db, "sweep", NOW).await.unwrap();
        let turn = keep(&db, turn, after(1_800)).await.unwrap();
        assert_eq!(take(&db, "sweep", after(3_600)).await, None, "it is kept");
        let other = take(&db, "sweep", after(5_400)).await.unwrap();
        assert_eq!(keep(&db, turn, after(5_401)).await, None, "two walk at once");
        assert!(keep(&db, other, after(5_401)).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_turn_that_failed_is_anybodys_again_but_not_that_of_another() {
    every_database(async |db| {
        let give_back = async |turn: Turn, now: UnixMillis| {
            db.write(move |tx| job_turns::give_back(tx, "sweep", turn, now)).await.unwrap();
        };
        let turn = take(&db, "sweep", NOW).await.unwrap();
        give_back(turn, after(5)).await;
        let next = take(&db, "sweep", after(5)).await.unwrap();
        give_back(turn, after(6)).await;
        assert_eq!(take(&db, "sweep", after(6)).await, None, "it was given back before");
        give_back(next, after(7)).await;
        assert!(take(&db, "sweep", after(7)).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_turn_that_a_wrong_clock_took_does_not_stop_the_job_for_years() {
    every_database(async |db| {
        take(&db, "sweep", after(10 * 365 * 86_400)).await.unwrap();
        assert!(take(&db, "sweep", NOW).await.is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_that_ask_at_once_one_takes_the_turn() {
    every_pair_of_nodes(async |one, other| {
        for hour in 0..10 {
            let taken = race(6, |number| {
                let node = node_of(number, (&one, &other));
                async move { take(&node, "sweep", after(hour * 3_600)).await.is_some() }
            })
            .await;
            assert_eq!(winners(&taken), 1);
        }
    })
    .await;
}
