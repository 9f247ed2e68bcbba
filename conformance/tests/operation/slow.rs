//! Whoever is slow or silent loses the connection in time, and holds up nobody else meanwhile.

use crate::support::{Certificate, LIVEZ, closed_after, connect, http, milliseconds, now, provider, says, status};
use conformance::Provider;
use idp::settings::Settings;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const FORM: &str =
    "POST /connect/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n";

fn impatient(settings: &mut Settings) {
    settings.server.handshake_timeout = milliseconds(1000);
    settings.server.head_timeout = milliseconds(1000);
    settings.server.body_timeout = milliseconds(1000);
    settings.server.idle_timeout = milliseconds(2500);
}

/// Not before its time, and soon after it.
fn is_about(seen: Duration, wanted: f64) -> bool {
    (wanted - 0.1..wanted + 2.0).contains(&seen.as_secs_f64())
}

#[tokio::test]
async fn a_connection_that_never_says_anything_is_closed() {
    let provider = provider(impatient).await;
    let silent = closed_after(&mut connect(&provider).await).await;
    assert!(is_about(silent, 1.0), "{silent:?}");
}

#[tokio::test]
async fn a_head_that_trickles_is_cut_off_though_a_byte_comes_now_and_then() {
    let provider = provider(impatient).await;
    // The first head, and one after a request that was answered.
    let later = {
        let mut stream = says(&provider, LIVEZ).await;
        assert_eq!(status(&mut stream).await, Some(200));
        stream
    };
    for mut stream in [connect(&provider).await, later] {
        let begun = now();
        let mut cut_off = false;
        for byte in LIVEZ.iter().chain(std::iter::repeat(&b'a')).take(60) {
            cut_off = stream.write_all(&[*byte]).await.is_err();
            if cut_off || *byte == b'\n' {
                break;
            }
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        let took = begun.elapsed() + closed_after(&mut stream).await;
        assert!(took < Duration::from_secs(6), "{took:?} {cut_off}");
    }
}

#[tokio::test]
async fn between_two_requests_more_time_is_given_than_for_a_head() {
    let provider = provider(impatient).await;
    let mut stream = says(&provider, LIVEZ).await;
    assert_eq!(status(&mut stream).await, Some(200));
    // Longer than a head may take.
    tokio::time::sleep(Duration::from_millis(1600)).await;
    stream.write_all(LIVEZ).await.unwrap();
    assert_eq!(status(&mut stream).await, Some(200));
    let idle = closed_after(&mut stream).await;
    assert!(is_about(idle, 2.5), "{idle:?}");
}

#[tokio::test]
async fn a_body_that_trickles_is_408_for_a_program_and_for_a_person() {
    let provider = provider(impatient).await;
    for (path, kind) in
        [("/connect/token", "application/json"), ("/sign-in", "text/html"), ("/connect/authorize", "text/html")]
    {
        let head = FORM.replace("/connect/token", path);
        let mut stream = says(&provider, format!("{head}Content-Length: 1000\r\n\r\na").as_bytes()).await;
        for _ in 0..4 {
            let _ = stream.write_all(b"a").await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let mut answer = Vec::new();
        let read = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer);
        tokio::time::timeout(Duration::from_secs(5), read).await.unwrap().unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 "), "{path}: {answer}");
        assert!(answer.contains(kind) && answer.contains("connection: close"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_or_broken_off_is_said_to_be() {
    let provider = provider(impatient).await;
    let mut long = says(&provider, format!("{FORM}Content-Length: 10000000\r\n\r\na").as_bytes()).await;
    assert_eq!(status(&mut long).await, Some(400));
    let chunk = format!("ffff\r\n{}\r\n", "a".repeat(0xffff));
    let mut endless = says(&provider, format!("{FORM}Transfer-Encoding: chunked\r\n\r\n").as_bytes()).await;
    for _ in 0..20 {
        if endless.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    drop(endless);
    let mut nonsense =
        says(&provider, format!("{FORM}Transfer-Encoding: chunked\r\n\r\nnonsense\r\n").as_bytes()).await;
    assert_eq!(status(&mut nonsense).await, Some(400));
    assert_eq!(http().get(provider.url("/livez")).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_handshake_that_never_comes_is_cut_off() {
    let certificate = Certificate::new();
    let provider = Provider::start_with(certificate.options(Some(impatient))).await.unwrap();
    let silent = closed_after(&mut connect(&provider).await).await;
    assert!(is_about(silent, 1.0), "{silent:?}");
    let mut half = says(&provider, &[22, 3, 1, 2, 0, 1]).await;
    let half = closed_after(&mut half).await;
    assert!(is_about(half, 1.0), "{half:?}");
}

fn roomy(settings: &mut Settings) {
    settings.server.connections_per_address = 8192;
    settings.server.head_timeout = milliseconds(8000);
    settings.server.body_timeout = milliseconds(8000);
}

/// Opens so many at once, not one after the other.
async fn crowd(provider: &Provider, count: usize, first: &str) -> Vec<TcpStream> {
    let mut crowd = tokio::task::JoinSet::new();
    for _ in 0..count {
        let (address, first) = (provider.settings.server.listen, first.to_owned());
        crowd.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(first.as_bytes()).await.unwrap();
            stream
        });
    }
    crowd.join_all().await
}

async fn others_go_on(provider: &Provider) {
    let http = http();
    for path in ["/livez", "/readyz", "/.well-known/jwks.json", "/.well-known/openid-configuration", "/sign-in"] {
        let begun = now();
        assert_eq!(http.get(provider.url(path)).send().await.unwrap().status(), 200, "{path}");
        assert!(begun.elapsed() < Duration::from_secs(2), "{path}: {:?}", begun.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_slow_heads_and_bodies_and_two_thousand_silent_connections_stop_nobody_and_are_gone_in_time() {
    let provider = provider(roomy).await;
    let mut slow = crowd(&provider, 500, "GET /livez HTTP/1.1\r\nHost: loc").await;
    slow.extend(crowd(&provider, 500, &format!("{FORM}Content-Length: 1000\r\n\r\ngrant")).await);
    let silent = crowd(&provider, 2000, "").await;
    for stream in &mut slow {
        stream.write_all(b"a").await.unwrap();
    }
    others_go_on(&provider).await;
    // Each is told in its way that it took too long, none of them after everybody's time.
    let begun = now();
    for mut stream in slow.into_iter().chain(silent) {
        closed_after(&mut stream).await;
    }
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    others_go_on(&provider).await;
}
