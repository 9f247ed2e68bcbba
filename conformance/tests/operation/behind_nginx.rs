//! The nginx example of the documents, as it stands there but for names, addresses and certificate: it is accepted, the person
//! behind it is counted and not nginx, GETs are repeated at the other node and POSTs never.

use crate::support::{Certificate, http};
use conformance::{Provider, ProviderOptions, free_port};
use idp::settings::{SecretUrl, Settings};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

const EXAMPLE: &str = include_str!("../../../docs/nginx.conf");

/// Whether nginx is there to be run: `script/test` says so, and then it has to be.
fn switched_on() -> bool {
    std::env::var_os("IDP_TEST_SERVERS").is_some()
}

/// A running nginx, until it is dropped.
struct Nginx {
    child: Child,
    address: SocketAddr,
    folder: tempfile::TempDir,
    _certificate: Certificate,
}

impl Nginx {
    async fn before(first: SocketAddr, second: SocketAddr) -> Self {
        let (certificate, folder) = (Certificate::new(), tempfile::tempdir().unwrap());
        let ports = [free_port().unwrap(), free_port().unwrap()];
        let (pem, key) = certificate.pair();
        let mut site = EXAMPLE.to_owned();
        for (from, to) in [
            ("10.1.2.11:8080", first.to_string()),
            ("10.1.2.12:8080", second.to_string()),
            ("listen 443 ", format!("listen 127.0.0.1:{} ", ports[0])),
            ("listen [::]:443 ", format!("listen [::1]:{} ", ports[0])),
            ("listen 80;", format!("listen 127.0.0.1:{};", ports[1])),
            ("listen [::]:80;", format!("listen [::1]:{};", ports[1])),
            ("/etc/nginx/tls/fullchain.pem", pem.display().to_string()),
            ("/etc/nginx/tls/key.pem", key.display().to_string()),
        ] {
            assert!(site.contains(from), "the example has no {from:?}");
            site = site.replace(from, &to);
        }
        let here = folder.path().display();
        let site = site.replace("/var/log/nginx/", &format!("{here}/"));
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {here}/{kind};"))
            .join("\n");
        let whole = format!(
            "pid {here}/pid; error_log {here}/error.log; daemon off; worker_processes 1; events {{}}\n\
             http {{ access_log off; {temporary}\n{site}\n}}"
        );
        std::fs::write(folder.path().join("nginx.conf"), whole).unwrap();
        let command = || {
            let mut command = Command::new("nginx");
            command.args(["-p", &here.to_string(), "-c", "nginx.conf", "-e", "error.log"]);
            command.stdin(Stdio::null());
            command
        };
        let checked = command().arg("-t").output().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
        let child = command().stderr(Stdio::null()).spawn().unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], ports[0]));
        let nginx = Self { child, address, folder, _certificate: certificate };
        for _ in 0..100 {
            if TcpStream::connect(address).await.is_ok() {
                return nginx;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("nginx does not listen: {}", nginx.log());
    }

    fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("error.log")).unwrap_or_default()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // SIGTERM: killed outright, it would leave its worker behind.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

fn behind_a_proxy(settings: &mut Settings) {
    settings.passwords.failures_per_address = 3;
    settings.server.trusted_proxies = vec!["127.0.0.1".into()];
}

fn without_its_redis(settings: &mut Settings) {
    settings.ephemeral.url = SecretUrl("redis://127.0.0.1:1/".into());
}

async fn provider() -> Provider {
    Provider::start_with(ProviderOptions { settings: Some(behind_a_proxy), ..ProviderOptions::default() })
        .await
        .unwrap()
}

/// A node that takes every request and dies before it answers; counts them.
async fn dying_node() -> (SocketAddr, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, counted) = (listener.local_addr().unwrap(), Arc::<AtomicU32>::default());
    let counter = counted.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 65536];
            if stream.read(&mut request).await.is_ok_and(|length| length > 0) {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    (address, counted)
}

