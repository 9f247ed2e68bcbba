//! What somebody who registers clients tries: each case was a hole in another provider.

use super::support::{CALLBACK, Registered, answering, http, open, post};
use conformance::Answer;
use conformance::steps::{browser, refused};
use serde_json::{Value, json};

#[tokio::test]
async fn no_address_of_a_client_is_a_script_or_leads_inside() {
    let provider = open().await;
    let bad = [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://a.example/",
        "https://user@a.example/",
        "http://a.example/",
        "https://a.example/\n",
        "//a.example/",
    ];
    let lists = ["redirect_uris", "post_logout_redirect_uris"];
    let single = [
        "client_uri",
        "logo_uri",
        "policy_uri",
        "tos_uri",
        "policy_uri#en",
        "initiate_login_uri",
        "backchannel_logout_uri",
    ];
    for uri in bad {
        for member in lists.into_iter().chain(single) {
            let mut asked = json!({ "redirect_uris": [CALLBACK] });
            asked[member] = if lists.contains(&member) { json!([uri]) } else { json!(uri) };
            let answer = post(&provider, None, &asked).await;
            let code = if member == "redirect_uris" { "invalid_redirect_uri" } else { "invalid_client_metadata" };
            refused(&answer, 400, code);
        }
    }
    for inside in ["https://10.0.0.1/", "https://169.254.169.254/latest", "https://[::1]/", "https://2130706433/"] {
        let asked = json!({ "redirect_uris": [CALLBACK], "backchannel_logout_uri": inside });
        refused(&post(&provider, None, &asked).await, 400, "invalid_client_metadata");
    }
    let schemes = ["myapp:/cb", "javascript:/cb", "tw.gov.app:/cb"];
    for scheme in schemes {
        let web = json!({ "redirect_uris": [scheme] });
        refused(&post(&provider, None, &web).await, 400, "invalid_redirect_uri");
    }
    let native = json!({ "redirect_uris": ["tw.gov.app:/cb"], "application_type": "native" });
    assert_eq!(post(&provider, None, &native).await.status, 201);
}

#[tokio::test]
async fn a_name_that_people_take_for_the_provider_or_a_portal_of_the_operators_is_refused() {
    let provider = open().await;
    for name in [
        "EMIC 應變管理資訊雲端服務",
        "emic應變管理資訊雲端服務",
        "ＥＭＩＣ 應變管理資訊雲端服務",
        "ЕМІС 應變管理資訊雲端服務",
        "我的E政府",
        "我的Е政府 登入",
        "入口網 weather",
        "EM\u{202e}IC",
        "",
        " ",
    ] {
        for member in ["client_name", "client_name#zh-TW"] {
            let mut asked = json!({ "redirect_uris": [CALLBACK], "client_name": "Library" });
            asked[member] = json!(name);
            let answer = post(&provider, None, &asked).await;
            refused(&answer, 400, "invalid_client_metadata");
        }
    }
    // Others may share a name: nobody has a right to it here.
    for _ in 0..2 {
        Registered::new(&provider, json!({ "redirect_uris": [CALLBACK], "client_name": "Library" })).await;
    }
}

/// Elsewhere the error of a registration was a page that ran what had been sent.
#[tokio::test]
async fn markup_in_a_registration_is_text_on_every_page_and_in_every_error() {
    let provider = open().await;
    let name = "<img src=x onerror=alert(1)>'\"&lt;{{7*7}}";
    let client = Registered::new(&provider, json!({ "redirect_uris": [CALLBACK], "client_name": name })).await;
    let portal = client.portal(&provider).await;
    let browser = browser(&provider);
    let mut page = browser.open(&portal.request().scope("openid").url()).await.unwrap();
    assert!(page.has("login-submit") && !page.body.contains("<img src=x"), "{}", page.body);
    page = browser.sign_in(&page, conformance::NATURAL_PERSON, conformance::PASSWORD).await.unwrap();
    assert!(page.has("consent-allow") && !page.body.contains("<img src=x"), "{}", page.body);
    let asked = json!({ "redirect_uris": ["https://a.example/<script>alert(1)</script>"] });
    let answer = post(&provider, None, &asked).await;
    refused(&answer, 400, "invalid_redirect_uri");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}

#[tokio::test]
async fn bodies_that_are_no_registration_are_refused() {
    let provider = open().await;
    let send = async |kind: &str, body: String| {
        let request = http().post(provider.url("/connect/register")).header("content-type", kind).body(body);
        Answer::of(request).await.unwrap()
    };
    let fine = json!({ "redirect_uris": [CALLBACK] }).to_string();
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    for (kind, body) in [
        ("application/x-www-form-urlencoded", fine.clone()),
        ("text/plain", fine.clone()),
        ("application/json", String::new()),
        ("application/json", "[]".into()),
        ("application/json", "null".into()),
        ("application/json", "{".into()),
        ("application/json", deep),
        ("application/json", format!("{{\"x\":\"{}\"}}", "x".repeat(40_000))),
    ] {
        refused(&send(kind, body).await, 400, "invalid_request");
    }
    assert_eq!(send("application/json; charset=utf-8", fine).await.status, 201);
}

