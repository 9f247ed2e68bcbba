//! The client profile `fapi2` (FAPI 2.0 Security Profile): pushed requests, `private_key_jwt`, tokens bound by DPoP, refresh tokens
//! that stay, nothing signed with RSASSA-PKCS1-v1_5.

use crate::request_object::{brought, object};
use conformance::steps::{browser, code, refused, register, seconds, start};
use conformance::{Answer, By, ClientKey, NATURAL_PERSON, Portal, ProofKey, Provider, Request};
use idp_core::client::registration::{Registration, register as judge};
use idp_core::client::{AuthMethod, Profile};
use keys::Algorithm;
use reqwest::RequestBuilder;

struct Scene {
    provider: Provider,
    portal: Portal,
    key: ProofKey,
}

async fn scene(change: impl FnOnce(&mut Registration)) -> Scene {
    let (provider, _) = start().await;
    provider.advance(seconds(11)).await.unwrap();
    let portal = register(&provider, "fapi", |asked| {
        asked.profile = Profile::Fapi2;
        asked.auth_method = AuthMethod::PrivateKeyJwt;
        change(asked);
    })
    .await;
    let key = ProofKey::generate().unwrap();
    let portal = portal.proving(&key);
    Scene { provider, portal, key }
}

impl Scene {
    async fn code(&self, request: &Request) -> String {
        code(&browser(&self.provider), &self.portal.pushed(request).await.unwrap(), NATURAL_PERSON).await
    }

    fn par(&self) -> RequestBuilder {
        self.portal.http.post(self.provider.url("/connect/par"))
    }

    /// Pushes with a proof of this key.
    async fn push_proving(&self, key: &ProofKey, request: &Request) -> Answer {
        let proof = key.sign(&self.portal.proof(key, "POST", "/connect/par"));
        let pairs = request.params.iter().filter(|(name, _)| name != "client_id");
        let fields: Vec<_> = pairs.map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.portal.send(self.par().header("DPoP", proof), &fields).await.unwrap()
    }
}

#[tokio::test]
async fn a_sign_in_as_it_should_be_and_refresh_tokens_that_stay() {
    let scene = scene(|_| {}).await;
    let request = scene.portal.request();
    let code = scene.code(&request).await;
    let answer = scene.portal.redeem(&request, &code).await.unwrap();
    assert_eq!(answer.json["token_type"], "DPoP");
    let given = answer.tokens().unwrap();
    scene.portal.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
    assert_eq!(scene.portal.userinfo(&given.access).await.unwrap().status, 200);
    let mut last = given.access;
    for _ in 0..3 {
        scene.provider.advance(seconds(120)).await.unwrap();
        let again = scene.portal.refresh(&given.refresh).await.unwrap().tokens().unwrap();
        assert_ne!(again.access, last);
        assert_eq!(scene.portal.userinfo(&again.access).await.unwrap().status, 200);
        // Whether it is sent again or not, the first one goes on.
        assert!(scene.portal.refresh(&again.refresh).await.unwrap().status == 200);
        last = again.access;
    }
    // To whoever stole it it is nothing: it is bound to the client by its key (RFC 9449 §5).
    let thief = Portal { key: Some(ClientKey::generate(Algorithm::Es256).unwrap()), ..scene.portal.clone() };
    refused(&thief.refresh(&given.refresh).await.unwrap(), 401, "invalid_client");
    let bare = Portal { proofs: None, ..scene.portal.clone() };
    refused(&bare.refresh(&given.refresh).await.unwrap(), 400, "invalid_dpop_proof");
}

