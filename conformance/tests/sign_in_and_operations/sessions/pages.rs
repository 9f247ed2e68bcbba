//! Sign-in pages that lie open: too long, twice, without their cookie, or reached by the back button. No dead end.

use crate::support::{Visitor, asked_by, hashed, wait};
use conformance::{CIVIL_SERVANT, EDUCATOR, PASSWORD, Provider};

const EMIC: &str = "http://localhost:1/callback";

#[tokio::test]
async fn a_page_open_for_too_long_is_shown_anew_with_the_name_and_the_password_is_not_looked_at() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let interaction = visitor.get(&asked_by("emic", EMIC)).await.field("interaction");
    wait(&provider, 30 * 60).await;
    let before = hashed(&provider);
    let anew = visitor.guess(&interaction, CIVIL_SERVANT, PASSWORD).await;
    assert_eq!((anew.status.as_u16(), hashed(&provider) - before), (200, 0));
    assert!(anew.has("problem") && anew.body.contains("value=\"fireman0119\""), "{}", anew.body);
    assert!(anew.body.contains("EMIC"), "it forgot for which portal");
    let sent = visitor.guess(&anew.field("interaction"), CIVIL_SERVANT, PASSWORD).await.location().unwrap();
    assert!(visitor.arrive(&sent).await.starts_with("http://localhost:1/callback?code="));
}

#[tokio::test]
async fn a_page_is_good_to_its_last_moment() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let interaction = visitor.sign_in_page().await;
    wait(&provider, 30 * 60 - 1).await;
    assert_eq!(visitor.guess(&interaction, CIVIL_SERVANT, PASSWORD).await.status, 303);
}

#[tokio::test]
async fn a_page_without_its_cookie_is_shown_anew_with_one() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let interaction = visitor.get(&asked_by("emic", EMIC)).await.field("interaction");
    visitor.cookies.clear();
    let before = hashed(&provider);
    let anew = visitor.guess(&interaction, CIVIL_SERVANT, PASSWORD).await;
    assert_eq!((anew.status.as_u16(), hashed(&provider) - before), (200, 0));
    assert_ne!(visitor.cookie("idp_browser"), "");
    let sent = visitor.guess(&anew.field("interaction"), CIVIL_SERVANT, PASSWORD).await.location().unwrap();
    assert!(visitor.arrive(&sent).await.starts_with("http://localhost:1/callback?code="));
}

#[tokio::test]
async fn two_tabs_share_the_browser_and_either_may_be_first() {
    let provider = Provider::start().await.unwrap();
    let mut browser = Visitor::of(&provider);
    let first = browser.get(&asked_by("emic", EMIC)).await.field("interaction");
    let second = browser.get(&asked_by("weather", "http://localhost:2/callback")).await.field("interaction");
    let third = browser.sign_in_page().await;
    // The tab opened first still works after the others were opened.
    let sent = browser.guess(&first, CIVIL_SERVANT, PASSWORD).await.location().unwrap();
    assert!(browser.arrive(&sent).await.starts_with("http://localhost:1/callback?code="));
    // In the second one the same person goes on to its portal; whatever is typed is not looked at.
    let before = hashed(&provider);
    let on = browser.guess(&second, "FireMan0119", "anything").await;
    assert!(browser.open(&on.location().unwrap()).await.has("consent-allow"), "not as the person signed in");
    // In the third one another person finds the page anew, and it works.
    let anew = browser.guess(&third, EDUCATOR, PASSWORD).await;
    assert_eq!((anew.status.as_u16(), hashed(&provider) - before), (200, 0));
    assert_eq!(browser.person().await.as_deref(), Some("林大勇"), "the other tab changed who is signed in");
    assert_eq!(browser.guess(&anew.field("interaction"), EDUCATOR, PASSWORD).await.status, 303);
    assert_eq!(browser.person().await.as_deref(), Some("陳書文"));
}

#[tokio::test]
async fn a_reloaded_tab_finds_the_person_signed_in() {
    let provider = Provider::start().await.unwrap();
    let mut browser = Visitor::of(&provider);
    browser.get(&asked_by("emic", EMIC)).await;
    browser.sign_in(CIVIL_SERVANT, PASSWORD).await;
    let page = browser.open(&asked_by("emic", EMIC)).await;
    assert!(page.has("consent-allow") && page.body.contains("林大勇"), "as whom is told first: {page:?}");
    assert!(browser.arrive(&asked_by("emic", EMIC)).await.contains("code="));
}

#[tokio::test]
async fn the_back_button_brings_a_page_that_works_and_no_error() {
    let provider = Provider::start().await.unwrap();
    let mut browser = Visitor::of(&provider);
    let interaction = browser.get(&asked_by("emic", EMIC)).await.field("interaction");
    let on = browser.guess(&interaction, CIVIL_SERVANT, PASSWORD).await.location().unwrap();
    assert!(browser.arrive(&on).await.contains("code="));
    // Back to what the form was answered with, and further back to the form.
    assert!(browser.arrive(&on).await.contains("code="));
    let on = browser.guess(&interaction, CIVIL_SERVANT, PASSWORD).await.location().unwrap();
    assert!(browser.arrive(&on).await.contains("code="));
}

#[tokio::test]
async fn an_address_out_of_the_history_signs_nobody_in_again() {
    let provider = Provider::start().await.unwrap();
    let mut browser = Visitor::of(&provider);
    let interaction = browser.get(&asked_by("emic", EMIC)).await.field("interaction");
    let on = browser.guess(&interaction, CIVIL_SERVANT, PASSWORD).await.location().unwrap();
    let question = browser.get("/connect/end_session").await;
    browser.post("/connect/end_session/confirm", &[("confirmation", &question.field("confirmation"))]).await;
    assert!(browser.open(&on).await.has("login-submit"));
    assert_eq!(browser.person().await, None);
}

#[tokio::test]
async fn cancelling_brings_the_person_back_to_the_portal() {
    let provider = Provider::start().await.unwrap();
    let mut browser = Visitor::of(&provider);
    let interaction = browser.get(&asked_by("emic", EMIC)).await.field("interaction");
    let before = hashed(&provider);
    let fields = [("interaction", interaction.as_str()), ("username", ""), ("password", ""), ("decision", "cancel")];
    let sent = browser.post("/sign-in", &fields).await.location().unwrap();
    assert!(sent.starts_with("http://localhost:1/callback?error=access_denied"), "{sent}");
    assert!(sent.contains("state=s"));
    assert_eq!(hashed(&provider), before);
}
