//! The language of the pages, and where its button leads.

use crate::support::{Visitor, asked_by, hashed};
use conformance::{CIVIL_SERVANT, PASSWORD, Provider};
use reqwest::header::SET_COOKIE;

fn is_english(page: &str) -> bool {
    assert!(page.contains("<html lang=\"en\">") || page.contains("<html lang=\"zh-Hant-TW\">"), "{page}");
    page.contains("<html lang=\"en\">")
}

#[tokio::test]
async fn the_button_shows_the_same_page_in_the_other_language_and_back() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let page = visitor.get(&asked_by("emic", "http://localhost:1/callback")).await;
    assert!(!is_english(&page.body));
    let switched = visitor.post("/language", &[("lang", "en"), ("return_to", &page.field("return_to"))]).await;
    let set = switched.header(SET_COOKIE.as_str()).unwrap();
    assert!(set.starts_with("idp_language=en; ") && set.contains("Max-Age=31536000"), "{set}");
    let english = visitor.open(&switched.location().unwrap()).await;
    assert!(is_english(&english.body) && english.body.contains("EMIC"), "{}", english.body);
    // The sign-in goes on where it was.
    let sent = visitor.guess(&english.field("interaction"), CIVIL_SERVANT, PASSWORD).await.location().unwrap();
    assert!(visitor.open(&sent).await.location().unwrap().contains("code="));
    let home = visitor.get("/").await;
    assert!(is_english(&home.body));
    let back = visitor.post("/language", &[("lang", "zh-Hant-TW"), ("return_to", &home.field("return_to"))]).await;
    assert!(!is_english(&visitor.open(&back.location().unwrap()).await.body));
}

#[tokio::test]
async fn a_refused_guess_is_shown_in_the_language_of_the_page() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    visitor.cookies.insert("idp_language".into(), "en".into());
    let interaction = visitor.sign_in_page().await;
    let answer = visitor.guess(&interaction, CIVIL_SERVANT, "wrong").await;
    assert!(is_english(&answer.body) && answer.body.contains("not correct"), "{}", answer.body);
}

#[tokio::test]
async fn a_forged_return_leads_nowhere() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let page = visitor.get("/sign-in").await;
    let sealed_for_something_else = page.field("interaction");
    let return_to = page.field("return_to");
    let cut = return_to[..return_to.len() - 2].to_owned();
    let places = ["https://evil.example/", "//evil.example", "/", "javascript:alert(1)", ""].map(str::to_owned);
    for forged in places.into_iter().chain([sealed_for_something_else, cut]) {
        let answer = visitor.post("/language", &[("lang", "en"), ("return_to", &forged)]).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (400, None), "{forged}");
        assert_eq!(visitor.cookie("idp_language"), "");
    }
}

#[tokio::test]
async fn an_unknown_language_or_a_foreign_form_changes_nothing() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let return_to = visitor.get("/").await.field("return_to");
    for lang in ["", "xx", "tlh", "e\nn", "; Domain=evil.example"] {
        let answer = visitor.post("/language", &[("lang", lang), ("return_to", &return_to)]).await;
        assert_eq!(answer.status, 400, "{lang:?}");
    }
    let foreign = visitor.http.post(provider.url("/language")).header("origin", "https://evil.example");
    let answer = visitor.send(foreign.form(&[("lang", "en"), ("return_to", return_to.as_str())])).await;
    assert_eq!(answer.status, 403);
    assert_eq!(visitor.cookie("idp_language"), "");
}

#[tokio::test]
async fn a_return_from_another_browser_shows_a_page_and_signs_nobody_in() {
    let provider = Provider::start().await.unwrap();
    let (mut attacker, mut victim) = (Visitor::of(&provider), Visitor::of(&provider));
    let return_to = attacker.get("/sign-in").await.field("return_to");
    let sent = victim.post("/language", &[("lang", "en"), ("return_to", &return_to)]).await.location().unwrap();
    let before = hashed(&provider);
    let page = victim.open(&sent).await;
    assert!(page.has("login-submit"));
    // That page is the victim's own now, not the attacker's.
    assert_eq!(attacker.guess(&page.field("interaction"), CIVIL_SERVANT, PASSWORD).await.status, 200);
    assert_eq!(hashed(&provider), before);
}
