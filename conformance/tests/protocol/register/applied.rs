//! What a client registered and a person or a request then meets.

use super::support::{CALLBACK, Registered, answering, open, post};
use conformance::steps::{browser, refused, run, seconds, tokens};
use conformance::{NATURAL_PERSON, PASSWORD, Page};
use serde_json::json;

#[tokio::test]
async fn a_sign_in_older_than_the_registered_age_counts_no_more_unless_the_request_says_how_old_it_may_be() {
    let provider = answering().await;
    let asked = json!({ "redirect_uris": [CALLBACK], "default_max_age": 60, "require_auth_time": true });
    let portal = Registered::new(&provider, asked).await.portal(&provider).await;
    let browser = browser(&provider);
    let request = || portal.request().scope("openid");
    let first = request();
    let given = tokens(&portal, &browser, &first, NATURAL_PERSON).await;
    let claims = portal.verify(&given.id_token, Some(&first.nonce)).await.unwrap();
    assert!(claims.auth_time().is_some(), "it was asked for");
    let silent = async |age: Option<&str>| {
        let request = request().with("prompt", "none");
        let request = if let Some(age) = age { request.with("max_age", age) } else { request };
        browser.open(&request.url()).await.unwrap().parameter("error")
    };
    provider.advance(seconds(60)).await.unwrap();
    assert_eq!(silent(None).await, None);
    provider.advance(seconds(1)).await.unwrap();
    assert_eq!(silent(None).await.as_deref(), Some("login_required"));
    assert_eq!(silent(Some("1000")).await, None, "the request comes first");
    assert!(browser.open(&request().url()).await.unwrap().has("login-submit"));
    // Once signed in for this very request, the person goes on.
    tokens(&portal, &browser, &request(), NATURAL_PERSON).await;
}

#[tokio::test]
async fn a_software_statement_is_refused_by_its_own_name() {
    let provider = open().await;
    let client = Registered::plain(&provider).await;
    for statement in [json!("eyJhbGciOiJub25lIn0.e30."), json!(""), json!({}), json!(1)] {
        let mut own = client.own();
        own["software_statement"] = statement.clone();
        let asked = json!({ "redirect_uris": [CALLBACK], "software_statement": statement });
        for answer in [post(&provider, None, &asked).await, client.put(&own).await] {
            refused(&answer, 400, "unapproved_software_statement");
        }
    }
    let nothing = json!({ "redirect_uris": [CALLBACK], "software_statement": null });
    Registered::new(&provider, nothing).await;
}

#[tokio::test]
async fn what_an_operator_changed_stays_when_a_client_writes_back_what_it_read() {
    let provider = open().await;
    let asked = json!({ "redirect_uris": [CALLBACK], "subject_type": "pairwise" });
    let client = Registered::new(&provider, asked).await;
    let id = client.text("client_id").to_owned();
    let changes = [
        "clients",
        "update",
        &id,
        "--redirect-uri",
        "http://127.0.0.1:9/moved",
        "--trusted",
        "true",
        "--may-introspect",
        "emic",
        "--scope",
        "openid uid",
        "--grant-type",
        "authorization_code",
        "--grant-type",
        "client_credentials",
        "--policy-uri",
        "en=https://library.example/policy",
        "--default-max-age",
        "60",
        "--software-id",
        "library",
    ];
    run(&provider, &changes).await.unwrap();
    provider.wired.base.directory.check().await.unwrap();
    let stored = async || {
        let all = provider.wired.base.db.scan(idp_store::clients::all).await.unwrap().readable;
        all.into_iter().find(|stored| stored.client.id.as_str() == id).unwrap()
    };
    let before = stored().await;
    assert_eq!((before.client.sector.as_str(), before.client.trusted), ("localhost", true));
    let read = Registered { told: client.get().await.json };
    let own = Registered { told: read.told.clone() }.own();
    let written = client.put(&own).await;
    assert_eq!((written.status.as_u16(), &written.json), (200, &read.told), "{}", written.body);
    assert_eq!(stored().await, before);
}

/// Where the links of a page lead that open beside it.
fn links(page: &Page) -> Vec<String> {
    let beside = page.body.split("<a ").filter(|tag| tag.contains("target=\"_blank\""));
    let safe = beside.inspect(|tag| assert!(tag.contains("rel=\"noopener noreferrer\""), "{tag}"));
    safe.map(|tag| tag.split("href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn people_who_decide_are_shown_what_the_portal_says_of_itself_in_their_language() {
    let provider = open().await;
    let asked = json!({
        "redirect_uris": [CALLBACK], "client_name": "Library", "client_uri": "https://library.example/?a=1&b=2",
        "policy_uri#zh-Hant-TW": "https://library.example/zh/policy", "policy_uri#en": "https://library.example/policy",
        "tos_uri#ja": "https://library.example/ja/terms",
    });
    let client = Registered::new(&provider, asked).await;
    let portal = client.portal(&provider).await;
    let shown = |policy: &str| {
        ["https://library.example/?a=1&#38;b=2", policy, "https://library.example/ja/terms"].map(str::to_owned)
    };
    for (locale, policy) in [("zh-TW", "https://library.example/zh/policy"), ("en", "https://library.example/policy")] {
        let browser = browser(&provider);
        let request = portal.request().scope("openid profile").with("ui_locales", locale);
        let page = browser.open(&request.url()).await.unwrap();
        assert_eq!(links(&page), shown(policy), "sign-in, {locale}");
        let page = browser.sign_in(&page, NATURAL_PERSON, "wrong").await.unwrap();
        assert_eq!(links(&page), shown(policy), "after a wrong password, {locale}");
        provider.advance(seconds(30)).await.unwrap();
        let page = browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap();
        assert!(page.has("consent-allow"));
        assert_eq!(links(&page), shown(policy), "consent, {locale}");
    }
    // Who registered none has no such place on the page.
    let plain = Registered::plain(&provider).await.portal(&provider).await;
    let page = browser(&provider).open(&plain.request().scope("openid").url()).await.unwrap();
    assert!(page.has("login-submit") && links(&page).is_empty() && !page.body.contains("about-portal"));
}
