//! What strangers can make the portal keep.

use std::sync::Arc;

use crate::browser::Browser;
use crate::scene;

const STRANGERS: usize = 8;

/// How many sign-ins the strangers begin together.
fn flood() -> usize {
    std::env::var("PORTAL_FLOOD").map_or(4_000, |count| count.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_who_begin_sign_ins_without_end_push_nobody_out_and_leave_nothing_behind() {
    let scene = scene().await;
    let size = || std::fs::metadata(scene.folder.path().join("portal.db-wal")).unwrap().len();
    let asked = scene.browser.get("/sign-in").await;
    let before = size();
    let stranger: Arc<Browser> = Arc::new(scene.browser.another());
    let flood = (0..STRANGERS).map(|_| {
        let stranger = Arc::clone(&stranger);
        tokio::spawn(async move {
            for _ in 0..flood() / STRANGERS {
                assert_eq!(stranger.get("/sign-in").await.status, 303);
            }
        })
    });
    for one in flood.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    assert_eq!(size(), before, "a sign-in that has begun is kept nowhere");
    let back = scene.provider.authorize(asked.location());
    assert_eq!(scene.browser.get(&back).await.location(), "/");
    assert!(scene.is_signed_in().await);
}
