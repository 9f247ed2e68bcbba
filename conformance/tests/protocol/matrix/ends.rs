//! Every rule on every path: who may still have something, wherever it is asked for; and every kind of value presented
//! wherever a value is taken.

use crate::receiver::Receiver;
use conformance::steps::{
    arrive, browser, code, disable, end_capacity, flipped, lock, refused, register, seconds, sign_out, silent, start,
    tokens, unlock,
};
use conformance::{Answer, Browser, CIVIL_SERVANT, NATURAL_PERSON, Portal, ProofKey, Provider, Request, Tokens};
use idp_core::client::GrantType;
use std::collections::BTreeMap;

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
struct Says(&'static str, &'static str, u16, &'static str);

/// One sign-in with tokens, and a code that nobody redeemed yet.
struct Scene {
    provider: Provider,
    portal: Portal,
    browser: Browser,
    given: Tokens,
    request: Request,
    code: String,
}

async fn scene(scope: &str) -> Scene {
    let (provider, _) = start().await;
    // So long that it vouches for DPoP proofs of now.
    provider.advance(seconds(11)).await.unwrap();
    let portal = register(&provider, "portal", |asked| asked.grant_types.push(GrantType::ClientCredentials)).await;
    let browser = browser(&provider);
    let request = portal.request().scope(scope);
    let given = tokens(&portal, &browser, &request, CIVIL_SERVANT).await;
    let request = portal.request().scope(scope);
    let code = code(&browser, &request, CIVIL_SERVANT).await;
    Scene { provider, portal, browser, given, request, code }
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

async fn asks_everywhere(scene: &Scene) -> Says {
    let userinfo = scene.portal.userinfo(&scene.given.access).await.unwrap().status.as_u16();
    let page = scene.browser.open(&scene.portal.request().with("prompt", "none").url()).await.unwrap();
    let silent = match (page.parameter("code"), page.parameter("error").as_deref()) {
        (Some(_), None) => "code",
        (None, Some("login_required")) => "login_required",
        (None, None) if page.status == 400 && page.has("error-title") => "page",
        other => panic!("{other:?} {}", page.url),
    };
    let refresh = said(&scene.portal.refresh(&scene.given.refresh).await.unwrap());
    let redeemed = said(&scene.portal.redeem(&scene.request, &scene.code).await.unwrap());
    Says(redeemed, refresh, userinfo, silent)
}

#[tokio::test]
async fn whatever_ends_ends_on_every_path() {
    use What::{
        AccountLocked, AccountLockedAndUnlocked, CapacityEnded, ClientDisabled, GrantRevoked, Nothing, SessionEnded,
    };
    let bound = "openid identity";
    let offline = "openid identity offline_access";
    let plain = "openid email";
    let nothing = || Says("invalid_grant", "invalid_grant", 401, "login_required");
    let rows = [
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
    ];
    for (what, scope, expected) in rows {
        let scene = scene(scope).await;
        happens(&scene, what).await;
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

/// A value of every kind that this provider hands out, of this sign-in and of another provider.
async fn values(scene: &Scene, foreign: &Scene) -> BTreeMap<&'static str, String> {
    let mut values = BTreeMap::new();
    let fresh = browser(&scene.provider);
    let sign_in = fresh.open(&scene.portal.request().url()).await.unwrap();
    let sign_out = scene.browser.open(&scene.provider.url("/connect/end_session")).await.unwrap();
    values.insert("code", scene.code.clone());
    values.insert("access token", scene.given.access.clone());
    values.insert("refresh token", scene.given.refresh.clone());
    values.insert("id token", scene.given.id_token.clone());
    values.insert("interaction", sign_in.field("interaction").unwrap());
    values.insert("return_to", sign_in.field("return_to").unwrap());
    values.insert("confirmation", sign_out.field("confirmation").unwrap());
    values.insert("foreign code", foreign.code.clone());
    values.insert("foreign access token", foreign.given.access.clone());
    values.insert("foreign refresh token", foreign.given.refresh.clone());
    let (key, now) = (ProofKey::generate().unwrap(), scene.provider.clock.now());
    let bound = scene.portal.proving(&key);
    let given = tokens(&bound, &scene.browser, &bound.request(), CIVIL_SERVANT).await;
    let sealer = &scene.provider.wired.base.directory.snapshot().sealer;
    values.insert("bound access token", given.access);
    values.insert("dpop proof", key.sign(&bound.proof(&key, "POST", "/connect/token")));
    values.insert("dpop nonce", idp_core::oauth::dpop::nonce::seal(sealer, now).unwrap());
    let own = scene.portal.token(&[("grant_type", "client_credentials")]).await.unwrap();
    values.insert("token of the client's own", own.json["access_token"].as_str().unwrap().to_owned());
    values.insert("garbage", "garbage".into());
    values
}

/// A good token that is about nobody is told what it lacks (RFC 6750 §3.1).
fn refused_at_userinfo(kind: &str) -> u16 {
    if kind == "token of the client's own" { 403 } else { 401 }
}

#[tokio::test]
async fn no_value_opens_as_anything_but_what_it_is() {
    let (scene, foreign) = (scene("openid").await, scene("openid").await);
    let Scene { provider, portal, browser, .. } = &scene;
    let own = BTreeMap::from([
        ("code", "code"),
        ("refresh_token", "refresh token"),
        ("bearer", "access token"),
        ("dpop token", "bound access token"),
        ("dpop header", "dpop proof"),
        ("sign-in", "interaction"),
        ("consent", "interaction"),
        ("continue", "interaction"),
        ("confirmation", "confirmation"),
        ("return_to", "return_to"),
        ("id_token_hint", "id token"),
    ]);
    for (kind, value) in values(&scene, &foreign).await {
        for (place, right) in &own {
            if kind == *right {
                continue;
            }
            let status = match *place {
                "code" => {
                    let answer = portal.redeem(&scene.request, &value).await.unwrap();
                    refused(&answer, 400, "invalid_grant");
                    continue;
                }
                "refresh_token" => {
                    refused(&portal.refresh(&value).await.unwrap(), 400, "invalid_grant");
                    continue;
                }
                "id_token_hint" => {
                    let request = portal.request().with("prompt", "none").with("id_token_hint", &value);
                    let page = browser.open(&request.url()).await.unwrap();
                    assert_eq!(page.parameter("error").as_deref(), Some("invalid_request"), "{kind} as {place}");
                    continue;
                }
                "bearer" => {
                    let answer = portal.userinfo(&value).await.unwrap();
                    assert_eq!(answer.status, refused_at_userinfo(kind), "{kind} as {place}");
                    continue;
                }
                "dpop token" => {
                    let key = ProofKey::generate().unwrap();
                    let answer = portal.proving(&key).userinfo(&value).await.unwrap();
                    assert_eq!(answer.status, refused_at_userinfo(kind), "{kind} as {place}");
                    continue;
                }
                "dpop header" => {
                    let request = portal.http.post(provider.url("/connect/token")).header("DPoP", &value);
                    let fields = [("grant_type", "refresh_token"), ("refresh_token", scene.given.refresh.as_str())];
                    refused(&portal.send(request, &fields).await.unwrap(), 400, "invalid_dpop_proof");
                    continue;
                }
                "continue" => {
                    let path = format!("/connect/authorize/continue?interaction={value}");
                    browser.open(&provider.url(&path)).await.unwrap().status
                }
                "sign-in" => {
                    let fields =
                        [("interaction", value.as_str()), ("username", CIVIL_SERVANT), ("password", "abcd1234")];
                    browser.submit("/sign-in", &fields).await.unwrap().status
                }
                "consent" => {
                    browser.submit("/consent", &[("interaction", &value), ("decision", "allow")]).await.unwrap().status
                }
                "confirmation" => {
                    browser.submit("/connect/end_session/confirm", &[("confirmation", &value)]).await.unwrap().status
                }
                _ => browser.submit("/language", &[("return_to", &value), ("lang", "en")]).await.unwrap().status,
            };
            assert_eq!(status, 400, "{kind} as {place}");
        }
        // Giving back what is no token of this portal ends nothing.
        let of_its_own = kind == "token of the client's own";
        if of_its_own {
            refused(&portal.revoke(&value).await.unwrap(), 400, "unsupported_token_type");
        } else if !["access token", "refresh token", "bound access token"].contains(&kind) {
            assert_eq!(portal.revoke(&value).await.unwrap().status, 200, "{kind}");
        }
    }
    // After all that everything is as it was.
    assert_eq!(asks_everywhere(&scene).await, Says("tokens", "tokens", 200, "code"));
}

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
