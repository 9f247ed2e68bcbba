//! Tokens of a client's own (RFC 6749 §4.4): who gets one, what it is worth where, and how it ends.

use conformance::steps::{browser, change_client, disable, refused, register, seconds, start, tokens};
use conformance::{Answer, NATURAL_PERSON, Portal, ProofKey, Provider};
use idp_core::client::{AuthMethod, GrantType};
use idp_core::oauth::client_token::ClientToken;
use idp_core::{ClientId, UnixMillis};
use serde_json::json;

const ITSELF: [(&str, &str); 1] = [("grant_type", "client_credentials")];

/// A client that people sign in at, too, so that it has everything a person's portal has.
async fn both(provider: &Provider, id: &str, method: AuthMethod) -> Portal {
    register(provider, id, |asked| {
        asked.auth_method = method;
        asked.grant_types.push(GrantType::ClientCredentials);
    })
    .await
}

async fn introspect(portal: &Portal, token: &str) -> Answer {
    portal.post("/connect/introspect", &[("token", token)]).await.unwrap()
}

#[tokio::test]
async fn a_client_that_proves_itself_gets_a_token_of_its_own_by_every_method() {
    let (provider, _) = start().await;
    provider.advance(seconds(11)).await.unwrap();
    for method in AuthMethod::ALL.into_iter().filter(|method| *method != AuthMethod::None) {
        let id = method.as_str().replace('_', "-");
        let client = both(&provider, &id, method).await;
        let answer = client.token(&ITSELF).await.unwrap();
        assert_eq!((answer.header("cache-control"), answer.header("pragma")), (Some("no-store"), Some("no-cache")));
        let members: Vec<_> = answer.json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["access_token", "expires_in", "token_type"], "no refresh token, no ID token, no scope");
        assert_eq!((&answer.json["expires_in"], &answer.json["token_type"]), (&json!(600), &json!("Bearer")));
        let said = introspect(&client, answer.json["access_token"].as_str().unwrap()).await.json;
        let exp = provider.clock.now().seconds() + 600;
        let expected = json!({
            "active": true, "iss": provider.issuer, "client_id": id, "token_type": "Bearer", "exp": exp,
        });
        assert_eq!(said, expected, "nobody is named");
        let line = &provider.audit(1).await.unwrap()[0];
        assert_eq!((line.event.as_str(), line.account_id.is_none()), ("tokens.issued_to_client", true));
    }
}

#[tokio::test]
async fn it_is_for_registered_clients_that_prove_themselves_and_has_no_scope() {
    let (provider, emic) = start().await;
    refused(&emic.token(&ITSELF).await.unwrap(), 400, "unauthorized_client");
    let client = both(&provider, "both", AuthMethod::ClientSecretPost).await;
    for scope in ["openid", "profile", "uid", "offline_access", "openid profile", "weather", " "] {
        let form = [("grant_type", "client_credentials"), ("scope", scope)];
        refused(&client.token(&form).await.unwrap(), 400, "invalid_scope");
    }
    let stranger = Portal { secret: "wrong".into(), ..client.clone() };
    refused(&stranger.token(&ITSELF).await.unwrap(), 401, "invalid_client");
    // RFC 6749 §3.2: a parameter without a value is one that was not sent.
    assert_eq!(client.token(&[("grant_type", "client_credentials"), ("scope", "")]).await.unwrap().status, 200);
    // One without a secret cannot be registered for it.
    let mut asked = Provider::registration("app", "http://localhost:9/app");
    asked.auth_method = AuthMethod::None;
    asked.grant_types.push(GrantType::ClientCredentials);
    assert!(provider.register(asked).await.unwrap_err().to_string().contains("without a secret or key"));
}

