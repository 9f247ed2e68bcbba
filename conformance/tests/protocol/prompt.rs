//! What has to happen before a code is given: `prompt`, `max_age`, the hints, consent.

use conformance::steps::{EMIC, WEATHER, arrive, browser, portal, register, seconds, silent, start, tokens};
use conformance::{Browser, CIVIL_SERVANT, NATURAL_PERSON, PASSWORD, Page, Portal, Provider, Request};
use openidconnect::core::CoreJwsSigningAlgorithm;

async fn open(browser: &Browser, request: &Request) -> Page {
    browser.open(&request.url()).await.unwrap()
}

async fn auth_time(portal: &Portal, request: &Request, page: &Page) -> i64 {
    let code = page.parameter("code").unwrap_or_else(|| panic!("no code: {} {}", page.url, page.body));
    let given = portal.redeem(request, &code).await.unwrap().tokens().unwrap();
    let claims = portal.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
    claims.auth_time().unwrap().timestamp()
}

#[tokio::test]
async fn prompt_none_shows_nothing_and_says_what_it_would_have_shown() {
    let (provider, emic) = start().await;
    let weather = portal(&provider, "weather", WEATHER).await;
    let browser = browser(&provider);
    assert_eq!(silent(&emic, &browser).await.as_deref(), Some("login_required"));
    arrive(&browser, &emic.request(), NATURAL_PERSON).await;
    assert_eq!(silent(&emic, &browser).await, None);
    assert_eq!(silent(&weather, &browser).await.as_deref(), Some("consent_required"));
    arrive(&browser, &weather.request(), NATURAL_PERSON).await;
    assert_eq!(silent(&weather, &browser).await, None);
    let more = open(&browser, &weather.request().scope("openid email").with("prompt", "none")).await;
    assert_eq!(more.parameter("error").as_deref(), Some("consent_required"));
    let late = open(&browser, &emic.request().with("prompt", "none").with("max_age", "0")).await;
    assert_eq!(late.parameter("error").as_deref(), Some("login_required"));
    assert_eq!(late.parameter("iss").as_deref(), Some(provider.issuer.as_str()));
}

#[tokio::test]
async fn prompt_none_says_the_same_sign_in_again() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let request = emic.request();
    let first = auth_time(&emic, &request, &arrive(&browser, &request, NATURAL_PERSON).await).await;
    provider.advance(seconds(300)).await.unwrap();
    let request = emic.request().with("prompt", "none");
    assert_eq!(auth_time(&emic, &request, &open(&browser, &request).await).await, first);
}

#[tokio::test]
async fn prompt_login_asks_for_the_password_again_in_the_same_session() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let request = emic.request();
    let before = tokens(&emic, &browser, &request, NATURAL_PERSON).await;
    let first = emic.verify(&before.id_token, Some(&request.nonce)).await.unwrap();
    provider.advance(seconds(5)).await.unwrap();
    let request = emic.request().with("prompt", "login");
    assert!(open(&browser, &request).await.has("login-submit"));
    let page = arrive(&browser, &request, NATURAL_PERSON).await;
    let given = emic.redeem(&request, &page.parameter("code").unwrap()).await.unwrap().tokens().unwrap();
    let second = emic.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
    assert_eq!((second.auth_time().unwrap() - first.auth_time().unwrap()).num_seconds(), 5);
    assert_eq!(first.additional_claims().text("sid"), second.additional_claims().text("sid"));
    assert_eq!(emic.userinfo(&before.access).await.unwrap().status, 200, "the session goes on");
}

#[tokio::test]
async fn max_age_asks_again_when_the_sign_in_is_older_and_not_before() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let request = emic.request().with("max_age", "0");
    let first = auth_time(&emic, &request, &arrive(&browser, &request, NATURAL_PERSON).await).await;
    let request = emic.request().with("max_age", "0");
    assert!(open(&browser, &request).await.has("login-submit"), "0 is never young enough");
    provider.advance(seconds(10)).await.unwrap();
    let request = emic.request().with("max_age", "10");
    assert_eq!(auth_time(&emic, &request, &open(&browser, &request).await).await, first);
    let request = emic.request().with("max_age", "9");
    assert!(open(&browser, &request).await.has("login-submit"));
    let page = arrive(&browser, &request, NATURAL_PERSON).await;
    assert_eq!(auth_time(&emic, &request, &page).await, first + 10);
    let request = emic.request().with("max_age", "10000");
    assert_eq!(auth_time(&emic, &request, &open(&browser, &request).await).await, first + 10);
}

