//! What is not shown, and how the operator reads why.

use super::support::{Gallery, asked, failed, fetched, open, png, shown, state, until};
use crate::register::support::{Registered, provider};
use conformance::steps::{run, seconds};
use idp::settings::Settings;

#[tokio::test]
async fn what_cannot_be_shown_stops_no_registration_and_the_operator_reads_why() {
    let provider = provider(open).await;
    let gallery = Gallery::open().await;
    let mut huge = png(8, 1);
    huge.resize(10 * 1024 * 1024, 0);
    let cut = png(64, 7)[..60].to_vec();
    let cases = [
        (gallery.put("a.svg", 200, "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec()), "SVG"),
        (gallery.put("b.html", 200, "text/html", b"<!doctype html><p>hello".to_vec()), "no PNG, JPEG, GIF or WebP"),
        (gallery.put("c.png", 200, "image/png", huge), "too long"),
        (gallery.put("d.png", 200, "image/png", cut), "cannot be decoded"),
        (gallery.put("e.png", 404, "image/png", png(8, 1)), "status 404"),
        (gallery.picture("f.png", 2100, 1), "2100 x 2100"),
        ("http://127.0.0.1:1/logo.png".to_owned(), "no connection"),
    ];
    for (logo, why) in cases {
        let client = Registered::new(&provider, asked(&logo)).await;
        let problem = failed(&provider, client.text("client_id")).await;
        assert!(problem.contains(why), "{logo}: {problem}");
        assert_eq!(shown(&client.portal(&provider).await, &provider, "en").await, None);
        run(&provider, &["clients", "show", client.text("client_id")]).await.unwrap();
    }
}

fn without_private_hosts(settings: &mut Settings) {
    open(settings);
    settings.registration.use_allow_hosts = false;
}

#[tokio::test]
async fn a_logo_at_an_address_that_only_we_can_reach_is_not_fetched_for_strangers() {
    let provider = provider(without_private_hosts).await;
    let gallery = Gallery::open().await;
    let private = gallery.picture("private.png", 8, 1);
    for logo in [private.as_str(), "https://169.254.169.254/latest/meta-data/logo.png", "https://[::1]/logo.png"] {
        let client = Registered::new(&provider, asked(logo)).await;
        let problem = failed(&provider, client.text("client_id")).await;
        assert!(problem.contains("allow-list"), "{logo}: {problem}");
    }
    assert_eq!(gallery.asked("private.png"), 0);
    // The operator's own client may have it there.
    run(&provider, &["clients", "update", "weather", "--logo-uri", &private]).await.unwrap();
    fetched(&provider, "weather").await;
    assert_eq!(gallery.asked("private.png"), 1);
}

#[tokio::test]
async fn a_server_that_was_down_is_asked_again_with_growing_pauses() {
    let provider = provider(open).await;
    let gallery = Gallery::open().await;
    let logo = gallery.put("late.png", 503, "text/plain", vec![]);
    let client = Registered::new(&provider, asked(&logo)).await;
    let id = client.text("client_id");
    failed(&provider, id).await;
    let mut pauses = Vec::new();
    for failures in 1..=3 {
        let logos = until(&provider, id, |logos| logos[0].failures == failures && logos[0].problem.is_some()).await;
        let pause = logos[0].next_try_at.unwrap().since(logos[0].tried_at.unwrap());
        pauses.push(pause);
        if failures == 3 {
            gallery.picture("late.png", 8, 1);
        }
        provider.advance(pause + seconds(1)).await.unwrap();
    }
    assert!(pauses.is_sorted_by(|one, next| one < next), "{pauses:?}");
    let path = fetched(&provider, id).await;
    assert_eq!(shown(&client.portal(&provider).await, &provider, "en").await, Some(path));
    assert_eq!(gallery.asked("late.png"), 4);
    assert_eq!(state(&provider, id).await[0].problem, None);
}
