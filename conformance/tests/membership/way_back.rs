//! The way back to the portal that somebody was signing in at, once they have an account or another password.
//! Attack: a stranger's website that a page of the provider would lead to.

use crate::support::*;
use conformance::steps::{browser, disable, register, seconds, sign_out};
use conformance::{Browser, NATURAL_PERSON, Page, Provider, ProviderOptions};
use idp::settings::RegistrationMode;
use idp_core::client::presentation::Localised;
use serde_json::json;

const SITE: &str = "https://tax.example.gov.tw/?a=b&c=d";

async fn with_portals() -> Provider {
    let settings = |settings: &mut idp::settings::Settings| settings.registration.mode = RegistrationMode::Open;
    let options = ProviderOptions { settings: Some(settings), ..ProviderOptions::default() };
    let provider = Provider::start_with(options).await.unwrap();
    register(&provider, "tax", |asked| asked.presentation.client_uri = Localised::plain(Some(SITE.into()))).await;
    register(&provider, "begins", |asked| {
        asked.initiate_login_uri = Some("http://localhost:9/begin?tenant=1".into());
        asked.presentation.client_uri = Localised::plain(Some(SITE.into()));
        asked.trusted = false;
    })
    .await;
    register(&provider, "nowhere", |_| {}).await;
    provider
}

const TAX: (&str, &str) = ("tax", "http://localhost:9/tax");
const BEGINS: (&str, &str) = ("begins", "http://localhost:9/begins");
const NOWHERE: (&str, &str) = ("nowhere", "http://localhost:9/nowhere");

/// Somebody at the sign-in page of a portal.
async fn from_portal(provider: &Provider, portal: (&str, &str)) -> Browser {
    let browser = browser(provider);
    let page = open(provider, &browser, portal).await;
    assert!(page.status == 200 && page.has("username") && page.has("join"), "{}", page.body);
    browser
}

/// What a portal's request shows, or where it leads.
async fn open_and_agree(provider: &Provider, browser: &Browser, portal: (&str, &str)) -> Page {
    let page = open(provider, browser, portal).await;
    if page.has("consent-allow") { browser.decide(&page, "allow").await.unwrap() } else { page }
}

async fn open(provider: &Provider, browser: &Browser, (id, redirect_uri): (&str, &str)) -> Page {
    let request = format!(
        "/connect/authorize?response_type=code&client_id={id}&redirect_uri={redirect_uri}&scope=openid&state=s&nonce=n\
         &code_challenge={}&code_challenge_method=S256",
        keys::b64::encode(&keys::sha256(b"a-verifier"))
    );
    browser.open(&provider.url(&request)).await.unwrap()
}

/// Where a page leads back to, if it does; and the way in besides.
fn way_back(page: &Page) -> Option<String> {
    assert!(page.has("sign-in"), "{}", page.body);
    let rest = page.body.split_once("id=\"to-portal\" href=\"")?.1;
    Some(rest.split('"').next().unwrap().replace("&#38;", "&"))
}

async fn activated(provider: &Provider, browser: &Browser, account: &str) -> Page {
    let sent = mails(provider).len();
    // Mails of one moment are in no order.
    provider.advance(seconds(1)).await.unwrap();
    apply(provider, browser, account).await;
    let link = link(provider, &so_many_mails(provider, sent + 1).await[sent]);
    let page = activate(browser, &link).await;
    assert!(page.body.contains("帳號已啟用成功"), "{}", page.body);
    page
}

