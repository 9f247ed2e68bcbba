//! Nobody is led through the provider's address to a website that registered itself (RFC 9700 §4.11.2).

use super::support::{CALLBACK, Registered, by_token, open, post, provider};
use conformance::steps::{browser, register, run, seconds, tokens};
use conformance::{Browser, NATURAL_PERSON, PASSWORD, Page, Portal, Provider, Request};
use idp::settings::RegistrationMode;
use serde_json::json;

const BYE: &str = "http://localhost:9/signed-out";

async fn stranger(provider: &Provider) -> Portal {
    let asked = json!({ "redirect_uris": [CALLBACK], "post_logout_redirect_uris": [BYE] });
    Registered::new(provider, asked).await.portal(provider).await
}

/// Requests that are refused before anybody did anything, each for another reason and at another place.
fn refused_at_once(portal: &Portal) -> Vec<(Request, &'static str)> {
    let request = || portal.request().scope("openid");
    vec![
        (request().with("scope", "profile"), "invalid_scope"),
        (request().with("response_type", "token"), "unsupported_response_type"),
        (request().with("prompt", "none login"), "invalid_request"),
        (request().with("prompt", "none"), "login_required"),
        (request().with("request", "a.b.c"), "invalid_request_object"),
        (request().with("id_token_hint", "x"), "invalid_request"),
    ]
}

#[track_caller]
fn shown(page: &Page, error: &str) {
    assert_eq!((page.status.as_u16(), page.has("error-title"), page.has("return-to-website")), (400, true, true));
    assert!(page.headers.get("location").is_none() && page.headers.get("refresh").is_none());
    assert!(page.body.contains(error) && page.body.contains("localhost"), "{error}: {}", page.body);
    assert!(!page.body.contains("<script"), "nothing goes on by itself");
}

/// Where the person goes who wants to.
fn link(page: &Page) -> url::Url {
    let tag = page.body.split('<').find(|tag| tag.contains("id=\"return-to-website\"")).unwrap();
    let href = tag.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
    href.replace("&#38;", "&").parse().unwrap()
}

#[tokio::test]
async fn a_refusal_for_a_website_that_registered_itself_is_shown_and_the_person_decides() {
    let provider = open().await;
    let portal = stranger(&provider).await;
    for (request, error) in refused_at_once(&portal) {
        let page = browser(&provider).open(&request.with("state", "s&t").url()).await.unwrap();
        shown(&page, error);
        let link = link(&page);
        assert!(link.as_str().starts_with(CALLBACK), "{link}");
        let answer = link.query().or(link.fragment()).unwrap().as_bytes();
        let pairs: Vec<_> = form_urlencoded::parse(answer).into_owned().collect();
        let has = |name: &str, value: &str| pairs.iter().any(|pair| *pair == (name.to_owned(), value.to_owned()));
        assert!(has("error", error) && has("state", "s&t") && has("iss", &provider.issuer), "{link}");
    }
}

#[tokio::test]
async fn an_answer_by_form_waits_for_its_button_and_one_in_the_fragment_for_its_link() {
    let provider = open().await;
    let portal = stranger(&provider).await;
    let bad = || portal.request().scope("openid").with("prompt", "none");
    let page = browser(&provider).open(&bad().with("response_mode", "form_post").url()).await.unwrap();
    shown(&page, "login_required");
    assert_eq!(page.field("error").as_deref(), Some("login_required"));
    assert!(page.body.contains(&format!("action=\"{CALLBACK}\"")) && !page.has("form-post"), "{}", page.body);
    let page = browser(&provider).open(&bad().with("response_mode", "fragment").url()).await.unwrap();
    shown(&page, "login_required");
    assert!(link(&page).fragment().is_some_and(|fragment| fragment.contains("error=login_required")));
}

