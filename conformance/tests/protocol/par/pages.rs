//! A pushed request goes through every page as any other does.

use super::{is_spent, open};
use conformance::steps::{WEATHER, arrive, browser, portal, register, seconds, start};
use conformance::{Browser, CIVIL_SERVANT, NATURAL_PERSON, PASSWORD, Page, Portal, Request};

/// It ends at its portal, with the tokens that were asked for.
async fn is_answered(portal: &Portal, request: &Request, page: &Page) {
    let code = page.parameter("code").unwrap_or_else(|| panic!("no code: {} {} {}", page.status, page.url, page.body));
    assert_eq!(page.parameter("state").as_deref(), Some(request.state.as_str()));
    let given = portal.redeem(request, &code).await.unwrap().tokens().unwrap();
    portal.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
}

async fn pushing(provider: &conformance::Provider) -> Portal {
    register(provider, "pushing", |asked| {
        asked.requests.require_pushed_authorization_requests = true;
        asked.trusted = false;
    })
    .await
}

async fn switched(browser: &Browser, page: &Page) -> Page {
    let interaction = page.field("interaction").unwrap();
    if page.has("login-submit") {
        return browser.submit("/sign-in", &[("interaction", &interaction), ("lang", "en")]).await.unwrap();
    }
    let return_to = page.field("return_to").unwrap();
    browser.submit("/language", &[("return_to", &return_to), ("lang", "en")]).await.unwrap()
}

#[tokio::test]
async fn sign_in_wrong_password_missing_password_language_consent() {
    let (provider, _) = start().await;
    let portal = pushing(&provider).await;
    let browser = browser(&provider);
    let request = portal.request().scope("openid email");
    let mut page = open(&browser, &portal.pushed(&request).await.unwrap()).await;
    assert!(page.body.contains("入口網 pushing"));
    page = browser.sign_in(&page, NATURAL_PERSON, "").await.unwrap();
    page = browser.sign_in(&page, NATURAL_PERSON, "wrong").await.unwrap();
    page = switched(&browser, &page).await;
    assert!(page.has("login-submit") && page.body.contains("lang=\"en\""), "{}", page.body);
    provider.advance(seconds(10)).await.unwrap();
    page = browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap();
    assert!(page.has("consent-allow"), "{}", page.body);
    page = switched(&browser, &page).await;
    assert!(page.has("consent-allow"));
    page = browser.decide(&page, "allow").await.unwrap();
    is_answered(&portal, &request, &page).await;
}

#[tokio::test]
async fn another_account_select_account_and_being_told_as_whom() {
    let (provider, _) = start().await;
    let portal = pushing(&provider).await;
    let browser = browser(&provider);
    arrive(
        &browser,
        &Request::new(&provider.url("/connect/authorize"), "emic", conformance::steps::EMIC),
        CIVIL_SERVANT,
    )
    .await;
    let request = portal.request().with("prompt", "select_account");
    let page = open(&browser, &portal.pushed(&request).await.unwrap()).await;
    assert!(page.has("switch-account"));
    let page = browser.decide(&page, "switch").await.unwrap();
    assert!(page.has("login-submit"));
    let page = browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap();
    let page = browser.decide(&page, "allow").await.unwrap();
    is_answered(&portal, &request, &page).await;
    // The same with the account at hand.
    let request = portal.request().with("prompt", "select_account");
    let page = open(&browser, &portal.pushed(&request).await.unwrap()).await;
    is_answered(&portal, &request, &browser.decide(&page, "allow").await.unwrap()).await;
}

#[tokio::test]
async fn a_page_that_was_open_too_long_or_in_a_tab_whose_cookie_changed_starts_anew() {
    let (provider, _) = start().await;
    let portal = pushing(&provider).await;
    let browser = browser(&provider);
    // Two tabs: the second finds the person signed in by the first.
    let (one, two) = (portal.request(), portal.request());
    let first = open(&browser, &portal.pushed(&one).await.unwrap()).await;
    let second = open(&browser, &portal.pushed(&two).await.unwrap()).await;
    let page = browser.sign_in(&first, NATURAL_PERSON, PASSWORD).await.unwrap();
    is_answered(&portal, &one, &browser.decide(&page, "allow").await.unwrap()).await;
    let page = browser.sign_in(&second, NATURAL_PERSON, PASSWORD).await.unwrap();
    is_answered(&portal, &two, &page).await;
    // A consent page that somebody else's sign-in has overtaken.
    let weather = portal_that_asks(&provider).await;
    let request = weather.request();
    let page = open(&browser, &weather.pushed(&request).await.unwrap()).await;
    assert!(page.has("consent-allow"));
    let switch = open(&browser, &weather.request().with("prompt", "login")).await;
    browser.sign_in(&switch, CIVIL_SERVANT, PASSWORD).await.unwrap();
    let page = browser.decide(&page, "allow").await.unwrap();
    assert!(page.has("consent-allow"), "asked anew, as somebody else: {} {}", page.url, page.body);
    is_answered(&weather, &request, &browser.decide(&page, "allow").await.unwrap()).await;
}

async fn portal_that_asks(provider: &conformance::Provider) -> Portal {
    portal(provider, "weather", WEATHER).await
}

#[tokio::test]
async fn a_link_to_the_dispatcher_gives_no_second_code() {
    let (provider, _) = start().await;
    let portal = pushing(&provider).await;
    let browser = browser(&provider);
    let request = portal.request();
    let page = open(&browser, &portal.pushed(&request).await.unwrap()).await;
    let consent = browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap();
    let resume = consent.url.clone();
    assert!(resume.contains("/connect/authorize/continue?interaction="), "{resume}");
    is_answered(&portal, &request, &browser.decide(&consent, "allow").await.unwrap()).await;
    is_spent(&browser.open(&resume).await.unwrap());
}
