//! What a release does when a newer one changed the schema.

use crate::support::{Cluster, IN_FORCE, Tokens, within};
use std::time::Duration;

#[tokio::test]
async fn a_release_goes_on_with_an_expanded_schema_and_stops_with_a_contracted_one() {
    let Some(mut cluster) = Cluster::start().await else { return };
    let (emic, both) = (cluster.portal("emic"), [cluster.only_a(), cluster.only_b()]);
    let (_, mut tokens) = cluster.signed_in(&cluster.a_first(), &cluster.people[0]).await;

    // As the next release expands it: something more, and the programs of before are still served.
    let expand = "ALTER TABLE accounts ADD COLUMN added_later TEXT; CREATE TABLE added_later (one BIGINT); \
                  UPDATE schema_info SET version = version + 1";
    cluster.database.sql(expand).await;
    cluster.b.stop().await.unwrap();
    cluster.b.start_ready().await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    for way in &both {
        assert_eq!(emic.get(way, "/readyz").await.status, 200);
        tokens = Tokens::of(&emic.refresh(way, &tokens.refresh).await);
    }
    cluster.command(&["migrate"]).await;

    // As it contracts it later.
    cluster.database.sql("UPDATE schema_info SET serves_from = version").await;
    for way in &both {
        within(IN_FORCE, "not ready", async || emic.get(way, "/readyz").await.status == 503).await;
        let said = emic.get(way, "/readyz").await.text("why");
        assert!(said.contains("schema does not serve this program"), "{said}");
        let got = emic.refresh(way, &tokens.refresh).await;
        assert!(got.status == 503 && got.headers.contains_key("retry-after"), "{got:?}");
        assert_eq!(emic.user_info(way, &tokens.access).await.status, 503);
        assert_eq!(emic.get(way, "/.well-known/jwks.json").await.status, 200, "its tokens can still be read");
    }
    cluster.a.stop().await.unwrap();
    let refused = cluster.a.start_ready().await.unwrap_err().to_string();
    assert!(refused.contains("does not serve this program any more") && refused.contains("newer release"), "{refused}");
    let refused = cluster.a.command(&["clients", "list"]).await.unwrap_err().to_string();
    assert!(refused.contains("does not serve this program any more"), "{refused}");

    // What goes through meanwhile is not lost: the program that the schema serves goes on with it.
    cluster.database.sql("UPDATE schema_info SET serves_from = 1").await;
    within(IN_FORCE, "ready again", async || emic.get(&both[1], "/readyz").await.status == 200).await;
    Tokens::of(&emic.refresh(&both[1], &tokens.refresh).await);
}
