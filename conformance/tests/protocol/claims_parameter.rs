//! The parameter `claims` (OpenID Connect Core 1.0 §5.5): what is asked for one by one, where, by whom, and never more than the
//! client's scopes give.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conformance::steps::{WEATHER, arrive, browser, fill_in, portal, register, silent, start, tokens};
use conformance::{CIVIL_SERVANT, NATURAL_PERSON, Portal, Tokens};
use serde_json::{Value, json};

fn inside(tokens: &Tokens) -> Value {
    let payload = URL_SAFE_NO_PAD.decode(tokens.id_token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

async fn about(portal: &Portal, tokens: &Tokens) -> Value {
    let answer = portal.userinfo(&tokens.access).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json
}

#[tokio::test]
async fn a_claim_asked_for_comes_where_it_was_asked_for_and_alone() {
    let (provider, emic) = start().await;
    fill_in(&provider, CIVIL_SERVANT).await;
    let browser = browser(&provider);
    let asked = json!({
        "userinfo": { "name": { "essential": true }, "phone_number": null, "uid": null, "invented": null },
        "id_token": { "email": null, "nickname": null, "agency_oid": null },
    });
    let request = emic.request().with("claims", &asked.to_string());
    let given = tokens(&emic, &browser, &request, CIVIL_SERVANT).await;
    for given in [given.clone(), emic.refresh(&given.refresh).await.unwrap().tokens().unwrap()] {
        let there = about(&emic, &given).await;
        let mut names: Vec<_> = there.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["name", "phone_number", "sub", "uid"]);
        let token = inside(&given);
        for name in ["email", "nickname", "agency_oid"] {
            assert!(token[name].is_string(), "{name}: {token}");
        }
        for name in ["name", "phone_number", "uid", "email_verified", "agency_name", "identity_type", "invented"] {
            assert!(token.get(name).is_none(), "{name}: {token}");
        }
        assert_eq!(given.scope, "openid");
    }
}

#[tokio::test]
async fn who_asks_for_nothing_one_by_one_gets_what_the_scopes_give() {
    let (provider, emic) = start().await;
    fill_in(&provider, CIVIL_SERVANT).await;
    let given = tokens(&emic, &browser(&provider), &emic.request().with("claims", "{}"), CIVIL_SERVANT).await;
    assert_eq!(about(&emic, &given).await.as_object().unwrap().len(), 1);
    assert!(inside(&given).get("name").is_none());
}

#[tokio::test]
async fn a_claim_beyond_the_clients_scopes_is_not_given() {
    let (provider, _) = start().await;
    fill_in(&provider, CIVIL_SERVANT).await;
    let narrow = register(&provider, "narrow", |asked| asked.scope = "openid email".into()).await;
    let claims = json!({ "userinfo": { "uid": { "essential": true }, "name": null, "email": null }, "id_token": { "name": null } });
    let request = narrow.request().with("claims", &claims.to_string());
    let given = tokens(&narrow, &browser(&provider), &request, CIVIL_SERVANT).await;
    let there = about(&narrow, &given).await;
    assert!(there["email"].is_string() && there.get("uid").is_none() && there.get("name").is_none(), "{there}");
    assert!(inside(&given).get("name").is_none());
}

#[tokio::test]
async fn a_person_is_asked_before_a_claim_is_given_as_before_a_scope() {
    let (provider, _) = start().await;
    let (weather, browser) = (portal(&provider, "weather", WEATHER).await, browser(&provider));
    arrive(&browser, &weather.request(), NATURAL_PERSON).await;
    assert_eq!(silent(&weather, &browser).await, None);
    let claims = json!({ "userinfo": { "phone_number": null } }).to_string();
    let request = weather.request().with("claims", &claims);
    let page = browser.open(&request.clone().with("prompt", "none").url()).await.unwrap();
    assert_eq!(page.parameter("error").as_deref(), Some("consent_required"), "{}", page.url);
    assert!(browser.open(&request.url()).await.unwrap().has("consent-deny"));
    arrive(&browser, &request, NATURAL_PERSON).await;
    let page = browser.open(&request.with("prompt", "none").url()).await.unwrap();
    assert!(page.parameter("code").is_some(), "asked once: {}", page.url);
}

#[tokio::test]
async fn a_refresh_for_less_carries_no_claims_one_by_one() {
    let (provider, emic) = start().await;
    let claims = json!({ "userinfo": { "name": null } }).to_string();
    let request = emic.request().scope("openid email").with("claims", &claims);
    let given = tokens(&emic, &browser(&provider), &request, NATURAL_PERSON).await;
    assert!(about(&emic, &given).await["name"].is_string());
    let fields = [("grant_type", "refresh_token"), ("refresh_token", given.refresh.as_str()), ("scope", "openid")];
    let less = emic.token(&fields).await.unwrap().tokens().unwrap();
    assert!(about(&emic, &less).await.get("name").is_none());
}

#[tokio::test]
async fn nobody_else_answers_for_the_sub_that_is_named() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let given = tokens(&emic, &browser, &emic.request(), NATURAL_PERSON).await;
    let sub = inside(&given)["sub"].as_str().unwrap().to_owned();
    for (value, error) in [(sub.as_str(), None), ("somebody-else", Some("login_required"))] {
        for part in ["id_token", "userinfo"] {
            let claims = json!({ part: { "sub": { "value": value } } }).to_string();
            let request = emic.request().with("prompt", "none").with("claims", &claims);
            let page = browser.open(&request.url()).await.unwrap();
            assert_eq!(page.parameter("error").as_deref(), error, "{part} {value}: {}", page.url);
        }
    }
}

#[tokio::test]
async fn an_essential_acr_that_cannot_be_met_and_a_malformed_parameter_are_refused() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let rows = [
        (r#"{"id_token":{"acr":{"essential":true,"values":["urn:strong"]}}}"#, "unmet_authentication_requirements"),
        ("no json", "invalid_request"),
        ("[]", "invalid_request"),
        (r#"{"userinfo":["name"]}"#, "invalid_request"),
        (r#"{"userinfo":{"name":true}}"#, "invalid_request"),
    ];
    for (claims, error) in rows {
        let page = browser.open(&emic.request().with("claims", claims).url()).await.unwrap();
        assert_eq!(page.parameter("error").as_deref(), Some(error), "{claims}: {}", page.url);
    }
    let fine = r#"{"id_token":{"acr":{"essential":true,"values":["urn:strong","urn:shenfen:acr:password"]}}}"#;
    arrive(&browser, &emic.request().with("claims", fine), NATURAL_PERSON).await.parameter("code").unwrap();
}
