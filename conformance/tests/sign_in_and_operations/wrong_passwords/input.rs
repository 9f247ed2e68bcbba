//! What people and programs type: nothing, far too much, other writing.

use crate::support::{Visitor, hashed};
use conformance::{CIVIL_SERVANT, PASSWORD, Provider};

#[tokio::test]
async fn empty_fields_are_named_and_cost_no_attempt() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let mut interaction = visitor.sign_in_page().await;
    let before = hashed(&provider);
    for (username, password, wrong) in [
        ("", "", ["username-error", "password-error"].as_slice()),
        ("  ", "x", &["username-error"]),
        (CIVIL_SERVANT, "", &["password-error"]),
    ] {
        let answer = visitor.guess(&interaction, username, password).await;
        assert_eq!(answer.status, 422);
        for id in ["username-error", "password-error"] {
            assert_eq!(answer.has(id), wrong.contains(&id), "{username:?} {password:?} {id}");
        }
        interaction = answer.field("interaction");
    }
    assert_eq!(hashed(&provider), before);
    assert_eq!(visitor.guess(&interaction, CIVIL_SERVANT, PASSWORD).await.status, 303);
}

#[tokio::test]
async fn an_overlong_password_is_wrong_at_the_cost_of_one_hash() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let interaction = visitor.sign_in_page().await;
    let before = hashed(&provider);
    let overlong = format!("{PASSWORD}{}", "x".repeat(4000));
    assert_eq!(visitor.guess(&interaction, CIVIL_SERVANT, &overlong).await.status, 422);
    assert_eq!(hashed(&provider) - before, 1);
}

#[tokio::test]
async fn an_overlong_name_is_nobodys_and_is_not_repeated_in_full() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let interaction = visitor.sign_in_page().await;
    let name = "n".repeat(5000);
    let answer = visitor.guess(&interaction, &name, "wrong").await;
    assert_eq!(answer.status, 422);
    assert!(!answer.body.contains(&"n".repeat(65)));
    // Whoever changes what stands behind the bound guesses at the same name.
    let longer = format!("{name}x");
    assert_eq!(visitor.guess(&answer.field("interaction"), &longer, "wrong").await.status, 429);
}

#[tokio::test]
async fn a_form_that_is_larger_than_any_of_ours_is_refused_unread() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let interaction = visitor.sign_in_page().await;
    let before = hashed(&provider);
    let answer = visitor.guess(&interaction, CIVIL_SERVANT, &"x".repeat(1 << 20)).await;
    assert_eq!(answer.status, 413);
    assert_eq!(hashed(&provider), before);
}

#[tokio::test]
async fn names_in_any_writing_are_answered_and_shown_as_text() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let mut interaction = visitor.sign_in_page().await;
    for name in ["林大勇", "<script>alert(1)</script>", "\"><b>", "fireman0119\0", "' OR 1=1 --", "\u{202e}namerif"]
    {
        let answer = visitor.guess(&interaction, name, "wrong").await;
        assert_eq!(answer.status, 422, "{name:?}");
        assert!(!answer.body.contains("<script>") && !answer.body.contains("\"><b>"), "{}", answer.body);
        interaction = answer.field("interaction");
    }
}

#[tokio::test]
async fn a_password_is_never_written_back_into_the_page() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let interaction = visitor.sign_in_page().await;
    let answer = visitor.guess(&interaction, CIVIL_SERVANT, "my-secret-guess").await;
    assert!(!answer.body.contains("my-secret-guess"));
    assert!(answer.body.contains(CIVIL_SERVANT), "the name stays, so that nobody types it again");
}
