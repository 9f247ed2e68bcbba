//! A provider that dies in the middle of a token request: nobody sends the request again, since the code may be used; the
//! sign-in begins anew, once, and the person is not asked anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::browser::text;
use crate::{Scene, scene};

/// What happens to a token request once it has arrived.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// The connection is closed without a word, as when the process is killed.
    Closed,
    /// It is reset.
    Reset,
    /// Half an answer, then the end.
    Half,
    /// The balancer in front answers for it.
    Status(u16),
    /// Something that is not HTTP.
    Rubbish,
    /// Nothing, until the portal's time is over.
    Hangs,
}

/// A token endpoint that meets every request with the same fate, and counts them.
async fn doomed(fate: Fate) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/token", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(meet(connection, fate, Arc::clone(&count)));
        }
    });
    (address, requests)
}

async fn meet(mut connection: TcpStream, fate: Fate, count: Arc<AtomicUsize>) {
    let mut request = Vec::new();
    // The form ends with the verifier or before it; what matters is that all of it has arrived.
    while !request.windows(14).any(|part| part == b"code_verifier=") {
        if connection.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
    count.fetch_add(1, Ordering::SeqCst);
    let said = match fate {
        Fate::Closed => return,
        Fate::Reset => return drop(connection.set_zero_linger()),
        Fate::Hangs => return std::future::pending().await,
        Fate::Half => {
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{\"access_token\":"
                .to_owned()
        }
        Fate::Status(code) => {
            format!("HTTP/1.1 {code} Gone Away\r\ncontent-type: text/html\r\ncontent-length: 14\r\n\r\n<html>no</html")
        }
        Fate::Rubbish => "\u{1}\u{2}\u{3} this is not HTTP\r\n\r\n".to_owned(),
    };
    let _ = connection.write_all(said.as_bytes()).await;
    // A balancer keeps the connection for the next request.
    if matches!(fate, Fate::Status(_)) {
        Box::pin(meet(connection, fate, count)).await;
    }
}

/// A portal whose provider meets token requests with `fate`; and how many there were.
async fn scene_with(fate: Fate) -> (Scene, Arc<AtomicUsize>) {
    let scene = scene().await;
    let (address, requests) = doomed(fate).await;
    scene.provider.mood(|mood| mood.token_endpoint = Some(address));
    (scene, requests)
}

const FATES: [Fate; 7] =
    [Fate::Closed, Fate::Reset, Fate::Half, Fate::Status(502), Fate::Status(503), Fate::Rubbish, Fate::Hangs];

#[tokio::test]
async fn an_unanswered_token_request_is_repeated_by_nobody_and_the_sign_in_begins_again_once() {
    for fate in FATES {
        let (scene, requests) = scene_with(fate).await;
        let again = scene.come_back().await;
        assert_eq!(again.status, 303, "{fate:?}: {}", again.body);
        assert!(again.location().starts_with(scene.provider.issuer()), "{fate:?}");
        assert_eq!(requests.load(Ordering::SeqCst), 1, "{fate:?}");
        // The provider is there again. Its session is, too: nobody types anything.
        scene.provider.mood(|mood| mood.token_endpoint = None);
        scene.clock.advance(301);
        let back = scene.browser.get(&scene.provider.authorize(again.location())).await;
        assert_eq!((back.status, back.location()), (303, "/"), "{fate:?}: {}", back.body);
        assert!(scene.is_signed_in().await);
        assert_eq!(requests.load(Ordering::SeqCst), 1, "{fate:?}");
    }
}

#[tokio::test]
async fn when_it_happens_again_the_person_is_told_and_can_begin_anew() {
    for fate in [Fate::Closed, Fate::Status(503)] {
        let (scene, requests) = scene_with(fate).await;
        let again = scene.come_back().await;
        let page = scene.browser.get(&scene.provider.authorize(again.location())).await;
        assert_eq!(page.status, 503, "{fate:?}");
        assert!(text(&page.body, "error-title").is_some() && page.body.contains("href=\"/sign-in\""));
        assert_eq!(requests.load(Ordering::SeqCst), 2, "{fate:?}: one for each code");
        assert_eq!(scene.come_back().await.status, 303, "begun by the person, it may begin again once more");
    }
}