#[tokio::test]
async fn who_makes_an_account_or_resets_the_password_on_the_way_is_led_back_to_the_portal() {
    let provider = with_portals().await;
    let at_tax = from_portal(&provider, TAX).await;
    let done = activated(&provider, &at_tax, "taxpayer01").await;
    assert_eq!(way_back(&done).as_deref(), Some(SITE));
    assert!(done.body.contains("返回 <bdi>入口網 tax</bdi> 登入"), "{}", done.body);
    assert!(done.body.contains("<bdi class=\"host\">tax.example.gov.tw</bdi>"), "whose page it is: {}", done.body);
    // Where signing in begins, if the portal says so: with whose account (OpenID Connect Core 1.0 §4).
    let at_begins = from_portal(&provider, BEGINS).await;
    let begins = way_back(&activated(&provider, &at_begins, "beginner01").await).unwrap();
    let begins = url::Url::parse(&begins).unwrap();
    let query: Vec<_> = begins.query_pairs().into_owned().collect();
    assert_eq!(begins.path(), "/begin");
    assert_eq!(query, [("tenant".into(), "1".into()), ("iss".into(), provider.issuer.clone())]);

    // The page that waits, once the link was followed elsewhere.
    provider.advance(seconds(1)).await.unwrap();
    let waiting = apply(&provider, &at_tax, "elsewhere1").await;
    let link = link(&provider, &so_many_mails(&provider, 3).await[2]);
    let elsewhere = activate(&browser(&provider), &link).await;
    assert_eq!(way_back(&elsewhere), None, "another browser came from nowhere");
    let waiting = at_tax.open(&waiting.url).await.unwrap();
    assert_eq!(way_back(&waiting).as_deref(), Some(SITE));
    let english = in_english(&at_tax, &waiting).await;
    assert!(way_back(&english).is_some() && english.body.contains("Back to <bdi>"), "{}", english.body);
    in_language(&at_tax, &english, "zh-Hant-TW").await;

    provider.advance(seconds(1)).await.unwrap();
    asked(&provider, "/forgot-password", NATURAL_PERSON).await;
    let reset = crate::support::link(&provider, &so_many_mails(&provider, 4).await[3]);
    let page = at_tax.open(&reset).await.unwrap();
    assert!(!page.has("to-portal"), "nothing is done yet: {}", page.body);
    let done = set_password(&at_tax, &page, "another-Good-1").await;
    assert_eq!(way_back(&done).as_deref(), Some(SITE));
}

#[tokio::test]
async fn nobody_is_led_to_a_stranger_or_to_what_is_gone_or_by_a_forged_cookie() {
    let provider = with_portals().await;
    let callback = "http://localhost:9/stranger";
    let asked =
        json!({ "redirect_uris": [callback], "client_uri": SITE, "initiate_login_uri": "https://bank.example/begin" });
    #[expect(clippy::disallowed_methods, reason = "somebody who registers a client in a test, not the provider")]
    let told = reqwest::Client::new().post(provider.url("/connect/register")).json(&asked).send().await.unwrap();
    let told: serde_json::Value = told.json().await.unwrap();
    let stranger = told["client_id"].as_str().unwrap_or_else(|| panic!("{told}"));

    let link = {
        apply(&provider, &browser(&provider), "taxpayer01").await;
        link(&provider, &so_many_mails(&provider, 1).await[0])
    };
    assert_eq!(way_back(&activate(&browser(&provider), &link).await), None);
    let looked = async |browser: &Browser| way_back(&browser.open(&link).await.unwrap());
    let at_stranger = from_portal(&provider, (stranger, callback)).await;
    assert_eq!(looked(&at_stranger).await, None);
    let at_nowhere = from_portal(&provider, NOWHERE).await;
    assert_eq!(looked(&at_nowhere).await, None);

    // Whatever a browser sends: only what the operator vouches for, and not for longer than an hour.
    let now = provider.clock.now().seconds();
    let of = |id: &str| format!("{now}.{id}");
    let (aged, early) = (format!("{}.tax", now - 3601), format!("{}.tax", now + 60));
    let forged = [
        of(stranger),
        of("nobody"),
        of("https://bank.example/"),
        of("tax\"x"),
        of(""),
        of(&"t".repeat(3_000)),
        of("nowhere"),
        "tax".into(),
        ".tax".into(),
        "9223372036854775807.tax".into(),
        "-1.tax".into(),
        aged,
        early,
        String::new(),
    ];
    for forged in forged.into_iter().chain([of("tax")]) {
        let cookie = format!("idp_portal={forged}").parse().unwrap();
        let headers = [(reqwest::header::COOKIE, cookie)].into_iter().collect();
        let expected = (forged == of("tax")).then_some(SITE);
        assert_eq!(looked(&Browser::with(&provider.issuer, headers).unwrap()).await.as_deref(), expected, "{forged}");
    }

    let at_tax = from_portal(&provider, TAX).await;
    assert_eq!(looked(&at_tax).await.as_deref(), Some(SITE));
    disable(&provider, "tax").await;
    assert_eq!(looked(&at_tax).await, None);
}

