//! What an operator changes on one machine is so on every node.

use crate::browser::{Got, Way};
use crate::support::{Cluster, IN_FORCE, Tokens, authorize, request, within};
use conformance::Request;
use conformance::history::run::Portal;
use std::time::Duration;

const AGENCY: &str = "2.16.886.101.20003.20001.20003";

async fn ask(cluster: &Cluster, way: &Way, asked: &Request) -> Got {
    cluster.browser().open(way, &authorize(asked)).await
}

/// Waits until both nodes think so, each asked by itself.
async fn on_both(cluster: &Cluster, what: &str, is_so: impl AsyncFn(&Way) -> bool) {
    for way in [cluster.only_b(), cluster.only_a()] {
        let took = within(IN_FORCE, what, async || is_so(&way).await).await;
        println!("{what}: {took:?}");
    }
}

#[tokio::test]
async fn a_client_added_changed_switched_off_and_on_by_command_is_so_on_both_nodes_within_two_seconds() {
    let Some(cluster) = Cluster::start().await else { return };
    let new = |redirect_uri: &str| Portal {
        id: "museum".to_owned(),
        secret: String::new(),
        redirect_uri: redirect_uri.to_owned(),
    };
    let first = request(&new("https://museum.example.gov.tw/callback"));
    for way in [cluster.only_a(), cluster.only_b()] {
        let page = ask(&cluster, &way, &first).await;
        assert!(page.has("error-title") && page.location.is_empty(), "nobody knows it: {page:?}");
    }
    let secret = cluster.folder.path().join("museum.secret");
    let add = ["clients", "add", "museum", "--name", "博物館", "--scope", "openid identity", "--secret-file"];
    let uri = ["--redirect-uri", "https://museum.example.gov.tw/callback"];
    let all: Vec<&str> = add.into_iter().chain([secret.to_str().unwrap()]).chain(uri).collect();
    cluster.command(&all).await;
    for way in [cluster.only_b(), cluster.only_a()] {
        let page = ask(&cluster, &way, &first).await;
        assert!(page.field("interaction").is_some(), "one that nobody knew is looked up at once: {page:?}");
    }
    let moved = request(&new("https://museum.example.gov.tw/other"));
    cluster.command(&["clients", "update", "museum", "--redirect-uri", "https://museum.example.gov.tw/other"]).await;
    on_both(&cluster, "the new redirect URI", async |way| {
        ask(&cluster, way, &moved).await.field("interaction").is_some()
            && ask(&cluster, way, &first).await.has("error-title")
    })
    .await;
    cluster.command(&["clients", "disable", "museum"]).await;
    on_both(&cluster, "switched off", async |way| ask(&cluster, way, &moved).await.field("interaction").is_none())
        .await;
    cluster.command(&["clients", "enable", "museum"]).await;
    on_both(&cluster, "switched on", async |way| ask(&cluster, way, &moved).await.field("interaction").is_some()).await;
}

#[tokio::test]
async fn a_rotated_secret_is_good_on_both_nodes_and_the_old_one_for_a_while() {
    let Some(cluster) = Cluster::start().await else { return };
    let mut emic = cluster.portal("emic");
    let old = emic.portal.secret.clone();
    let file = cluster.folder.path().join("emic.secret.new");
    cluster.command(&["clients", "rotate-secret", "emic", "--secret-file", file.to_str().unwrap()]).await;
    let new = std::fs::read_to_string(&file).unwrap().trim().to_owned();
    for (secret, at_once) in [(new, false), (old, true), ("wrong".repeat(8), true)] {
        let wrong = secret.starts_with("wrong");
        emic.portal.secret = secret;
        let limit = if at_once { Duration::ZERO } else { IN_FORCE };
        for way in [cluster.only_b(), cluster.only_a()] {
            within(limit, "the secret", async || {
                let error = emic.refresh(&way, "no-token").await.text("error");
                error == if wrong { "invalid_client" } else { "invalid_grant" }
            })
            .await;
        }
    }
}

#[tokio::test]
async fn a_lock_and_the_end_of_a_capacity_hold_at_the_next_request_to_the_other_node() {
    let Some(cluster) = Cluster::start().await else { return };
    let emic = cluster.portal("emic");
    for (way, account) in [(cluster.only_a(), &cluster.people[3]), (cluster.only_b(), &cluster.people[4])] {
        let set = ["accounts", "set-capacity", account, "--agency-oid", AGENCY, "--official-type", "civil_servant"];
        cluster.command(&set).await;
        let (browser, tokens) = cluster.signed_in(&way, account).await;
        let told = emic.user_info(&way, &tokens.access).await;
        assert_eq!(told.status, 200);
        cluster.command(&["accounts", "end-capacity", account]).await;
        assert_eq!(emic.user_info(&way, &tokens.access).await.status, 401, "the grant named the capacity");
        assert_eq!(emic.refresh(&way, &tokens.refresh).await.text("error"), "invalid_grant");

        let asked = request(&emic.portal);
        let code = browser.open(&way, &authorize(&asked)).await.parameter("code").unwrap();
        let tokens = Tokens::of(&emic.redeem(&way, &code, &asked.verifier).await);
        assert_ne!(emic.user_info(&way, &tokens.access).await.body, told.body, "a natural person now");
        let code = browser.open(&way, &authorize(&asked)).await.parameter("code").unwrap();
        cluster.command(&["accounts", "lock", account]).await;
        assert_eq!(emic.user_info(&way, &tokens.access).await.status, 401);
        assert_eq!(emic.refresh(&way, &tokens.refresh).await.text("error"), "invalid_grant");
        assert_eq!(emic.redeem(&way, &code, &asked.verifier).await.text("error"), "invalid_grant");
        let again = browser.open(&way, &authorize(&asked.with("prompt", "none"))).await;
        assert_eq!(again.parameter("error").as_deref(), Some("login_required"));
    }
}
