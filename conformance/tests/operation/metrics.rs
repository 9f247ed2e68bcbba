//! The figures, as Prometheus fetches them.

use crate::support::{Certificate, closed_after, from, http, now, says, status};
use conformance::{Browser, CIVIL_SERVANT, PASSWORD, Portal, Provider, ProviderOptions};
use idp::settings::Settings;
use idp_core::client::AuthMethod;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

fn watched(settings: &mut Settings) {
    settings.server.metrics_listen = Some(SocketAddr::from(([127, 0, 0, 1], conformance::free_port().unwrap())));
}

async fn provider() -> Provider {
    Provider::start_with(ProviderOptions { settings: Some(watched), ..ProviderOptions::default() }).await.unwrap()
}

async fn text(provider: &Provider) -> String {
    let url = format!("http://{}/metrics", provider.settings.server.metrics_listen.unwrap());
    let answer = http().get(url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("application/openmetrics-text"));
    answer.text().await.unwrap()
}

/// Each line's name with its labels, and its value.
async fn figures(provider: &Provider) -> BTreeMap<String, f64> {
    let text = text(provider).await;
    assert!(text.ends_with("# EOF\n"));
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
        .collect()
}

/// A page's sealed interaction, and the cookie that goes with it.
async fn guess(provider: &Provider, username: &str, password: &str) -> u16 {
    let page = http().get(provider.url("/sign-in")).send().await.unwrap();
    let cookie = page.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = page.text().await.unwrap();
    let interaction = page.split_once("name=\"interaction\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let form = [("interaction", interaction.as_str()), ("username", username), ("password", password)];
    let request = http().post(provider.url("/sign-in")).header("cookie", cookie).form(&form);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn what_happens_is_counted_and_what_is_so_is_told() {
    let provider = provider().await;
    assert_eq!(guess(&provider, CIVIL_SERVANT, PASSWORD).await, 303);
    assert_eq!(guess(&provider, "nobody01", "wrong").await, 422);
    assert_eq!(guess(&provider, "nobody01", "wrong").await, 429);
    let form = [("grant_type", "authorization_code"), ("client_id", "stranger")];
    assert_eq!(http().post(provider.url("/connect/token")).form(&form).send().await.unwrap().status(), 401);
    let seen = figures(&provider).await;
    for (name, value) in [
        ("idp_sign_ins_total{outcome=\"ok\"}", 1.0),
        ("idp_sign_ins_total{outcome=\"wrong_password\"}", 1.0),
        ("idp_sign_ins_total{outcome=\"waiting\"}", 1.0),
        ("idp_sign_ins_total{outcome=\"locked\"}", 0.0),
        ("idp_requests_refused_total{error=\"invalid_client\"}", 1.0),
        ("idp_http_requests_total{route=\"/sign-in\",status=\"2xx\"}", 3.0),
        ("idp_http_requests_total{route=\"/sign-in\",status=\"3xx\"}", 1.0),
        ("idp_http_requests_total{route=\"/sign-in\",status=\"4xx\"}", 2.0),
        ("idp_http_request_seconds_count{route=\"/sign-in\"}", 6.0),
        ("idp_http_requests_total{route=\"/connect/token\",status=\"4xx\"}", 1.0),
        ("idp_outbox_depth", 0.0),
        ("idp_signing_keys{algorithm=\"ES256\",state=\"active\"}", 1.0),
        ("idp_signing_keys{algorithm=\"RS256\",state=\"next\"}", 1.0),
        ("idp_ready", 1.0),
        ("idp_ephemeral_up", 1.0),
        ("idp_build_info{version=\"0.1.0\"}", 1.0),
        ("idp_passwords_hashed_total", 2.0),
    ] {
        assert_eq!(seen.get(name), Some(&value), "{name}");
    }
    for name in ["idp_database_unit_seconds_count{kind=\"write\"}", "process_cpu_seconds_total", "process_open_fds"] {
        assert!(seen[name] > 0.0, "{name}");
    }
    let days = seen["idp_signing_key_change_days{algorithm=\"ES256\"}"];
    assert!((89.0..90.1).contains(&days), "{days}");
}

#[tokio::test]
async fn tokens_are_counted_by_grant_and_what_the_portal_was_refused_by_code() {
    let provider = provider().await;
    let basic = AuthMethod::ClientSecretBasic;
    let portal = Portal::new(&provider, "emic", "http://localhost:1/callback", basic).await.unwrap();
    let (browser, request) = (Browser::new(&provider.issuer).unwrap(), portal.request());
    let page = browser.open(&request.url()).await.unwrap();
    let back = browser.sign_in(&page, CIVIL_SERVANT, PASSWORD).await.unwrap();
    let code = back.parameter("code").unwrap();
    let tokens = portal.redeem(&request, &code).await.unwrap().tokens().unwrap();
    portal.refresh(&tokens.refresh).await.unwrap();
    assert_eq!(portal.redeem(&request, &code).await.unwrap().error(), "invalid_grant");
    let none = browser.open(&portal.request().with("prompt", "none").with("max_age", "0").url()).await.unwrap();
    assert_eq!(none.parameter("error").as_deref(), Some("login_required"));
    let seen = figures(&provider).await;
    for (name, value) in [
        ("idp_tokens_issued_total{grant=\"authorization_code\"}", 1.0),
        ("idp_tokens_issued_total{grant=\"refresh_token\"}", 1.0),
        ("idp_requests_refused_total{error=\"invalid_grant\"}", 1.0),
        ("idp_requests_refused_total{error=\"login_required\"}", 1.0),
    ] {
        assert_eq!(seen.get(name), Some(&value), "{name}");
    }
}

#[tokio::test]
async fn a_logout_that_waits_is_seen_with_its_age_and_what_became_of_it() {
    let provider = provider().await;
    let gone = format!("http://localhost:{}/logout", conformance::free_port().unwrap());
    let mut registration = Provider::registration("deaf", "http://localhost:3/callback");
    registration.trusted = true;
    registration.backchannel_logout_uri = Some(gone);
    provider.register(registration).await.unwrap();
    let basic = AuthMethod::ClientSecretBasic;
    let portal = Portal::new(&provider, "deaf", "http://localhost:3/callback", basic).await.unwrap();
    let (browser, request) = (Browser::new(&provider.issuer).unwrap(), portal.request());
    let page = browser.open(&request.url()).await.unwrap();
    let back = browser.sign_in(&page, CIVIL_SERVANT, PASSWORD).await.unwrap();
    let tokens = portal.redeem(&request, &back.parameter("code").unwrap()).await.unwrap().tokens().unwrap();
    let end = provider.url(&format!("/connect/end_session?id_token_hint={}", tokens.id_token));
    browser.open(&end).await.unwrap();
    let retried = "idp_backchannel_logouts_total{outcome=\"retried\"}";
    for _ in 0..100 {
        if figures(&provider).await[retried] >= 1.0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    provider.clock.advance(std::time::Duration::from_secs(600));
    let seen = figures(&provider).await;
    assert!(seen[retried] >= 1.0);
    assert_eq!(seen["idp_outbox_depth"], 1.0);
    assert!((600.0..700.0).contains(&seen["idp_outbox_oldest_seconds"]), "{}", seen["idp_outbox_oldest_seconds"]);
}

#[tokio::test]
async fn no_label_holds_what_somebody_sent_and_none_names_a_person_or_an_address() {
    let provider = provider().await;
    guess(&provider, CIVIL_SERVANT, PASSWORD).await;
    guess(&provider, "nobody77", "wrong").await;
    let before = figures(&provider).await.len();
    for number in 0..50 {
        let path = format!("/evil{number}?x={number}");
        assert_eq!(http().get(provider.url(&path)).send().await.unwrap().status(), 404);
        let odd = format!("EVIL{number} /sign-in HTTP/1.1\r\nHost: evil{number}\r\n\r\n");
        assert_eq!(status(&mut says(&provider, odd.as_bytes()).await).await, Some(405));
    }
    let text = text(&provider).await.to_lowercase();
    for word in ["evil", "fireman", "nobody77", "127.0.0.1", "emic", "localhost"] {
        assert!(!text.contains(word), "{word}");
    }
    assert!(text.contains("idp_http_requests_total{route=\"other\",status=\"4xx\"} 50"));
    // What was not there before is a handful of kinds, not one for each request.
    assert!(figures(&provider).await.len() < before + 10);
}

#[tokio::test]
async fn the_world_gets_no_figures_and_without_the_setting_nobody_does() {
    let provider = provider().await;
    assert_eq!(http().get(provider.url("/metrics")).send().await.unwrap().status(), 404);
    let figures = provider.settings.server.metrics_listen.unwrap();
    assert_eq!(http().get(format!("http://{figures}/sign-in")).send().await.unwrap().status(), 404);
    let usual = Provider::start().await.unwrap();
    assert_eq!(usual.settings.server.metrics_listen, None);
    assert_eq!(http().get(usual.url("/metrics")).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_flood_of_slow_connections_keeps_the_figures_from_nobody() {
    let provider = provider().await;
    let figures_on = provider.settings.server.metrics_listen.unwrap();
    let mut flood = Vec::new();
    for host in [2, 3, 4].repeat(30) {
        let mut stream = from(host, &figures_on).await.unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: loc").await.unwrap();
        flood.push(stream);
    }
    for _ in 0..3 {
        let begun = now();
        assert_eq!(figures(&provider).await["idp_connections_open"], 0.0, "nobody asks for anything else");
        assert!(begun.elapsed() < std::time::Duration::from_secs(2), "{:?}", begun.elapsed());
    }
    // Those that were taken are few, and have to go as any others.
    let mut first = flood.swap_remove(0);
    assert!(closed_after(&mut first).await < std::time::Duration::from_secs(12));
}

#[tokio::test]
async fn every_figure_that_an_alert_asks_for_is_there() {
    let certificate = Certificate::new();
    let provider = Provider::start_with(certificate.options(Some(watched))).await.unwrap();
    // A figure by kind of what has not happened yet is not there yet.
    let form = [("grant_type", "authorization_code"), ("client_id", "stranger")];
    assert_eq!(http().post(provider.url("/connect/token")).form(&form).send().await.unwrap().status(), 401);
    let text = text(&provider).await;
    let rules = include_str!("../../../docs/alerts.yml");
    let word = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    let names = rules.split(word).filter(|name| name.starts_with("idp_") || name.starts_with("process_"));
    let names: std::collections::BTreeSet<_> = names.collect();
    assert!(names.len() > 12, "{names:?}");
    for name in names {
        let base = name.trim_end_matches("_total").trim_end_matches("_bucket");
        assert!(text.contains(&format!("# TYPE {base} ")), "{name} is not among the figures");
    }
    let alerts = rules.matches("- alert: ").count();
    assert_eq!(alerts, rules.matches("          action: ").count(), "an alert does not say what to do");
}

#[tokio::test]
async fn a_guess_whose_sender_hangs_up_is_counted() {
    let slow = |settings: &mut Settings| {
        watched(settings);
        settings.passwords.argon2_passes = 400;
    };
    let provider =
        Provider::start_with(ProviderOptions { settings: Some(slow), ..ProviderOptions::default() }).await.unwrap();
    assert_eq!(guess(&provider, "nobody01", "wrong").await, 422);
    // By now it is being hashed.
    let hung_up = tokio::time::timeout(Duration::from_millis(250), guess(&provider, "nobody02", "wrong")).await;
    assert!(hung_up.is_err(), "it was answered already");
    let counted = async {
        while figures(&provider).await["idp_sign_ins_total{outcome=\"wrong_password\"}"] < 2.0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), counted).await.unwrap();
}
