//! Two nodes on one PostgreSQL and one Redis, and what befalls them while people use both. Switched on by `IDP_TEST_SERVERS`:
//! the programs are installed then.

use crate::support::judge_with;
use conformance::history::event::{Event, operations};
use conformance::history::run::{Cast, Fault, Recorder, Stage, Town, drive, kid};
use std::collections::BTreeSet;
use tokio::sync::Mutex;

/// One after the other: each has four servers of its own.
static TURN: Mutex<()> = Mutex::const_new(());
const SEED: u64 = 11;
const OPERATIONS: u64 = 800;

/// The history, if the servers are there and it holds.
async fn history_under(fault: Fault, balancer: bool) -> Option<Vec<Event>> {
    std::env::var_os("IDP_TEST_SERVERS")?;
    let _turn = TURN.lock().await;
    let (mut stage, mut plan) = Stage::set(Cast { nodes: 2, balancer, people: 10 }).await.unwrap();
    plan.seed = SEED;
    plan.operations = OPERATIONS;
    let town = Town::new(plan, Recorder::new(None).unwrap()).unwrap();
    let events = drive(&town, stage.befall(&town, fault, 1)).await.unwrap();
    let violations = judge_with(&events, fault.lag());
    assert!(violations.is_empty(), "{} violations", violations.len());
    Some(events)
}

#[tokio::test]
async fn one_of_two_nodes_behind_a_balancer_is_killed() {
    history_under(Fault::Kill, true).await;
}

#[tokio::test]
async fn postgres_is_killed_and_started_again() {
    history_under(Fault::KillPostgres, false).await;
}

#[tokio::test]
async fn postgres_is_frozen_for_seconds() {
    history_under(Fault::FreezePostgres, false).await;
}

#[tokio::test]
async fn redis_is_killed_and_comes_back_empty() {
    history_under(Fault::KillRedis, false).await;
}

#[tokio::test]
async fn keys_are_rotated_under_load() {
    let Some(events) = history_under(Fault::Rotate, true).await else { return };
    let operations = operations(&events);
    let kids: BTreeSet<&str> = operations.iter().filter_map(kid).collect();
    assert!(kids.len() >= 4, "two algorithms, each with the key before and the key after: {kids:?}");
}
