//! Cookies and pages that somebody else planted are worth nothing after the sign-in.

use crate::support::{Visitor, asked_by, hashed};
use conformance::{CIVIL_SERVANT, NATURAL_PERSON, PASSWORD, Provider};

const EMIC: &str = "http://localhost:1/callback";

#[tokio::test]
async fn cookies_planted_before_the_sign_in_open_nothing_after_it() {
    let provider = Provider::start().await.unwrap();
    let mut attacker = Visitor::of(&provider);
    let interaction = attacker.get(&asked_by("emic", EMIC)).await.field("interaction");
    attacker.cookies.insert("idp_session".into(), "A".repeat(43));
    // The victim's browser has the attacker's cookies and page, and the victim signs in there.
    let mut victim = attacker.clone();
    let sent_on = victim.guess(&interaction, CIVIL_SERVANT, PASSWORD).await;
    assert_eq!(sent_on.status, 303);
    assert_eq!(victim.person().await.as_deref(), Some("林大勇"));
    assert_ne!(victim.cookie("idp_session"), attacker.cookie("idp_session"));
    assert_ne!(victim.cookie("idp_browser"), attacker.cookie("idp_browser"));
    assert_eq!(attacker.person().await, None);
    // Not even with the address that the victim was sent on to.
    let there = attacker.open(&sent_on.location().unwrap()).await;
    assert!(there.has("login-submit"), "{there:?}");
    let page = attacker.open(&asked_by("emic", EMIC)).await;
    assert!(page.has("login-submit"));
}

#[tokio::test]
async fn the_attackers_own_session_planted_in_a_browser_ends_when_another_person_signs_in_there() {
    let provider = Provider::start().await.unwrap();
    let mut attacker = Visitor::of(&provider);
    attacker.sign_in(NATURAL_PERSON, PASSWORD).await;
    let mut victim = attacker.clone();
    victim.sign_in(CIVIL_SERVANT, PASSWORD).await;
    assert_eq!(victim.person().await.as_deref(), Some("林大勇"));
    assert_eq!(attacker.person().await, None);
}

#[tokio::test]
async fn a_sealed_page_of_one_browser_does_not_work_in_another() {
    let provider = Provider::start().await.unwrap();
    let mut attacker = Visitor::of(&provider);
    let theirs = attacker.get(&asked_by("weather", "http://localhost:2/callback")).await.field("interaction");
    for has_a_cookie in [false, true] {
        let mut victim = Visitor::of(&provider);
        if has_a_cookie {
            victim.sign_in_page().await;
        }
        let before = hashed(&provider);
        let answer = victim.guess(&theirs, CIVIL_SERVANT, PASSWORD).await;
        assert_eq!((answer.status.as_u16(), hashed(&provider) - before), (200, 0));
        assert_eq!(victim.person().await, None);
        // No dead end: the page that came instead is the victim's own.
        let signed_in = victim.guess(&answer.field("interaction"), CIVIL_SERVANT, PASSWORD).await;
        assert_eq!(signed_in.status, 303);
    }
}

#[tokio::test]
async fn a_changed_or_invented_page_is_refused_and_says_where_to_go_on() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let (interaction, return_to) = (visitor.sign_in_page().await, visitor.get("/").await.field("return_to"));
    let middle = interaction.len() / 2;
    let other = if &interaction[middle..=middle] == "A" { "B" } else { "A" };
    let changed = format!("{}{other}{}", &interaction[..middle], &interaction[middle + 1..]);
    let before = hashed(&provider);
    for forged in [changed, interaction[..middle].to_owned(), return_to, "x".repeat(4000)] {
        let answer = visitor.guess(&forged, CIVIL_SERVANT, PASSWORD).await;
        assert_eq!(answer.status, 400, "{forged}");
        assert!(answer.has("error-title") && answer.body.contains("href=\"/\""), "{}", answer.body);
        assert_eq!(visitor.get(&format!("/sign-in?interaction={forged}")).await.status, 400);
        assert_eq!(visitor.get(&format!("/connect/authorize/continue?interaction={forged}")).await.status, 400);
    }
    assert_eq!(hashed(&provider), before);
}

#[tokio::test]
async fn what_one_person_agreed_to_does_not_count_for_the_next_on_the_same_browser() {
    let provider = Provider::start().await.unwrap();
    let asked = asked_by("weather", "http://localhost:2/callback");
    let mut browser = Visitor::of(&provider);
    let interaction = browser.get(&asked).await.field("interaction");
    let to = browser.guess(&interaction, NATURAL_PERSON, PASSWORD).await.location().unwrap();
    let consent = browser.get(&to).await.field("interaction");
    // Another person signs in in another tab; then the first one's page is agreed to.
    browser.sign_in(CIVIL_SERVANT, PASSWORD).await;
    let answer = browser.post("/consent", &[("interaction", &consent), ("decision", "allow")]).await;
    let next = browser.open(&answer.location().unwrap()).await;
    assert_eq!(next.status, 200, "a code was issued: {next:?}");
    assert!(next.has("consent-allow") && next.body.contains("林大勇"), "{}", next.body);
}
