//! What counts once counts once at all nodes: pushed requests, assertions, DPoP proofs with nonces and without. Whatever happens
//! to Redis meanwhile, no node takes one of them a second time.

use crate::browser::{BackEnd, Browser, Got, Way};
use crate::support::{Cluster, Options, Tokens, authorize, request, server, within};
use conformance::history::run::Portal;
use conformance::servers::redis::{RedisOptions, RedisServer};
use conformance::{ASSERTION_TYPE, Assertion, By, ClientKey, ProofKey, Request};
use futures_util::future::join_all;
use idp::clock::Clock;
use keys::Algorithm;
use std::time::Duration;

const PAR: &str = "/connect/par";
/// A memory of what was used vouches for nothing in its first ten seconds; more on a busy machine.
const REMEMBERS: Duration = Duration::from_secs(25);

/// Two nodes with a Redis of their own, a portal that signs assertions, and `emic`, which has a secret and a key for proofs.
struct Scene {
    cluster: Cluster,
    redis: RedisServer,
    signing: BackEnd,
    signs: ClientKey,
    emic: BackEnd,
    holds: ProofKey,
}

impl Scene {
    /// Both nodes take what is new. `None` where there are no servers.
    async fn start(nonces: bool) -> Option<Self> {
        server()?;
        let redis = RedisServer::start(RedisOptions::default()).await.unwrap();
        let settings = vec![
            ("IDP__EPHEMERAL__URL", redis.settings().unwrap().url.0),
            ("IDP__DPOP__REQUIRE_NONCE", nonces.to_string()),
        ];
        let cluster = Cluster::start_with(Options { settings, ..Options::default() }).await?;
        let signs = ClientKey::generate(Algorithm::Es256).unwrap();
        let signing = signing_portal(&cluster, &signs).await;
        let emic = cluster.portal("emic");
        let scene = Self { cluster, redis, signing, signs, emic, holds: ProofKey::generate().unwrap() };
        scene.remembers().await;
        Some(scene)
    }

    fn both(&self) -> [Way; 2] {
        [self.cluster.only_a(), self.cluster.only_b()]
    }

    /// To A, to B, to A, …
    fn racers(&self) -> Vec<Way> {
        (0..20).map(|n| if n % 2 == 0 { self.cluster.only_a() } else { self.cluster.only_b() }).collect()
    }

    async fn remembers(&self) {
        within(REMEMBERS, "both nodes take new assertions", async || {
            let [a, b] = self.both();
            self.signed(&a, &self.assertion()).await.status == 201
                && self.signed(&b, &self.assertion()).await.status == 201
        })
        .await;
    }

    fn assertion(&self) -> String {
        let by = By::Key(self.signs.clone());
        Assertion::new("signing", &self.cluster.issuer, by, &Clock::System).unwrap().signed().unwrap()
    }

    /// Pushes a request with this assertion.
    async fn signed(&self, way: &Way, assertion: &str) -> Got {
        let asked = request(&self.signing.portal).with("client_assertion_type", ASSERTION_TYPE);
        self.signing.send(way, PAR, &form(&asked.with("client_assertion", assertion)), None).await
    }

    fn proof(&self, nonce: Option<&str>) -> String {
        let url = format!("{}{PAR}", self.cluster.issuer);
        let proof = self.holds.proof("POST", &url, Clock::System.now().seconds());
        self.holds.sign(&nonce.iter().fold(proof, |proof, nonce| proof.claim("nonce", *nonce)))
    }

    /// Pushes a request with this proof.
    async fn proving(&self, way: &Way, proof: &str) -> Got {
        self.emic.send(way, PAR, &form(&request(&self.emic.portal)), Some(proof)).await
    }

    /// Leaves a request; gives where the browser brings it.
    async fn pushed(&self, way: &Way, asked: &Request) -> String {
        let got = self.emic.send(way, PAR, &form(asked), None).await;
        assert_eq!(got.status, 201, "{got:?}");
        let brought = [("client_id", "emic"), ("request_uri", &got.text("request_uri"))];
        let params = brought.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        authorize(&Request { params, ..asked.clone() })
    }

    async fn signed_in(&self) -> Browser {
        self.cluster.signed_in(&self.cluster.a_first(), &self.cluster.people[0]).await.0
    }
}

