//! SIGKILL of a node in the middle of everything, as people notice it who sign in at real portals: not at all.

use crate::support::{Cluster, Options, server, within};
use conformance::PASSWORD;
use conformance::crowd::{Browsers, Figures, Gathering, Invitation, Visitor};
use conformance::servers::nginx::{Nginx, Passed};
use conformance::servers::portal_process::PortalProcess;
use reqwest::Url;
use std::time::Duration;

/// How often each node is killed.
const TIMES: usize = 3;
/// Sign-ins before each kill and after it, while one node is alone.
const LOGINS: usize = 20;

/// Two nodes behind nginx, and two portals.
struct Scene {
    cluster: Cluster,
    portals: Vec<PortalProcess>,
    nginx: Nginx,
}

impl Scene {
    async fn set(settings: Vec<(&'static str, String)>) -> Option<Self> {
        server()?;
        let mut nginx = Nginx::new().unwrap();
        let issuer = nginx.base();
        let cluster =
            Cluster::start_with(Options { issuer: Some(issuer.clone()), settings, ..Options::default() }).await?;
        nginx.start(&[cluster.a.address, cluster.b.address]).await.unwrap();
        let (commands, folder) = (cluster.a.commands(), cluster.folder.path());
        let mut portals = Vec::new();
        for key in ["emic", "elearn"] {
            portals.push(PortalProcess::start(&commands, folder, key, &issuer).await.unwrap());
        }
        Some(Self { cluster, portals, nginx })
    }

    /// For whoever reads why it failed.
    fn show_logs(&self) {
        for portal in &self.portals {
            println!("{}: {}", portal.key, portal.words());
        }
        for node in ["a.log", "b.log"] {
            println!("{node}: {}", std::fs::read_to_string(self.cluster.folder.path().join(node)).unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_are_killed_in_turn_and_nobody_sees_an_error_or_types_a_password_twice() {
    let Some(mut scene) = Scene::set(vec![]).await else {
        return;
    };
    let Scene { cluster, portals, nginx } = &mut scene;
    let issuer = nginx.base();
    let invitation =
        Invitation { portals, issuer: &issuer, people: &cluster.people, fresh: 40, pause: Duration::from_millis(20) };
    let people = Gathering::of(&invitation).unwrap();
    for _ in 0..TIMES {
        for node in [&mut cluster.a, &mut cluster.b] {
            people.more(LOGINS).await;
            node.kill().unwrap();
            people.more(LOGINS).await;
            node.start_ready().await.unwrap();
            nginx.asks_again(node.address).await.unwrap();
        }
    }
    let figures = Figures::of(&people.go_home().await);
    let passed = nginx.passed().unwrap();
    let (mut broken_off, mut unreached, mut tokens) = (0, 0, 0);
    for request in &passed {
        broken_off += request.broken_off;
        unreached += request.unreached;
        tokens += usize::from(request.path == "/connect/token" && request.status == 502);
    }
    println!(
        "{broken_off} requests broken off, {unreached} not reached, {tokens} token requests unanswered; {figures}"
    );
    scene.show_logs();
    assert_eq!(figures.problems.len(), 0, "{:?}", figures.problems);
    assert_eq!(figures.typed_again.len(), 0, "{:?}", figures.typed_again);
    assert!(figures.with_password > 0 && figures.single_sign_on > 0, "{figures}");
    assert!(broken_off > 0, "no kill met a request");
    // Nobody repeats a token request; each that was lost is a sign-in that began again.
    let repeated =
        |request: &&Passed| request.path == "/connect/token" && request.broken_off > 0 && request.status != 502;
    assert_eq!(passed.iter().filter(repeated).count(), 0);
    assert!(figures.restarted as usize >= tokens, "{} restarted, {tokens} lost", figures.restarted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_dies_while_it_compares_a_password_and_the_person_does_not_type_it_again() {
    // Comparing takes half a second, so that a kill meets it, and the other node lets the name wait for a second.
    let settings = vec![("IDP__PASSWORDS__ARGON2_PASSES", "60".to_owned()), ("IDP__PASSWORDS__WAIT", "2s".to_owned())];
    let Some(mut scene) = Scene::set(settings).await else { return };
    let issuer = Url::parse(&scene.nginx.base()).unwrap();
    let portal = Url::parse(&scene.portals[0].base).unwrap();
    let password = scene.cluster.folder.path().join("password");
    std::fs::write(&password, PASSWORD).unwrap();
    let mut met = 0;
    for number in 0..16 {
        let account = format!("patient{number:02}");
        let add = ["accounts", "add", &account, "--password-file", password.to_str().unwrap(), "--name", "王小明"];
        let mail = format!("{account}@example.gov.tw");
        scene.cluster.command(&[&add[..], &["--email", &mail]].concat()).await;
        let mut person = Visitor::new(&Browsers::new().unwrap(), &issuer, &account);
        let portal = portal.clone();
        let known = scene.nginx.passed().unwrap().len();
        let signing_in = tokio::spawn(async move { person.sign_in(&portal).await });
        let database = &scene.cluster.database;
        let reserved = async || database.count("SELECT count(*) FROM password_attempts").await > 0;
        within(Duration::from_secs(20), "an attempt is taken", reserved).await;
        // nginx takes turns: now and then it is this one that compares.
        let cluster = &mut scene.cluster;
        let node = if number % 2 == 0 { &mut cluster.a } else { &mut cluster.b };
        node.kill().unwrap();
        let login = signing_in.await.unwrap();
        assert_eq!((login.problem.clone(), login.typed), (None, 1), "{login:?}: {:?}", scene.show_logs());
        let broken = |request: &Passed| request.path == "/sign-in" && request.broken_off == 1 && request.status == 303;
        met += usize::from(scene.nginx.passed().unwrap()[known..].iter().any(broken));
        if met == 2 {
            return;
        }
        let cluster = &mut scene.cluster;
        let node = if number % 2 == 0 { &mut cluster.a } else { &mut cluster.b };
        node.start_ready().await.unwrap();
        // By then nginx asks it again.
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    panic!("hardly a kill met the node that compared: {met}");
}
