//! Keys change while both nodes sign: nobody meets a token whose key a ready node does not publish.

use crate::browser::{BackEnd, Browser, Way};
use crate::support::{Cluster, Tokens, authorize, kid, request};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// `IDP__KEYS__JWKS_MAX_AGE` of these tests: a portal keeps its copy so long.
const MAX_AGE: Duration = Duration::from_secs(1);
/// `IDP__LIFETIMES__ID_TOKEN` of these tests.
const ID_TOKEN: Duration = Duration::from_secs(20);

/// The keys that a node published, when it was asked and when it answered.
struct Look {
    node: &'static str,
    asked: Instant,
    answered: Instant,
    kids: BTreeSet<String>,
}

/// A token that was issued, and by which key.
struct Issued {
    asked: Instant,
    answered: Instant,
    kid: String,
}

#[derive(Default)]
struct Seen {
    looks: Mutex<Vec<Look>>,
    tokens: Mutex<Vec<Issued>>,
    over: AtomicBool,
}

/// Watches the keys of both nodes and has tokens issued on both, of both algorithms, until told to stop.
struct Watch {
    seen: Arc<Seen>,
    tasks: JoinSet<()>,
}

impl Watch {
    async fn begin(cluster: &Cluster) -> Self {
        let (seen, mut tasks) = (Arc::new(Seen::default()), JoinSet::new());
        for (node, base) in [("A", cluster.a.base()), ("B", cluster.b.base())] {
            tasks.spawn(look(seen.clone(), node, cluster.portal("emic"), Way::new([base.clone()])));
            for (portal, person) in [("emic", 0), ("elearn", 1)] {
                let (browser, _) = cluster.signed_in(&cluster.a_first(), &cluster.people[person]).await;
                let portal = cluster.portal(portal);
                enter(cluster, &browser, &portal).await;
                tasks.spawn(issue(seen.clone(), browser, portal, Way::new([base.clone()])));
            }
        }
        Self { seen, tasks }
    }

    async fn end(self) -> Arc<Seen> {
        self.seen.over.store(true, Ordering::Relaxed);
        for task in self.tasks.join_all().await {
            task
        }
        self.seen
    }
}

/// The first time a portal is entered by a session, the person is told as whom.
async fn enter(cluster: &Cluster, browser: &Browser, portal: &BackEnd) {
    let way = cluster.a_first();
    let page = browser.open(&way, &authorize(&request(&portal.portal))).await;
    if page.has("consent-allow") {
        browser.decide(&way, &page, "allow").await;
    }
}

