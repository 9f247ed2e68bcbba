//! Whatever ends somebody's leave ends it on every path: each ending, with tokens tied to the session and to the person, asked at
//! every place where it counts. Introspection, UserInfo and the token endpoint never disagree, and neither do requests that were
//! pushed and those that were not.

use crate::receiver::Receiver;
use conformance::steps::{
    arrive, browser, code, disable, end_capacity, lock, refused, register, sign_out, silent, start, tokens, unlock,
};
use conformance::{Answer, Browser, CIVIL_SERVANT, NATURAL_PERSON, Page, Portal, Provider, Request, Tokens};

#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    Nothing,
    AccountLocked,
    AccountLockedAndUnlocked,
    SessionEnded,
    ClientDisabled,
    GrantRevoked,
    CapacityEnded,
}

/// What each of four places says: redeeming a code, refreshing, UserInfo, authorizing silently.
#[derive(Debug, PartialEq)]
pub(super) struct Says(pub &'static str, pub &'static str, pub u16, pub &'static str);

/// One sign-in with tokens, a code that nobody redeemed yet, and a resource server of the portal's.
pub(super) struct Scene {
    pub provider: Provider,
    pub portal: Portal,
    server: Portal,
    browser: Browser,
    pub given: Tokens,
    pub request: Request,
    pub code: String,
}

pub(super) async fn scene(scope: &str) -> Scene {
    let (provider, _) = start().await;
    let portal = register(&provider, "portal", |_| {}).await;
    let server = register(&provider, "server", |asked| asked.may_introspect = vec!["portal".into()]).await;
    let browser = browser(&provider);
    let request = portal.request().scope(scope);
    let given = tokens(&portal, &browser, &request, CIVIL_SERVANT).await;
    let request = portal.request().scope(scope);
    let code = code(&browser, &request, CIVIL_SERVANT).await;
    Scene { provider, portal, server, browser, given, request, code }
}

async fn happens(scene: &Scene, what: What) {
    match what {
        What::Nothing => {}
        What::AccountLocked => lock(&scene.provider, CIVIL_SERVANT).await,
        What::AccountLockedAndUnlocked => {
            lock(&scene.provider, CIVIL_SERVANT).await;
            unlock(&scene.provider, CIVIL_SERVANT).await;
        }
        What::SessionEnded => sign_out(&scene.browser, &scene.provider).await,
        What::ClientDisabled => disable(&scene.provider, "portal").await,
        What::GrantRevoked => assert_eq!(scene.portal.revoke(&scene.given.refresh).await.unwrap().status, 200),
        What::CapacityEnded => end_capacity(&scene.provider, CIVIL_SERVANT).await,
    }
}

fn said(answer: &Answer) -> &'static str {
    match answer.error() {
        "" if answer.status == 200 => "tokens",
        "invalid_grant" => "invalid_grant",
        "invalid_client" => "invalid_client",
        other => panic!("{} {other} {}", answer.status, answer.body),
    }
}

/// What a silent request came to.
fn silently(page: &Page) -> &'static str {
    match (page.parameter("code"), page.parameter("error").as_deref()) {
        (Some(_), None) => "code",
        (None, Some("login_required")) => "login_required",
        (None, None) if page.status == 400 && page.has("error-title") => "page",
        other => panic!("{other:?} {}", page.url),
    }
}

async fn is_active(asking: &Portal, token: &str) -> Option<bool> {
    let answer = asking.post("/connect/introspect", &[("token", token)]).await.unwrap();
    match answer.error() {
        "invalid_client" => None,
        _ => Some(answer.json["active"].as_bool().unwrap()),
    }
}

pub(super) async fn asks_everywhere(scene: &Scene) -> Says {
    let Scene { portal, server, browser, given, .. } = scene;
    let userinfo = portal.userinfo(&given.access).await.unwrap().status.as_u16();
    let request = portal.request().with("prompt", "none");
    let silent = silently(&browser.open(&request.url()).await.unwrap());
    let push = portal.push(&request).await.unwrap();
    match push.json["request_uri"].as_str() {
        Some(uri) => {
            let brought = portal.request().with("request_uri", uri);
            assert_eq!(silently(&browser.open(&brought.url()).await.unwrap()), silent, "pushed or not");
        }
        None => refused(&push, 401, "invalid_client"),
    }
    assert_eq!(is_active(server, &given.access).await, Some(userinfo == 200), "for its resource server");
    let (access, offered) = (is_active(portal, &given.access).await, is_active(portal, &given.refresh).await);
    let refresh = said(&portal.refresh(&given.refresh).await.unwrap());
    let in_service = refresh != "invalid_client";
    assert_eq!(access, in_service.then_some(userinfo == 200));
    assert_eq!(offered, in_service.then_some(refresh == "tokens"));
    assert_eq!(push.error() != "invalid_client", in_service);
    let redeemed = said(&portal.redeem(&scene.request, &scene.code).await.unwrap());
    Says(redeemed, refresh, userinfo, silent)
}

