//! How tokens of the authorization endpoint end, and the code beside them: as everything else of their grant.

use super::{arrived, asking, lenient, payload, portal};
use crate::receiver::Receiver;
use conformance::steps::{
    arrive, browser, disable, end_capacity, is_dead, lock, refused, seconds, sign_out, silent, unlock,
};
use conformance::{Browser, CIVIL_SERVANT, Portal, Provider, Request};
use idp_core::oauth::authorize::ResponseType;
use std::collections::BTreeMap;

const WITH_TOKEN: [ResponseType; 3] =
    [ResponseType::IdTokenToken, ResponseType::CodeToken, ResponseType::CodeIdTokenToken];

struct Scene {
    provider: Provider,
    portal: Portal,
    browser: Browser,
    request: Request,
    got: BTreeMap<String, String>,
}

async fn scene(kind: ResponseType, scope: &str) -> Scene {
    let provider = lenient().await;
    let (portal, browser) = (portal(&provider, "all").await, browser(&provider));
    let request = asking(&portal, kind, None).scope(scope);
    let got = arrived(&arrive(&browser, &request, CIVIL_SERVANT).await, &portal, "fragment");
    Scene { provider, portal, browser, request, got }
}

#[derive(Clone, Copy, Debug)]
enum What {
    AccountLocked,
    AccountLockedAndUnlocked,
    SessionEnded,
    ClientDisabled,
    TokenRevoked,
    CapacityEnded,
}

#[tokio::test]
async fn whatever_ends_a_grant_ends_what_came_through_the_browser_and_the_code_beside_it() {
    use What::*;
    for what in [AccountLocked, AccountLockedAndUnlocked, SessionEnded, ClientDisabled, TokenRevoked, CapacityEnded] {
        for kind in WITH_TOKEN {
            let Scene { provider, portal, browser, request, got } = scene(kind, "openid identity").await;
            assert!(!is_dead(&portal, &got["access_token"]).await);
            match what {
                AccountLocked => lock(&provider, CIVIL_SERVANT).await,
                AccountLockedAndUnlocked => {
                    lock(&provider, CIVIL_SERVANT).await;
                    unlock(&provider, CIVIL_SERVANT).await;
                }
                SessionEnded => sign_out(&browser, &provider).await,
                ClientDisabled => disable(&provider, "all").await,
                TokenRevoked => assert_eq!(portal.revoke(&got["access_token"]).await.unwrap().status, 200),
                CapacityEnded => end_capacity(&provider, CIVIL_SERVANT).await,
            }
            assert!(is_dead(&portal, &got["access_token"]).await, "{what:?} {kind}");
            if let Some(code) = got.get("code") {
                let answer = portal.redeem(&request, code).await.unwrap();
                let error =
                    if matches!(what, ClientDisabled) { (401, "invalid_client") } else { (400, "invalid_grant") };
                refused(&answer, error.0, error.1);
            }
            // Nobody gets more without signing in.
            let page = browser.open(&asking(&portal, kind, None).with("prompt", "none").url()).await.unwrap();
            match what {
                ClientDisabled => assert!(page.status == 400 && page.has("error-title"), "{}", page.body),
                TokenRevoked | CapacityEnded => assert!(page.url.contains("access_token="), "{}", page.url),
                _ => assert_eq!(arrived(&page, &portal, "fragment")["error"], "login_required", "{what:?} {kind}"),
            }
        }
    }
}

#[tokio::test]
async fn an_offline_hybrid_grant_outlives_its_session_and_its_unredeemed_code_does_not() {
    let scene = scene(ResponseType::CodeToken, "openid offline_access").await;
    sign_out(&scene.browser, &scene.provider).await;
    assert!(!is_dead(&scene.portal, &scene.got["access_token"]).await, "the portal is the operator's own");
    refused(&scene.portal.redeem(&scene.request, &scene.got["code"]).await.unwrap(), 400, "invalid_grant");
    assert!(
        is_dead(&scene.portal, &scene.got["access_token"]).await,
        "a code that came too late is worth nothing more"
    );
}

