//! A stop under a balancer: it hears of it first, and no request is lost.

use crate::support::{LIVEZ, closed_after, connect, http, milliseconds, now, provider, says, status};
use conformance::Provider;
use idp::settings::Settings;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

fn draining(settings: &mut Settings) {
    settings.server.drain = milliseconds(3000);
}

async fn ready(provider: &Provider) -> u16 {
    http().get(provider.url("/readyz")).send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_signal_on_it_is_not_ready_goes_on_for_a_while_and_finishes_what_it_began() {
    let mut provider = provider(draining).await;
    assert_eq!(ready(&provider).await, 200);
    let form = "POST /connect/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    let mut under_way = says(&provider, format!("{form}Content-Length: 4\r\n\r\na=").as_bytes()).await;
    let (issuer, address) = (provider.issuer.clone(), provider.settings.server.listen);
    let begun = now();
    let stopping = tokio::spawn(async move {
        provider.stop().await;
        begun.elapsed()
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    // A fresh connection each: a balancer that has not asked yet still sends.
    let mut statuses = Vec::new();
    for path in ["/readyz", "/livez", "/.well-known/jwks.json", "/sign-in"] {
        statuses.push(http().get(format!("{issuer}{path}")).send().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [503, 200, 200, 200]);
    tokio::time::sleep(Duration::from_millis(3300)).await;
    assert!(TcpStream::connect(address).await.is_err(), "it still takes connections");
    under_way.write_all(b"b&").await.unwrap();
    assert_eq!(status(&mut under_way).await, Some(401));
    let took = stopping.await.unwrap();
    assert!(took >= Duration::from_secs(3) && took < Duration::from_secs(8), "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_balancer_that_asks_whether_it_is_ready_no_request_is_lost() {
    let mut provider = provider(draining).await;
    let (issuer, lost, answered) = (provider.issuer.clone(), Arc::<AtomicU32>::default(), Arc::<AtomicU32>::default());
    let mut balancer = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (issuer, lost, answered) = (issuer.clone(), lost.clone(), answered.clone());
        balancer.spawn(async move {
            let http = http();
            let get = async |path: &str| http.get(format!("{issuer}{path}")).send().await.map(|answer| answer.status());
            loop {
                for _ in 0..5 {
                    let fine = get("/.well-known/jwks.json").await.is_ok_and(|status| status == 200);
                    (if fine { &answered } else { &lost }).fetch_add(1, Ordering::Relaxed);
                }
                if !get("/readyz").await.is_ok_and(|status| status == 200) {
                    return;
                }
            }
        });
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    provider.stop().await;
    balancer.join_all().await;
    assert_eq!(lost.load(Ordering::Relaxed), 0);
    assert!(answered.load(Ordering::Relaxed) > 100);
}

#[tokio::test]
async fn a_stop_waits_for_no_idle_connection_and_no_silent_one() {
    let mut provider = provider(|_| {}).await;
    let (mut idle, mut silent) = (says(&provider, LIVEZ).await, connect(&provider).await);
    assert_eq!(status(&mut idle).await, Some(200));
    let begun = now();
    provider.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    closed_after(&mut idle).await;
    closed_after(&mut silent).await;
}
