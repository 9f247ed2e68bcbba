//! The language of the pages, and where its button leads.

use crate::support::{Visitor, again, asked_by, hashed, wait};
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
    let page = visitor.get("/").await;
    assert!(!is_english(&page.body));
    let switched = visitor.post("/language", &[("lang", "en"), ("return_to", &page.field("return_to"))]).await;
    let set = switched.header(SET_COOKIE.as_str()).unwrap();
    assert!(set.starts_with("idp_language=en; ") && set.contains("Max-Age=31536000"), "{set}");
    let home = visitor.open(&switched.location().unwrap()).await;
    assert!(is_english(&home.body), "{}", home.body);
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
    let sealed_for_something_else = visitor.get("/sign-in").await.field("interaction");
    let return_to = visitor.get("/").await.field("return_to");
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
async fn the_switch_of_another_browsers_page_shows_a_page_and_signs_nobody_in() {
    let provider = Provider::start().await.unwrap();
    let (mut attacker, mut victim) = (Visitor::of(&provider), Visitor::of(&provider));
    let theirs = attacker.sign_in_page().await;
    let before = hashed(&provider);
    let page = victim.post("/sign-in", &[("lang", "en"), ("interaction", &theirs)]).await;
    assert!(page.has("login-submit"));
    // That page is the victim's own now, not the attacker's.
    assert_eq!(attacker.guess(&page.field("interaction"), CIVIL_SERVANT, PASSWORD).await.status, 200);
    assert_eq!(hashed(&provider), before);
}

#[tokio::test]
async fn what_was_typed_is_there_in_the_other_language_and_was_no_guess() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let page = visitor.get(&asked_by("emic", "http://localhost:1/callback")).await;
    let form = [("interaction", page.field("interaction")), ("username", CIVIL_SERVANT.into()), ("lang", "en".into())];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert!(page.body.contains("form=\"typed\" name=\"lang\" value=\"en\""), "{}", page.body);
    let before = hashed(&provider);
    let english = visitor.post("/sign-in", &[&form[..], &[("password", "wrong")]].concat()).await;
    assert_eq!(english.status, 200, "{}", english.body);
    assert!(is_english(&english.body) && english.body.contains("EMIC"), "{}", english.body);
    assert!(english.body.contains(&format!("value=\"{CIVIL_SERVANT}\"")), "{}", english.body);
    assert!(!english.has("password-error") && !english.body.contains("wrong"), "{}", english.body);
    assert_eq!((hashed(&provider), visitor.cookie("idp_language").as_str()), (before, "en"));
    let sent = visitor.guess(&english.field("interaction"), CIVIL_SERVANT, PASSWORD).await.location().unwrap();
    assert!(visitor.open(&sent).await.location().unwrap().contains("code="));
    // Whoever is asked again is told so in both.
    let again = visitor.get(&again()).await;
    assert!(again.body.contains("You are signed in as"), "{}", again.body);
    let form = [("interaction", &*again.field("interaction")), ("username", CIVIL_SERVANT), ("lang", "zh-Hant-TW")];
    let chinese = visitor.post("/sign-in", &form).await;
    assert!(!is_english(&chinese.body) && chinese.body.contains("您已經以"), "{}", chinese.body);
    let wrong = visitor.guess(&chinese.field("interaction"), CIVIL_SERVANT, "wrong").await;
    assert!(wrong.status == 422 && wrong.body.contains("您已經以"), "{}", wrong.body);
}

#[tokio::test]
async fn a_picture_that_was_read_is_the_same_in_the_other_language() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let mut interaction = visitor.sign_in_page().await;
    let mut page = None;
    for seconds in [5, 5, 15] {
        let answer = visitor.guess(&interaction, CIVIL_SERVANT, "wrong").await;
        interaction = answer.field("interaction");
        wait(&provider, seconds).await;
        page = Some(answer);
    }
    let [challenge, letters] = visitor.reads(&page.unwrap());
    let form = [
        ("interaction", interaction.as_str()),
        ("username", CIVIL_SERVANT),
        ("captcha", &challenge),
        ("captcha-answer", &letters),
        ("lang", "en"),
    ];
    let english = visitor.post("/sign-in", &form).await;
    assert_eq!(english.status, 200, "{}", english.body);
    assert_eq!(visitor.reads(&english)[1], letters, "another picture: {}", english.body);
    assert_eq!(english.field("captcha-answer"), letters);
}
