//! Bounds on time and size.

use std::time::Duration;

use super::support::{Answer, Server, allowing, ok, url};
use crate::outside::fetch::{Fetch, FetchError, FetchSettings, FetchSettingsError};

fn fetch_with(change: impl FnOnce(&mut FetchSettings)) -> Fetch {
    let mut settings = allowing(&["127.0.0.1"]);
    change(&mut settings);
    Fetch::new(settings).unwrap()
}

#[tokio::test]
async fn a_body_of_the_limit_is_read_and_one_byte_more_is_not() {
    let fetch = fetch_with(|settings| settings.max_bytes = 10);
    let chunked = |body: &str| {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let (first, second) = body.split_at(4);
        format!("{head}{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n", first.len(), second.len())
    };
    let until_close = |body: &str| format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{body}");
    for frame in [&ok as &dyn Fn(&str) -> String, &chunked, &until_close] {
        let server = Server::start(Answer::Whole(frame("0123456789"))).await;
        assert_eq!(fetch.get(&server.url("127.0.0.1")).await.unwrap().body, "0123456789");
        let server = Server::start(Answer::Whole(frame("0123456789+"))).await;
        let refusal = fetch.get(&server.url("127.0.0.1")).await;
        assert!(matches!(refusal, Err(FetchError::TooLarge)), "{refusal:?}");
    }
}

#[tokio::test]
async fn an_answer_without_end_is_hung_up_on() {
    let server = Server::start(Answer::EndlessChunks).await;
    let refusal = fetch_with(|settings| settings.timeout = Duration::from_secs(30)).get(&server.url("127.0.0.1")).await;
    assert!(matches!(refusal, Err(FetchError::TooLarge)), "{refusal:?}");
    server.hung_up().await;
}

#[tokio::test]
async fn an_announced_length_above_the_limit_is_not_waited_for() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 262145\r\n\r\n";
    let server = Server::start(Answer::Stalled(head.into())).await;
    let refusal = fetch_with(|settings| settings.timeout = Duration::from_secs(30)).get(&server.url("127.0.0.1")).await;
    assert!(matches!(refusal, Err(FetchError::TooLarge)), "{refusal:?}");
}

#[tokio::test]
async fn slowness_anywhere_ends_in_a_timeout() {
    let fetch = fetch_with(|settings| settings.timeout = Duration::from_millis(200));
    let body_to_come = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n";
    for answer in [
        Answer::Stalled(String::new()),
        Answer::Stalled("HTTP/1.1 200 OK\r\ncontent-".into()),
        Answer::Stalled(body_to_come.into()),
        // Never idle for long: only a bound on the whole ends these.
        Answer::Dripping("HTTP/1.1 200 OK\r\nx-slow: ".into()),
        Answer::Dripping(body_to_come.into()),
    ] {
        let server = Server::start(answer).await;
        let refusal = tokio::time::timeout(Duration::from_secs(5), fetch.get(&server.url("127.0.0.1"))).await.unwrap();
        assert!(matches!(refusal, Err(FetchError::Timeout)), "{refusal:?}");
    }
}

#[tokio::test]
async fn a_tls_handshake_nobody_answers_ends_with_the_time_to_connect() {
    // Reads, and never says a word of TLS.
    let server = Server::start(Answer::Stalled(String::new())).await;
    let fetch = fetch_with(|settings| {
        settings.connect_timeout = Duration::from_millis(200);
        settings.timeout = Duration::from_secs(30);
    });
    let over_tls = url(&format!("https://127.0.0.1:{}/", server.port));
    let refusal = tokio::time::timeout(Duration::from_secs(5), fetch.get(&over_tls)).await.unwrap();
    assert!(matches!(refusal, Err(FetchError::Timeout)), "{refusal:?}");
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_told_as_no_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead = url(&format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port()));
    drop(listener);
    let refusal = fetch_with(|_| ()).get(&dead).await.unwrap_err();
    assert!(matches!(refusal, FetchError::Connect(_)), "{refusal:?}");
    assert!(refusal.detail().is_some_and(|detail| detail.contains("refused")), "{:?}", refusal.detail());
}

#[test]
fn limits_of_zero_are_refused() {
    let refused = |change: fn(&mut FetchSettings)| {
        let mut settings = FetchSettings::default();
        change(&mut settings);
        Fetch::new(settings).unwrap_err()
    };
    assert!(matches!(refused(|settings| settings.timeout = Duration::ZERO), FetchSettingsError::Timeout));
    assert!(matches!(refused(|settings| settings.connect_timeout = Duration::ZERO), FetchSettingsError::Timeout));
    assert!(matches!(refused(|settings| settings.max_bytes = 0), FetchSettingsError::MaxBytes));
}
