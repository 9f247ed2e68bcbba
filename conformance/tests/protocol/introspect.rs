//! Introspection (RFC 7662): who may ask, what is said, and that its verdict is that of the endpoints where a token is used.

use conformance::steps::{
    WEATHER, browser, change_client, disable, end_capacity, is_dead, lock, portal, refused, register, seconds,
    sign_out, start, tokens,
};
use conformance::{Answer, CIVIL_SERVANT, Portal, Provider, Tokens};
use idp_core::client::{AuthMethod, GrantType, Profile, SubjectType};
use idp_core::scope::Scope;
use serde_json::json;

async fn ask(portal: &Portal, token: &str) -> Answer {
    let answer = portal.post("/connect/introspect", &[("token", token)]).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("access-control-allow-origin"), None);
    answer
}

#[track_caller]
fn is_nothing(answer: &Answer, why: &str) {
    assert_eq!(answer.body, "{\"active\":false}", "{why}");
}

async fn signed_in(provider: &Provider, portal: &Portal) -> (Tokens, conformance::Browser) {
    let browser = browser(provider);
    let given = tokens(portal, &browser, &portal.request().scope("openid identity email"), CIVIL_SERVANT).await;
    (given, browser)
}

#[tokio::test]
async fn a_portal_learns_of_its_own_tokens_what_it_was_given() {
    let (provider, emic) = start().await;
    let request = emic.request();
    let given = tokens(&emic, &browser(&provider), &request, CIVIL_SERVANT).await;
    let claims = emic.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
    let now = provider.clock.now().seconds();
    let access = ask(&emic, &given.access).await.json;
    let expected = json!({
        "active": true, "iss": provider.issuer, "client_id": "emic", "token_type": "Bearer", "scope": given.scope,
        "sub": claims.subject().as_str(), "exp": access["exp"], "auth_time": access["auth_time"],
        "acr": "urn:shenfen:acr:password",
    });
    assert_eq!(access, expected);
    assert!((now + 598..=now + 600).contains(&access["exp"].as_i64().unwrap()));
    assert!((now - 2..=now).contains(&access["auth_time"].as_i64().unwrap()));
    let refresh = ask(&emic, &given.refresh).await.json;
    assert_eq!((&refresh["active"], &refresh["sub"]), (&json!(true), &expected["sub"]));
    assert_eq!(refresh.get("token_type"), None);
    for hint in ["access_token", "refresh_token", "weather", ""] {
        for token in [&given.access, &given.refresh] {
            let form = [("token", token.as_str()), ("token_type_hint", hint)];
            assert_eq!(emic.post("/connect/introspect", &form).await.unwrap().json["active"], true);
        }
    }
}

#[tokio::test]
async fn a_token_that_was_narrowed_to_less_than_openid_says_nothing_of_the_person() {
    let (provider, emic) = start().await;
    let (given, _) = signed_in(&provider, &emic).await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", &given.refresh), ("scope", "email")];
    let narrow = emic.token(&form).await.unwrap().tokens().unwrap();
    let said = ask(&emic, &narrow.access).await.json;
    assert_eq!((&said["active"], &said["scope"]), (&json!(true), &json!("email")));
    for name in ["sub", "acr", "auth_time"] {
        assert_eq!(said.get(name), None, "{name}");
    }
}

#[tokio::test]
async fn nobody_learns_anything_of_the_token_of_another_unless_the_operator_registered_it_as_its_resource_server() {
    let (provider, emic) = start().await;
    let weather = portal(&provider, "weather", WEATHER).await;
    let server = register(&provider, "server", |asked| {
        asked.may_introspect = vec!["emic".into()];
        asked.sector = Some("api.example.gov.tw".into());
    })
    .await;
    let (given, _) = signed_in(&provider, &emic).await;
    let (other, _) = signed_in(&provider, &weather).await;
    for token in [&given.access, &given.refresh] {
        is_nothing(&ask(&weather, token).await, "another portal");
    }
    let said = ask(&server, &given.access).await.json;
    assert_eq!((&said["active"], &said["client_id"]), (&json!(true), &json!("emic")));
    is_nothing(&ask(&server, &given.refresh).await, "a refresh token is for its own client");
    is_nothing(&ask(&server, &other.access).await, "of a portal it is not registered for");
    is_nothing(&ask(&emic, &given.id_token).await, "an ID token is no token to ask about");
    let own = ask(&emic, &given.access).await.json;
    assert_ne!(said["sub"], own["sub"], "a resource server on another host knows the person by another name");
}

#[tokio::test]
async fn a_person_is_named_as_the_one_who_asks_knows_them() {
    let (provider, emic) = start().await;
    let (given, _) = signed_in(&provider, &emic).await;
    let same = register(&provider, "same", |asked| {
        asked.may_introspect = vec!["emic".into()];
        asked.sector = Some("localhost".into());
    })
    .await;
    let public = register(&provider, "public", |asked| {
        asked.may_introspect = vec!["emic".into()];
        asked.profile = Profile::Standard;
        asked.subject_type = Some(SubjectType::Public);
    })
    .await;
    let (own, same) = (ask(&emic, &given.access).await.json, ask(&same, &given.access).await.json);
    assert_eq!(own["sub"], same["sub"], "of one sector");
    assert_ne!(own["sub"], ask(&public, &given.access).await.json["sub"]);
}

