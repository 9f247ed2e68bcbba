//! Forms that another site sends in a person's browser change nothing.

use crate::support::{Answer, Visitor, again, asked_by, hashed};
use conformance::{CIVIL_SERVANT, NATURAL_PERSON, PASSWORD, Provider};

/// What browsers say of a form that is not ours.
const FOREIGN: [&[(&str, &str)]; 7] = [
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[("origin", "")],
    &[("origin", "http://localhost:1")],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
];

async fn post_from(visitor: &mut Visitor, url: &str, fields: &[(&str, &str)], said: &[(&str, &str)]) -> Answer {
    let request = visitor.http.post(url).form(fields);
    let request = said.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    visitor.send(request).await
}

#[tokio::test]
async fn a_sign_in_form_of_another_site_is_refused_without_looking_at_the_password() {
    let provider = Provider::start().await.unwrap();
    let mut victim = Visitor::of(&provider);
    let interaction = victim.sign_in_page().await;
    let before = hashed(&provider);
    let fields = [("interaction", interaction.as_str()), ("username", CIVIL_SERVANT), ("password", PASSWORD)];
    for said in FOREIGN {
        let answer = post_from(&mut victim, &provider.url("/sign-in"), &fields, said).await;
        assert_eq!(answer.status, 403, "{said:?}");
        assert!(answer.has("error-title"));
    }
    assert_eq!(hashed(&provider), before);
    assert_eq!(victim.person().await, None);
    // The same form from our own page works, and from a browser too old to say anything.
    assert_eq!(post_from(&mut victim, &provider.url("/sign-in"), &fields, &[]).await.status, 303);
}

#[tokio::test]
async fn a_consent_of_another_site_gives_nothing() {
    let provider = Provider::start().await.unwrap();
    let mut victim = Visitor::of(&provider);
    victim.sign_in(NATURAL_PERSON, PASSWORD).await;
    let asked = asked_by("weather", "http://localhost:2/callback");
    let interaction = victim.open(&asked).await.field("interaction");
    for said in FOREIGN {
        let fields = [("interaction", interaction.as_str()), ("decision", "allow")];
        let answer = post_from(&mut victim, &provider.url("/consent"), &fields, said).await;
        assert_eq!(answer.status, 403, "{said:?}");
    }
    assert!(victim.open(&asked).await.has("consent-allow"), "something was agreed to");
}

#[tokio::test]
async fn a_consent_page_of_the_attacker_agrees_to_nothing_for_the_victim() {
    let provider = Provider::start().await.unwrap();
    let (mut attacker, mut victim) = (Visitor::of(&provider), Visitor::of(&provider));
    attacker.sign_in(CIVIL_SERVANT, PASSWORD).await;
    victim.sign_in(NATURAL_PERSON, PASSWORD).await;
    let asked = asked_by("weather", "http://localhost:2/callback");
    let theirs = attacker.open(&asked).await.field("interaction");
    let answer = victim.post("/consent", &[("interaction", &theirs), ("decision", "allow")]).await;
    let next = victim.open(&answer.location().unwrap()).await;
    assert!(next.has("consent-allow"), "{next:?}");
}

#[tokio::test]
async fn a_sign_out_by_another_site_is_refused_or_asks() {
    let provider = Provider::start().await.unwrap();
    let mut victim = Visitor::of(&provider);
    victim.sign_in(CIVIL_SERVANT, PASSWORD).await;
    let question = victim.get("/connect/end_session").await;
    assert!(question.has("logout-confirm"), "{}", question.body);
    let token = question.field("confirmation");
    for said in FOREIGN {
        let url = provider.url("/connect/end_session/confirm");
        let answer = post_from(&mut victim, &url, &[("confirmation", &token)], said).await;
        assert_eq!(answer.status, 403, "{said:?}");
    }
    // A portal's POST may come from anywhere: it is asked about.
    let url = provider.url("/connect/end_session");
    let sent = post_from(&mut victim, &url, &[("client_id", "emic")], &[("origin", "https://evil.example")]).await;
    assert!(victim.open(&sent.location().unwrap()).await.has("logout-confirm"));
    assert_eq!(victim.person().await.as_deref(), Some("林大勇"));
}

