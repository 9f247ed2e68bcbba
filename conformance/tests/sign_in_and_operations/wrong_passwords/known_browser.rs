//! A browser that somebody signed in with before: whoever guesses at their name elsewhere holds up nobody there.

use super::guess;
use crate::support::{Visitor, hashed, wait};
use conformance::steps::change;
use conformance::{CIVIL_SERVANT, EDUCATOR, PASSWORD, Provider};
use idp_store::accounts;

const COOKIE: &str = "idp_known";

/// A browser that somebody signed in with, and where they signed out again.
async fn at_home(provider: &Provider, name: &str) -> Visitor {
    let mut visitor = Visitor::of(provider);
    visitor.sign_in(name, PASSWORD).await;
    assert!(!visitor.cookie(COOKIE).is_empty());
    visitor.cookies.remove("idp_session");
    visitor
}

/// Wrong passwords until the name is locked.
async fn locked(provider: &Provider, name: &str) {
    for seconds in [5, 5, 15, 30, 1] {
        guess(provider, name, "wrong").await;
        wait(provider, seconds).await;
    }
}

#[tokio::test]
async fn who_signed_in_before_is_neither_locked_out_nor_asked_for_letters_there() {
    let provider = Provider::start().await.unwrap();
    let mut home = at_home(&provider, CIVIL_SERVANT).await;
    locked(&provider, CIVIL_SERVANT).await;
    assert_eq!(guess(&provider, CIVIL_SERVANT, PASSWORD).await.status, 429, "elsewhere it is");
    let interaction = home.sign_in_page().await;
    assert_eq!(home.guess_blindly(&interaction, CIVIL_SERVANT, PASSWORD).await.status, 303);
    // Which forgives nothing elsewhere: somebody still guesses there.
    assert_eq!(guess(&provider, CIVIL_SERVANT, PASSWORD).await.status, 429);
}

/// Attack: a cookie of one's own, or a stolen one.
#[tokio::test]
async fn the_counter_of_a_browser_allows_as_many_as_any_and_the_cookie_is_good_for_its_name_alone() {
    let provider = Provider::start().await.unwrap();
    let mut home = at_home(&provider, CIVIL_SERVANT).await;
    let before = hashed(&provider);
    let mut page = home.get("/sign-in").await;
    for seconds in [5, 5, 15, 30, 1] {
        page = home.guess(&page.field("interaction"), CIVIL_SERVANT, "wrong").await;
        wait(&provider, seconds).await;
    }
    assert_eq!((page.status.as_u16(), hashed(&provider) - before), (429, 5), "it locks as any does");
    assert_eq!(home.guess(&page.field("interaction"), CIVIL_SERVANT, PASSWORD).await.status, 429);
    assert_eq!(hashed(&provider) - before, 5);
    // Elsewhere nothing was counted, and another name has no counter here.
    assert_eq!(guess(&provider, CIVIL_SERVANT, PASSWORD).await.status, 303);
    locked(&provider, EDUCATOR).await;
    assert_eq!(home.guess(&page.field("interaction"), EDUCATOR, PASSWORD).await.status, 429);
}

#[tokio::test]
async fn a_forged_or_old_cookie_is_none() {
    let provider = Provider::start().await.unwrap();
    let home = at_home(&provider, CIVIL_SERVANT).await;
    locked(&provider, CIVIL_SERVANT).await;
    let good = home.cookie(COOKIE);
    let flipped = conformance::steps::flipped(&good, 30);
    for forged in [&flipped, &good[4..], "x", "", &"A".repeat(300)] {
        let mut visitor = home.clone();
        visitor.cookies.insert(COOKIE.into(), forged.to_owned());
        let interaction = visitor.sign_in_page().await;
        assert_eq!(visitor.guess(&interaction, CIVIL_SERVANT, PASSWORD).await.status, 429, "{forged}");
    }
    wait(&provider, 181 * 86_400).await;
    locked(&provider, CIVIL_SERVANT).await;
    let mut visitor = home.clone();
    let interaction = visitor.sign_in_page().await;
    assert_eq!(visitor.guess(&interaction, CIVIL_SERVANT, PASSWORD).await.status, 429, "half a year is over");
}

#[tokio::test]
async fn a_family_shares_a_browser() {
    let provider = Provider::start().await.unwrap();
    let mut home = at_home(&provider, CIVIL_SERVANT).await;
    home.sign_in(EDUCATOR, PASSWORD).await;
    home.cookies.remove("idp_session");
    for name in [CIVIL_SERVANT, EDUCATOR] {
        locked(&provider, name).await;
        let mut visitor = home.clone();
        let interaction = visitor.sign_in_page().await;
        assert_eq!(visitor.guess(&interaction, name, PASSWORD).await.status, 303, "{name}");
    }
}

/// Attack: whoever had the password once made themselves cookies with it, and guesses at the next one with each of them.
#[tokio::test]
async fn another_password_ends_what_browsers_are_known_for() {
    let provider = Provider::start().await.unwrap();
    let mut homes = Vec::new();
    for _ in 0..3 {
        homes.push(at_home(&provider, CIVIL_SERVANT).await);
    }
    locked(&provider, CIVIL_SERVANT).await;
    let mut before = homes.pop().unwrap();
    let interaction = before.sign_in_page().await;
    assert_eq!(before.guess(&interaction, CIVIL_SERVANT, PASSWORD).await.status, 303, "until then it is known");
    before.cookies.remove("idp_session");
    let now = provider.clock.now();
    change(&provider, CIVIL_SERVANT, move |tx, id| {
        let hash = accounts::login(tx.conn(), CIVIL_SERVANT)?.unwrap().password_hash;
        accounts::set_password(tx, id, &hash, now)
    })
    .await;
    for mut home in homes.into_iter().chain([before]) {
        let interaction = home.sign_in_page().await;
        let page = home.guess(&interaction, CIVIL_SERVANT, "wrong").await;
        assert_eq!(page.status, 429, "it is counted with the name, which is locked");
    }
    wait(&provider, 900).await;
    let mut home = at_home(&provider, CIVIL_SERVANT).await;
    locked(&provider, CIVIL_SERVANT).await;
    let interaction = home.sign_in_page().await;
    assert_eq!(home.guess(&interaction, CIVIL_SERVANT, PASSWORD).await.status, 303, "known anew by the new password");
}

/// Attack: asking without a guess whether somebody signed in with a browser, or guessed at a name.
#[tokio::test]
async fn a_form_without_a_password_does_not_tell_who_is_known_and_how_often_a_name_was_guessed_at() {
    let provider = Provider::start().await.unwrap();
    let mut home = at_home(&provider, CIVIL_SERVANT).await;
    for name in [CIVIL_SERVANT, EDUCATOR] {
        for seconds in [5, 5, 15] {
            guess(&provider, name, "wrong").await;
            wait(&provider, seconds).await;
        }
    }
    let interaction = home.sign_in_page().await;
    let mut shown = Vec::new();
    for name in [CIVIL_SERVANT, EDUCATOR] {
        let page = home.guess(&interaction, name, "").await;
        assert_eq!(page.status, 422);
        shown.push(page.body.contains("captcha-answer"));
    }
    assert_eq!(shown, [false, false]);
}