async fn look(seen: Arc<Seen>, node: &'static str, portal: BackEnd, way: Way) {
    while !seen.over.load(Ordering::Relaxed) {
        let asked = Instant::now();
        let got = portal.get(&way, "/.well-known/jwks.json").await;
        let keys = got.json["keys"].as_array().unwrap();
        let kids = keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect();
        seen.looks.lock().unwrap().push(Look { node, asked, answered: Instant::now(), kids });
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}

async fn issue(seen: Arc<Seen>, browser: Browser, portal: BackEnd, way: Way) {
    while !seen.over.load(Ordering::Relaxed) {
        let asked = Instant::now();
        let silent = request(&portal.portal);
        let sent = browser.open(&way, &authorize(&silent)).await;
        let code = sent.parameter("code").unwrap_or_else(|| panic!("no code: {sent:?}"));
        let tokens = Tokens::of(&portal.redeem(&way, &code, &silent.verifier).await);
        let kid = kid(&tokens.id);
        seen.tokens.lock().unwrap().push(Issued { asked, answered: Instant::now(), kid });
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

impl Seen {
    /// Who asks a node for its keys at any time while a token is good must find the key of the token, and so must who
    /// asked just before and still has a copy that is not too old. Gives how many pairs were compared.
    fn every_token_can_be_read_everywhere(&self) -> usize {
        let (looks, mut compared) = (self.looks.lock().unwrap(), 0);
        for token in self.tokens.lock().unwrap().iter() {
            let kept = |look: &&Look| look.answered + MAX_AGE >= token.answered && look.asked <= token.asked + ID_TOKEN;
            for look in looks.iter().filter(kept) {
                let early = look.asked < token.asked;
                assert!(
                    look.kids.contains(&token.kid),
                    "node {} did not publish {} (early: {early})",
                    look.node,
                    token.kid
                );
                compared += 1;
            }
        }
        compared
    }

    fn kids(&self) -> BTreeSet<String> {
        self.tokens.lock().unwrap().iter().map(|token| token.kid.clone()).collect()
    }

    /// When the last token of a key was asked for.
    fn last_of(&self, kid: &str) -> Option<Instant> {
        self.tokens.lock().unwrap().iter().filter(|token| token.kid == kid).map(|token| token.asked).max()
    }
}

async fn active(cluster: &Cluster, algorithm: &str) -> String {
    let list = cluster.command(&["keys", "list"]).await;
    let is = |key: &&serde_json::Value| key["alg"] == algorithm && key["state"] == "active";
    list.as_array().unwrap().iter().find(is).unwrap()["kid"].as_str().unwrap().to_owned()
}

/// What the audit says of each key, and how often.
async fn lines(cluster: &Cluster) -> BTreeMap<String, u64> {
    let rows =
        cluster.database.sql("SELECT detail, count(*) FROM audit WHERE event = 'signing_key' GROUP BY detail").await;
    rows.into_iter().map(|row| (row[0].clone(), row[1].parse().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_under_load_never_yields_a_token_whose_key_a_node_does_not_publish() {
    let Some(cluster) = Cluster::start().await else { return };
    let watch = Watch::begin(&cluster).await;
    let before = [active(&cluster, "ES256").await, active(&cluster, "RS256").await];
    for _ in 0..2 {
        cluster.command(&["keys", "rotate"]).await;
        // Published for its max-age, ten seconds and the skew; then somebody's job lets it sign.
        tokio::time::sleep(Duration::from_secs(14)).await;
    }
    let seen = watch.end().await;
    let compared = seen.every_token_can_be_read_everywhere();
    let tokens = seen.tokens.lock().unwrap().len();
    println!("{tokens} tokens, {} looks, {compared} pairs", seen.looks.lock().unwrap().len());
    assert!(tokens > 100 && compared > 10_000, "there was load: {tokens}, {compared}");
    for old in before {
        assert!(seen.kids().contains(&old));
        let end = Instant::now().duration_since(seen.last_of(&old).unwrap());
        assert!(end > Duration::from_secs(5), "it signed until {end:?} ago");
    }
    assert!(seen.kids().len() >= 6, "two rotations of two keys: {:?}", seen.kids());
    for (line, times) in lines(&cluster).await {
        // A next key is said to be one when it is made, and when the command says from when on it signs.
        assert!(times == 1 || times == 2 && line.contains("next"), "{times} times {line}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_node_signs_with_a_compromised_key_after_ten_seconds() {
    let Some(cluster) = Cluster::start().await else { return };
    let watch = Watch::begin(&cluster).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let bad = active(&cluster, "ES256").await;
    cluster.command(&["keys", "rotate", "--compromised", &bad]).await;
    let at = Instant::now();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let seen = watch.end().await;
    let last = seen.last_of(&bad).unwrap().duration_since(at);
    println!("signed with it until {last:?} after the command");
    assert!(last < Duration::from_secs(3), "both nodes are connected: {last:?}");
    assert!(seen.tokens.lock().unwrap().iter().any(|token| token.asked > at + Duration::from_secs(4)));
    let looks = seen.looks.lock().unwrap();
    assert!(looks.iter().filter(|look| look.asked > at + Duration::from_secs(3)).all(|look| !look.kids.contains(&bad)));
}

#[tokio::test]
async fn when_both_nodes_plan_at_the_same_moment_one_next_key_is_made_and_each_change_is_said_once() {
    let Some(cluster) = Cluster::start().await else { return };
    for round in 0..6 {
        // Both have missed a tick when they go on: from then on they tick together.
        cluster.a.signal("STOP").unwrap();
        cluster.b.signal("STOP").unwrap();
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let due = "UPDATE signing_keys SET ready_at = 1, due_at = 1 WHERE state = 'next' AND algorithm = 'ES256'; \
                   UPDATE directory_version SET version = version + 1";
        cluster.database.sql(due).await;
        cluster.b.signal("CONT").unwrap();
        cluster.a.signal("CONT").unwrap();
        tokio::time::sleep(Duration::from_millis(2500)).await;
        let next = "SELECT count(*) FROM signing_keys WHERE state = 'next' AND algorithm = 'ES256'";
        assert_eq!(cluster.database.count(next).await, 1, "round {round}");
        let all = "SELECT count(*) FROM signing_keys WHERE algorithm = 'ES256'";
        assert_eq!(cluster.database.count(all).await, 3 + round, "round {round}");
        for (line, times) in lines(&cluster).await {
            assert_eq!(times, 1, "{line}");
        }
    }
}