/// A wrong guess, with what the person claims about the address.
async fn guess(nginx: &Nginx, name: &str, claimed: &str) -> u16 {
    let page = http().get(nginx.url("/sign-in")).send().await.unwrap();
    let cookie = page.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = page.text().await.unwrap();
    let interaction = page.split_once("name=\"interaction\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let form = [("interaction", interaction.as_str()), ("username", name), ("password", "wrong")];
    let request = http().post(nginx.url("/sign-in")).header("cookie", cookie).header("x-forwarded-for", claimed);
    request.form(&form).send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_nginx_the_person_is_counted_and_not_nginx_nor_what_the_person_claims() {
    if !switched_on() {
        return;
    }
    fn nginx_is_elsewhere(settings: &mut Settings) {
        behind_a_proxy(settings);
        // The person is 127.0.0.1 to nginx; if that were trusted, claims to the left of it would be believed.
        settings.server.trusted_proxies = vec!["127.0.0.2".into()];
    }
    let provider = provider().await;
    let nginx = Nginx::before(provider.settings.server.listen, provider.settings.server.listen).await;
    // nginx and the person have one address here, a trusted one: the claim stands in for people elsewhere.
    for (number, person) in ["198.51.100.1", "198.51.100.1", "198.51.100.1"].into_iter().enumerate() {
        assert_eq!(guess(&nginx, &format!("nobody0{number}"), person).await, 422, "{}", nginx.log());
    }
    assert_eq!(guess(&nginx, "nobody05", "198.51.100.1").await, 429);
    assert_eq!(guess(&nginx, "nobody06", "198.51.100.2").await, 422);
    // Where nginx is not trusted, its word and the person's are worth nothing.
    let settings: fn(&mut Settings) = nginx_is_elsewhere;
    let strict = Provider::start_with(ProviderOptions { settings: Some(settings), ..ProviderOptions::default() }).await;
    let strict = strict.unwrap();
    let nginx = Nginx::before(strict.settings.server.listen, strict.settings.server.listen).await;
    let mut statuses = Vec::new();
    for number in 1..=4 {
        statuses.push(guess(&nginx, &format!("nobody0{number}"), &format!("198.51.100.{number}")).await);
    }
    assert_eq!(statuses, [422, 422, 422, 429]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_get_that_a_dying_node_did_not_answer_is_repeated_at_the_other() {
    if !switched_on() {
        return;
    }
    let provider = provider().await;
    let (dying, counted) = dying_node().await;
    let nginx = Nginx::before(dying, provider.settings.server.listen).await;
    for _ in 0..6 {
        let jwks = http().get(nginx.url("/.well-known/jwks.json")).send().await.unwrap();
        assert_eq!(jwks.status(), 200, "{}", nginx.log());
    }
    assert!(counted.load(Ordering::Relaxed) >= 1, "no GET met the dying node");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_a_dying_node_did_not_answer_is_repeated_by_nobody() {
    if !switched_on() {
        return;
    }
    let provider = provider().await;
    let (dying, counted) = dying_node().await;
    let nginx = Nginx::before(dying, provider.settings.server.listen).await;
    let form = [("grant_type", "authorization_code"), ("code", "x")];
    let (mut lost, mut answered) = (0, 0);
    for _ in 0..6 {
        match http().post(nginx.url("/connect/token")).form(&form).send().await.unwrap().status().as_u16() {
            502 => lost += 1,
            401 => answered += 1,
            other => panic!("{other}: {}", nginx.log()),
        }
    }
    assert_eq!(counted.load(Ordering::Relaxed), lost, "each that met the dying node was lost, and asked once");
    assert!(lost >= 1 && answered >= 1, "{lost} lost, {answered} answered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_of_a_page_that_a_dying_node_did_not_answer_is_repeated_at_the_other() {
    if !switched_on() {
        return;
    }
    let provider = provider().await;
    let (dying, counted) = dying_node().await;
    let nginx = Nginx::before(dying, provider.settings.server.listen).await;
    for path in ["/sign-in", "/consent", "/language", "/connect/end_session/confirm"].repeat(2) {
        let answer = http().post(nginx.url(path)).form(&[("interaction", "x")]).send().await.unwrap();
        assert_ne!(answer.status().as_u16() / 100, 5, "{path}: {}", nginx.log());
    }
    assert!(counted.load(Ordering::Relaxed) >= 1, "no form met the dying node");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_whether_the_nodes_live_or_sends_too_much_gets_no_further_than_nginx() {
    if !switched_on() {
        return;
    }
    let provider = provider().await;
    let nginx = Nginx::before(provider.settings.server.listen, provider.settings.server.listen).await;
    for path in ["/readyz", "/livez", "/metrics"] {
        assert_eq!(http().get(nginx.url(path)).send().await.unwrap().status(), 404, "{path}");
    }
    let long = http().post(nginx.url("/connect/token")).body("a".repeat(100_000)).send().await.unwrap();
    assert_eq!(long.status(), 413);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_that_somebody_brings_about_take_the_nodes_from_nobody_else() {
    if !switched_on() {
        return;
    }
    let options = ProviderOptions { settings: Some(without_its_redis), ..ProviderOptions::default() };
    let provider = Provider::start_with(options).await.unwrap();
    let node = provider.settings.server.listen;
    let nginx = Nginx::before(node, node).await;
    for _ in 0..12 {
        let waits_nowhere = nginx.url("/connect/authorize?posted=AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(http().get(waits_nowhere).send().await.unwrap().status(), 503, "{}", nginx.log());
        let other = http().get(nginx.url("/sign-in")).send().await.unwrap();
        assert_eq!(other.status(), 200, "{}", nginx.log());
    }
}