/// Each ending, with what is said then.
fn rows() -> [(What, &'static str, Says); 15] {
    use What::{
        AccountLocked, AccountLockedAndUnlocked, CapacityEnded, ClientDisabled, GrantRevoked, Nothing, SessionEnded,
    };
    let bound = "openid identity";
    let offline = "openid identity offline_access";
    let plain = "openid email";
    let nothing = || Says("invalid_grant", "invalid_grant", 401, "login_required");
    [
        (Nothing, bound, Says("tokens", "tokens", 200, "code")),
        (Nothing, offline, Says("tokens", "tokens", 200, "code")),
        (AccountLocked, bound, nothing()),
        (AccountLocked, offline, nothing()),
        (AccountLockedAndUnlocked, bound, nothing()),
        (AccountLockedAndUnlocked, offline, nothing()),
        (SessionEnded, bound, nothing()),
        (SessionEnded, offline, Says("invalid_grant", "tokens", 200, "login_required")),
        (ClientDisabled, bound, Says("invalid_client", "invalid_client", 401, "page")),
        (ClientDisabled, offline, Says("invalid_client", "invalid_client", 401, "page")),
        (GrantRevoked, bound, Says("tokens", "invalid_grant", 401, "code")),
        (GrantRevoked, offline, Says("tokens", "invalid_grant", 401, "code")),
        (CapacityEnded, bound, Says("tokens", "invalid_grant", 401, "code")),
        (CapacityEnded, offline, Says("tokens", "invalid_grant", 401, "code")),
        (CapacityEnded, plain, Says("tokens", "tokens", 200, "code")),
    ]
}

#[tokio::test]
async fn whatever_ends_ends_on_every_path() {
    for (what, scope, expected) in rows() {
        let scene = scene(scope).await;
        happens(&scene, what).await;
        assert_eq!(asks_everywhere(&scene).await, expected, "{what:?} with {scope}");
    }
}

/// Elsewhere what was revoked was good again after a restart, since only memory knew of it.
#[tokio::test]
async fn whatever_ended_is_as_dead_after_a_restart_and_what_lived_lives() {
    for (what, scope, expected) in rows() {
        let mut scene = scene(scope).await;
        happens(&scene, what).await;
        scene.provider.restart().await.unwrap();
        assert_eq!(asks_everywhere(&scene).await, expected, "{what:?} with {scope}");
    }
}

#[tokio::test]
async fn a_code_of_before_the_end_of_a_capacity_speaks_of_now() {
    let scene = scene("openid identity").await;
    happens(&scene, What::CapacityEnded).await;
    let given = scene.portal.redeem(&scene.request, &scene.code).await.unwrap().tokens().unwrap();
    let claims = scene.portal.verify(&given.id_token, Some(&scene.request.nonce)).await.unwrap();
    assert_eq!(claims.additional_claims().text("identity_type"), Some("natural_person"));
    assert_eq!(claims.additional_claims().text("agency_oid"), None);
}

#[tokio::test]
async fn a_lock_ends_every_browser_and_portal_of_the_account_at_once_and_nobody_elses() {
    let (provider, emic) = start().await;
    let receiver = Receiver::start([]).await;
    let portal = register(&provider, "portal", |asked| asked.backchannel_logout_uri = Some(receiver.uri.clone())).await;
    let (one, two, other) = (browser(&provider), browser(&provider), browser(&provider));
    let mut all = Vec::new();
    for browser in [&one, &two] {
        for portal in [&emic, &portal] {
            all.push((portal, tokens(portal, browser, &portal.request(), CIVIL_SERVANT).await));
        }
    }
    let theirs = tokens(&emic, &other, &emic.request(), NATURAL_PERSON).await;
    lock(&provider, CIVIL_SERVANT).await;
    for (portal, given) in &all {
        assert_eq!(portal.userinfo(&given.access).await.unwrap().status, 401);
        refused(&portal.refresh(&given.refresh).await.unwrap(), 400, "invalid_grant");
    }
    for browser in [&one, &two] {
        assert_eq!(silent(&emic, browser).await.as_deref(), Some("login_required"));
    }
    let page = one.open(&emic.request().url()).await.unwrap();
    let page = one.sign_in(&page, CIVIL_SERVANT, conformance::PASSWORD).await.unwrap();
    assert_eq!(page.status, 403, "the right password of a locked account");
    assert_eq!(emic.userinfo(&theirs.access).await.unwrap().status, 200);
    assert_eq!(silent(&emic, &other).await, None);
    unlock(&provider, CIVIL_SERVANT).await;
    assert!(arrive(&one, &emic.request(), CIVIL_SERVANT).await.parameter("code").is_some());
}