#[tokio::test]
async fn nobody_makes_himself_more_than_a_client() {
    let provider = open().await;
    let mut asked = json!({
        "redirect_uris": [CALLBACK], "client_id": "emic", "id": "emic", "trusted": true, "profile": "government",
        "sector": "emic.example", "self_registered": false, "client_secret": "chosen-by-me-chosen-by-me-chosen",
    });
    let client = Registered::new(&provider, asked.clone()).await;
    assert_ne!(client.text("client_id"), "emic");
    assert_ne!(client.text("client_secret"), "chosen-by-me-chosen-by-me-chosen");
    let id = idp_core::ClientId::parse(client.text("client_id")).unwrap();
    let known = provider.wired.base.directory.client(&id).await.unwrap().unwrap();
    assert!(known.self_registered && !known.client.trusted && known.client.sector == "localhost");
    asked["scope"] = json!("openid uid");
    refused(&post(&provider, None, &asked).await, 400, "invalid_client_metadata");
    let several: Value = json!([CALLBACK, "https://emic.example.gov.tw/callback"]);
    let pairwise = json!({ "redirect_uris": several, "subject_type": "pairwise" });
    refused(&post(&provider, None, &pairwise).await, 400, "invalid_client_metadata");
}

#[tokio::test]
async fn whoever_moves_to_the_address_of_another_learns_nobody_s_subject_there() {
    let provider = open().await;
    let grants = ["authorization_code", "refresh_token"];
    let asked = json!({ "redirect_uris": [CALLBACK], "grant_types": grants, "subject_type": "pairwise" });
    let client = Registered::new(&provider, asked).await;
    let (portal, given) = client.signed_in(&provider).await;
    let sub = portal.userinfo(&given.access).await.unwrap().json["sub"].clone();
    let mut moved = client.own();
    moved["redirect_uris"] = json!(["https://emic.example.gov.tw/callback"]);
    refused(&client.put(&moved).await, 400, "invalid_redirect_uri");
    let mut public = client.own();
    public["subject_type"] = json!("public");
    refused(&client.put(&public).await, 400, "invalid_client_metadata");
    // Within its host it goes where it likes, and is the same to people.
    let mut elsewhere = client.own();
    elsewhere["redirect_uris"] = json!([CALLBACK, "http://localhost:9/other"]);
    assert_eq!(client.put(&elsewhere).await.status, 200);
    assert_eq!(portal.userinfo(&given.access).await.unwrap().json["sub"], sub);
    // One of public subjects may move, and cannot become one of pairwise subjects there.
    let client = Registered::new(&provider, json!({ "redirect_uris": [CALLBACK] })).await;
    let mut moved = client.own();
    moved["redirect_uris"] = json!(["https://emic.example.gov.tw/callback"]);
    assert_eq!(client.put(&moved).await.status, 200);
    moved["subject_type"] = json!("pairwise");
    refused(&client.put(&moved).await, 400, "invalid_client_metadata");
}

#[tokio::test]
async fn an_app_cannot_have_the_sector_of_a_host_by_the_name_of_its_scheme() {
    let provider = open().await;
    let asked = json!({
        "redirect_uris": ["emic.example.gov.tw:/callback"], "application_type": "native", "subject_type": "pairwise",
    });
    let client = Registered::new(&provider, asked).await;
    let id = idp_core::ClientId::parse(client.text("client_id")).unwrap();
    let known = provider.wired.base.directory.client(&id).await.unwrap().unwrap();
    assert_eq!(known.client.sector, "scheme:emic.example.gov.tw");
    let own = client.own();
    assert_eq!(client.put(&own).await.json, client.get().await.json);
    // Nor by having registered the host's address first, to which nothing of its own ever leads.
    let asked = json!({ "redirect_uris": ["https://emic.example.gov.tw/callback"], "subject_type": "pairwise" });
    let client = Registered::new(&provider, asked).await;
    let mut app = client.own();
    app["application_type"] = json!("native");
    app["redirect_uris"] = json!(["emic.example.gov.tw:/callback"]);
    refused(&client.put(&app).await, 400, "invalid_redirect_uri");
}