#[tokio::test]
async fn the_session_is_named_to_those_that_sign_out() {
    type Change = fn(&mut Registration);
    let none: Change = |asked| asked.post_logout_redirect_uris.clear();
    let by_browser: Change = |asked| asked.post_logout_redirect_uris = asked.redirect_uris.clone();
    let by_server: Change = |asked| {
        asked.post_logout_redirect_uris.clear();
        asked.backchannel_logout_uri = Some("http://localhost:1/logout".into());
    };
    let in_a_frame: Change = |asked| {
        asked.post_logout_redirect_uris.clear();
        asked.frontchannel_logout_uri = asked.redirect_uris.first().cloned();
    };
    for (change, named) in [(none, false), (by_browser, true), (by_server, true), (in_a_frame, true)] {
        let scene = scene(change).await;
        let request = scene.portal.request();
        let code = scene.code(&request).await;
        let given = scene.portal.redeem(&request, &code).await.unwrap().tokens().unwrap();
        let claims = scene.portal.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
        assert_eq!(claims.additional_claims().text("sid").is_some(), named);
    }
}

#[tokio::test]
async fn nothing_weaker_is_taken() {
    let scene = scene(|_| {}).await;
    let Scene { provider, portal, .. } = &scene;
    let page = browser(provider).open(&portal.request().url()).await.unwrap();
    assert_eq!(page.parameter("error").as_deref(), Some("invalid_request"), "not pushed");
    for response_type in ["token", "id_token", "code id_token", "code token"] {
        let answer = portal.push(&portal.request().with("response_type", response_type)).await.unwrap();
        assert_eq!(answer.status, 400, "{response_type}: {}", answer.body);
    }
    for request in [
        portal.request().without_pkce(),
        portal.request().with("code_challenge_method", "plain"),
        portal.request().without("redirect_uri"),
    ] {
        refused(&portal.push(&request).await.unwrap(), 400, "invalid_request");
    }
    // No proof, no tokens; and the code stays good for whoever holds the key.
    let request = portal.request();
    let code = scene.code(&request).await;
    let bare = Portal { proofs: None, ..portal.clone() };
    refused(&bare.redeem(&request, &code).await.unwrap(), 400, "invalid_dpop_proof");
    portal.redeem(&request, &code).await.unwrap().tokens().unwrap();
}

#[tokio::test]
async fn a_code_lives_for_a_minute_whatever_the_settings_say() {
    let options = conformance::ProviderOptions {
        settings: Some(|it| it.lifetimes.code = idp::settings::Span::from_secs(600)),
        ..Default::default()
    };
    let provider = Provider::start_with(options).await.unwrap();
    provider.advance(seconds(11)).await.unwrap();
    let portal = register(&provider, "fapi", |asked| {
        asked.profile = Profile::Fapi2;
        asked.auth_method = AuthMethod::PrivateKeyJwt;
    })
    .await
    .proving(&ProofKey::generate().unwrap());
    for (later, status) in [(59, 200), (62, 400)] {
        let request = portal.request();
        let given = code(&browser(&provider), &portal.pushed(&request).await.unwrap(), NATURAL_PERSON).await;
        provider.advance(seconds(later)).await.unwrap();
        assert_eq!(portal.redeem(&request, &given).await.unwrap().status, status, "{later} s");
    }
}

#[tokio::test]
async fn rs256_is_taken_nowhere() {
    let rsa = ClientKey::generate(Algorithm::Rs256).unwrap();
    let ps = rsa.public();
    assert_eq!(ps["kty"], "RSA");
    let scene = scene(|asked| asked.jwks = Some(rsa.set())).await;
    let portal = Portal { key: Some(rsa.clone()), ..scene.portal.clone() };
    refused(&portal.push(&portal.request()).await.unwrap(), 401, "invalid_client");
    // A request object, pushed by a client whose assertions are fine.
    let es256 = ClientKey::generate(Algorithm::Es256).unwrap();
    let both = serde_json::json!({ "keys": [es256.public(), rsa.public()] });
    let portal = register(&scene.provider, "both", |asked| {
        asked.profile = Profile::Fapi2;
        asked.auth_method = AuthMethod::PrivateKeyJwt;
        asked.jwks = Some(both);
    })
    .await;
    let portal = Portal { key: Some(es256.clone()), ..portal };
    let request = portal.request();
    let token = object(&scene.provider, &es256, &request).signed().unwrap();
    assert_eq!(portal.push(&brought(&request, &token)).await.unwrap().status, 201);
    let by_rsa = object(&scene.provider, &rsa, &request).by(By::Key(rsa.clone())).signed().unwrap();
    refused(&portal.push(&brought(&request, &by_rsa)).await.unwrap(), 400, "invalid_request_object");
    let without_nbf = object(&scene.provider, &es256, &request).claim("nbf", serde_json::Value::Null).signed().unwrap();
    refused(&portal.push(&brought(&request, &without_nbf)).await.unwrap(), 400, "invalid_request_object");
}

