//! What is sent, and what is made of an answer.

use std::time::Duration;

use http::HeaderMap;
use http::header::{CACHE_CONTROL, HeaderValue};

use super::support::{Answer, Server, fetch_allowing, header, with_headers};
use crate::outside::fetch::FetchError;
use crate::outside::fetch::cache_control::max_age;

#[tokio::test]
async fn an_answer_comes_with_status_type_and_time_to_keep() {
    let headers = "Content-Type: application/json; charset=utf-8\r\nCache-Control: public, max-age=3600\r\n";
    let server = Server::start(Answer::Whole(with_headers(headers, "{}"))).await;
    let fetched = fetch_allowing(&["127.0.0.1"]).get(&server.url("127.0.0.1")).await.unwrap();
    assert_eq!(fetched.status, 200);
    assert_eq!(fetched.content_type.as_deref(), Some("application/json; charset=utf-8"));
    assert_eq!(fetched.max_age, Some(Duration::from_secs(3600)));
    assert_eq!(fetched.body, "{}");
    assert!(!format!("{fetched:?}").contains("{}"), "the body is not for logs");
}

#[tokio::test]
async fn an_error_status_is_an_answer() {
    let server = Server::start(Answer::Whole("HTTP/1.1 400 Bad Request\r\ncontent-length: 3\r\n\r\nbad".into())).await;
    let fetched = fetch_allowing(&["127.0.0.1"]).get(&server.url("127.0.0.1")).await.unwrap();
    assert_eq!((fetched.status, &fetched.body[..]), (400, &b"bad"[..]));
    assert_eq!((fetched.content_type, fetched.max_age), (None, None));
}

#[tokio::test]
async fn a_redirect_is_not_followed_even_to_a_listed_host() {
    let target = Server::saying("inside").await;
    for status in [301, 302, 303, 307, 308] {
        let location = target.url("127.0.0.1");
        let answer = format!("HTTP/1.1 {status} Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
        let server = Server::start(Answer::Whole(answer)).await;
        let fetch = fetch_allowing(&["127.0.0.1"]);
        assert_eq!(fetch.get(&server.url("127.0.0.1")).await.unwrap().status, status);
        assert_eq!(fetch.post_form(&server.url("127.0.0.1"), &[]).await.unwrap().status, status);
        assert_eq!(server.requests().len(), 2);
    }
    assert_eq!(target.connections(), 0);
}

#[tokio::test]
async fn a_form_is_posted_encoded_and_says_little_about_us() {
    let server = Server::saying("").await;
    let fetch = fetch_allowing(&["127.0.0.1"]);
    let form = [("logout_token", "a.b-c_d"), ("名", "a b&c=d+é")];
    fetch.post_form(&server.url("127.0.0.1"), &form).await.unwrap();
    let requests = server.requests();
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST / HTTP/1.1\r\n"), "{head}");
    assert_eq!(body, "logout_token=a.b-c_d&%E5%90%8D=a+b%26c%3Dd%2B%C3%A9");
    assert_eq!(header(head, "content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(header(head, "user-agent"), Some("shenfen-idp"));
    for name in ["cookie", "referer", "authorization", "accept-encoding", "origin"] {
        assert_eq!(header(head, name), None, "{name}");
    }
}

#[tokio::test]
async fn a_cookie_is_not_sent_back() {
    let server = Server::start(Answer::Whole(with_headers("set-cookie: a=b; Path=/\r\n", ""))).await;
    let fetch = fetch_allowing(&["127.0.0.1"]);
    for _ in 0..2 {
        fetch.get(&server.url("127.0.0.1")).await.unwrap();
    }
    assert_eq!(server.requests().len(), 2);
    assert!(server.requests().iter().all(|request| header(request, "cookie").is_none()));
}

#[tokio::test]
async fn a_compressed_answer_is_not_unpacked() {
    let server = Server::start(Answer::Whole(with_headers("content-encoding: gzip\r\n", "not unpacked"))).await;
    let fetched = fetch_allowing(&["127.0.0.1"]).get(&server.url("127.0.0.1")).await.unwrap();
    assert_eq!(fetched.body, "not unpacked");
}

#[tokio::test]
async fn an_answer_that_breaks_off_or_is_not_http_is_no_answer() {
    for answer in ["HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort", "SSH-2.0-OpenSSH_9.6\r\n", ""] {
        let server = Server::start(Answer::Whole(answer.into())).await;
        let refusal = fetch_allowing(&["127.0.0.1"]).get(&server.url("127.0.0.1")).await.unwrap_err();
        assert!(matches!(refusal, FetchError::Answer(_)), "{answer:?}: {refusal:?}");
    }
}

#[test]
fn cache_control_is_read_as_a_private_cache_reads_it() {
    for (fields, seconds) in [
        (&[][..], None),
        (&["public"], None),
        (&["s-maxage=60"], None),
        (&["max-age=60"], Some(60)),
        (&["public,MAX-AGE=60 , immutable"], Some(60)),
        (&["max-age=\"60\""], Some(60)),
        (&["max-age=60", "max-age=30"], Some(30)),
        (&["max-age=60, no-cache"], Some(0)),
        (&["no-store"], Some(0)),
        (&["no-cache=\"set-cookie\""], Some(0)),
        (&["max-age"], Some(0)),
        (&["max-age=-1"], Some(0)),
        (&["max-age=+1"], Some(0)),
        (&["max-age=1.5"], Some(0)),
        (&["max-age=99999999999999999999999"], Some(1 << 31)),
    ] {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(CACHE_CONTROL, HeaderValue::from_static(field));
        }
        assert_eq!(max_age(&headers), seconds.map(Duration::from_secs), "{fields:?}");
    }
}