#[tokio::test]
async fn who_says_no_on_either_page_is_not_sent_there_all_the_same() {
    let provider = open().await;
    let portal = stranger(&provider).await;
    let url = portal.request().scope("openid").url();
    let browser = browser(&provider);
    let page = browser.open(&url).await.unwrap();
    let interaction = page.field("interaction").unwrap();
    let cancel = [("interaction", interaction.as_str()), ("decision", "cancel")];
    shown(&browser.submit("/sign-in", &cancel).await.unwrap(), "access_denied");
    let page = browser.open(&url).await.unwrap();
    let page = browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap();
    shown(&browser.decide(&page, "deny").await.unwrap(), "access_denied");
    // Who agreed is sent with what was asked for.
    let page = browser.open(&url).await.unwrap();
    let page = browser.decide(&page, "allow").await.unwrap();
    assert!(page.url.starts_with(CALLBACK) && page.parameter("code").is_some(), "{}", page.url);
}

/// An address bar does not move with a frame: there `prompt=none` answers as it should (OpenID Connect Core 1.0 §3.1.2.6).
#[tokio::test]
async fn in_a_frame_of_the_websites_own_page_a_silent_request_is_answered() {
    let provider = open().await;
    let portal = stranger(&provider).await;
    let url = portal.request().scope("openid").with("prompt", "none").url();
    let browser = browser(&provider);
    for (dest, status) in [("iframe", 303), ("frame", 303), ("document", 400), ("empty", 400), ("Iframe ", 400)] {
        let answer = browser.http.get(&url).header("sec-fetch-dest", dest).send().await.unwrap();
        let sent = answer.headers().get("location").is_some_and(|to| to.to_str().unwrap().contains("login_required"));
        assert_eq!((answer.status().as_u16(), sent), (status, status == 303), "{dest}");
    }
}

async fn is_sent(browser: &Browser, portal: &Portal) -> bool {
    let mut sent = Vec::new();
    for (request, error) in refused_at_once(portal) {
        let page = browser.open(&request.url()).await.unwrap();
        sent.push(page.url.starts_with(&portal.redirect_uri) && page.parameter("error").as_deref() == Some(error));
    }
    assert!(sent.iter().all(|one| *one == sent[0]), "one rule for all: {sent:?}");
    sent[0]
}

#[tokio::test]
async fn portals_that_somebody_vouches_for_are_answered_as_the_specifications_say() {
    let by_token = by_token().await;
    let file = by_token.folder().join("token");
    let add = ["clients", "registration-tokens", "add", "--note", "x", "--token-file", file.to_str().unwrap()];
    run(&by_token, &add).await.unwrap();
    let token = std::fs::read_to_string(file).unwrap();
    let told = post(&by_token, Some(&token), &json!({ "redirect_uris": [CALLBACK] })).await.json;
    let portal = Registered { told }.portal(&by_token).await;
    assert!(is_sent(&browser(&by_token), &portal).await, "who has a token is known to the operator");

    let provider = open().await;
    let own = register(&provider, "own", |_| {}).await;
    assert!(is_sent(&browser(&provider), &own).await, "the operator's own");
    let stranger = stranger(&provider).await;
    assert!(!is_sent(&browser(&provider), &stranger).await);
    run(&provider, &["clients", "update", &stranger.id, "--trusted", "true"]).await.unwrap();
    provider.advance(seconds(1)).await.unwrap();
    assert!(is_sent(&browser(&provider), &stranger).await, "the operator took it for an own one");
}

#[tokio::test]
async fn the_operator_of_a_test_bed_can_have_everybody_answered_at_once() {
    let provider = provider(|settings| {
        settings.registration.mode = RegistrationMode::Open;
        settings.registration.return_at_once = true;
    })
    .await;
    let portal = stranger(&provider).await;
    assert!(is_sent(&browser(&provider), &portal).await);
    assert_eq!(signed_out(&provider, &browser(&provider), &portal, "").await.url, BYE);
}

