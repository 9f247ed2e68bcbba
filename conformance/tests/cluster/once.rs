//! What may happen once happens once, though two nodes are asked at the same moment.

use crate::support::{Cluster, Options, Tokens, authorize, request};
use futures_util::future::join_all;

#[tokio::test]
async fn of_fifty_redemptions_of_a_code_at_both_nodes_one_succeeds_and_the_others_revoke_it() {
    let Some(cluster) = Cluster::start().await else { return };
    let emic = cluster.portal("emic");
    let (browser, _) = cluster.signed_in(&cluster.a_first(), &cluster.people[0]).await;
    for round in 0..8 {
        let asked = request(&emic.portal);
        let code = browser.open(&cluster.a_first(), &authorize(&asked)).await.parameter("code").unwrap();
        let ways: Vec<_> = (0..50).map(|n| if n % 2 == 0 { cluster.only_a() } else { cluster.only_b() }).collect();
        let all = join_all(ways.iter().map(|way| emic.redeem(way, &code, &asked.verifier))).await;
        let given: Vec<_> = all.iter().filter(|got| got.status == 200).collect();
        // Whoever waited too long for the database was told to come again, and got nothing.
        let busy = all.iter().filter(|got| got.status == 503).count();
        let refused = all.iter().filter(|got| got.text("error") == "invalid_grant").count();
        assert_eq!(given.len(), 1, "round {round}: {refused} refused, {busy} busy");
        assert_eq!(1 + refused + busy, 50, "round {round}");
        let tokens = Tokens::of(given[0]);
        for way in [cluster.only_a(), cluster.only_b()] {
            assert_eq!(emic.user_info(&way, &tokens.access).await.status, 401, "what it gave is revoked");
            assert_eq!(emic.refresh(&way, &tokens.refresh).await.text("error"), "invalid_grant");
        }
        let lines = "SELECT count(*) FROM audit WHERE event = 'code.refused'";
        assert_eq!(cluster.database.count(lines).await, round + 1, "said once");
    }
}

#[tokio::test]
async fn a_refresh_token_at_both_nodes_at_once_gives_one_successor() {
    // On a busy machine «at once» may take seconds.
    let settings = vec![("IDP__LIFETIMES__REFRESH_GRACE", "30s".to_owned())];
    let Some(cluster) = Cluster::start_with(Options { settings, ..Options::default() }).await else { return };
    let emic = cluster.portal("emic");
    let (_, mut tokens) = cluster.signed_in(&cluster.b_first(), &cluster.people[0]).await;
    let (a, b) = (cluster.only_a(), cluster.only_b());
    for round in 0..12 {
        let both = tokio::join!(emic.refresh(&a, &tokens.refresh), emic.refresh(&b, &tokens.refresh));
        let both = [Tokens::of(&both.0), Tokens::of(&both.1)];
        // One successor, whoever gave it: either goes on, at either node.
        let next = [&both[0], &both[1]].map(|tokens| tokens.refresh.clone());
        let after = tokio::join!(emic.refresh(&b, &next[0]), emic.refresh(&a, &next[1]));
        let generation = "SELECT max(generation) FROM grants WHERE revoked_at IS NULL";
        assert_eq!(cluster.database.count(generation).await, 3 + 2 * round);
        tokens = [Tokens::of(&after.0), Tokens::of(&after.1)][usize::from(round % 2 == 0)].clone();
    }
    assert_eq!(emic.user_info(&a, &tokens.access).await.status, 200);
}
