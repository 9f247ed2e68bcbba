//! Redis on a bad day: stopped, frozen, emptied, restarted, with another's certificate, full. Switched on by script/test
//! (`IDP_TEST_SERVERS=1`), since they start servers of their own.

mod connection;
mod membership;
mod membership_limits;
mod replays;
mod sign_ins;

use conformance::servers::redis::{RedisOptions, RedisServer};
use idp::clock::Clock;
use idp::settings::EphemeralSection;
use idp_store::{Ephemeral, Fault};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Whether this machine has the programs that the tests start.
fn switched_on() -> bool {
    std::env::var_os("IDP_TEST_SERVERS").is_some()
}

async fn redis() -> RedisServer {
    RedisServer::start(RedisOptions::default()).await.unwrap()
}

/// A node of a store, whose clock can be moved.
async fn node(settings: &EphemeralSection, clock: &Clock) -> Ephemeral {
    let clock = clock.clone();
    Ephemeral::redis(settings.redis().unwrap().unwrap(), Arc::new(move || clock.now())).await
}

/// How long something takes, on the clock of the world.
#[expect(clippy::disallowed_methods, reason = "a stopwatch, not a time that anything is decided by")]
async fn timed<T>(act: impl Future<Output = T>) -> (T, Duration) {
    let begin = Instant::now();
    (act.await, begin.elapsed())
}

/// Waits until something holds by itself: within a second where nothing else runs, which no test insists on.
async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(20), wait).await.is_ok(), "never: {what}");
}

fn is_away<T>(answer: &Result<T, Fault>) -> bool {
    matches!(answer, Err(Fault::Unavailable(_)))
}
