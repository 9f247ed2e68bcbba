//! Whatever is refused before its body was read is answered, and the connection ends in order. Otherwise the answer is lost on
//! the way, and a balancer takes the node for dead: anybody could take every node from everybody.

use crate::support::{provider, says};
use conformance::Provider;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// As much as the nginx example lets through.
const BODY: usize = 30 << 10;

async fn is_answered_in_order(provider: &Provider, head: &str) {
    let head = format!("{head}Host: localhost\r\nContent-Length: {BODY}\r\n\r\n");
    let mut stream = says(provider, head.as_bytes()).await;
    for part in vec![b'a'; BODY].chunks(BODY / 10) {
        let sent = stream.write_all(part).await;
        assert!(sent.is_ok(), "{head:.60}: {sent:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer).await;
    assert!(read.is_ok(), "{head:.60}: {read:?} after {} bytes", answer.len());
    assert!(answer.starts_with(b"HTTP/1.1 "), "{head:.60}: {}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn every_url_answers_every_method_with_a_body_that_nobody_wanted() {
    let provider = provider(|_| {}).await;
    for path in idp::routes::PATHS.into_iter().chain(["/nowhere"]) {
        for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS"] {
            is_answered_in_order(&provider, &format!("{method} {path} HTTP/1.1\r\nOrigin: https://evil.example\r\n"))
                .await;
        }
    }
}

#[tokio::test]
async fn a_head_that_is_refused_is_answered_too() {
    let provider = provider(|_| {}).await;
    let many: String = (0..150).map(|number| format!("X-{number}: a\r\n")).collect();
    is_answered_in_order(&provider, &format!("POST /connect/token HTTP/1.1\r\n{many}")).await;
    let long = format!("X: {}\r\n", "a".repeat(80 << 10));
    is_answered_in_order(&provider, &format!("POST /connect/token HTTP/1.1\r\n{long}")).await;
    let longer = "a".repeat(70_000);
    is_answered_in_order(&provider, &format!("GET /connect/authorize?state={longer} HTTP/1.1\r\n")).await;
}