async fn signed_out(provider: &Provider, browser: &Browser, portal: &Portal, hint: &str) -> Page {
    let hint = if hint.is_empty() { String::new() } else { format!("&id_token_hint={hint}") };
    let url = format!("/connect/end_session?client_id={}&post_logout_redirect_uri={BYE}{hint}", portal.id);
    browser.open(&provider.url(&url)).await.unwrap()
}

#[tokio::test]
async fn a_sign_out_ends_here_and_offers_the_way_to_a_website_that_registered_itself() {
    let provider = open().await;
    let portal = stranger(&provider).await;
    let nobody = signed_out(&provider, &browser(&provider), &portal, "").await;
    let browser = browser(&provider);
    let given = tokens(&portal, &browser, &portal.request().scope("openid"), NATURAL_PERSON).await;
    let somebody = signed_out(&provider, &browser, &portal, &given.id_token).await;
    for page in [&nobody, &somebody] {
        assert_eq!((page.status.as_u16(), page.has("logged-out"), page.has("return-to-website")), (200, true, true));
        assert_eq!(link(page).as_str(), BYE);
    }
    assert!(browser.open(&portal.request().scope("openid").url()).await.unwrap().has("login-submit"), "signed out");
    let own = register(&provider, "own", |asked| asked.post_logout_redirect_uris = vec![BYE.into()]).await;
    assert_eq!(signed_out(&provider, &browser, &own, "").await.url, BYE, "the operator's own goes on by itself");
}

#[tokio::test]
async fn a_person_reads_the_host_that_the_code_goes_to_and_that_nobody_has_checked_it() {
    let provider = open().await;
    let evil = "https://evil.example/cb";
    let asked = json!({
        "client_name": "災害應變登入", "redirect_uris": [CALLBACK, evil], "subject_type": "public", "scope": "openid profile",
    });
    let portal = Registered::new(&provider, asked).await.portal(&provider).await;
    let request = portal.request().scope("openid profile").with("redirect_uri", evil);
    let browser = browser(&provider);
    let page = browser.open(&request.url()).await.unwrap();
    assert!(page.body.contains("evil.example") && page.body.contains("沒有查核過"), "{}", page.body);
    let page = browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap();
    assert!(page.has("consent-allow") && page.body.contains("沒有查核過"), "{}", page.body);
    let hosts = page.body.matches("evil.example").count();
    assert!(
        hosts > 0 && !page.body.contains("localhost:9"),
        "another address of its own is not where it goes: {}",
        page.body
    );
}

#[tokio::test]
async fn a_client_with_several_hosts_is_not_called_by_one_of_them() {
    let provider = open().await;
    let uris = ["https://www.gov.example/cb", "https://evil.example/cb"];
    let asked = json!({ "redirect_uris": uris, "subject_type": "public" });
    let registered = Registered::new(&provider, asked).await;
    assert_eq!(registered.told["client_name"], registered.told["client_id"]);
}

#[tokio::test]
async fn what_changed_while_the_page_was_open_is_shown_before_it_is_agreed_to() {
    let provider = open().await;
    let asked = json!({ "client_name": "Shop", "redirect_uris": [CALLBACK], "scope": "openid profile" });
    let registered = Registered::new(&provider, asked).await;
    let portal = registered.portal(&provider).await;
    let browser = browser(&provider);
    let page = browser.open(&portal.request().scope("openid profile").url()).await.unwrap();
    let page = browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap();
    assert!(page.has("consent-allow"), "{}", page.body);
    provider.clock.advance(seconds(5));
    let mut changed = registered.own();
    changed["client_name"] = json!("Ministry of Justice");
    assert_eq!(registered.put(&changed).await.status, 200);
    provider.advance(seconds(5)).await.unwrap();
    let page = browser.decide(&page, "allow").await.unwrap();
    assert!(page.has("consent-allow") && page.body.contains("Ministry of Justice"), "{} {}", page.url, page.body);
    let page = browser.decide(&page, "allow").await.unwrap();
    assert!(page.parameter("code").is_some(), "{}", page.url);
}
