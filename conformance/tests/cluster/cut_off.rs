//! A node that cannot reach the database for ten seconds issues nothing, says so, and comes back by itself.

use crate::browser::{Got, Way};
use crate::support::{Cluster, Options, Tokens, authorize, kid, request, within};
use std::time::{Duration, Instant};

/// No answer takes longer, whatever the database does: the deadline of its unit, and some time on a busy machine.
const DEADLINE: Duration = Duration::from_secs(10);
/// To come back takes a second or two; more on a busy machine.
const BACK: Duration = Duration::from_secs(5);

async fn ready(cluster: &Cluster, way: &Way) -> bool {
    cluster.portal("emic").get(way, "/readyz").await.status == 200
}

async fn keys(cluster: &Cluster, way: &Way) -> (u64, Vec<String>) {
    let got = cluster.portal("emic").get(way, "/.well-known/jwks.json").await;
    assert_eq!(got.status, 200);
    let cache = got.headers["cache-control"].to_str().unwrap();
    let max_age = cache.split("max-age=").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
    let keys = got.json["keys"].as_array().unwrap();
    (max_age, keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect())
}

fn refused_for_now(got: &Got) {
    assert_eq!(got.status, 503, "{got:?}");
    assert!(got.headers.contains_key("retry-after"), "{got:?}");
}

#[tokio::test]
async fn a_node_cut_off_from_the_database_issues_nothing_and_comes_back_by_itself() {
    // Keys may be kept for long, so that it shows what a node says that cannot see changes.
    let settings = vec![("IDP__KEYS__JWKS_MAX_AGE", "1h".to_owned())];
    let Some(cluster) = Cluster::start_with(Options { settings, line_of_b: true, ..Options::default() }).await else {
        return;
    };
    let (line, emic, a, b) =
        (cluster.line.as_ref().unwrap(), cluster.portal("emic"), cluster.only_a(), cluster.only_b());
    let (browser, tokens) = cluster.signed_in(&cluster.a_first(), &cluster.people[0]).await;
    let signed_by = kid(&tokens.id);
    assert!(keys(&cluster, &b).await.0 > 60);

    line.cut();
    let cut = Instant::now();
    within(Duration::from_secs(14), "not ready", async || {
        let asked = Instant::now();
        let got = emic.refresh(&b, "no-token").await;
        assert!(got.status == 400 || got.status == 503, "{got:?}");
        assert!(asked.elapsed() < DEADLINE, "{:?}", asked.elapsed());
        // The other one goes on.
        assert!(ready(&cluster, &a).await);
        assert_eq!(emic.user_info(&a, &tokens.access).await.status, 200);
        !ready(&cluster, &b).await
    })
    .await;
    println!("not ready {:?} after the cut", cut.elapsed());
    tokio::time::sleep(Duration::from_secs(11).saturating_sub(cut.elapsed())).await;

    let said = emic.get(&b, "/readyz").await;
    assert!(said.status == 503 && said.text("why").contains("database"), "{said:?}");
    assert_eq!(emic.get(&b, "/livez").await.status, 200);
    let asked = Instant::now();
    refused_for_now(&emic.refresh(&b, &tokens.refresh).await);
    refused_for_now(&emic.user_info(&b, &tokens.access).await);
    refused_for_now(&browser.open(&b, &authorize(&request(&emic.portal))).await);
    assert!(asked.elapsed() < Duration::from_secs(2), "at once: {:?}", asked.elapsed());
    let (max_age, published) = keys(&cluster, &b).await;
    assert!(max_age <= 60 && published.contains(&signed_by), "{max_age}");

    // Meanwhile the key is found to be compromised. The cut off node cannot know.
    cluster.command(&["keys", "rotate", "--compromised", &signed_by]).await;
    within(BACK, "signed by another key", async || {
        let (_, tokens) = cluster.signed_in(&a, &cluster.people[1]).await;
        kid(&tokens.id) != signed_by
    })
    .await;
    assert!(keys(&cluster, &b).await.1.contains(&signed_by), "it does not know");

    line.mend();
    let mended = Instant::now();
    let took = within(BACK, "back", async || {
        let asked = request(&emic.portal);
        let sent = browser.open(&b, &authorize(&asked)).await;
        let Some(code) = sent.parameter("code") else { return false };
        let got = emic.redeem(&b, &code, &asked.verifier).await;
        if got.status == 200 {
            let kid = kid(&Tokens::of(&got).id);
            assert_ne!(kid, signed_by, "it signs again only once it knows");
            assert!(keys(&cluster, &a).await.1.contains(&kid));
        }
        got.status == 200
    })
    .await;
    println!("issues again {took:?} after the return");
    within(BACK.saturating_sub(mended.elapsed()), "ready", async || ready(&cluster, &b).await).await;
    assert!(!keys(&cluster, &b).await.1.contains(&signed_by));
    // What the unanswered questions did, if anything, took nothing from the person.
    Tokens::of(&emic.refresh(&b, &tokens.refresh).await);
}
