//! Where a logo is shown, and how it is served.

use super::support::{Gallery, asked, fetched, get, open, picture_on, served, shown, until};
use crate::register::support::{Registered, post, provider};
use conformance::steps::{browser, run};
use conformance::{NATURAL_PERSON, PASSWORD};
use image::Rgba;
use serde_json::json;

#[tokio::test]
async fn a_registered_logo_is_shown_where_a_person_decides_as_a_copy_of_ours() {
    let provider = provider(open).await;
    let gallery = Gallery::open().await;
    let client = Registered::new(&provider, asked(&gallery.picture("logo.png", 512, 200))).await;
    let path = fetched(&provider, client.text("client_id")).await;
    let portal = client.portal(&provider).await;
    assert_eq!(shown(&portal, &provider, "zh-TW").await.as_ref(), Some(&path));
    let visitor = browser(&provider);
    let sign_in = visitor.open(&portal.request().scope("openid profile").url()).await.unwrap();
    let consent = visitor.sign_in(&sign_in, NATURAL_PERSON, PASSWORD).await.unwrap();
    assert!(consent.body.contains("consent-allow"), "{}", consent.body);
    assert_eq!(picture_on(&consent.body).as_ref(), Some(&path));
    assert!(!consent.body.contains(&gallery.origin), "a browser is never sent there for it");

    let answer = get(&provider, &path).await;
    assert_eq!(answer.status, 200);
    for (name, value) in [
        ("content-type", "image/png"),
        ("cache-control", "public, max-age=31536000, immutable"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'"),
    ] {
        assert_eq!(answer.header(name), Some(value));
    }
    let picture = served(&provider, &path).await;
    assert_eq!((picture.dimensions(), picture.get_pixel(64, 64)), ((128, 128), &Rgba([200, 90, 30, 255])));
    assert_eq!(gallery.asked("logo.png"), 1, "once, whoever looks");
}

#[tokio::test]
async fn what_nobody_has_is_not_there() {
    let provider = provider(open).await;
    let nobodys = "0".repeat(64);
    for path in [
        format!("/client-logo/{nobodys}.png"),
        format!("/client-logo/{nobodys}"),
        "/client-logo/..%2f..%2fetc%2fpasswd.png".to_owned(),
        "/client-logo/.png".to_owned(),
        format!("/client-logo/{}.png", "A".repeat(64)),
        format!("/client-logo/{}.png", "é".repeat(32)),
        "/client-logo/%ff.png".to_owned(),
    ] {
        let answer = get(&provider, &path).await;
        assert!([400, 404].contains(&answer.status.as_u16()), "{path}: {}", answer.status);
    }
}

#[tokio::test]
async fn a_logo_can_be_in_the_readers_language() {
    let provider = provider(open).await;
    let gallery = Gallery::open().await;
    let mut document = asked(&gallery.picture("plain.png", 8, 1));
    document["logo_uri#zh-TW"] = json!(gallery.picture("zh.png", 8, 2));
    document["logo_uri#ja"] = json!(gallery.picture("ja.png", 8, 3));
    let client = Registered::new(&provider, document).await;
    let id = client.text("client_id");
    until(&provider, id, |logos| logos.len() == 2 && logos.iter().all(|logo| logo.picture.is_some())).await;
    provider.wired.base.directory.check().await.unwrap();
    let portal = client.portal(&provider).await;
    let mut seen = Vec::new();
    for locale in ["en", "zh-TW"] {
        let path = shown(&portal, &provider, locale).await.unwrap();
        seen.push(served(&provider, &path).await.get_pixel(4, 4)[0]);
    }
    assert_eq!(seen, [1, 2]);
    assert_eq!(gallery.asked("ja.png"), 0, "no page is in that language");
}

#[tokio::test]
async fn whoever_comes_by_open_registration_shows_no_picture_unless_the_operator_says_so() {
    let mut provider = provider(|settings| {
        open(settings);
        settings.registration.show_logos = false;
    })
    .await;
    let gallery = Gallery::open().await;
    let stranger = Registered::new(&provider, asked(&gallery.picture("crest.png", 8, 1))).await;
    // A client of somebody whom the operator gave a token, and one of the operator's own.
    let file = provider.folder().join("token");
    let path = file.to_str().unwrap();
    run(&provider, &["clients", "registration-tokens", "add", "--note", "內政部", "--token-file", path]).await.unwrap();
    let token = std::fs::read_to_string(&file).unwrap();
    let document = asked(&gallery.picture("ministry.png", 8, 2));
    let vouched = post(&provider, Some(token.trim()), &document).await;
    assert_eq!(vouched.status, 201, "{}", vouched.body);
    let vouched = Registered { told: vouched.json };
    let picture = fetched(&provider, vouched.text("client_id")).await;
    assert_eq!(shown(&vouched.portal(&provider).await, &provider, "en").await, Some(picture));
    run(&provider, &["clients", "update", "weather", "--logo-uri", &gallery.picture("own.png", 8, 3)]).await.unwrap();
    fetched(&provider, "weather").await;
    let portal = stranger.portal(&provider).await;
    assert_eq!(shown(&portal, &provider, "en").await, None);
    assert_eq!(gallery.asked("crest.png"), 0, "nor is it fetched");
    // The operator changes their mind, and changes it back.
    provider.settings.registration.show_logos = true;
    provider.restart().await.unwrap();
    let picture = fetched(&provider, stranger.text("client_id")).await;
    assert_eq!(shown(&stranger.portal(&provider).await, &provider, "en").await, Some(picture));
    provider.settings.registration.show_logos = false;
    provider.restart().await.unwrap();
    assert_eq!(shown(&stranger.portal(&provider).await, &provider, "en").await, None);
}