#[tokio::test]
async fn people_agreed_to_a_name_at_an_address_and_are_asked_again_when_either_is_another() {
    let provider = answering().await;
    let client = Registered::new(&provider, json!({ "redirect_uris": [CALLBACK], "client_name": "Library" })).await;
    let portal = client.portal(&provider).await;
    let browser = browser(&provider);
    conformance::steps::tokens(&portal, &browser, &portal.request().scope("openid"), conformance::NATURAL_PERSON).await;
    let silent = async |redirect_uri: &str| {
        let request = portal.request().scope("openid").with("prompt", "none").with("redirect_uri", redirect_uri);
        browser.open(&request.url()).await.unwrap().parameter("error")
    };
    assert_eq!(silent(CALLBACK).await, None);
    let mut own = client.own();
    own["tos_uri"] = json!("https://a.example/terms");
    assert_eq!(client.put(&own).await.status, 200);
    assert_eq!(silent(CALLBACK).await, None, "the same client with another page");
    own["client_name"] = json!("Bookshop");
    assert_eq!(client.put(&own).await.status, 200);
    assert_eq!(silent(CALLBACK).await.as_deref(), Some("consent_required"));
    conformance::steps::tokens(&portal, &browser, &portal.request().scope("openid"), conformance::NATURAL_PERSON).await;
    assert_eq!(silent(CALLBACK).await, None);
    own["client_name#zh-TW"] = json!("書店");
    assert_eq!(client.put(&own).await.status, 200);
    assert_eq!(silent(CALLBACK).await.as_deref(), Some("consent_required"), "a name in one language");
    conformance::steps::tokens(&portal, &browser, &portal.request().scope("openid"), conformance::NATURAL_PERSON).await;
    own["redirect_uris"] = json!(["https://bookshop.example/callback"]);
    assert_eq!(client.put(&own).await.status, 200);
    assert_eq!(silent("https://bookshop.example/callback").await.as_deref(), Some("consent_required"));
}

/// Of two members of one name one reader takes the first and another the last.
#[tokio::test]
async fn a_member_that_stands_twice_is_refused_by_name_wherever_it_stands() {
    let provider = open().await;
    let client = Registered::plain(&provider).await;
    let own = client.own().to_string();
    let send = async |method: &str, url: &str, body: String| {
        let request = http().request(method.parse().unwrap(), url).header("content-type", "application/json");
        let token = client.text("registration_access_token");
        let request = if method == "PUT" { request.bearer_auth(token) } else { request };
        Answer::of(request.body(body)).await.unwrap()
    };
    let (register, manage) = (provider.url("/connect/register"), client.text("registration_client_uri"));
    let inside = "{\"kty\":\"EC\",\"kid\":\"a\",\"kid\":\"b\"}";
    for (name, again) in [
        ("redirect_uris", format!("\"redirect_uris\":[\"{CALLBACK}\"]")),
        ("scope", "\"scope\":\"openid\"".into()),
        ("whatever", "\"whatever\":1,\"whatever\":1".into()),
        ("kid", format!("\"jwks\":{{\"keys\":[{inside}]}}")),
        ("n_m_", "\"n\\\"m\\u00e9\":1,\"n\\\"m\\u00e9\":2".into()),
    ] {
        let plain = format!("{{\"redirect_uris\":[\"{CALLBACK}\"],\"scope\":\"openid\",{again}}}");
        let changed = format!("{{{again},{}", own.trim_start_matches('{'));
        for (method, url, body) in [("POST", register.as_str(), plain), ("PUT", manage, changed)] {
            let answer = send(method, url, body).await;
            refused(&answer, 400, "invalid_client_metadata");
            let words = answer.json["error_description"].as_str().unwrap();
            let named = if name == "n_m_" { "n'm? stands twice" } else { name };
            assert!(words.contains(named) && words.contains("twice"), "{method} {name}: {words}");
        }
    }
    assert_eq!(client.get().await.json, client.told, "a refused change changes nothing");
}

#[tokio::test]
async fn a_key_whose_point_is_beside_its_curve_is_refused_when_it_is_registered() {
    let provider = open().await;
    let zero = "A".repeat(43);
    let y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
    let x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    let ec = |x: &str, y: &str| json!({ "kty": "EC", "crv": "P-256", "kid": "a", "x": x, "y": y });
    let okp = |x: &str| json!({ "kty": "OKP", "crv": "Ed25519", "kid": "a", "x": x });
    let rsa = |n: &str, e: &str| json!({ "kty": "RSA", "kid": "a", "n": n, "e": e });
    let modulus = |last: char| format!("{}{last}", "v".repeat(341));
    let even = format!("{}g", "v".repeat(341));
    for (key, words) in [
        (ec(y, x), "does not lie on its curve"),
        (ec(&zero, &zero), "does not lie on its curve"),
        (okp(&zero), "small order"),
        (okp(x.trim_end_matches('U')), "wrong length"),
        (okp("AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), "does not lie on its curve"),
        (rsa(&"v".repeat(168), "AQAB"), "2048"),
        (rsa(&even, "AQAB"), "odd"),
        (rsa(&modulus('Q'), "Aw"), "exponent"),
    ] {
        let asked = json!({
            "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [key] },
        });
        let answer = post(&provider, None, &asked).await;
        refused(&answer, 400, "invalid_client_metadata");
        let said = answer.json["error_description"].as_str().unwrap();
        assert!(said.starts_with("jwks holds as key 1") && said.contains(words), "{key}: {said}");
    }
    let fine = json!({
        "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [ec(x, y)] },
    });
    assert_eq!(post(&provider, None, &fine).await.status, 201);
}
