//! Values that are a letter off.

use super::ends::{Says, Scene, asks_everywhere, scene};
use conformance::steps::{flipped, refused};

#[tokio::test]
async fn a_value_with_one_letter_changed_is_worth_nothing() {
    let scene = scene("openid").await;
    let Scene { portal, request, code, given, .. } = &scene;
    for at in (0..code.len()).step_by(11).chain(code.len() - 2..code.len()) {
        refused(&portal.redeem(request, &flipped(code, at)).await.unwrap(), 400, "invalid_grant");
    }
    for at in (0..given.refresh.len()).step_by(5).chain(given.refresh.len() - 2..given.refresh.len()) {
        refused(&portal.refresh(&flipped(&given.refresh, at)).await.unwrap(), 400, "invalid_grant");
    }
    for at in (0..given.access.len()).step_by(5).chain(given.access.len() - 2..given.access.len()) {
        assert_eq!(portal.userinfo(&flipped(&given.access, at)).await.unwrap().status, 401);
    }
    for (longer, shorter) in [(format!("{code}A"), &code[1..]), (format!("{code}="), &code[..code.len() - 1])] {
        refused(&portal.redeem(request, &longer).await.unwrap(), 400, "invalid_grant");
        refused(&portal.redeem(request, shorter).await.unwrap(), 400, "invalid_grant");
    }
    assert_eq!(asks_everywhere(&scene).await, Says("tokens", "tokens", 200, "code"));
}

#[tokio::test]
async fn of_all_last_letters_one_alone_is_the_token() {
    // The last letter of base64url may carry bits that say nothing: another spelling would get past a list of revoked ones.
    let scene = scene("openid").await;
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut good = 0;
    for last in alphabet.chars() {
        let mut token = scene.given.access.clone();
        token.pop();
        token.push(last);
        good += u32::from(scene.portal.userinfo(&token).await.unwrap().status == 200);
    }
    assert_eq!(good, 1);
}