#[tokio::test]
async fn select_account_lets_the_person_go_on_or_change() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    arrive(&browser, &emic.request(), NATURAL_PERSON).await;
    let request = emic.request().with("prompt", "select_account");
    let page = open(&browser, &request).await;
    assert!(page.has("consent-allow") && page.has("switch-account"), "{}", page.body);
    let gone_on = browser.decide(&page, "allow").await.unwrap();
    assert!(gone_on.parameter("code").is_some(), "{}", gone_on.url);
    let page = browser.decide(&open(&browser, &request).await, "switch").await.unwrap();
    assert!(page.has("login-submit"));
    let page = browser.sign_in(&page, CIVIL_SERVANT, PASSWORD).await.unwrap();
    let given = emic.redeem(&request, &page.parameter("code").unwrap()).await.unwrap().tokens().unwrap();
    let claims = emic.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
    let alone = self::browser(&provider);
    let other = emic.request();
    let theirs = tokens(&emic, &alone, &other, CIVIL_SERVANT).await;
    assert_eq!(claims.subject(), emic.verify(&theirs.id_token, Some(&other.nonce)).await.unwrap().subject());
}

#[tokio::test]
async fn a_first_visit_through_an_existing_session_says_as_whom_once() {
    let (provider, emic) = start().await;
    let elearn = register(&provider, "elearn", |_| {}).await;
    let browser = browser(&provider);
    arrive(&browser, &emic.request(), NATURAL_PERSON).await;
    let page = open(&browser, &elearn.request()).await;
    assert!(page.has("consent-allow") && page.has("switch-account") && page.body.contains("蘇小美"), "{}", page.body);
    let page = browser.decide(&page, "allow").await.unwrap();
    assert!(page.parameter("code").is_some(), "{}", page.url);
    assert!(open(&browser, &elearn.request()).await.parameter("code").is_some(), "once");
}

#[tokio::test]
async fn consent_is_asked_once_for_a_scope_and_again_for_more_or_when_the_portal_wants() {
    let (provider, _) = start().await;
    let weather = portal(&provider, "weather", WEATHER).await;
    let browser = browser(&provider);
    let page = open(&browser, &weather.request().scope("openid email")).await;
    let page = browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap();
    assert!(page.has("consent-allow") && page.has("consent-deny"), "{}", page.body);
    assert!(browser.decide(&page, "allow").await.unwrap().parameter("code").is_some());
    for fewer in ["openid email", "openid"] {
        assert!(open(&browser, &weather.request().scope(fewer)).await.parameter("code").is_some());
    }
    let more = weather.request().scope("openid email phone");
    assert!(open(&browser, &more).await.has("consent-deny"));
    let again = weather.request().with("prompt", "consent");
    let page = open(&browser, &again).await;
    assert!(page.has("consent-deny"));
    assert!(browser.decide(&page, "allow").await.unwrap().parameter("code").is_some(), "and not forever");
}

