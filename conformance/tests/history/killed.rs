//! The provider is killed again and again, on SQLite.

use crate::support::{World, judge};
use conformance::history::run::{Recorder, Town, drive, starts};
use std::time::Duration;

const SEED: u64 = 4;
const OPERATIONS: u64 = 5_000;
const KILLS: u64 = 5;
/// From the start of the process to its first 200, in a debug build on a machine that is busy with the load. A release is
/// measured by `script/history --times 50`.
const BACK_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_of_5000_operations_holds_though_the_provider_is_killed_five_times() {
    let World { folder, mut node, mut plan } = World::new(16).await;
    plan.seed = SEED;
    plan.operations = OPERATIONS;
    let recorder = Recorder::new(Some(&folder.path().join("history.jsonl"))).unwrap();
    let town = Town::new(plan, recorder).unwrap();
    let mut took = Vec::new();
    let faults = async {
        for kill in 1..=KILLS {
            town.progress.reaches(100 * kill / (KILLS + 1)).await;
            node.kill()?;
            town.recorder.fault("SIGKILL");
            took.push(node.start_ready().await?);
            town.recorder.fault("ready again");
        }
        Ok(())
    };
    let events = drive(&town, faults).await.unwrap();
    assert!(std::fs::read_to_string(folder.path().join("log")).unwrap_or_default().is_empty(), "it logged nothing");
    let violations = judge(&events);
    assert!(violations.is_empty(), "{} violations", violations.len());
    let answered = starts(&took);
    println!("{answered}");
    assert!(took.len() == 5 && took.iter().all(|time| *time < BACK_WITHIN), "{answered}");
}
