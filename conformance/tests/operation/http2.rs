//! HTTP/2: floods of streams and resets end the connection that sends them and no other; an idle one is closed in order.

use crate::certificate::handshake;
use crate::support::{Certificate, closed_after, http, milliseconds};
use conformance::Provider;
use idp::settings::Settings;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
/// `:method: GET`, `:scheme: https`, `:path: /`, `:authority: a` (RFC 7541, appendix A).
const HEADERS: &[u8] = &[0x82, 0x87, 0x84, 0x41, 1, b'a'];
const GOAWAY: u8 = 7;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Reads frames until one of a kind comes, and gives its payload; `None`: closed before.
async fn next_of(stream: &mut (impl AsyncReadExt + Unpin), kind: u8) -> Option<Vec<u8>> {
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.ok()?;
        let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        stream.read_exact(&mut payload).await.ok()?;
        if head[3] == kind {
            return Some(payload);
        }
    }
}

async fn others_go_on(provider: &Provider) {
    assert_eq!(http().get(provider.url("/livez")).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn streams_that_are_opened_and_reset_without_end_end_the_connection() {
    let certificate = Certificate::new();
    let provider = Provider::start_with(certificate.options(None)).await.unwrap();
    let mut stream = handshake(&provider, &[b"h2"]).await;
    stream.write_all(PREFACE).await.unwrap();
    let mut flood = Vec::new();
    for number in 0..2000 {
        let id = 2 * number + 1;
        flood.extend(frame(1, 5, id, HEADERS));
        flood.extend(frame(3, 0, id, &8_u32.to_be_bytes()));
    }
    // It may be closed while it is sent.
    let _ = stream.write_all(&flood).await;
    let told = next_of(&mut stream, GOAWAY).await;
    // ENHANCE_YOUR_CALM
    assert!(told.is_none_or(|payload| payload[4..8] == 11_u32.to_be_bytes()));
    closed_after(&mut stream).await;
    others_go_on(&provider).await;
}

#[tokio::test]
async fn more_requests_at_once_than_are_allowed_are_refused_one_by_one() {
    let certificate = Certificate::new();
    let provider = Provider::start_with(certificate.options(None)).await.unwrap();
    let mut stream = handshake(&provider, &[b"h2"]).await;
    stream.write_all(PREFACE).await.unwrap();
    // None of them ends: each waits for a body.
    for number in 0..17 {
        stream.write_all(&frame(1, 4, 2 * number + 1, &[0x83, 0x87, 0x84, 0x41, 1, b'a'])).await.unwrap();
    }
    let reset = tokio::time::timeout(Duration::from_secs(5), next_of(&mut stream, 3)).await.unwrap();
    // REFUSED_STREAM
    assert_eq!(reset, Some(7_u32.to_be_bytes().to_vec()));
    others_go_on(&provider).await;
}

#[tokio::test]
async fn an_idle_connection_is_told_that_it_ends() {
    fn impatient(settings: &mut Settings) {
        settings.server.idle_timeout = milliseconds(1500);
    }
    let certificate = Certificate::new();
    let provider = Provider::start_with(certificate.options(Some(impatient))).await.unwrap();
    let mut stream = handshake(&provider, &[b"h2"]).await;
    stream.write_all(PREFACE).await.unwrap();
    stream.write_all(&frame(1, 5, 1, HEADERS)).await.unwrap();
    assert!(next_of(&mut stream, 1).await.is_some());
    let told = tokio::time::timeout(Duration::from_secs(10), next_of(&mut stream, GOAWAY)).await.unwrap();
    // NO_ERROR
    assert_eq!(told.map(|payload| payload[4..8].to_vec()), Some(vec![0; 4]));
    closed_after(&mut stream).await;
}
