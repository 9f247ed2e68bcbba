//! Which addresses a request may go to.

use std::net::IpAddr;
use std::process::Command;
use std::sync::Arc;

use reqwest::dns::Resolve;

use super::support::{Scripted, Server, allowing, fetch_allowing, url};
use crate::outside::fetch::allow_list::AllowedHost;
use crate::outside::fetch::resolver::{LookupError, PublicOnly};
use crate::outside::fetch::{Fetch, FetchError, FetchSettings, FetchSettingsError};

/// One client for all static checks: building one reads the system's certificates.
fn fetch_once() -> &'static Fetch {
    static FETCH: std::sync::OnceLock<Fetch> = std::sync::OnceLock::new();
    FETCH.get_or_init(|| fetch_allowing(&["listed.example", "10.1.2.3:8443", "[::1]:9000"]))
}

#[test]
fn an_address_must_be_https_without_credentials_and_without_port_0() {
    let verdict = |text: &str| fetch_once().check_url(&url(text));
    assert!(verdict("https://portal.example/logout").is_ok());
    assert!(verdict("https://portal.example:8443/logout").is_ok());
    for text in ["http://portal.example/", "ftp://portal.example/", "file:///etc/passwd", "data:,x", "gopher://x/"] {
        assert!(matches!(verdict(text), Err(FetchError::Scheme)), "{text}");
    }
    for text in ["https://who@portal.example/", "https://who:secret@portal.example/", "https://:s@listed.example/"] {
        assert!(matches!(verdict(text), Err(FetchError::Userinfo)), "{text}");
    }
    for text in ["https://portal.example:0/", "http://listed.example:0/"] {
        assert!(matches!(verdict(text), Err(FetchError::Port)), "{text}");
    }
}

#[test]
fn loopback_is_refused_however_it_is_spelt() {
    for host in "
        127.0.0.1 127.0.0.1. 2130706433 0x7f.1 0x7f000001 0177.0.0.1 127.1 0 0x0 [::1] [::ffff:127.0.0.1]
        [::ffff:7f00:1] localhost localhost. LOCALHOST a.localhost １２７.0.0.1 ⓛocalhost"
        .split_whitespace()
    {
        let refusal = fetch_once().check_url(&url(&format!("https://{host}/")));
        assert!(matches!(refusal, Err(FetchError::PrivateAddress)), "{host}: {refusal:?}");
    }
    assert!(fetch_once().check_url(&url("https://localhost.portal.example/")).is_ok());
}

#[test]
fn the_allow_list_covers_exactly_what_it_names() {
    let allowed = |text: &str| fetch_once().check_url(&url(text)).is_ok();
    for text in "
        http://listed.example/ http://LISTED.example./ http://listed.example:81/ https://listed.example/
        http://10.1.2.3:8443/ http://0x0a.1.2.3:8443/ https://[::1]:9000/ https://[0:0::0:1]:9000/"
        .split_whitespace()
    {
        assert!(allowed(text), "{text}");
    }
    for text in "
        http://sub.listed.example/ http://listed.example.evil.example/ http://evillisted.example/
        http://10.1.2.3/ https://10.1.2.3/ https://10.1.2.3:8444/ https://10.1.2.4:8443/ https://[::1]:9001/
        https://[::ffff:10.1.2.3]:8443/"
        .split_whitespace()
    {
        assert!(!allowed(text), "{text}");
    }
}

#[test]
fn an_entry_of_the_allow_list_that_cannot_be_meant_so_is_refused() {
    for entry in ["host.example", "host.example:443", "HOST", "10.0.0.1", "10.0.0.1:80", "[::1]", "[::1]:80"] {
        assert!(AllowedHost::parse(entry).is_some(), "{entry}");
    }
    for entry in [
        "",
        ":",
        ":443",
        "host:",
        "host:0",
        "host:65536",
        "host:+443",
        "host:http",
        "https://host",
        "host/path",
        "10.0.0.0/8",
        "*",
        "*.example",
        "who@host",
        "::1",
        "a b",
        " host",
        "host:80:80",
    ] {
        let settings = FetchSettings { allow_hosts: vec![entry.to_owned()], ..FetchSettings::default() };
        let refusal = Fetch::new(settings).map(|_| ());
        assert!(
            matches!(&refusal, Err(FetchSettingsError::AllowHost(named)) if named == entry),
            "{entry:?}: {refusal:?}"
        );
    }
}

