//! Addresses for one method alone, and addresses that do not exist.

use crate::support::{Visitor, again};
use conformance::{CIVIL_SERVANT, PASSWORD, Provider};

#[tokio::test]
async fn what_changes_something_does_not_work_by_get() {
    let provider = Provider::start().await.unwrap();
    let mut person = Visitor::of(&provider);
    person.sign_in(CIVIL_SERVANT, PASSWORD).await;
    let token = person.get("/connect/end_session").await.field("confirmation");
    for path in [
        "/consent?decision=allow".to_owned(),
        "/language?lang=en".into(),
        format!("/connect/end_session/confirm?confirmation={token}"),
        "/connect/token?grant_type=authorization_code".into(),
        "/connect/revoke?token=x".into(),
    ] {
        let answer = person.get(&path).await;
        assert_eq!(answer.status, 405, "{path}");
        assert_eq!(answer.header("allow"), Some("POST"), "{path}");
    }
    assert!(person.person().await.is_some());
}

#[tokio::test]
async fn a_password_in_the_address_signs_nobody_in() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let interaction = visitor.get(&again()).await.field("interaction");
    let path = format!("/sign-in?interaction={interaction}&username={CIVIL_SERVANT}&password={PASSWORD}");
    let page = visitor.get(&path).await;
    assert!(page.has("login-submit") && !page.body.contains(PASSWORD), "{}", page.body);
    assert_eq!(visitor.person().await, None);
}

#[tokio::test]
async fn what_shows_something_does_not_work_by_post() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    for path in ["/", "/connect/authorize/continue", "/livez", "/readyz", "/style.css", "/.well-known/jwks.json"] {
        assert_eq!(visitor.post(path, &[("a", "b")]).await.status, 405, "{path}");
    }
}

#[tokio::test]
async fn an_unknown_address_is_said_on_a_page_that_leads_on() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    for path in ["/nowhere", "/sign-in/", "/connect", "/etc/passwd", "/style.css/x", "//evil.example"] {
        let page = visitor.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.has("error-title") && page.body.contains("href=\"/\""), "{path}");
    }
}

#[tokio::test]
async fn the_process_says_that_it_lives_and_is_ready() {
    let provider = Provider::start().await.unwrap();
    for path in ["/livez", "/readyz"] {
        assert_eq!(Visitor::of(&provider).get(path).await.status, 200, "{path}");
    }
}