#[tokio::test]
async fn a_proof_at_the_push_binds_the_code_to_its_key() {
    let scene = scene(|_| {}).await;
    let (provider, key, other) = (&scene.provider, &scene.key, ProofKey::generate().unwrap());
    let request = scene.portal.request();
    let answer = scene.push_proving(key, &request).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let uri = answer.json["request_uri"].as_str().unwrap();
    let params = vec![("client_id".to_owned(), "fapi".to_owned()), ("request_uri".to_owned(), uri.to_owned())];
    let brought = Request { params, ..request.clone() };
    let given = code(&browser(provider), &brought, NATURAL_PERSON).await;
    let thief = scene.portal.proving(&other);
    refused(&thief.redeem(&request, &given).await.unwrap(), 400, "invalid_grant");
    // `dpop_jkt` and the proof speak of one key.
    let said = request.clone().with("dpop_jkt", &key.thumbprint());
    assert_eq!(scene.push_proving(key, &said).await.status, 201);
    refused(&scene.push_proving(&other, &said).await, 400, "invalid_dpop_proof");
}

#[tokio::test]
async fn a_call_is_found_by_the_id_that_the_portal_gave_it() {
    let scene = scene(|_| {}).await;
    let id = "93bac548-d2de-4546-b106-880a5018460d";
    let ask = scene.portal.http.get(scene.provider.url("/connect/userinfo")).header("x-fapi-interaction-id", id);
    let answer = Answer::of(ask.bearer_auth("garbage")).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.header("x-fapi-interaction-id")), (401, Some(id)));
    let long = scene.portal.http.get(scene.provider.url("/connect/userinfo"));
    let answer = Answer::of(long.header("x-fapi-interaction-id", "x".repeat(65))).await.unwrap();
    assert_eq!(answer.header("x-fapi-interaction-id"), None);
}

#[test]
fn a_registration_that_is_weaker_is_none() {
    let fields = |change: fn(&mut Registration)| {
        let mut asked = Provider::registration("fapi", "https://fapi.example/cb");
        asked.profile = Profile::Fapi2;
        asked.auth_method = AuthMethod::PrivateKeyJwt;
        asked.jwks_uri = Some("https://fapi.example/jwks".into());
        change(&mut asked);
        judge(asked).map(|client| client.dpop_bound_access_tokens && client.must_push()).map_err(|wrong| wrong[0].field)
    };
    assert_eq!(fields(|_| {}), Ok(true));
    assert_eq!(fields(|it| it.auth_method = AuthMethod::ClientSecretBasic), Err("auth-method"));
    assert_eq!(fields(|it| it.auth_method = AuthMethod::ClientSecretJwt), Err("auth-method"));
    assert_eq!(fields(|it| it.auth_method = AuthMethod::None), Err("auth-method"));
    assert_eq!(fields(|it| it.id_token_signed_response_alg = Algorithm::Rs256), Err("id-token-signed-response-alg"));
    let requests = |it: &mut Registration| it.requests.request_object_signing_alg = Some(Algorithm::Rs256);
    assert_eq!(fields(requests), Err("request-object-signing-alg"));
}
