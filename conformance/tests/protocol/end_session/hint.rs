//! The `id_token_hint`: of this session it signs out unasked, expired or not; any other has the person asked.

use super::{BYE, confirm, is_signed_in, leave, leaving, signed_in};
use conformance::steps::{arrive, browser, flipped, register, seconds, start, tokens};
use conformance::{CIVIL_SERVANT, NATURAL_PERSON};

#[tokio::test]
async fn a_hint_that_is_not_ours_sends_nobody_anywhere_and_the_person_is_asked() {
    let (provider, portal) = leaving().await;
    let (elsewhere, _) = start().await;
    let twin = register(&elsewhere, "portal", |asked| asked.post_logout_redirect_uris = vec![BYE.into()]).await;
    let foreign = signed_in(&twin, &browser(&elsewhere)).await.id_token;
    let browser = browser(&provider);
    let given = signed_in(&portal, &browser).await;
    let [header, payload, signature] = given.id_token.split('.').collect::<Vec<_>>().try_into().unwrap();
    for hint in [
        foreign.clone(),
        format!("eyJhbGciOiJub25lIn0.{payload}."),
        format!("eyJhbGciOiJub25lIn0.{payload}.{signature}"),
        format!("{header}.{payload}."),
        flipped(&given.id_token, header.len() + 20),
        flipped(&given.id_token, given.id_token.len() - 20),
        given.access.clone(),
        "garbage".into(),
    ] {
        for extra in [None, Some(("client_id", "portal"))] {
            let mut params = vec![("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE), ("state", "s")];
            params.extend(extra);
            let page = leave(&browser, &provider, &params).await;
            assert!(page.has("logout-confirm"), "{hint}: {} {}", page.url, page.body);
            assert!(is_signed_in(&portal, &browser).await);
        }
    }
    let params = [("id_token_hint", foreign.as_str()), ("post_logout_redirect_uri", BYE)];
    let page = confirm(&browser, &leave(&browser, &provider, &params).await).await;
    assert!(page.url.starts_with(&provider.issuer) && page.has("logged-out"), "{}", page.url);
    assert!(!is_signed_in(&portal, &browser).await);
}

#[tokio::test]
async fn an_expired_hint_of_this_session_is_as_good() {
    let (provider, portal) = leaving().await;
    let browser = browser(&provider);
    let given = signed_in(&portal, &browser).await;
    provider.advance(seconds(7200)).await.unwrap();
    let params = [("id_token_hint", given.id_token.as_str()), ("post_logout_redirect_uri", BYE)];
    assert_eq!(leave(&browser, &provider, &params).await.url, BYE);
    assert!(!is_signed_in(&portal, &browser).await);
}

#[tokio::test]
async fn the_hint_of_another_session_signs_nobody_out_unasked() {
    let (provider, portal) = leaving().await;
    let (mine, theirs) = (browser(&provider), browser(&provider));
    let given = signed_in(&portal, &mine).await;
    tokens(&portal, &theirs, &portal.request(), CIVIL_SERVANT).await;
    let second = browser(&provider);
    signed_in(&portal, &second).await;
    let params = [("id_token_hint", given.id_token.as_str()), ("post_logout_redirect_uri", BYE)];
    for other in [&theirs, &second] {
        let page = leave(other, &provider, &params).await;
        assert!(page.has("logout-confirm"), "{}", page.url);
        assert!(is_signed_in(&portal, other).await);
        assert_eq!(confirm(other, &page).await.url, BYE);
        assert!(!is_signed_in(&portal, other).await);
    }
    assert!(is_signed_in(&portal, &mine).await, "and the session of the hint stays");
}

#[tokio::test]
async fn a_hint_and_a_client_that_contradict_each_other_lead_nowhere() {
    let (provider, portal) = leaving().await;
    let other = register(&provider, "other", |asked| asked.post_logout_redirect_uris = vec![BYE.into()]).await;
    let browser = browser(&provider);
    let given = signed_in(&portal, &browser).await;
    arrive(&browser, &other.request(), NATURAL_PERSON).await;
    let hint = ("id_token_hint", given.id_token.as_str());
    let params = [hint, ("client_id", "other"), ("post_logout_redirect_uri", BYE)];
    let page = confirm(&browser, &leave(&browser, &provider, &params).await).await;
    assert!(page.url.starts_with(&provider.issuer) && page.has("logged-out"));
    let given = signed_in(&portal, &browser).await;
    let params =
        [("id_token_hint", given.id_token.as_str()), ("client_id", "portal"), ("post_logout_redirect_uri", BYE)];
    assert_eq!(leave(&browser, &provider, &params).await.url, BYE);
}
