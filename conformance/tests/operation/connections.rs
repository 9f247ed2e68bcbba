//! More connections than there are places for.

use crate::support::{
    Certificate, LIVEZ, closed_after, connect, from, http, milliseconds, now, provider, says, status,
};
use conformance::Provider;
use idp::settings::Settings;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

fn twenty(settings: &mut Settings) {
    settings.server.max_connections = 20;
    settings.server.connections_per_address = 1000;
}

/// Connections that were answered once and are kept open.
async fn kept_open(provider: &Provider, count: usize) -> Vec<TcpStream> {
    let mut kept = Vec::new();
    for _ in 0..count {
        let mut stream = says(provider, LIVEZ).await;
        assert_eq!(status(&mut stream).await, Some(200));
        kept.push(stream);
    }
    kept
}

#[tokio::test]
async fn who_comes_when_all_places_are_taken_is_told_503_at_once_and_who_is_there_goes_on() {
    let provider = provider(twenty).await;
    let mut kept = kept_open(&provider, 20).await;
    for _ in 0..3 {
        let begun = now();
        let mut stream = says(&provider, LIVEZ).await;
        assert_eq!(status(&mut stream).await, Some(503));
        closed_after(&mut stream).await;
        // Nobody else's time has to run out first.
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
    for stream in &mut kept {
        stream.write_all(LIVEZ).await.unwrap();
        assert_eq!(status(stream).await, Some(200));
    }
    drop(kept);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(http().get(provider.url("/livez")).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn with_tls_who_comes_when_all_places_are_taken_is_closed_at_once() {
    let certificate = Certificate::new();
    let provider = Provider::start_with(certificate.options(Some(twenty))).await.unwrap();
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(connect(&provider).await);
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let closed = closed_after(&mut connect(&provider).await).await;
    assert!(closed < Duration::from_millis(500), "{closed:?}");
    drop(silent);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(http().get(provider.url("/livez")).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_a_trusted_proxy_as_many_as_there_are() {
    fn three(settings: &mut Settings) {
        settings.server.connections_per_address = 3;
    }
    fn three_of_strangers(settings: &mut Settings) {
        three(settings);
        settings.server.trusted_proxies = vec!["127.0.0.1".into()];
    }
    let strangers = provider(three).await;
    let kept = kept_open(&strangers, 3).await;
    let mut fourth = says(&strangers, LIVEZ).await;
    assert_eq!(status(&mut fourth).await, Some(429));
    drop(kept);
    tokio::time::sleep(Duration::from_millis(200)).await;
    kept_open(&strangers, 3).await;
    let proxied = provider(three_of_strangers).await;
    assert_eq!(kept_open(&proxied, 10).await.len(), 10);
}

#[tokio::test]
async fn when_places_are_few_the_silent_lose_theirs_sooner() {
    fn patient(settings: &mut Settings) {
        twenty(settings);
        settings.server.idle_timeout = milliseconds(60_000);
    }
    let provider = provider(patient).await;
    let mut kept = kept_open(&provider, 16).await;
    let took = closed_after(&mut kept[0]).await;
    assert!(took > Duration::from_secs(3) && took < Duration::from_secs(12), "{took:?}");
}

const SLOW: &[u8] = b"POST /connect/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n";

/// Opens connections whose bodies trickle for as long as they are borne, again and again.
async fn trickles(host: u8, provider: std::net::SocketAddr) {
    loop {
        if let Ok(mut stream) = from(host, &provider).await
            && stream.write_all(SLOW).await.is_ok()
        {
            while stream.write_all(b"a").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_of_slow_bodies_from_few_addresses_keeps_nobody_else_out() {
    fn few(settings: &mut Settings) {
        settings.server.max_connections = 40;
        settings.server.connections_per_address = 12;
    }
    let provider = provider(few).await;
    let address = provider.settings.server.listen;
    let mut first = from(9, &address).await.unwrap();
    first.write_all(SLOW).await.unwrap();
    let mut crowd = JoinSet::new();
    for host in [2, 3, 4, 5].repeat(20) {
        crowd.spawn(trickles(host, address));
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (begun, mut answered) = (now(), 0);
    while begun.elapsed() < Duration::from_secs(12) {
        let mut stream = from(1, &address).await.unwrap();
        stream.write_all(LIVEZ).await.unwrap();
        let asked = now();
        assert_eq!(status(&mut stream).await, Some(200), "{answered} were answered before");
        assert!(asked.elapsed() < Duration::from_secs(1));
        answered += 1;
        drop(stream);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(answered > 50, "{answered}");
    // The first had been there for 12 seconds: long gone, and not after everybody's 30.
    assert_eq!(status(&mut first).await, Some(408));
    crowd.shutdown().await;
}

#[tokio::test]
async fn a_slow_body_and_a_slow_handshake_are_ended_sooner_when_places_are_few() {
    fn patient(settings: &mut Settings) {
        twenty(settings);
        settings.server.body_timeout = milliseconds(60_000);
        settings.server.handshake_timeout = milliseconds(60_000);
    }
    let plain = provider(patient).await;
    let mut kept = Vec::new();
    for _ in 0..16 {
        kept.push(says(&plain, SLOW).await);
    }
    let took = closed_after(&mut kept[0]).await;
    assert!(took > Duration::from_secs(3) && took < Duration::from_secs(8), "{took:?}");
    let certificate = Certificate::new();
    let tls = Provider::start_with(certificate.options(Some(patient))).await.unwrap();
    let mut kept = Vec::new();
    for _ in 0..16 {
        kept.push(connect(&tls).await);
    }
    let took = closed_after(&mut kept[0]).await;
    assert!(took > Duration::from_secs(3) && took < Duration::from_secs(8), "{took:?}");
}

#[tokio::test]
async fn while_there_is_room_a_body_has_all_of_its_time() {
    let provider = provider(|settings| settings.server.body_timeout = milliseconds(8000)).await;
    let took = closed_after(&mut says(&provider, SLOW).await).await;
    assert!(took > Duration::from_millis(7500) && took < Duration::from_secs(11), "{took:?}");
}
