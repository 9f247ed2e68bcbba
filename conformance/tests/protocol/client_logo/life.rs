//! What becomes of a logo when its client changes, or goes.

use super::support::{Gallery, asked, fetched, get, open, shown, until};
use crate::register::support::{Registered, provider};
use conformance::Provider;
use conformance::steps::run;
use idp_store::client_logos::ClientLogo;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn another_address_takes_the_picture_away_and_brings_another() {
    let provider = provider(open).await;
    let gallery = Gallery::open().await;
    let client = Registered::new(&provider, asked(&gallery.picture("one.png", 8, 1))).await;
    let id = client.text("client_id").to_owned();
    let first = fetched(&provider, &id).await;
    let portal = client.portal(&provider).await;
    // What is written back as it was read changes nothing.
    assert_eq!(client.put(&client.own()).await.status, 200);
    let mut changed = client.own();
    changed["logo_uri"] = json!(gallery.picture("two.png", 8, 2));
    assert_eq!(client.put(&changed).await.status, 200);
    let two = |logos: &[ClientLogo]| matches!(logos, [one] if one.uri.ends_with("two.png") && one.picture.is_some());
    until(&provider, &id, two).await;
    let second = fetched(&provider, &id).await;
    assert_ne!(first, second);
    assert_eq!(shown(&portal, &provider, "en").await, Some(second.clone()));
    assert_eq!(get(&provider, &first).await.status, 404, "nobody has it any more");
    // None at all.
    let mut none = client.own();
    none.as_object_mut().unwrap().remove("logo_uri");
    assert_eq!(client.put(&none).await.status, 200);
    assert_eq!(shown(&portal, &provider, "en").await, None, "from that moment on");
    until(&provider, &id, |logos| logos.is_empty()).await;
    assert_eq!(get(&provider, &second).await.status, 404);
    assert_eq!((gallery.asked("one.png"), gallery.asked("two.png")), (1, 1));
}

#[tokio::test]
async fn a_picture_goes_with_the_last_client_that_has_it() {
    let provider = provider(open).await;
    let gallery = Gallery::open().await;
    let logo = gallery.picture("shared.png", 8, 1);
    let (one, two) = (Registered::new(&provider, asked(&logo)).await, Registered::new(&provider, asked(&logo)).await);
    let path = fetched(&provider, one.text("client_id")).await;
    assert_eq!(fetched(&provider, two.text("client_id")).await, path);
    assert_eq!(one.delete().await.status, 204);
    assert_eq!(get(&provider, &path).await.status, 200);
    assert_eq!(two.delete().await.status, 204);
    assert_eq!(get(&provider, &path).await.status, 404);
}

#[tokio::test]
async fn a_restart_keeps_the_picture_and_asks_nobody_for_it() {
    let mut provider = provider(open).await;
    let gallery = Gallery::open().await;
    let client = Registered::new(&provider, asked(&gallery.picture("logo.png", 8, 1))).await;
    let path = fetched(&provider, client.text("client_id")).await;
    provider.restart().await.unwrap();
    let portal = client.portal(&provider).await;
    assert_eq!(shown(&portal, &provider, "en").await, Some(path.clone()));
    assert_eq!(get(&provider, &path).await.status, 200);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(gallery.asked("logo.png"), 1);
}

#[tokio::test]
async fn the_operator_gives_a_client_a_logo_reads_what_came_of_it_and_has_it_fetched_anew() {
    let provider = Provider::start().await.unwrap();
    let gallery = Gallery::open().await;
    let logo = gallery.picture("own.png", 8, 1);
    run(&provider, &["clients", "update", "weather", "--logo-uri", &logo]).await.unwrap();
    let first = fetched(&provider, "weather").await;
    gallery.picture("own.png", 8, 2);
    run(&provider, &["clients", "update", "weather", "--logo-uri", &logo]).await.unwrap();
    let name = |path: &str| path.trim_start_matches("/client-logo/").trim_end_matches(".png").to_owned();
    let before = name(&first);
    let logos = until(&provider, "weather", |logos| {
        logos.iter().any(|logo| logo.picture.as_ref().is_some_and(|picture| picture.as_str() != before))
    })
    .await;
    assert_eq!((logos.len(), gallery.asked("own.png")), (1, 2));
    assert_eq!(get(&provider, &first).await.status, 404);
    run(&provider, &["clients", "update", "weather", "--logo-uri", "none"]).await.unwrap();
    until(&provider, "weather", |logos| logos.is_empty()).await;
}