#[tokio::test]
async fn whoever_denies_sends_the_portal_access_denied_and_agreed_to_nothing() {
    let (provider, _) = start().await;
    let weather = portal(&provider, "weather", WEATHER).await;
    let browser = browser(&provider);
    let request = weather.request();
    let page = open(&browser, &request).await;
    let page = browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap();
    let page = browser.decide(&page, "deny").await.unwrap();
    assert!(page.url.starts_with(&format!("{WEATHER}?")));
    assert_eq!(page.parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(page.parameter("state").as_deref(), Some(request.state.as_str()));
    assert_eq!(page.parameter("iss").as_deref(), Some(provider.issuer.as_str()));
    assert!(open(&browser, &request).await.has("consent-deny"), "asked again");
    let fresh = self::browser(&provider);
    let page = open(&fresh, &request).await;
    let interaction = page.field("interaction").unwrap();
    let page = fresh.submit("/sign-in", &[("interaction", &interaction), ("decision", "cancel")]).await.unwrap();
    assert_eq!(page.parameter("error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn two_consent_pages_in_two_tabs_both_lead_on() {
    let (provider, emic) = start().await;
    let weather = portal(&provider, "weather", WEATHER).await;
    let browser = browser(&provider);
    arrive(&browser, &emic.request(), NATURAL_PERSON).await;
    let (one, two) = (weather.request().scope("openid email"), weather.request().scope("openid phone"));
    let (page_one, page_two) = (open(&browser, &one).await, open(&browser, &two).await);
    let (first, second) = tokio::join!(browser.decide(&page_one, "allow"), browser.decide(&page_two, "allow"));
    for (request, page) in [(one, first.unwrap()), (two, second.unwrap())] {
        assert_eq!(page.parameter("state").as_deref(), Some(request.state.as_str()), "{} {}", page.url, page.body);
        auth_time(&weather, &request, &page).await;
    }
    let both = open(&browser, &weather.request().scope("openid email phone").with("prompt", "none")).await;
    assert!(both.parameter("code").is_some(), "both were agreed to: {}", both.url);
    let again = browser.decide(&page_one, "allow").await.unwrap();
    assert!(again.parameter("code").is_some(), "the back button leads on, too: {}", again.url);
}

#[tokio::test]
async fn agreeing_is_good_for_the_request_that_was_shown_alone() {
    let (provider, emic) = start().await;
    let weather = portal(&provider, "weather", WEATHER).await;
    let (mine, theirs) = (browser(&provider), browser(&provider));
    arrive(&mine, &emic.request(), NATURAL_PERSON).await;
    arrive(&theirs, &emic.request(), CIVIL_SERVANT).await;
    let page = open(&theirs, &weather.request()).await;
    // The form of another person's browser does not agree for this one.
    let page = mine.decide(&page, "allow").await.unwrap();
    assert!(page.has("consent-deny") && page.parameter("code").is_none(), "{} {}", page.url, page.body);
    assert_eq!(silent(&weather, &mine).await.as_deref(), Some("consent_required"));
}

#[tokio::test]
async fn a_hint_of_the_person_who_is_there_lets_in_and_one_of_another_does_not() {
    let (provider, emic) = start().await;
    let (mine, theirs) = (browser(&provider), browser(&provider));
    let my_token = tokens(&emic, &mine, &emic.request(), NATURAL_PERSON).await.id_token;
    let their_token = tokens(&emic, &theirs, &emic.request(), CIVIL_SERVANT).await.id_token;
    let hinted = |hint: &str| emic.request().with("id_token_hint", hint).with("prompt", "none");
    assert!(open(&mine, &hinted(&my_token)).await.parameter("code").is_some());
    let other = open(&mine, &hinted(&their_token)).await;
    assert_eq!(other.parameter("error").as_deref(), Some("login_required"));
    let asked = open(&mine, &emic.request().with("id_token_hint", &their_token)).await;
    assert!(asked.has("login-submit"), "the portal expects somebody else");
    assert!(browser(&provider).open(&hinted(&my_token).url()).await.unwrap().url.contains("login_required"));
    provider.advance(seconds(3600)).await.unwrap();
    assert!(open(&mine, &hinted(&my_token)).await.parameter("code").is_some(), "an expired one is as good");
}

#[tokio::test]
async fn a_hint_that_is_no_id_token_of_ours_for_this_portal_is_a_bad_request() {
    let (provider, emic) = start().await;
    let elearn =
        register(&provider, "elearn", |asked| asked.id_token_signed_response_alg = keys::Algorithm::Rs256).await;
    let browser = browser(&provider);
    let mine = tokens(&emic, &browser, &emic.request(), NATURAL_PERSON).await;
    let theirs = tokens(&elearn, &browser, &elearn.request(), NATURAL_PERSON).await;
    let (elsewhere, other_emic) = start().await;
    let foreign = tokens(&other_emic, &self::browser(&elsewhere), &other_emic.request(), NATURAL_PERSON).await;
    let [header, payload, signature] = mine.id_token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let [rs_header, _, _] = theirs.id_token.split('.').collect::<Vec<_>>().try_into().unwrap();
    // {"alg":"none"} and {"alg":"HS256"}
    let (none, hs256) = ("eyJhbGciOiJub25lIn0", "eyJhbGciOiJIUzI1NiJ9");
    let zeros = "A".repeat(86);
    let mut flipped = mine.id_token.clone().into_bytes();
    let middle = header.len() + payload.len() / 2;
    flipped[middle] = if flipped[middle] == b'A' { b'B' } else { b'A' };
    let forged = [
        ("another portal's", theirs.id_token.clone()),
        ("another provider's", foreign.id_token.clone()),
        ("alg none", format!("{none}.{payload}.")),
        ("alg none with a signature", format!("{none}.{payload}.{signature}")),
        ("alg HS256", format!("{hs256}.{payload}.{signature}")),
        ("another key's header", format!("{rs_header}.{payload}.{signature}")),
        ("no signature", format!("{header}.{payload}.")),
        ("a signature of zeros", format!("{header}.{payload}.{zeros}")),
        ("cut off", format!("{header}.{payload}")),
        ("a flipped letter", String::from_utf8(flipped).unwrap()),
        ("an access token", mine.access.clone()),
        ("a refresh token", mine.refresh.clone()),
        ("garbage", "a.b.c".into()),
    ];
    for (what, hint) in forged {
        let page = open(&browser, &emic.request().with("id_token_hint", &hint).with("prompt", "none")).await;
        assert!(page.url.starts_with(EMIC), "{what}");
        assert_eq!(page.parameter("error").as_deref(), Some("invalid_request"), "{what}: {}", page.url);
    }
    let id_token: conformance::IdToken = mine.id_token.parse().unwrap();
    assert_eq!(id_token.signing_alg().unwrap(), &CoreJwsSigningAlgorithm::EcdsaP256Sha256);
}

#[tokio::test]
async fn a_login_hint_fills_in_the_name_and_binds_nobody() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let request = emic.request().with("login_hint", CIVIL_SERVANT);
    let page = open(&browser, &request).await;
    assert_eq!(page.field("username").as_deref(), Some(CIVIL_SERVANT));
    let page = browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap();
    assert!(page.parameter("code").is_some());
    assert!(open(&browser, &request).await.parameter("code").is_some(), "nor afterwards");
    let nobody = open(&self::browser(&provider), &emic.request().with("login_hint", "nobody@example.com")).await;
    assert!(nobody.has("login-submit"));
}

#[tokio::test]
async fn ui_locales_choose_the_language_of_the_page() {
    let (provider, emic) = start().await;
    let language = async |wanted: &str| {
        let page = open(&browser(&provider), &emic.request().with("ui_locales", wanted)).await;
        page.body.split("<html lang=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    assert_eq!(language("en").await, "en");
    assert_eq!(language("fr en-GB zh").await, "en");
    for chinese in ["zh-TW", "zh-Hant-TW en", "se", "", "\u{0}"] {
        assert!(language(chinese).await.starts_with("zh-Hant"), "{chinese:?}");
    }
}

#[tokio::test]
async fn a_sign_in_page_that_is_sent_twice_leads_on_twice() {
    let (provider, emic): (Provider, Portal) = start().await;
    let browser = browser(&provider);
    let (one, two) = (open(&browser, &emic.request()).await, open(&browser, &emic.request()).await);
    for page in [one, two] {
        let mut page = browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap();
        if page.has("login-submit") {
            page = browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap();
        }
        assert!(page.parameter("code").is_some(), "{} {}", page.url, page.body);
    }
}

#[tokio::test]
async fn whoever_is_told_as_whom_they_enter_can_go_back_instead() {
    let (provider, emic) = start().await;
    let library = register(&provider, "library", |asked| asked.trusted = true).await;
    let browser = browser(&provider);
    arrive(&browser, &emic.request(), NATURAL_PERSON).await;
    for request in [library.request(), library.request().with("prompt", "select_account")] {
        let page = open(&browser, &request).await;
        assert!(page.has("consent-allow") && page.has("consent-cancel"), "{}", page.body);
        let back = browser.decide(&page, "deny").await.unwrap();
        assert!(back.url.starts_with(&library.redirect_uri), "{}", back.url);
        assert_eq!(back.parameter("error").as_deref(), Some("access_denied"));
    }
    assert!(open(&browser, &library.request()).await.has("consent-allow"), "nobody was told as whom they entered");
}
