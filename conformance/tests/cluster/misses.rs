//! Names of keys and clients that a node does not know yet: it looks for them, and is not made to look by whoever invents some.

use crate::support::{Cluster, authorize, kid, request, within};
use futures_util::future::join_all;
use std::time::Duration;

#[tokio::test]
async fn a_token_signed_with_a_key_that_a_node_has_not_read_yet_is_known_there_at_once() {
    let Some(cluster) = Cluster::start().await else { return };
    let emic = cluster.portal("emic");
    for round in 0..6 {
        let person = &cluster.people[round % 3];
        cluster.command(&["keys", "generate", "--alg", "ES256"]).await;
        let keys = cluster.command(&["keys", "list"]).await;
        let next = keys.as_array().unwrap().iter().filter(|key| key["state"] == "next" && key["alg"] == "ES256");
        let next = next.max_by_key(|key| key["created_at"].as_i64()).unwrap()["kid"].as_str().unwrap().to_owned();
        // A reads it with the next check, and signs; B may not have read it by then.
        cluster.command(&["keys", "activate", &next, "--now", "--force"]).await;
        let way = cluster.only_a();
        let (browser, tokens) = loop {
            let (browser, tokens) = cluster.signed_in(&way, person).await;
            if kid(&tokens.id) == next {
                break (browser, tokens);
            }
        };
        // B believes the hint: it sends the person on silently, where it would have refused somebody else's.
        let asked = request(&emic.portal).with("prompt", "none").with("id_token_hint", &tokens.id);
        let sent = browser.open(&cluster.only_b(), &authorize(&asked)).await;
        assert!(sent.parameter("code").is_some(), "{sent:?}");
    }
}

#[tokio::test]
async fn a_flood_of_invented_keys_and_clients_is_no_flood_of_queries() {
    let Some(cluster) = Cluster::start().await else { return };
    let (emic, way) = (cluster.portal("emic"), cluster.only_b());
    let transactions = async || {
        // Whoever works for the database says once a second how much was done.
        tokio::time::sleep(Duration::from_millis(2500)).await;
        let name = &cluster.database.name;
        let done = format!("SELECT xact_commit FROM pg_stat_database WHERE datname = '{name}'");
        cluster.database.count(&done).await
    };
    let before = transactions().await;
    let begun = std::time::Instant::now();
    let ask = async |number: usize| {
        let header = keys::b64::encode(format!(r#"{{"alg":"ES256","kid":"invented{number}"}}"#).as_bytes());
        let path = match number % 2 {
            0 => format!("/connect/end_session?id_token_hint={header}.e30.AAAA"),
            _ => format!("/connect/authorize?response_type=code&client_id=invented{number}"),
        };
        emic.get(&way, &path).await;
    };
    for round in 0..12 {
        join_all((0..50).map(|number| ask(50 * round + number))).await;
    }
    let seconds = begun.elapsed().as_secs() + 6;
    let made = transactions().await - before;
    // Two nodes, whose jobs and checks ask as well.
    assert!(made < 300, "{made} transactions in {seconds} s");
    within(Duration::from_secs(5), "B is ready", async || emic.get(&way, "/readyz").await.status == 200).await;
}
