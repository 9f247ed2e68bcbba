//! The question whether to sign out: when it is asked, and which answer counts.

use super::{confirm, is_signed_in, leave, leaving, signed_in};
use conformance::steps::{browser, flipped, tokens};
use conformance::{Answer, CIVIL_SERVANT, NATURAL_PERSON};

#[tokio::test]
async fn without_parameters_the_person_is_asked_and_then_signed_out() {
    let (provider, portal) = leaving().await;
    for params in [vec![], vec![("state", "s")], vec![("client_id", "nobody")], vec![("logout_hint", NATURAL_PERSON)]] {
        let browser = browser(&provider);
        let given = signed_in(&portal, &browser).await;
        let page = leave(&browser, &provider, &params).await;
        assert!(is_signed_in(&portal, &browser).await, "{params:?}");
        let page = confirm(&browser, &page).await;
        assert!(page.has("logged-out") && page.url.starts_with(&provider.issuer));
        assert!(!is_signed_in(&portal, &browser).await);
        assert_eq!(portal.userinfo(&given.access).await.unwrap().status, 401);
        let again = leave(&browser, &provider, &params).await;
        assert!(again.has("logged-out") && !again.has("logout-confirm"), "nothing to confirm any more");
    }
    let browser = browser(&provider);
    let given = signed_in(&portal, &browser).await;
    let page = leave(&browser, &provider, &[("id_token_hint", &given.id_token)]).await;
    assert!(page.has("logged-out"), "a hint alone is enough");
    assert!(!is_signed_in(&portal, &browser).await);
}

#[tokio::test]
async fn the_confirmation_counts_only_from_our_page_for_the_session_it_was_shown_to() {
    let (provider, portal) = leaving().await;
    let (mine, theirs) = (browser(&provider), browser(&provider));
    signed_in(&portal, &mine).await;
    tokens(&portal, &theirs, &portal.request(), CIVIL_SERVANT).await;
    let page = leave(&mine, &provider, &[]).await;
    let confirmation = page.field("confirmation").unwrap();
    let their_confirmation = leave(&theirs, &provider, &[]).await.field("confirmation").unwrap();
    let address = provider.url("/connect/end_session/confirm");
    let post = |value: &str| mine.http.post(&address).form(&[("confirmation", value)]);
    let refused = [
        ("another site", post(&confirmation).header("origin", "https://evil.example"), 403),
        ("a neighbour", post(&confirmation).header("sec-fetch-site", "same-site"), 403),
        ("cross-site", post(&confirmation).header("sec-fetch-site", "cross-site"), 403),
        ("an opaque origin", post(&confirmation).header("origin", "null"), 403),
        ("another person's", post(&their_confirmation), 400),
        ("forged", post(&flipped(&confirmation, confirmation.len() / 2)), 400),
        ("garbage", post("garbage"), 400),
        ("nothing", mine.http.post(&address).form(&[("other", "x")]), 400),
        ("by GET", mine.http.get(format!("{address}?confirmation={confirmation}")), 405),
    ];
    for (what, request, status) in refused {
        let answer = Answer::of(request).await.unwrap();
        assert_eq!(answer.status.as_u16(), status, "{what}: {}", answer.body);
        assert!(answer.body.contains("id=\"error-title\""), "{what}");
        assert!(is_signed_in(&portal, &mine).await, "{what}");
    }
    assert!(confirm(&mine, &page).await.has("logged-out"));
    assert!(is_signed_in(&portal, &theirs).await);
    // Signed in again, the old page is not about this session.
    signed_in(&portal, &mine).await;
    let answer = Answer::of(post(&confirmation)).await.unwrap();
    assert_eq!(answer.status, 400);
    assert!(is_signed_in(&portal, &mine).await);
}
