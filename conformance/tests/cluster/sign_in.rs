//! A sign-in that begins on one node goes on and ends on the other.

use crate::browser::Way;
use crate::support::{Cluster, Options, Tokens, authorize, request, server};
use conformance::PASSWORD;
use conformance::servers::nginx::Nginx;

/// Each request of the browser and of the portal goes to the next node of the way.
async fn walk(cluster: &Cluster, way: &Way, account: &str) {
    let (browser, library) = (cluster.browser(), cluster.portal("library"));
    let asked = request(&library.portal).scope("openid identity offline_access").with("prompt", "consent");
    let page = browser.open(way, &authorize(&asked)).await;
    let consent = browser.sign_in(way, &page, (account, PASSWORD)).await;
    let sent = browser.decide(way, &consent, "allow").await;
    assert_eq!(sent.parameter("state").as_deref(), Some(asked.state.as_str()), "{sent:?}");
    let first = Tokens::of(&library.redeem(way, &sent.parameter("code").unwrap(), &asked.verifier).await);
    let subject = library.user_info(way, &first.access).await.text("sub");
    assert!(!subject.is_empty());
    let second = Tokens::of(&library.refresh(way, &first.refresh).await);
    for _ in 0..2 {
        assert_eq!(library.user_info(way, &second.access).await.text("sub"), subject);
    }

    // A second portal in the same session, without a password: its tokens hang on the session.
    let emic = cluster.portal("emic");
    let silent = request(&emic.portal);
    let told = browser.open(way, &authorize(&silent)).await;
    let sent = browser.decide(way, &told, "allow").await;
    let at_emic = Tokens::of(&emic.redeem(way, &sent.parameter("code").unwrap(), &silent.verifier).await);

    let out = browser.open(way, &format!("/connect/end_session?id_token_hint={}", at_emic.id)).await;
    assert!(out.has("logged-out"), "{out:?}");
    for _ in 0..2 {
        assert_eq!(emic.user_info(way, &at_emic.access).await.status, 401);
        assert_eq!(emic.refresh(way, &at_emic.refresh).await.text("error"), "invalid_grant");
        let again = browser.open(way, &authorize(&silent.clone().with("prompt", "none"))).await;
        assert_eq!(again.parameter("error").as_deref(), Some("login_required"), "{again:?}");
    }
    // What was given for longer than the session goes on, on both.
    let third = Tokens::of(&library.refresh(way, &second.refresh).await);
    assert_eq!(library.user_info(way, &third.access).await.text("sub"), subject);
}

#[tokio::test]
async fn a_sign_in_that_begins_on_one_node_ends_on_the_other_and_is_over_on_both() {
    let Some(cluster) = Cluster::start().await else { return };
    walk(&cluster, &cluster.a_first(), &cluster.people[0]).await;
    walk(&cluster, &cluster.b_first(), &cluster.people[1]).await;
}

#[tokio::test]
async fn a_request_that_was_posted_to_one_node_goes_on_at_the_other() {
    let Some(cluster) = Cluster::start().await else { return };
    for way in [cluster.a_first(), cluster.b_first()] {
        let (browser, emic) = (cluster.browser(), cluster.portal("emic"));
        // A nonce too long for a code: it waits in Redis until the code is redeemed at the other node.
        let nonce = "n".repeat(300);
        let asked = request(&emic.portal).with("nonce", &nonce);
        let form: Vec<(&str, &str)> = asked.params.iter().map(|(name, value)| (&**name, &**value)).collect();
        let page = browser.submit(&way, "/connect/authorize", &form).await;
        let sent = browser.sign_in(&way, &page, (&cluster.people[2], PASSWORD)).await;
        let tokens = Tokens::of(&emic.redeem(&way, &sent.parameter("code").unwrap(), &asked.verifier).await);
        let claims = ::keys::b64::decode(tokens.id.split('.').nth(1).unwrap()).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["nonce"], nonce);
    }
}

#[tokio::test]
async fn behind_nginx_nobody_notices_which_node_answers() {
    if server().is_none() {
        return;
    }
    let mut nginx = Nginx::new().unwrap();
    let issuer = Some(nginx.base());
    let Some(cluster) = Cluster::start_with(Options { issuer, ..Options::default() }).await else { return };
    nginx.start(&[cluster.a.address, cluster.b.address]).await.unwrap();
    for account in &cluster.people[..3] {
        walk(&cluster, &Way::new([nginx.base()]), account).await;
    }
}
