//! The connection: who may come in, whom the provider trusts, how long anybody waits, when it is well again.

use super::{eventually, is_away, node, redis, switched_on, timed};
use conformance::servers::redis::{RedisOptions, RedisServer};
use conformance::steps::seconds;
use idp::clock::Clock;
use idp::settings::EphemeralSection;
use idp_store::{Ephemeral, Fault, Once};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
/// 500 ms is the deadline of an answer; the rest is for a busy machine.
const DEADLINE: Duration = Duration::from_millis(900);
/// What «at once» is on a busy machine.
const AT_ONCE: Duration = Duration::from_millis(100);

async fn problem(settings: &EphemeralSection) -> Option<String> {
    node(settings, &Clock::manual()).await.problem()
}

/// Every verb.
async fn all_is_well(state: &Ephemeral, clock: &Clock) {
    let now = clock.now();
    state.put("handle:1", vec![1], MINUTE, now).await.unwrap();
    assert_eq!(state.get("handle:1", now).await, Ok(Some(vec![1])));
    assert_eq!(state.take("handle:1", now).await, Ok(Some(vec![1])));
    assert_eq!(state.bump("limit:1", MINUTE, now).await, Ok(1));
    assert_eq!(state.bump("limit:1", MINUTE, now).await, Ok(2));
    assert_eq!(state.count("limit:1", now).await.map(|counted| counted.count), Ok(2));
    let later = now.plus(seconds(60));
    assert_eq!(state.once("jti:1", later, MINUTE, later).await, Ok(Once::First));
}

#[tokio::test]
async fn tls_and_a_password_are_spoken_and_another_authority_or_password_is_refused() {
    if !switched_on() {
        return;
    }
    let options = RedisOptions { tls: true, password: Some("geheim-0815"), ..RedisOptions::default() };
    let server = RedisServer::start(options).await.unwrap();
    let (settings, clock) = (server.settings().unwrap(), Clock::manual());
    let state = node(&settings, &clock).await;
    assert_eq!(state.problem(), None);
    all_is_well(&state, &clock).await;

    let stranger = RedisServer::start(RedisOptions { tls: true, ..RedisOptions::default() }).await.unwrap();
    let foreign = EphemeralSection { ca_file: Some(stranger.authority()), ..settings.clone() };
    let why = problem(&foreign).await.unwrap();
    assert!(why.contains("TLS") && why.contains("certificate"), "{why}");

    let wrong = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(wrong.path(), "falsch-4711\n").unwrap();
    let why = problem(&EphemeralSection { password_file: Some(wrong.path().into()), ..settings }).await.unwrap();
    assert!(why.to_lowercase().contains("password"), "{why}");
    assert!(!why.contains("falsch-4711") && !why.contains("geheim-0815"), "{why}");
}

/// The line of the access list that docs/operations.md gives.
#[tokio::test]
async fn the_commands_that_the_manual_allows_are_enough() {
    if !switched_on() {
        return;
    }
    let manual = include_str!("../../../../docs/operations.md");
    let line = manual.lines().find(|line| line.starts_with("user shenfen on ")).unwrap();
    let words: Vec<_> =
        line.split(' ').skip(1).map(|word| if word == ">PASSWORD" { ">geheim" } else { word }).collect();
    let server = redis().await;
    assert_eq!(server.ask(&[&["ACL", "SETUSER"], &words[..]].concat()).unwrap(), "OK");
    let mut settings = server.settings().unwrap();
    settings.url.0 = settings.url.0.replace("redis://", "redis://shenfen:geheim@") + "/1";
    settings.prefix = "shenfen:".into();
    let clock = Clock::manual();
    let state = node(&settings, &clock).await;
    assert_eq!(state.problem(), None);
    all_is_well(&state, &clock).await;
    // Nor does it see anything of another deployment.
    settings.prefix = "another:".into();
    assert!(problem(&settings).await.is_some());
}

#[tokio::test]
async fn a_redis_that_drops_entries_to_make_room_is_refused_in_words() {
    if !switched_on() {
        return;
    }
    let lines = &["maxmemory 100mb", "maxmemory-policy allkeys-lru"];
    let server = RedisServer::start(RedisOptions { lines, ..RedisOptions::default() }).await.unwrap();
    let why = problem(&server.settings().unwrap()).await.unwrap();
    assert!(why.contains("allkeys-lru") && why.contains("noeviction"), "{why}");
}

