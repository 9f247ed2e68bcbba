//! Whatever happens to Redis, what was presented once is not let pass a second time.

use super::{eventually, is_away, node, redis, switched_on};
use conformance::servers::redis::RedisServer;
use conformance::steps::seconds;
use idp::clock::Clock;
use idp_store::ephemeral::AHEAD;
use idp_store::{Ephemeral, Once};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// Two nodes of one store, long after its start.
async fn two_nodes(server: &RedisServer) -> (Ephemeral, Ephemeral, Clock) {
    let (settings, clock) = (server.settings().unwrap(), Clock::manual());
    let nodes = (node(&settings, &clock).await, node(&settings, &clock).await);
    assert_eq!((nodes.0.problem(), nodes.1.problem()), (None, None));
    clock.advance(seconds(3_600));
    (nodes.0, nodes.1, clock)
}

/// Presents a proof, of which a minute is accepted.
async fn present(node: &Ephemeral, name: &str, issued_at: idp_core::UnixMillis, clock: &Clock) -> Once {
    node.once(&format!("jti:{name}"), issued_at, MINUTE, clock.now()).await.unwrap()
}

async fn away(nodes: [&Ephemeral; 2]) {
    eventually("both nodes noticed", async || nodes.iter().all(|node| node.problem().is_some())).await;
}

async fn back(nodes: [&Ephemeral; 2]) {
    eventually("both nodes are connected again", async || nodes.iter().all(|node| node.problem().is_none())).await;
}

/// After a loss of memory: nothing of before passes, on either node, and new proofs do once clocks cannot deceive any more.
async fn nothing_of_before_passes(one: &Ephemeral, other: &Ephemeral, clock: &Clock) {
    let lost_at = clock.now();
    for node in [one, other, one] {
        assert_eq!(present(node, "used", lost_at, clock).await, Once::BeforeStart);
        // Its issuer's clock runs 9 seconds ahead: it may have been used before the loss all the same.
        assert_eq!(present(node, "ahead", lost_at.plus(seconds(9)), clock).await, Once::BeforeStart);
        assert_eq!(node.get("handle:1", clock.now()).await, Ok(None));
    }
    clock.advance(AHEAD);
    assert_eq!(present(one, "new", clock.now(), clock).await, Once::First);
    assert_eq!(present(other, "new", clock.now(), clock).await, Once::Seen);
    assert_eq!(present(other, "used", lost_at, clock).await, Once::BeforeStart);
}

async fn use_it(one: &Ephemeral, other: &Ephemeral, clock: &Clock) {
    assert_eq!(present(one, "used", clock.now(), clock).await, Once::First);
    assert_eq!(present(other, "used", clock.now(), clock).await, Once::Seen);
    assert_eq!(present(one, "ahead", clock.now().plus(seconds(9)), clock).await, Once::First);
    one.put("handle:1", vec![1], MINUTE, clock.now()).await.unwrap();
}

#[tokio::test]
async fn an_emptied_redis_lets_no_replay_pass() {
    if !switched_on() {
        return;
    }
    let server = redis().await;
    let (one, other, clock) = two_nodes(&server).await;
    use_it(&one, &other, &clock).await;
    server.flush().unwrap();
    nothing_of_before_passes(&one, &other, &clock).await;
}

#[tokio::test]
async fn a_redis_restarted_empty_lets_no_replay_pass() {
    if !switched_on() {
        return;
    }
    let mut server = redis().await;
    let (one, other, clock) = two_nodes(&server).await;
    use_it(&one, &other, &clock).await;
    server.kill().unwrap();
    away([&one, &other]).await;
    server.start_again().await.unwrap();
    back([&one, &other]).await;
    nothing_of_before_passes(&one, &other, &clock).await;
}

/// The epoch is in the snapshot, and the guards written after it are not.
#[tokio::test]
async fn a_redis_restored_from_an_old_snapshot_lets_no_replay_pass() {
    if !switched_on() {
        return;
    }
    let mut server = redis().await;
    let (one, other, clock) = two_nodes(&server).await;
    one.put("handle:1", vec![1], MINUTE, clock.now()).await.unwrap();
    assert_eq!(server.ask(&["SAVE"]).unwrap(), "OK");
    assert_eq!(one.take("handle:1", clock.now()).await, Ok(Some(vec![1])));
    assert_eq!(present(&one, "used", clock.now(), &clock).await, Once::First);
    assert_eq!(present(&one, "ahead", clock.now().plus(seconds(9)), &clock).await, Once::First);
    server.kill().unwrap();
    away([&one, &other]).await;
    server.start_again().await.unwrap();
    assert_ne!(server.ask(&["DBSIZE"]).unwrap(), "0", "the snapshot is there");
    back([&one, &other]).await;
    nothing_of_before_passes(&one, &other, &clock).await;
}

#[tokio::test]
async fn what_was_asked_of_a_frozen_redis_does_not_pass_twice_either() {
    if !switched_on() {
        return;
    }
    let server = redis().await;
    let (one, other, clock) = two_nodes(&server).await;
    let issued_at = clock.now();
    server.freeze().unwrap();
    assert!(is_away(&one.once("jti:used", issued_at, MINUTE, clock.now()).await));
    server.thaw().unwrap();
    back([&one, &other]).await;
    // Nobody knows whether the question reached it; but two of them never pass.
    let answers = [present(&one, "used", issued_at, &clock).await, present(&other, "used", issued_at, &clock).await];
    assert!(answers.iter().filter(|answer| **answer == Once::First).count() <= 1, "{answers:?}");
    assert_eq!(answers[1], Once::Seen);
}

#[tokio::test]
async fn a_guard_outlives_its_time_for_a_node_whose_clock_is_late() {
    if !switched_on() {
        return;
    }
    let server = redis().await;
    let (one, other, clock) = two_nodes(&server).await;
    let life = Duration::from_millis(50);
    let now = clock.now();
    assert_eq!(one.once("jti:used", now, life, now).await, Ok(Once::First));
    tokio::time::sleep(2 * life).await;
    // 100 ms passed in the world, and 10 on this node's clock.
    assert_eq!(other.once("jti:used", now, life, now.plus(Duration::from_millis(10))).await, Ok(Once::Seen));
}