#[tokio::test]
async fn it_opens_nothing_of_anybody() {
    let (provider, _) = start().await;
    let client = both(&provider, "both", AuthMethod::ClientSecretBasic).await;
    let given = tokens(&client, &browser(&provider), &client.request(), NATURAL_PERSON).await;
    let answer = client.token(&ITSELF).await.unwrap();
    let own = answer.json["access_token"].as_str().unwrap();
    let answer = client.userinfo(own).await.unwrap();
    assert_eq!(answer.status, 403);
    let said = answer.header("www-authenticate").unwrap();
    assert!(said.contains("error=\"insufficient_scope\"") && said.contains("about nobody"), "{said}");
    refused(&client.refresh(own).await.unwrap(), 400, "invalid_grant");
    let form = [("grant_type", "authorization_code"), ("code", own), ("redirect_uri", &client.redirect_uri)];
    refused(&client.token(&form).await.unwrap(), 400, "invalid_grant");
    let sealer = &provider.wired.base.directory.snapshot().sealer;
    for other in [&given.access, &given.refresh, &given.id_token] {
        assert!(ClientToken::open(sealer, other).is_err(), "a person's token is no client's");
    }
    assert_eq!(client.userinfo(&given.access).await.unwrap().status, 200);
}

#[tokio::test]
async fn its_own_client_and_its_resource_server_may_ask_about_it_and_it_cannot_be_given_back() {
    let (provider, emic) = start().await;
    let client = both(&provider, "both", AuthMethod::ClientSecretBasic).await;
    let server = register(&provider, "server", |asked| asked.may_introspect = vec!["both".into()]).await;
    let answer = client.token(&ITSELF).await.unwrap();
    let own = answer.json["access_token"].as_str().unwrap();
    assert_eq!(introspect(&server, own).await.json["client_id"], "both");
    assert_eq!(introspect(&emic, own).await.body, "{\"active\":false}");
    refused(&client.revoke(own).await.unwrap(), 400, "unsupported_token_type");
    assert_eq!(emic.revoke(own).await.unwrap().status, 200, "to a stranger it is no token");
    assert_eq!(introspect(&server, own).await.json["active"], true);
}