#[tokio::test]
async fn a_listed_host_is_reached_by_name_and_by_any_spelling_of_its_address() {
    let server = Server::saying("hello").await;
    let listed = fetch_allowing(&["localhost", "127.0.0.1", "[::ffff:127.0.0.1]"]);
    assert!(listed.check_url(&server.url("[::ffff:7f00:1]")).is_ok());
    for host in ["localhost", "127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1"] {
        assert_eq!(listed.get(&server.url(host)).await.unwrap().body, "hello", "{host}");
    }
    // Not every system's resolver knows this one.
    let listed = Fetch::with_resolver(allowing(&["localhost"]), Scripted::answering(&[&["127.0.0.1"]])).unwrap();
    assert_eq!(listed.get(&server.url("localhost.")).await.unwrap().body, "hello");
}

#[tokio::test]
async fn a_listed_port_opens_no_other_port_of_the_host() {
    let listed = Server::saying("listed").await;
    let other = Server::saying("other").await;
    let fetch = fetch_allowing(&[&format!("localhost:{}", listed.port)]);
    assert_eq!(fetch.get(&listed.url("localhost")).await.unwrap().body, "listed");
    assert!(matches!(fetch.get(&other.url("localhost")).await, Err(FetchError::Scheme)));
    let over_tls = url(&format!("https://localhost:{}/", other.port));
    assert!(matches!(fetch.get(&over_tls).await, Err(FetchError::PrivateAddress)));
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn a_name_with_any_address_inside_is_refused_before_a_connection_is_made() {
    let server = Server::saying("secret").await;
    let portal = url(&format!("https://portal.example:{}/", server.port));
    for answer in [&["127.0.0.1"][..], &["8.8.8.8", "127.0.0.1"], &["127.0.0.1", "8.8.8.8"], &["2606:4700::1", "::1"]] {
        let names = Scripted::answering(&[answer]);
        let fetch = Fetch::with_resolver(allowing(&[]), names.clone()).unwrap();
        let refusal = fetch.get(&portal).await;
        assert!(matches!(refusal, Err(FetchError::PrivateAddress)), "{answer:?}: {refusal:?}");
        assert_eq!(names.left(), 0);
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_name_that_turns_from_public_to_loopback_is_refused_the_second_time() {
    let names = PublicOnly::new(Scripted::answering(&[&["8.8.8.8", "2606:4700::1111"], &["127.0.0.1"]]));
    let ask = || names.resolve("portal.example".parse().unwrap());
    let first: Vec<IpAddr> = ask().await.unwrap().map(|address| address.ip()).collect();
    assert_eq!(first, ["8.8.8.8".parse::<IpAddr>().unwrap(), "2606:4700::1111".parse().unwrap()]);
    let second = ask().await.err().unwrap();
    assert!(matches!(second.downcast_ref(), Some(LookupError::NotPublic(address)) if address.is_loopback()));
}

#[tokio::test]
async fn a_request_asks_for_the_address_once_and_connects_to_that_answer() {
    let server = Server::saying("first").await;
    // Whoever asked twice would connect to 127.0.0.2, where nobody listens.
    let names = Scripted::answering(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let fetch = Fetch::with_resolver(allowing(&["portal.example"]), names.clone()).unwrap();
    assert_eq!(fetch.get(&server.url("portal.example")).await.unwrap().body, "first");
    assert_eq!(names.left(), 1);
}

#[tokio::test]
async fn a_name_without_an_address_is_told_apart() {
    let names: Arc<dyn Resolve> = Scripted::answering(&[]);
    let fetch = Fetch::with_resolver(allowing(&[]), names).unwrap();
    let refusal = fetch.get(&url("https://portal.example/?token=secret")).await.unwrap_err();
    assert!(matches!(refusal, FetchError::Dns(_)), "{refusal:?}");
    let detail = refusal.detail().unwrap();
    assert!(detail.contains("the name has no address") && !detail.contains("secret"), "{detail}");
}

/// A proxy would look the name up itself and so undo every rule above. The environment of a running process must not be
/// changed beside other threads, hence a process of its own.
#[tokio::test]
async fn a_proxy_in_the_environment_is_ignored() {
    const INNER: &str = "SHENFEN_TEST_INNER";
    let server = Server::saying("direct").await;
    if std::env::var_os(INNER).is_some() {
        assert_eq!(fetch_allowing(&["127.0.0.1"]).get(&server.url("127.0.0.1")).await.unwrap().body, "direct");
        return;
    }
    let proxy = format!("http://127.0.0.1:{}", server.port);
    let (_, module) = module_path!().split_once("::").unwrap();
    let output = tokio::task::spawn_blocking(move || {
        Command::new(std::env::current_exe().unwrap())
            .args([&format!("{module}::a_proxy_in_the_environment_is_ignored"), "--exact"])
            .env(INNER, "1")
            .envs(["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"].map(|name| (name, &proxy)))
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .env_remove("REQUEST_METHOD")
            .output()
            .unwrap()
    });
    let output = output.await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    assert_eq!(server.connections(), 0, "the proxy was asked");
}