#[tokio::test]
async fn a_sign_out_confirmation_works_for_the_session_it_asked_about_alone() {
    let provider = Provider::start().await.unwrap();
    let (mut attacker, mut victim) = (Visitor::of(&provider), Visitor::of(&provider));
    attacker.sign_in(NATURAL_PERSON, PASSWORD).await;
    victim.sign_in(CIVIL_SERVANT, PASSWORD).await;
    let theirs = attacker.get("/connect/end_session").await.field("confirmation");
    let interaction = victim.get(&again()).await.field("interaction");
    for token in [theirs, interaction, String::new(), "x".repeat(500)] {
        let answer = victim.post("/connect/end_session/confirm", &[("confirmation", &token)]).await;
        assert_eq!(answer.status, 400, "{token}");
    }
    assert_eq!(victim.person().await.as_deref(), Some("林大勇"));
}

#[tokio::test]
async fn pages_let_browsers_say_where_their_forms_come_from() {
    // With `no-referrer` browsers send a form of ours with `Origin: null`, and nobody could sign in.
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    for path in ["/", "/sign-in", &asked_by("emic", "http://localhost:1/callback"), "/connect/end_session", "/none"] {
        assert_eq!(visitor.get(path).await.header("referrer-policy"), Some("same-origin"), "{path}");
    }
}

#[tokio::test]
async fn a_parameter_sent_twice_is_refused() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let interaction = visitor.sign_in_page().await;
    let (once, before) = (("interaction", interaction.as_str()), hashed(&provider));
    for twice in [("username", CIVIL_SERVANT), ("password", PASSWORD), once] {
        let fields = [once, ("username", CIVIL_SERVANT), ("password", PASSWORD), twice];
        assert_eq!(visitor.post("/sign-in", &fields).await.status, 400, "{twice:?}");
    }
    assert_eq!(hashed(&provider), before);
}

/// What programs and portals post to from elsewhere: no cookie is looked at, or the person is asked.
const FROM_ELSEWHERE: [&str; 9] = [
    "/connect/token",
    "/connect/userinfo",
    "/connect/revoke",
    "/connect/par",
    "/connect/register",
    "/connect/register/{client_id}",
    "/connect/introspect",
    "/connect/authorize",
    "/connect/end_session",
];

/// Every path that is routed, so that nobody can forget one.
#[tokio::test]
async fn no_page_at_all_takes_a_form_of_another_site() {
    let provider = Provider::start().await.unwrap();
    let mut victim = Visitor::of(&provider);
    victim.sign_in(CIVIL_SERVANT, PASSWORD).await;
    let mut pages = Vec::new();
    for path in idp::routes::PATHS.into_iter().filter(|path| !FROM_ELSEWHERE.contains(path)) {
        let filled = path.replace("{picture}", "x").replace("{mail}", "x");
        assert!(!filled.contains('{'), "{path}");
        let url = provider.url(&filled);
        if victim.post(&url, &[("a", "b")]).await.status == 405 {
            continue;
        }
        pages.push(path);
        for said in FOREIGN {
            let answer = post_from(&mut victim, &url, &[("a", "b")], said).await;
            assert!(answer.status == 403 && answer.has("error-title"), "{path} {said:?}: {}", answer.body);
        }
        // It is the origin that is refused, not the form: ours is read, and something else is wrong with it.
        assert_ne!(victim.post(&url, &[("a", "b")]).await.status, 403, "{path}");
    }
    for path in ["/join/sent", "/activate", "/reset-password/code", "/undo-deletion", "/account/portals", "/language"] {
        assert!(pages.contains(&path), "{pages:?}");
    }
    assert!(pages.len() >= 20, "{pages:?}");
    assert_eq!(victim.person().await.as_deref(), Some("林大勇"));
}