#[tokio::test]
async fn the_last_portal_counts_for_an_hour_until_one_is_there_or_leaves_the_browser() {
    let provider = with_portals().await;
    let link = {
        apply(&provider, &browser(&provider), "taxpayer01").await;
        link(&provider, &so_many_mails(&provider, 1).await[0])
    };
    activate(&browser(&provider), &link).await;
    let looked = async |browser: &Browser| way_back(&browser.open(&link).await.unwrap());
    let sign_in = async |browser: &Browser, page: Page| {
        browser.sign_in(&page, NATURAL_PERSON, conformance::PASSWORD).await.unwrap()
    };
    let own_page = async |browser: &Browser| browser.open(&provider.url("/sign-in")).await.unwrap();

    let at = from_portal(&provider, TAX).await;
    let page = open(&provider, &at, BEGINS).await;
    let set: Vec<_> = page.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    let set = set.iter().find_map(|cookie| cookie.strip_prefix("idp_portal=")).unwrap();
    assert_eq!(set.split_once("; ").unwrap().1, "Path=/; HttpOnly; SameSite=Lax", "it goes with the browser");
    assert!(looked(&at).await.unwrap().contains("/begin?"));
    open(&provider, &at, NOWHERE).await;
    assert_eq!(looked(&at).await, None, "nor back to the one before");
    open(&provider, &at, TAX).await;
    own_page(&at).await;
    assert_eq!(looked(&at).await.as_deref(), Some(SITE), "on the way to it still");
    provider.advance(seconds(3601)).await.unwrap();
    assert_eq!(looked(&at).await, None);

    // Another portal's answer is no arrival at this one.
    let page = open(&provider, &at, TAX).await;
    assert!(sign_in(&at, own_page(&at).await).await.has("person-name"));
    assert_eq!(looked(&at).await.as_deref(), Some(SITE));
    let there = open_and_agree(&provider, &at, NOWHERE).await;
    assert!(there.url.starts_with(NOWHERE.1), "{}", there.url);
    assert_eq!(looked(&at).await.as_deref(), Some(SITE));
    let there = sign_in(&at, page).await;
    let there = if there.has("consent-allow") { at.decide(&there, "allow").await.unwrap() } else { there };
    assert!(there.url.starts_with(TAX.1), "{} {}", there.url, there.body);
    assert_eq!(looked(&at).await, None, "one is there");

    // Whoever comes next on this computer came from nowhere.
    open(&provider, &at, (BEGINS.0, &format!("{}&prompt=login", BEGINS.1))).await;
    assert!(looked(&at).await.is_some());
    sign_out(&at, &provider).await;
    assert_eq!(looked(&at).await, None);
    open(&provider, &at, TAX).await;
    sign_in(&at, own_page(&at).await).await;
    assert!(looked(&at).await.is_some());
    let yes = [("current-password", conformance::PASSWORD), ("understood", "yes")];
    assert!(crate::account::send(&provider, &at, "/account/delete", &yes).await.has("deletion-asked"));
    assert_eq!(looked(&at).await, None);
}