/// Elsewhere introspection called tokens active that revocation had ended.
#[tokio::test]
async fn its_verdict_is_that_of_userinfo_however_a_token_ends() {
    for ending in ["sign-out", "lock", "capacity", "revocation", "disabled", "expiry", "scope", "reuse", "nothing"] {
        let (provider, emic) = start().await;
        let server = register(&provider, "server", |asked| asked.may_introspect = vec!["emic".into()]).await;
        let (given, browser) = signed_in(&provider, &emic).await;
        let newer = emic.refresh(&given.refresh).await.unwrap().tokens().unwrap();
        match ending {
            "sign-out" => sign_out(&browser, &provider).await,
            "lock" => lock(&provider, CIVIL_SERVANT).await,
            "capacity" => end_capacity(&provider, CIVIL_SERVANT).await,
            "revocation" => drop(emic.revoke(&newer.refresh).await.unwrap()),
            "disabled" => disable(&provider, "emic").await,
            "expiry" => provider.advance(seconds(600)).await.unwrap(),
            "reuse" => {
                provider.advance(seconds(11)).await.unwrap();
                drop(emic.refresh(&given.refresh).await.unwrap());
            }
            _ => {}
        }
        for token in [&given.access, &newer.access] {
            let dead = is_dead(&emic, token).await;
            assert_eq!(dead, !["nothing", "scope"].contains(&ending), "{ending}");
            assert_eq!(ask(&server, token).await.json["active"], !dead, "{ending}");
            if ending != "disabled" {
                assert_eq!(ask(&emic, token).await.json["active"], !dead, "{ending}");
            }
        }
        if ending == "disabled" {
            let asked = emic.post("/connect/introspect", &[("token", &newer.access)]).await.unwrap();
            refused(&asked, 401, "invalid_client");
            continue;
        }
        let still = ask(&emic, &newer.refresh).await.json["active"] == true;
        assert_eq!(emic.refresh(&newer.refresh).await.unwrap().status == 200, still, "{ending}");
    }
}

#[tokio::test]
async fn asking_about_a_refresh_token_uses_nothing_up() {
    let (provider, emic) = start().await;
    let (given, _) = signed_in(&provider, &emic).await;
    let newer = emic.refresh(&given.refresh).await.unwrap().tokens().unwrap();
    assert_eq!(ask(&emic, &given.refresh).await.json["active"], true, "for a client that lost the answer");
    provider.advance(seconds(11)).await.unwrap();
    is_nothing(&ask(&emic, &given.refresh).await, "used");
    assert_eq!(ask(&emic, &newer.refresh).await.json["active"], true, "asking about the old one is no reuse");
    emic.refresh(&newer.refresh).await.unwrap().tokens().unwrap();
}

/// RFC 9449 §6.2: a resource server that is not told of the key would take the token from whoever has it.
#[tokio::test]
async fn of_a_bound_token_the_resource_server_learns_the_key() {
    let (provider, emic) = start().await;
    provider.advance(seconds(121)).await.unwrap();
    let server = register(&provider, "server", |asked| asked.may_introspect = vec!["emic".into()]).await;
    let key = conformance::ProofKey::generate().unwrap();
    let (given, _) = signed_in(&provider, &emic.proving(&key)).await;
    for asking in [&emic, &server] {
        let said = ask(asking, &given.access).await.json;
        assert_eq!((&said["token_type"], &said["cnf"]), (&json!("DPoP"), &json!({ "jkt": key.thumbprint() })));
    }
    assert_eq!(ask(&emic, &given.refresh).await.json.get("cnf"), None, "its client may change the key");
}

#[tokio::test]
async fn a_refresh_token_of_a_client_that_may_refresh_no_more_is_worth_nothing() {
    let (provider, emic) = start().await;
    let (given, _) = signed_in(&provider, &emic).await;
    change_client(&provider, "emic", |client| {
        client.grant_types.retain(|grant| *grant != GrantType::RefreshToken);
        client.scope = client.scope.without(Scope::Email);
    })
    .await;
    refused(&emic.refresh(&given.refresh).await.unwrap(), 400, "unauthorized_client");
    is_nothing(&ask(&emic, &given.refresh).await, "as at the token endpoint");
    assert_eq!(ask(&emic, &given.access).await.json["scope"], "openid identity", "and no scope that it lost");
}

#[tokio::test]
async fn a_refresh_token_that_outlives_the_session_ends_when_nobody_uses_it_for_too_long() {
    let (provider, emic) = start().await;
    let request = emic.request().scope("openid offline_access");
    let given = tokens(&emic, &browser(&provider), &request, CIVIL_SERVANT).await;
    let month = i64::try_from(provider.wired.base.lifetimes.refresh_idle.as_secs()).unwrap();
    let left = ask(&emic, &given.refresh).await.json["exp"].as_i64().unwrap() - provider.clock.now().seconds();
    assert!((month - 2..=month).contains(&left), "{left}");
}

#[tokio::test]
async fn whoever_anybody_can_claim_to_be_may_not_ask() {
    let (provider, emic) = start().await;
    let app = register(&provider, "app", |asked| asked.auth_method = AuthMethod::None).await;
    let (given, _) = signed_in(&provider, &app).await;
    for token in [given.access.as_str(), "garbage"] {
        refused(&app.post("/connect/introspect", &[("token", token)]).await.unwrap(), 401, "invalid_client");
    }
    for token in ["garbage", "a.b.c", "中文\u{0}", &"x".repeat(9_000)] {
        is_nothing(&ask(&emic, token).await, token);
    }
    refused(&emic.post("/connect/introspect", &[]).await.unwrap(), 400, "invalid_request");
}
