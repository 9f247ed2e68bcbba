//! `POST /sign-out` and `GET /signed-out`.

use openidconnect::url::Url;

use crate::browser::form_token;
use crate::scene;

#[tokio::test]
async fn sign_out_ends_the_session_here_and_goes_on_to_the_provider() {
    let scene = scene().await;
    let page = scene.sign_in().await;
    let answer = scene.browser.post("/sign-out", &[("form_token", form_token(&page))]).await;
    assert_eq!(answer.status, 303);
    assert!(!scene.is_signed_in().await);

    let address = Url::parse(answer.location()).unwrap();
    let sent: std::collections::HashMap<_, _> = address.query_pairs().into_owned().collect();
    assert!(answer.location().starts_with(&format!("{}/end-session?", scene.provider.issuer())));
    assert_eq!(sent["id_token_hint"].split('.').count(), 3);
    assert_eq!(sent["client_id"], "the-portal");

    let back = format!("{}?state={}", sent["post_logout_redirect_uri"], sent["state"]);
    assert!(back.contains("/signed-out?"));
    let page = scene.browser.get(&back).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("您已登出"));
    assert_eq!(scene.browser.another().get(&back).await.status, 400);
}

#[tokio::test]
async fn nobody_elses_form_signs_a_person_out() {
    let scene = scene().await;
    scene.sign_in().await;
    for form in [&[][..], &[("form_token", "guess")], &[("form_token", "")]] {
        assert_eq!(scene.browser.post("/sign-out", form).await.status, 403);
        assert!(scene.is_signed_in().await);
    }
    assert_eq!(scene.browser.get("/sign-out").await.status, 405);
}

#[tokio::test]
async fn signing_out_twice_leads_to_the_first_page() {
    let scene = scene().await;
    let answer = scene.browser.post("/sign-out", &[("form_token", "old")]).await;
    assert_eq!((answer.status, answer.location()), (303, "/"));
}

#[tokio::test]
async fn a_sign_out_that_did_not_begin_here_is_not_confirmed() {
    let scene = scene().await;
    for address in ["/signed-out", "/signed-out?state=guess", "/signed-out?state=a&state=b"] {
        assert_eq!(scene.browser.get(address).await.status, 400);
    }
}

#[tokio::test]
async fn if_the_provider_cannot_be_told_the_page_says_so() {
    let scene = scene().await;
    scene.provider.mood(|mood| {
        mood.edit_discovery = |document| drop(document.as_object_mut().unwrap().remove("end_session_endpoint"));
    });
    let page = scene.sign_in().await;
    let answer = scene.browser.post("/sign-out", &[("form_token", form_token(&page))]).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("只登出了本站"));
    assert!(!scene.is_signed_in().await);
}