#[tokio::test]
async fn it_ends_by_itself_and_with_its_client() {
    for ending in ["expiry", "disabled", "grant type"] {
        let (provider, _) = start().await;
        let client = both(&provider, "both", AuthMethod::ClientSecretBasic).await;
        let server = register(&provider, "server", |asked| asked.may_introspect = vec!["both".into()]).await;
        let answer = client.token(&ITSELF).await.unwrap();
        let own = answer.json["access_token"].as_str().unwrap();
        provider.advance(seconds(599)).await.unwrap();
        assert_eq!(introspect(&server, own).await.json["active"], true);
        match ending {
            "expiry" => provider.advance(seconds(1)).await.unwrap(),
            "disabled" => disable(&provider, "both").await,
            _ => {
                let update = [
                    "clients",
                    "update",
                    "both",
                    "--grant-type",
                    "authorization_code",
                    "--grant-type",
                    "refresh_token",
                ];
                conformance::steps::run(&provider, &update).await.unwrap();
                provider.advance(seconds(0)).await.unwrap();
            }
        }
        assert_eq!(introspect(&server, own).await.body, "{\"active\":false}", "{ending}");
        if ending != "expiry" {
            let answer = client.token(&ITSELF).await.unwrap();
            assert!(["invalid_client", "unauthorized_client"].contains(&answer.error()), "{ending}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_client_that_acts_for_itself_alone_needs_no_redirect_uri_and_signs_nobody_in() {
    let (provider, _) = start().await;
    let mut asked = Provider::registration("robot", "http://localhost:9/robot");
    asked.grant_types = vec![GrantType::ClientCredentials];
    let wrong = provider.register(asked.clone()).await.unwrap_err().to_string();
    for field in ["redirect-uri", "scope", "grant-type"] {
        assert!(wrong.contains(field), "{wrong}");
    }
    asked.redirect_uris.clear();
    asked.response_types.clear();
    asked.scope.clear();
    provider.register(asked).await.unwrap();
    let robot =
        Portal::new(&provider, "robot", "http://localhost:9/robot", AuthMethod::ClientSecretBasic).await.unwrap();
    assert_eq!(robot.token(&ITSELF).await.unwrap().status, 200);
    let page = browser(&provider).open(&robot.request().url()).await.unwrap();
    assert_eq!((page.status.as_u16(), page.has("error-title")), (400, true));
}

#[tokio::test]
async fn a_token_that_was_asked_for_with_a_proof_says_so_and_a_client_that_must_prove_gets_none_without() {
    let (provider, _) = start().await;
    provider.advance(seconds(11)).await.unwrap();
    let client = register(&provider, "bound", |asked| {
        asked.grant_types.push(GrantType::ClientCredentials);
        asked.dpop_bound_access_tokens = true;
    })
    .await;
    refused(&client.token(&ITSELF).await.unwrap(), 400, "invalid_dpop_proof");
    let key = ProofKey::generate().unwrap();
    let answer = client.proving(&key).token(&ITSELF).await.unwrap();
    assert_eq!(answer.json["token_type"], "DPoP");
    let said = introspect(&client, answer.json["access_token"].as_str().unwrap()).await.json;
    assert_eq!((&said["token_type"], &said["cnf"]["jkt"]), (&json!("DPoP"), &json!(key.thumbprint())));
}

/// No rule of registrations lets it come to be; should it be there all the same, it has nothing and its tokens are worth nothing.
#[tokio::test]
async fn a_client_that_anybody_can_claim_to_be_has_no_token_of_its_own_however_it_came_to_be_registered() {
    let (provider, _) = start().await;
    let client = both(&provider, "both", AuthMethod::ClientSecretPost).await;
    let server = register(&provider, "server", |asked| asked.may_introspect = vec!["both".into()]).await;
    let own = client.token(&ITSELF).await.unwrap().json["access_token"].as_str().unwrap().to_owned();
    assert_eq!(introspect(&server, &own).await.json["active"], true);
    change_client(&provider, "both", |client| client.auth_method = AuthMethod::None).await;
    let public = Portal { method: AuthMethod::None, ..client.clone() };
    refused(&public.token(&ITSELF).await.unwrap(), 400, "unauthorized_client");
    assert_eq!(introspect(&server, &own).await.body, "{\"active\":false}");
}

#[tokio::test]
async fn each_token_is_one_line_of_the_audit_and_a_refusal_none() {
    let (provider, _) = start().await;
    let client = both(&provider, "both", AuthMethod::ClientSecretBasic).await;
    let other = both(&provider, "other", AuthMethod::ClientSecretBasic).await;
    let lines = async || {
        let all = provider.audit(100).await.unwrap();
        let issued = all.into_iter().filter(|line| line.event == "tokens.issued_to_client");
        let mut clients: Vec<_> = issued.map(|line| line.client.unwrap_or_default()).collect();
        // Those of one moment stand in any order.
        clients.sort();
        clients
    };
    for (asking, expected) in
        [(&client, &["both"][..]), (&other, &["both", "other"]), (&client, &["both", "both", "other"])]
    {
        assert_eq!(asking.token(&ITSELF).await.unwrap().status, 200);
        assert_eq!(lines().await, expected);
    }
    let form = [("grant_type", "client_credentials"), ("scope", "openid")];
    refused(&client.token(&form).await.unwrap(), 400, "invalid_scope");
    assert_eq!(lines().await.len(), 3);
}

/// A clock that ran ahead, or a key in wrong hands, makes tokens that live longer than any.
#[tokio::test]
async fn a_token_that_says_it_lives_longer_than_any_does_is_worth_nothing() {
    let (provider, _) = start().await;
    let client = both(&provider, "both", AuthMethod::ClientSecretBasic).await;
    let snapshot = provider.wired.base.directory.snapshot();
    let now = provider.clock.now();
    for (life, active) in [(1, true), (600, true), (3_600, false), (-1, false), (0, false)] {
        let expires_at = UnixMillis(now.0 + life * 1000);
        let token = ClientToken { client_id: ClientId::parse(&client.id).unwrap(), expires_at, key: None };
        let said = introspect(&client, &token.seal(&snapshot.sealer).unwrap()).await;
        assert_eq!(said.json["active"], active, "{life} s: {}", said.body);
    }
}
