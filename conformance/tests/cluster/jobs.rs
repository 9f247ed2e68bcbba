//! Both nodes run every job, and what a job does is done once.

use crate::support::{Cluster, IN_FORCE, within};
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use futures_util::future::join_all;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

type Got = Arc<Mutex<Vec<String>>>;

/// A portal that takes its time, so that deliveries of both nodes overlap; gives its address.
async fn receiver(got: Got) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let uri = format!("http://127.0.0.1:{}/backchannel", listener.local_addr().unwrap().port());
    let take = async |State(got): State<Got>, body: String| {
        tokio::time::sleep(Duration::from_millis(50)).await;
        got.lock().unwrap().push(body);
    };
    let app = Router::new().route("/backchannel", post(take)).with_state(got);
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    uri
}

/// The session that a logout token names.
fn sid(body: &str) -> String {
    let payload = body.split('.').nth(1).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&keys::b64::decode(payload).unwrap()).unwrap();
    claims["sid"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_sign_outs_give_each_portal_one_logout_token_for_each_session() {
    let Some(cluster) = Cluster::start().await else { return };
    let got = Got::default();
    let uri = receiver(got.clone()).await;
    cluster.command(&["clients", "update", "emic", "--backchannel-logout-uri", &uri]).await;
    tokio::time::sleep(IN_FORCE).await;
    // A few at a time, each somebody else: a name that was just typed at one browser may be typed at another.
    let person = async |number: usize| {
        for _ in 0..25 {
            let way = if number.is_multiple_of(2) { cluster.a_first() } else { cluster.b_first() };
            let (browser, tokens) = cluster.signed_in(&way, &cluster.people[number]).await;
            let path = format!("/connect/end_session?id_token_hint={}", tokens.id);
            let mut out = browser.open(&way, &path).await;
            if out.status == 503 {
                // The machine is busy, and the page says to come again.
                tokio::time::sleep(Duration::from_secs(1)).await;
                out = browser.open(&way, &path).await;
            }
            assert!(out.has("logged-out"), "{out:?}");
        }
    };
    join_all((0..8).map(person)).await;
    within(Duration::from_secs(20), "200 deliveries", async || got.lock().unwrap().len() >= 200).await;
    // Two rounds of the jobs more, in which nothing comes.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let bodies = got.lock().unwrap().clone();
    let sessions: BTreeSet<String> = bodies.iter().map(|body| sid(body)).collect();
    assert_eq!((bodies.len(), sessions.len()), (200, 200));
    let open = "SELECT count(*) FROM outbox WHERE finished_at IS NULL OR attempts <> 1";
    assert_eq!(cluster.database.count(open).await, 0, "each was delivered at the first attempt");
    let lines = "SELECT count(*) FROM audit WHERE event = 'session.ended'";
    assert_eq!(cluster.database.count(lines).await, 200);
}
