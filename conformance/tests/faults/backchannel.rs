//! Portals whose back-channel logout address is down, slow, or answers rubbish: each is told again until it has heard or is
//! given up, what happened is on record, and nobody else waits for it.

use crate::rude_portal::{Does, Rude};
use conformance::steps::{browser, register, seconds, sign_out, start, tokens};
use conformance::{NATURAL_PERSON, Portal, Provider};
use idp_core::ClientId;
use idp_store::outbox::{self, Delivery, State};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::TcpListener;

/// What an operator sees: `idp clients logouts`.
async fn record(provider: &Provider, client: &str) -> Vec<Delivery> {
    let (client, now) = (ClientId::parse(client).unwrap(), provider.clock.now());
    provider.wired.base.db.scan(move |conn| outbox::of_client(conn, &client, now, 50)).await.unwrap()
}

/// Waits until the newest delivery to a client stands as `stands` says; at most 15 seconds.
async fn until(provider: &Provider, client: &str, stands: impl Fn(&Delivery) -> bool) -> Delivery {
    let mut last = None;
    for _ in 0..750 {
        last = record(provider, client).await.into_iter().next();
        if let Some(delivery) = last.as_ref().filter(|delivery| stands(delivery)) {
            return delivery.clone();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{client}: {last:?}");
}

fn tried(times: i64) -> impl Fn(&Delivery) -> bool {
    move |delivery| {
        delivery.attempts == times && matches!(delivery.state, State::Waiting { .. }) && delivery.outcome.is_some()
    }
}

fn delivered(delivery: &Delivery) -> bool {
    matches!(delivery.state, State::Delivered { .. })
}

async fn sign_in_everywhere(provider: &Provider, portals: &[Portal]) -> conformance::Browser {
    let browser = browser(provider);
    for portal in portals {
        tokens(portal, &browser, &portal.request(), NATURAL_PERSON).await;
    }
    browser
}

#[tokio::test]
async fn whatever_a_portal_does_is_on_record_it_is_told_again_and_the_others_at_once() {
    let ways = [
        (Does::Answers(500), "answered 500"),
        (Does::Answers(400), "refused the logout token (400)"),
        (Does::Answers(429), "answered 429"),
        (Does::Redirects, "answered 307"),
        (Does::Hangs, "in time"),
        (Does::Trickles, "in time"),
        (Does::Rubbish, "not HTTP"),
        (Does::Floods, "too long"),
        (Does::Closes, "broke off"),
        (Does::Resets, "broke off"),
        (Does::Breaks, "broke off"),
    ];
    let (provider, _) = start().await;
    let mut rude = Vec::new();
    let mut portals = Vec::new();
    for (number, (does, _)) in ways.iter().enumerate() {
        // By name and by time the rude ones come first.
        rude.push(Rude::start([*does]).await);
        portals.push(rude[number].portal(&provider, &format!("a{number:02}")).await);
    }
    let good = Rude::start([]).await;
    portals.push(good.portal(&provider, "z").await);
    let browser = sign_in_everywhere(&provider, &portals).await;
    sign_out(&browser, &provider).await;
    let at_once = tokio::time::timeout(Duration::from_secs(4), until(&provider, "z", delivered));
    at_once.await.expect("others are undelayed");

    for (number, (does, why)) in ways.iter().enumerate() {
        let tried = until(&provider, &portals[number].id, tried(1)).await;
        let words = tried.outcome.clone().unwrap();
        assert!(words.contains(why), "{does:?}: {words}");
        assert_eq!(tried.state, State::Waiting { next: provider.clock.now().plus(seconds(1)) }, "{does:?}");
        assert_eq!(rude[number].requests(), 1, "{does:?}: no redirect is followed, nothing is repeated at once");
    }
    let flooded = rude[7].sent.load(Ordering::SeqCst);
    assert!(flooded < 20_000_000, "of 100 MB it was let send {flooded}");

    provider.advance(seconds(1)).await.unwrap();
    for (number, (does, _)) in ways.iter().enumerate() {
        let told = until(&provider, &portals[number].id, delivered).await;
        assert_eq!((told.attempts, told.outcome.as_deref()), (2, Some("delivered")), "{does:?}");
        assert_eq!(rude[number].requests(), 2, "{does:?}");
    }
    assert_eq!(good.requests(), 1);
}

#[tokio::test]
async fn a_portal_that_nobody_is_at_or_that_speaks_no_tls_is_recorded_and_told_when_it_is_there() {
    let (provider, _) = start().await;
    // Nobody listens on a port that was just given back.
    let gone = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
    let uri = format!("http://{gone}/backchannel");
    let down = register(&provider, "down", |asked| asked.backchannel_logout_uri = Some(uri)).await;
    let plain = Rude::start([]).await;
    let no_tls = plain.portal_by("https", &provider, "no-tls").await;
    let browser = sign_in_everywhere(&provider, &[down, no_tls]).await;
    sign_out(&browser, &provider).await;
    let words = until(&provider, "down", tried(1)).await.outcome.unwrap();
    assert!(words.contains("no connection"), "{words}");
    let words = until(&provider, "no-tls", tried(1)).await.outcome.unwrap();
    assert!(words.contains("TLS"), "{words}");

    let back = TcpListener::bind(gone).await.unwrap();
    let served = tokio::spawn(async move {
        let (connection, _) = back.accept().await.unwrap();
        Rude::start([]).await.serve(connection).await;
    });
    provider.advance(seconds(1)).await.unwrap();
    until(&provider, "down", delivered).await;
    served.await.unwrap();
    until(&provider, "no-tls", tried(2)).await;
    assert_eq!(plain.requests(), 0, "no logout token travels in the clear to an address that says https");
}

#[tokio::test]
async fn a_portal_that_never_hears_is_given_up_after_ten_attempts_and_that_is_on_record() {
    let (provider, _) = start().await;
    let dead = Rude::start([Does::Answers(503); 50]).await;
    let browser = sign_in_everywhere(&provider, &[dead.portal(&provider, "dead").await]).await;
    sign_out(&browser, &provider).await;
    for (attempt, wait) in (1..).zip([1, 5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600]) {
        let waiting = until(&provider, "dead", tried(attempt)).await;
        assert_eq!(waiting.state, State::Waiting { next: provider.clock.now().plus(seconds(wait)) }, "growing waits");
        provider.advance(seconds(wait - 1)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(dead.requests(), usize::try_from(attempt).unwrap(), "not before its time");
        provider.advance(seconds(1)).await.unwrap();
    }
    let over = |delivery: &Delivery| matches!(delivery.state, State::NotDelivered { .. });
    let given_up = until(&provider, "dead", over).await;
    assert_eq!(given_up.attempts, 10);
    assert_eq!(given_up.outcome.as_deref(), Some("given up: the portal answered 503"));
    provider.advance(seconds(86_400)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(dead.requests(), 10);
}

#[tokio::test]
async fn a_flapping_portal_hears_of_every_sign_out_once() {
    let (provider, _) = start().await;
    let flaps =
        [Does::Answers(502), Does::Answers(200), Does::Resets, Does::Answers(204), Does::Rubbish, Does::Answers(200)];
    let rude = Rude::start(flaps).await;
    let portal = rude.portal(&provider, "flaps").await;
    for round in 1..=3 {
        let browser = sign_in_everywhere(&provider, std::slice::from_ref(&portal)).await;
        sign_out(&browser, &provider).await;
        until(&provider, "flaps", tried(1)).await;
        provider.advance(seconds(1)).await.unwrap();
        until(&provider, "flaps", delivered).await;
        assert_eq!((rude.requests(), record(&provider, "flaps").await.len()), (2 * round, round));
    }
    assert!(record(&provider, "flaps").await.iter().all(|one| delivered(one) && one.attempts == 2));
}

#[tokio::test]
async fn a_crowd_that_signs_out_of_a_hanging_portal_delays_no_other() {
    let (provider, _) = start().await;
    let hanging = Rude::start([Does::Hangs; 100]).await;
    let quick = Rude::start([]).await;
    let portals = [hanging.portal(&provider, "a").await, quick.portal(&provider, "z").await];
    let mut browsers = Vec::new();
    for _ in 0..30 {
        browsers.push(sign_in_everywhere(&provider, &portals).await);
    }
    for browser in &browsers {
        sign_out(browser, &provider).await;
    }
    let all = async {
        while quick.requests() < browsers.len() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    // Before the first that hangs is given up and makes room.
    tokio::time::timeout(Duration::from_secs(3), all).await.expect("told while thirty deliveries hang");
}

#[tokio::test]
async fn what_a_portal_has_not_heard_is_not_forgotten_when_the_provider_starts_again() {
    let (mut provider, _) = start().await;
    let rude = Rude::start([Does::Answers(500)]).await;
    let browser = sign_in_everywhere(&provider, &[rude.portal(&provider, "a").await]).await;
    sign_out(&browser, &provider).await;
    until(&provider, "a", tried(1)).await;
    provider.restart().await.unwrap();
    provider.advance(seconds(1)).await.unwrap();
    assert_eq!(until(&provider, "a", delivered).await.attempts, 2);
}
