//! What every page has: headers, both languages, no dead links.

use relying_party_example::Clock;
use relying_party_example::portal::EMIC;
use serde_json::json;

use crate::browser::{Browser, text};
use crate::{elearn, scene, start_portal};

#[tokio::test]
async fn the_first_page_offers_to_sign_in_even_without_a_provider() {
    // Port 9 (discard) answers nobody here.
    let (base_url, _folder) = start_portal(&EMIC, "http://127.0.0.1:9", Clock::default()).await;
    let browser = Browser::new(base_url);
    let page = browser.get("/").await;
    assert_eq!((page.status, text(&page.body, "sign-in")), (200, Some("使用『我的E政府』帳號登入")));
    let failed = browser.get("/sign-in").await;
    assert_eq!(failed.status, 503);
    assert!(failed.body.contains("目前無法連線") && failed.body.contains("cannot be reached"));
    assert_eq!(browser.get("/livez").await.status, 200);
}

#[tokio::test]
async fn every_answer_carries_the_protective_headers() {
    let scene = scene().await;
    for address in ["/", "/sign-in", "/callback", "/nowhere", "/style.css", "/signed-out"] {
        let answer = scene.browser.get(address).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("form-action"), "{address}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert!(!answer.header("cache-control").is_empty());
    }
}

#[tokio::test]
async fn cookies_are_out_of_reach_for_scripts_and_other_sites() {
    let scene = scene().await;
    let asked = scene.browser.get("/sign-in").await;
    let answer = scene.browser.get(&scene.provider.authorize(asked.location())).await;
    for line in [asked.header("set-cookie"), answer.header("set-cookie")] {
        assert!(line.contains("; HttpOnly; SameSite=Lax"), "{line}");
    }
}

#[tokio::test]
async fn every_page_can_be_read_in_english() {
    let scene = elearn().await;
    assert_eq!(scene.browser.get("/language/en").await.location(), "/");
    let page = scene.browser.get("/").await.body;
    assert!(page.contains("<html lang=\"en\">") && page.contains("Sign in with your"));
    assert!(scene.browser.get("/sign-in").await.location().contains("ui_locales=en"));
    let page = scene.sign_in().await;
    assert_eq!(text(&page, "identity-type"), Some("Civil servant"));
    scene.browser.get("/language/zh-TW").await;
    assert!(scene.browser.get("/").await.body.contains("<html lang=\"zh-TW\">"));
    assert_eq!(scene.browser.get("/language/xx").await.status, 404);
}

#[tokio::test]
async fn what_the_provider_says_is_shown_as_text() {
    let scene = scene().await;
    scene.provider.mood(|mood| {
        mood.identity["agency_name"] = json!("<script>1</script>");
        mood.edit_user_info = |claims| claims["name"] = json!("<img src=x>\"");
    });
    let page = scene.sign_in().await;
    assert!(!page.contains("<script") && !page.contains("<img"));
}

#[tokio::test]
async fn no_link_is_dead() {
    for scene in [scene().await, elearn().await] {
        let signed_out = scene.browser.get("/").await.body;
        let signed_in = scene.sign_in().await;
        let missing = scene.browser.get("/nowhere").await.body;
        for page in [signed_out, signed_in, missing] {
            for link in page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                if link.starts_with('/') {
                    assert!(scene.browser.get(link).await.status < 400, "{link}");
                } else {
                    assert_eq!(link, "#main");
                }
            }
        }
    }
}