/// RFC 6749 §4.1.2: what a code gave is revoked, and what came beside it.
#[tokio::test]
async fn a_hybrid_code_used_twice_revokes_every_token_of_its_grant() {
    for kind in [ResponseType::CodeToken, ResponseType::CodeIdTokenToken] {
        let Scene { provider: _provider, portal, request, got, .. } = scene(kind, "openid").await;
        let given = portal.redeem(&request, &got["code"]).await.unwrap().tokens().unwrap();
        assert!(!is_dead(&portal, &got["access_token"]).await, "{kind}: a redemption ends nothing");
        refused(&portal.redeem(&request, &got["code"]).await.unwrap(), 400, "invalid_grant");
        assert!(is_dead(&portal, &got["access_token"]).await && is_dead(&portal, &given.access).await, "{kind}");
        refused(&portal.refresh(&given.refresh).await.unwrap(), 400, "invalid_grant");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_parallel_redemptions_of_a_hybrid_code_one_wins_at_most() {
    let Scene { provider: _provider, portal, request, got, .. } = scene(ResponseType::CodeIdTokenToken, "openid").await;
    let racers = (0..20).map(|_| {
        let (portal, request, code) = (portal.clone(), request.clone(), got["code"].clone());
        tokio::spawn(async move { portal.redeem(&request, &code).await.unwrap().status.as_u16() })
    });
    let mut won = 0;
    for racer in racers.collect::<Vec<_>>() {
        won += u32::from(racer.await.unwrap() == 200);
    }
    assert_eq!(won, 1);
    assert!(is_dead(&portal, &got["access_token"]).await);
}

#[tokio::test]
async fn a_hybrid_code_of_another_portal_or_too_late_changes_nothing_and_a_wrong_verifier_burns_it() {
    let Scene { provider, portal, browser, request, got } = scene(ResponseType::CodeToken, "openid").await;
    let other = super::portal(&provider, "other").await;
    let theirs = conformance::Portal { redirect_uri: portal.redirect_uri.clone(), ..other };
    refused(&theirs.redeem(&request, &got["code"]).await.unwrap(), 400, "invalid_grant");
    assert!(!is_dead(&portal, &got["access_token"]).await);
    // The code is over after a minute, the token beside it is not: no replay.
    provider.advance(seconds(61)).await.unwrap();
    refused(&portal.redeem(&request, &got["code"]).await.unwrap(), 400, "invalid_grant");
    assert!(!is_dead(&portal, &got["access_token"]).await);

    let request = asking(&portal, ResponseType::CodeToken, None);
    let got = arrived(&arrive(&browser, &request, CIVIL_SERVANT).await, &portal, "fragment");
    let wrong = Request { verifier: "x".repeat(43), ..request.clone() };
    refused(&portal.redeem(&wrong, &got["code"]).await.unwrap(), 400, "invalid_grant");
    refused(&portal.redeem(&request, &got["code"]).await.unwrap(), 400, "invalid_grant");
    assert!(is_dead(&portal, &got["access_token"]).await);
}

#[tokio::test]
async fn a_replay_after_the_codes_life_still_revokes() {
    let Scene { provider, portal, request, got, .. } = scene(ResponseType::CodeToken, "openid").await;
    portal.redeem(&request, &got["code"]).await.unwrap().tokens().unwrap();
    provider.advance(seconds(61)).await.unwrap();
    refused(&portal.redeem(&request, &got["code"]).await.unwrap(), 400, "invalid_grant");
    assert!(is_dead(&portal, &got["access_token"]).await);
}

#[tokio::test]
async fn a_portal_that_got_an_id_token_alone_is_told_of_the_sign_out() {
    let receiver = Receiver::start([]).await;
    let provider = lenient().await;
    let portal = conformance::steps::register(&provider, "listens", |asked| {
        super::everything(asked);
        asked.backchannel_logout_uri = Some(receiver.uri.clone());
    })
    .await;
    let browser = browser(&provider);
    let request = asking(&portal, ResponseType::IdToken, None);
    let got = arrived(&arrive(&browser, &request, CIVIL_SERVANT).await, &portal, "fragment");
    assert_eq!(silent(&portal, &browser).await, None);
    sign_out(&browser, &provider).await;
    let sent = receiver.wait_for(1).await;
    let told = payload(sent[0].token());
    assert_eq!(told["sid"], payload(&got["id_token"])["sid"]);
    assert_eq!(told["sub"], payload(&got["id_token"])["sub"]);
}

/// RFC 9449 §10: the key that the request names binds what comes from the authorization endpoint, too.
#[tokio::test]
async fn a_token_of_a_request_with_a_key_is_nobodys_without_its_proof() {
    let provider = lenient().await;
    let bound = conformance::steps::register(&provider, "bound", |asked| {
        super::everything(asked);
        asked.dpop_bound_access_tokens = true;
    })
    .await;
    let browser = browser(&provider);
    let key = "0".repeat(43);
    for kind in WITH_TOKEN {
        let request = asking(&bound, kind, None);
        let got = arrived(&arrive(&browser, &request, CIVIL_SERVANT).await, &bound, "fragment");
        assert_eq!(got["error"], "invalid_request", "{kind}: without a key it would be anybody's");
        let request = request.with("dpop_jkt", &key);
        let got = arrived(&arrive(&browser, &request, CIVIL_SERVANT).await, &bound, "fragment");
        assert_eq!(got["token_type"], "DPoP", "{kind}");
        assert_eq!(bound.userinfo(&got["access_token"]).await.unwrap().status, 401, "{kind}");
    }
    let got = arrived(
        &arrive(&browser, &asking(&bound, ResponseType::IdToken, None), CIVIL_SERVANT).await,
        &bound,
        "fragment",
    );
    assert!(got.contains_key("id_token"), "an ID token is bound by its audience");
}