#[tokio::test]
async fn a_full_redis_is_busy_and_what_needs_no_room_goes_on() {
    if !switched_on() {
        return;
    }
    let lines = &["maxmemory 3mb", "maxmemory-policy noeviction"];
    let server = RedisServer::start(RedisOptions { lines, ..RedisOptions::default() }).await.unwrap();
    let clock = Clock::manual();
    let state = node(&server.settings().unwrap(), &clock).await;
    let now = clock.now();
    state.put("handle:1", vec![1], MINUTE, now).await.unwrap();
    let mut full = Ok(());
    for number in 0..100 {
        full = full.and(state.put(&format!("posted:{number}"), vec![0; 60_000], MINUTE, now).await);
    }
    assert_eq!(full, Err(Fault::Busy));
    assert_eq!(state.problem(), None);
    assert_eq!(state.get("handle:1", now).await, Ok(Some(vec![1])));
}

#[tokio::test]
async fn nothing_stays_in_redis_for_ever_but_the_start() {
    if !switched_on() {
        return;
    }
    let server = redis().await;
    let clock = Clock::manual();
    let state = node(&server.settings().unwrap(), &clock).await;
    all_is_well(&state, &clock).await;
    state.put("handle:2", vec![1], MINUTE, clock.now()).await.unwrap();
    let keys = server.ask(&["KEYS", "*"]).unwrap();
    let stays = |key: &&str| server.ask(&["PTTL", key]).unwrap().parse::<i64>().unwrap() < 0;
    let staying: Vec<_> = keys.lines().filter(stays).collect();
    assert!(keys.lines().count() > 4 && staying.len() == 1 && staying[0].ends_with(":start"), "{staying:?} of {keys}");
}

#[tokio::test]
async fn a_flood_of_one_kind_is_refused_for_a_few_seconds_before_it_fills_the_server() {
    if !switched_on() {
        return;
    }
    let server = redis().await;
    let clock = Clock::manual();
    let state = node(&server.settings().unwrap(), &clock).await;
    let mut kept = Ok(());
    for number in 0..200 {
        kept = kept.and(state.put(&format!("posted:{number}"), vec![0; 60_000], MINUTE, clock.now()).await);
    }
    assert_eq!(kept, Err(Fault::Busy));
    all_is_well(&state, &clock).await;
    let rooms = server.ask(&["KEYS", "*room:posted*"]).unwrap();
    let opens_in: u64 = server.ask(&["PTTL", &rooms]).unwrap().parse().unwrap();
    assert!((1..=10_000).contains(&opens_in), "{opens_in} ms");
}

#[tokio::test]
async fn a_frozen_redis_costs_one_deadline_and_then_nothing_and_is_well_again_by_itself() {
    if !switched_on() {
        return;
    }
    let server = redis().await;
    let clock = Clock::manual();
    let state = node(&server.settings().unwrap(), &clock).await;
    state.put("handle:1", vec![1], MINUTE, clock.now()).await.unwrap();
    server.freeze().unwrap();
    let asking: Vec<_> = (0..100)
        .map(|_| {
            let (state, now) = (state.clone(), clock.now());
            tokio::spawn(async move { timed(state.get("handle:1", now)).await })
        })
        .collect();
    for asked in asking {
        let (answer, took) = asked.await.unwrap();
        assert!(is_away(&answer) && took < DEADLINE, "{answer:?} after {took:?}");
    }
    for _ in 0..20 {
        let (answer, took) = timed(state.get("handle:1", clock.now())).await;
        assert!(is_away(&answer) && took < AT_ONCE, "{answer:?} after {took:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server.thaw().unwrap();
    eventually("it is well again", async || state.get("handle:1", clock.now()).await.is_ok()).await;
    assert_eq!(state.get("handle:1", clock.now()).await, Ok(Some(vec![1])), "nothing was lost");
}

#[tokio::test]
async fn a_freeze_is_noticed_before_anybody_asks() {
    if !switched_on() {
        return;
    }
    let server = redis().await;
    let clock = Clock::manual();
    let state = node(&server.settings().unwrap(), &clock).await;
    server.freeze().unwrap();
    eventually("it is known to be away", async || state.problem().is_some()).await;
    let (answer, took) = timed(state.get("handle:1", clock.now())).await;
    assert!(is_away(&answer) && took < AT_ONCE, "{answer:?} after {took:?}");
}

#[tokio::test]
async fn of_a_stopped_redis_a_node_tries_no_more_than_a_few_times_a_second() {
    if !switched_on() {
        return;
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let settings = EphemeralSection {
        url: idp::settings::SecretUrl(format!("redis://127.0.0.1:{port}")),
        ..EphemeralSection::default()
    };
    let _state = node(&settings, &Clock::manual()).await;
    let mut attempts = 0;
    // Whoever listens here hangs up at once.
    let count = async {
        loop {
            drop(listener.accept().await.unwrap());
            attempts += 1;
        }
    };
    let _ = tokio::time::timeout(seconds(2), count).await;
    assert!((5..=15).contains(&attempts), "{attempts} in two seconds");
}
