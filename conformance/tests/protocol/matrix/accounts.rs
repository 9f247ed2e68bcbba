//! Accounts that may not be used and clients that are switched off: one gate for every grant, kind of client and key. In other
//! providers a locked person's code was redeemed, or a refresh or a pushed request went on, since one path did not ask.

use crate::request_object::{brought, object};
use crate::response_types::{arrived, asking, everything, lenient};
use conformance::steps::{
    arrive, browser, change, code, disable, is_dead, portal, refused, register, seconds, sign_out, tokens,
};
use conformance::{Browser, CIVIL_SERVANT, PASSWORD, Portal, ProofKey, Provider, Request, Tokens};
use idp_core::client::{AuthMethod, GrantType};
use idp_core::oauth::authorize::{ResponseMode, ResponseType};
use idp_core::people::account::AccountState;

/// What a person gave one client.
struct Given {
    name: String,
    portal: Portal,
    request: Request,
    code: String,
    tokens: Tokens,
    /// Of the authorization endpoint, with the request and the code that came beside it.
    hybrid: (Request, String, String),
    pushed: Request,
}

/// A client of every method, without and with a key for its tokens.
async fn clients(provider: &Provider) -> Vec<Portal> {
    let mut clients = Vec::new();
    for method in AuthMethod::ALL {
        for bound in [false, true] {
            let id = format!("{}-{bound}", method.as_str()).replace('_', "-");
            let portal = register(provider, &id, |asked| {
                everything(asked);
                asked.auth_method = method;
                if method != AuthMethod::None {
                    asked.grant_types.push(GrantType::ClientCredentials);
                }
            })
            .await;
            clients.push(if bound { portal.proving(&ProofKey::generate().unwrap()) } else { portal });
        }
    }
    clients
}

async fn given(portal: Portal, browser: &Browser) -> Given {
    let tokens = tokens(&portal, browser, &portal.request(), CIVIL_SERVANT).await;
    let request = portal.request();
    let code = code(browser, &request, CIVIL_SERVANT).await;
    let mut front = asking(&portal, ResponseType::CodeToken, None);
    if let Some(key) = &portal.proofs {
        front = front.with("dpop_jkt", &key.thumbprint());
    }
    let got = arrived(&arrive(browser, &front, CIVIL_SERVANT).await, &portal, "fragment");
    let hybrid = (front, got["code"].clone(), got["access_token"].clone());
    let pushed = portal.pushed(&portal.request()).await.unwrap();
    let name = format!("{} {:?}", portal.id, portal.method);
    Given { name, portal, request, code, tokens, hybrid, pushed }
}

/// Every grant is asked for tokens.
async fn grants_refuse(given: &Given, status: u16, error: &str) {
    let Given { portal, hybrid, .. } = given;
    for grant in GrantType::ALL {
        match grant {
            GrantType::AuthorizationCode => {
                refused(&portal.redeem(&given.request, &given.code).await.unwrap(), status, error);
                refused(&portal.redeem(&hybrid.0, &hybrid.1).await.unwrap(), status, error);
            }
            GrantType::RefreshToken => refused(&portal.refresh(&given.tokens.refresh).await.unwrap(), status, error),
            // About nobody: what becomes of a person is nothing to it.
            GrantType::ClientCredentials if portal.method == AuthMethod::None => {}
            GrantType::ClientCredentials => {
                let answer = portal.token(&[("grant_type", grant.as_str())]).await.unwrap();
                let refused_too = error == "invalid_client";
                if refused_too {
                    refused(&answer, status, error)
                } else {
                    assert_eq!(answer.status, 200, "{}", given.name)
                }
            }
            GrantType::Implicit => assert_eq!(portal.userinfo(&hybrid.2).await.unwrap().status, 401, "{}", given.name),
        }
    }
    assert!(is_dead(portal, &given.tokens.access).await, "{}", given.name);
}

async fn remembering() -> Provider {
    let provider = lenient().await;
    provider.advance(seconds(121)).await.unwrap();
    provider
}

#[tokio::test]
async fn an_account_that_may_not_be_used_gets_nothing_by_any_grant_at_any_kind_of_client() {
    let provider = remembering().await;
    let clients = clients(&provider).await;
    for state in AccountState::ALL.into_iter().filter(|state| *state != AccountState::Active) {
        let browser = browser(&provider);
        let mut all = Vec::new();
        for portal in &clients {
            all.push(given(portal.clone(), &browser).await);
        }
        let waits = Browser::new(&provider.issuer).unwrap();
        let waiting = waits.open(&clients[0].request().url()).await.unwrap();
        let now = provider.clock.now();
        let set =
            |state| change(&provider, CIVIL_SERVANT, move |tx, id| idp_store::accounts::set_state(tx, id, state, now));
        set(state).await;
        for given in &all {
            grants_refuse(given, 400, "invalid_grant").await;
            let page = browser.open(&given.pushed.url()).await.unwrap();
            assert!(page.has("login-submit"), "{} {state:?}: {}", given.name, page.url);
            for kind in ResponseType::ALL {
                let page = browser.open(&asking(&given.portal, kind, None).with("prompt", "none").url()).await.unwrap();
                assert!(page.url.contains("error=login_required"), "{} {state:?} {kind}: {}", given.name, page.url);
            }
        }
        // Whoever was at the page already, with the right password.
        let page = waits.sign_in(&waiting, CIVIL_SERVANT, PASSWORD).await.unwrap();
        assert_eq!(page.status, 403, "{state:?}: {}", page.body);
        set(AccountState::Active).await;
        for given in &all {
            grants_refuse(given, 400, "invalid_grant").await;
        }
    }
}

#[tokio::test]
async fn a_client_that_is_switched_off_gets_nothing_at_any_endpoint_in_any_mode() {
    let provider = remembering().await;
    let emic = portal(&provider, "emic", conformance::steps::EMIC).await;
    let browser = browser(&provider);
    for portal in clients(&provider).await {
        let given = given(portal, &browser).await;
        let portal = &given.portal;
        let signed =
            object(&provider, &conformance::ClientKey::generate(keys::Algorithm::Es256).unwrap(), &portal.request());
        disable(&provider, &portal.id).await;
        grants_refuse(&given, 401, "invalid_client").await;
        for (path, form) in [
            ("/connect/introspect", vec![("token", given.tokens.access.as_str())]),
            ("/connect/revoke", vec![("token", &given.tokens.access)]),
            (
                "/connect/par",
                vec![("response_type", "code"), ("scope", "openid"), ("redirect_uri", &portal.redirect_uri)],
            ),
        ] {
            refused(&portal.post(path, &form).await.unwrap(), 401, "invalid_client");
        }
        let mut requests = vec![given.pushed.clone(), brought(&portal.request(), &signed.signed().unwrap())];
        for kind in ResponseType::ALL {
            let modes = ResponseMode::ALL.map(|mode| Some(mode.as_str()));
            requests.extend([None].into_iter().chain(modes).map(|mode| asking(portal, kind, mode)));
        }
        for request in requests {
            for request in [request.clone(), request.with("prompt", "none")] {
                let page = browser.open(&request.url()).await.unwrap();
                assert!(page.status == 400 && page.has("error-title"), "{} {}", given.name, page.url);
            }
        }
    }
    assert_eq!(conformance::steps::silent(&emic, &browser).await, None, "the person is signed in as before");
    sign_out(&browser, &provider).await;
}