async fn signing_portal(cluster: &Cluster, key: &ClientKey) -> BackEnd {
    let file = cluster.folder.path().join("signing.jwks");
    std::fs::write(&file, key.set().to_string()).unwrap();
    let redirect_uri = "https://signing.example.gov.tw/callback";
    let add =
        ["clients", "add", "signing", "--name", "簽章", "--redirect-uri", redirect_uri, "--scope", "openid identity"];
    let proves = ["--auth-method", "private_key_jwt", "--jwks-file", file.to_str().unwrap()];
    cluster.command(&[&add[..], &proves].concat()).await;
    BackEnd::new(&Portal { id: "signing".into(), secret: String::new(), redirect_uri: redirect_uri.into() })
}

fn form(request: &Request) -> Vec<(&str, &str)> {
    request.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn is_spent(page: &Got) {
    assert_eq!(page.status, 400, "{page:?}");
    assert!(page.has("error-title") && page.body.contains("invalid_request_uri") && page.parameter("code").is_none());
}

fn refused_for_now(got: &Got) {
    assert_eq!(got.status, 503, "{got:?}");
    assert!(got.headers.contains_key("retry-after"), "{got:?}");
}

/// One is taken. All others hear the error, or that they shall come again where the machine was too busy to say.
fn one_is_taken(all: &[Got], error: &str) {
    let taken = all.iter().filter(|got| got.status == 201).count();
    let busy = all.iter().filter(|got| got.status == 503).count();
    let refused = all.iter().filter(|got| got.text("error") == error).count();
    assert_eq!(taken + busy + refused, all.len(), "{all:?}");
    assert!(taken == 1 || taken == 0 && busy > 0, "{taken} taken, {refused} refused, {busy} busy");
}

#[tokio::test]
async fn a_request_pushed_at_one_node_is_answered_at_the_other_once() {
    let Some(scene) = Scene::start(false).await else { return };
    let (browser, [a, b]) = (scene.signed_in().await, scene.both());
    for (here, there) in [(&a, &b), (&b, &a)] {
        let asked = request(&scene.emic.portal);
        let brought = scene.pushed(here, &asked).await;
        let sent = browser.open(there, &brought).await;
        assert_eq!(sent.parameter("state").as_deref(), Some(asked.state.as_str()), "{sent:?}");
        Tokens::of(&scene.emic.redeem(here, &sent.parameter("code").unwrap(), &asked.verifier).await);
        for way in [here, there] {
            is_spent(&browser.open(way, &brought).await);
        }
    }
    for _ in 0..8 {
        let brought = scene.pushed(&a, &request(&scene.emic.portal)).await;
        let ways = scene.racers();
        let all = join_all(ways.iter().map(|way| browser.open(way, &brought))).await;
        let (given, others): (Vec<_>, Vec<_>) = all.iter().partition(|got| got.parameter("code").is_some());
        assert_eq!(given.len(), 1, "{all:?}");
        others.iter().for_each(|page| is_spent(page));
    }
}

#[tokio::test]
async fn of_all_who_send_the_same_assertion_or_proof_to_both_nodes_one_is_taken() {
    let Some(scene) = Scene::start(false).await else { return };
    let [a, b] = scene.both();
    for _ in 0..8 {
        let (assertion, ways) = (scene.assertion(), scene.racers());
        let all = join_all(ways.iter().map(|way| scene.signed(way, &assertion))).await;
        one_is_taken(&all, "invalid_client");
        let proof = scene.proof(None);
        let all = join_all(ways.iter().map(|way| scene.proving(way, &proof))).await;
        one_is_taken(&all, "invalid_dpop_proof");
        for way in [&a, &b] {
            assert_eq!(scene.signed(way, &assertion).await.text("error"), "invalid_client");
            assert_eq!(scene.proving(way, &proof).await.text("error"), "invalid_dpop_proof");
        }
    }
}

#[tokio::test]
async fn a_nonce_of_one_node_is_good_at_the_other_and_lets_no_proof_count_twice() {
    let Some(scene) = Scene::start(true).await else { return };
    let [a, b] = scene.both();
    for (here, there) in [(&a, &b), (&b, &a)] {
        let told = scene.proving(here, &scene.proof(None)).await;
        assert_eq!((told.status.as_u16(), told.text("error")), (400, "use_dpop_nonce".to_owned()), "{told:?}");
        let proof = scene.proof(told.headers["dpop-nonce"].to_str().ok());
        let taken = scene.proving(there, &proof).await;
        assert_eq!(taken.status, 201, "{taken:?}");
        for way in [here, there] {
            assert_eq!(scene.proving(way, &proof).await.text("error"), "invalid_dpop_proof");
        }
        let next = scene.proof(taken.headers["dpop-nonce"].to_str().ok());
        let ways = scene.racers();
        one_is_taken(&join_all(ways.iter().map(|way| scene.proving(way, &next))).await, "invalid_dpop_proof");
    }
}

#[tokio::test]
async fn while_redis_is_frozen_nothing_is_taken_that_counts_once_and_afterwards_nothing_twice() {
    let Some(scene) = Scene::start(false).await else { return };
    let (browser, [a, b]) = (scene.signed_in().await, scene.both());
    let (used, used_proof) = (scene.assertion(), scene.proof(None));
    assert_eq!(scene.signed(&a, &used).await.status, 201);
    assert_eq!(scene.proving(&a, &used_proof).await.status, 201);
    let brought = scene.pushed(&a, &request(&scene.emic.portal)).await;

    scene.redis.freeze().unwrap();
    let (asked, asked_proof) = (scene.assertion(), scene.proof(None));
    for way in [&a, &b] {
        for got in [scene.signed(way, &asked).await, scene.proving(way, &asked_proof).await] {
            refused_for_now(&got);
        }
        refused_for_now(&scene.emic.send(way, PAR, &form(&request(&scene.emic.portal)), None).await);
        refused_for_now(&browser.open(way, &brought).await);
    }
    scene.redis.thaw().unwrap();
    scene.remembers().await;

    // Nobody knows whether the questions reached it.
    let mut taken = [0, 0, 0];
    for way in [&a, &b, &a] {
        assert_eq!(scene.signed(way, &used).await.text("error"), "invalid_client");
        assert_eq!(scene.proving(way, &used_proof).await.text("error"), "invalid_dpop_proof");
        taken[0] += usize::from(scene.signed(way, &asked).await.status == 201);
        taken[1] += usize::from(scene.proving(way, &asked_proof).await.status == 201);
        taken[2] += usize::from(browser.open(way, &brought).await.parameter("code").is_some());
    }
    assert!(taken[0] <= 1 && taken[1] <= 1 && taken[2] == 1, "{taken:?}");
}

#[tokio::test]
async fn of_what_was_there_before_redis_was_emptied_no_node_takes_anything() {
    let Some(scene) = Scene::start(false).await else { return };
    let (browser, [a, b]) = (scene.signed_in().await, scene.both());
    let (used, used_proof) = (scene.assertion(), scene.proof(None));
    assert_eq!(scene.signed(&a, &used).await.status, 201);
    assert_eq!(scene.proving(&b, &used_proof).await.status, 201);
    let brought = scene.pushed(&a, &request(&scene.emic.portal)).await;

    scene.redis.flush().unwrap();
    for way in [&b, &a, &b] {
        // The client may have signed it a moment ago: it is told to come again, with a new one.
        refused_for_now(&scene.signed(way, &used).await);
        let told = scene.proving(way, &used_proof).await;
        assert_eq!((told.status.as_u16(), told.text("error")), (400, "use_dpop_nonce".to_owned()), "{told:?}");
        is_spent(&browser.open(way, &brought).await);
    }
    // With a nonce of after it a proof counts at once; whoever was refused goes on without waiting.
    let told = scene.proving(&a, &scene.proof(None)).await;
    let proof = scene.proof(told.headers["dpop-nonce"].to_str().ok());
    assert_eq!(scene.proving(&b, &proof).await.status, 201);
    assert_eq!(scene.proving(&a, &proof).await.text("error"), "invalid_dpop_proof");
    scene.remembers().await;
    for way in [&a, &b] {
        assert_eq!(scene.signed(way, &used).await.text("error"), "invalid_client");
        assert_ne!(scene.proving(way, &used_proof).await.status, 201);
    }
}
