//! Wrong passwords count together, whichever node they are tried at.

use crate::browser::Way;
use crate::support::{Cluster, Options, authorize, request};
use conformance::PASSWORD;
use futures_util::future::join_all;
use std::time::Duration;

/// Guesses whose password was compared. Each leaves a line.
async fn hashed(cluster: &Cluster) -> u64 {
    cluster.database.count("SELECT count(*) FROM audit WHERE event = 'sign_in.failed'").await
}

async fn guess(cluster: &Cluster, way: &Way, account: &str, password: &str) -> bool {
    let browser = cluster.browser();
    let page = browser.open(way, &authorize(&request(&cluster.portal("emic").portal))).await;
    browser.sign_in(way, &page, (account, password)).await.parameter("code").is_some()
}

#[tokio::test]
async fn five_wrong_passwords_in_turn_at_two_nodes_lock_the_name_on_both() {
    let Some(cluster) = Cluster::start_with(Options {
        settings: vec![
            ("IDP__PASSWORDS__LOCK_AT", "5".to_owned()),
            ("IDP__PASSWORDS__LONGER_FROM", "5".to_owned()),
            // Nobody reads pictures here.
            ("IDP__CAPTCHA__SIGN_IN_FROM", "0".to_owned()),
        ],
        ..Options::default()
    })
    .await
    else {
        return;
    };
    let (way, account) = (cluster.a_first(), &cluster.people[0]);
    for so_far in 0..5 {
        assert_eq!(hashed(&cluster).await, so_far);
        // The page from one node, the guess at the other; the next guess begins where this one ended.
        assert!(!guess(&cluster, &way, account, "wrong-password").await);
        assert!(!guess(&cluster, &way, account, PASSWORD).await, "the wait holds for the right one, too");
        let both = [cluster.only_a(), cluster.only_b()];
        assert!(!guess(&cluster, &both[usize::from(so_far % 2 == 0)], account, PASSWORD).await, "on the other node");
        tokio::time::sleep(Duration::from_millis(1100)).await;
    }
    for way in [cluster.only_a(), cluster.only_b()] {
        assert!(!guess(&cluster, &way, account, PASSWORD).await, "locked");
    }
    assert_eq!(hashed(&cluster).await, 5);
    cluster.command(&["accounts", "unlock", account]).await;
    assert!(guess(&cluster, &cluster.only_b(), account, PASSWORD).await);
}

#[tokio::test]
async fn of_a_hundred_guesses_at_once_over_both_nodes_one_is_hashed() {
    let Some(cluster) = Cluster::start_with(Options {
        settings: vec![("IDP__PASSWORDS__WAIT", "60s".to_owned())],
        ..Options::default()
    })
    .await
    else {
        return;
    };
    for (round, account) in [&*cluster.people[0], "nobody12345"].into_iter().enumerate() {
        let ways: Vec<Way> = (0..100).map(|n| if n % 2 == 0 { cluster.a_first() } else { cluster.b_first() }).collect();
        let all = join_all(ways.iter().map(|way| guess(&cluster, way, account, "wrong-password"))).await;
        assert!(all.iter().all(|entered| !entered));
        assert_eq!(hashed(&cluster).await, round as u64 + 1, "{account}");
    }
}

#[tokio::test]
async fn failures_of_an_address_count_together() {
    let Some(cluster) = Cluster::start_with(Options {
        settings: vec![("IDP__PASSWORDS__FAILURES_PER_ADDRESS", "10".to_owned())],
        ..Options::default()
    })
    .await
    else {
        return;
    };
    let way = cluster.a_first();
    for number in 0..30 {
        assert!(!guess(&cluster, &way, &format!("nobody{number:04}"), "wrong-password").await);
    }
    assert_eq!(hashed(&cluster).await, 10, "the eleventh was not looked at");
    for way in [cluster.only_a(), cluster.only_b()] {
        assert!(!guess(&cluster, &way, &cluster.people[0], PASSWORD).await, "who sits there has to wait");
    }
}
