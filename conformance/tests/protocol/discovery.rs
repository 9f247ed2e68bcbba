//! The discovery document promises only what is there, and no request changes a URL in it or anywhere else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conformance::steps::{
    EVERYTHING, WEATHER, arrive, browser, fill_in, further_algorithms, portal, register, run, seconds, start, tokens,
};
use conformance::{Answer, CIVIL_SERVANT, NATURAL_PERSON, Portal, Provider};
use idp_core::client::{AuthMethod, GrantType, Profile, SubjectType};
use keys::Algorithm;
use serde_json::Value;
use std::collections::BTreeSet;

async fn document(provider: &Provider, portal: &Portal) -> Value {
    let answer = Answer::of(portal.http.get(provider.url("/.well-known/openid-configuration"))).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("application/json")));
    assert!(answer.header("cache-control").unwrap().contains("max-age="));
    answer.json
}

fn list<'a>(document: &'a Value, name: &str) -> Vec<&'a str> {
    let values = document[name].as_array().unwrap_or_else(|| panic!("{name} is no list"));
    values.iter().map(|value| value.as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_issuer_is_itself_and_every_endpoint_answers() {
    let (provider, emic) = start().await;
    let document = document(&provider, &emic).await;
    assert_eq!(document["issuer"], provider.issuer);
    let mut endpoints = 0;
    for (name, url) in document.as_object().unwrap() {
        if !name.ends_with("_endpoint") && name != "jwks_uri" {
            continue;
        }
        let url = url.as_str().unwrap();
        assert!(url.starts_with(&format!("{}/", provider.issuer)), "{name}: {url}");
        let get = Answer::of(emic.http.get(url)).await.unwrap().status.as_u16();
        let post = Answer::of(emic.http.post(url).form(&[("x", "y")])).await.unwrap().status.as_u16();
        let expected = match name.as_str() {
            "authorization_endpoint" => (400, 303),
            "token_endpoint"
            | "revocation_endpoint"
            | "introspection_endpoint"
            | "pushed_authorization_request_endpoint" => (405, 401),
            "userinfo_endpoint" => (401, 401),
            "end_session_endpoint" => (200, 303),
            "jwks_uri" => (200, 405),
            _ => panic!("{name} is promised, and nobody tests it"),
        };
        assert_eq!((get, post), expected, "{name}");
        endpoints += 1;
    }
    assert_eq!(endpoints, 8);
    assert_eq!(document["claims_parameter_supported"], true);
    for flag in ["request_uri_parameter_supported", "require_pushed_authorization_requests"] {
        assert_eq!(document[flag], false, "{flag}");
    }
    for flag in [
        "request_parameter_supported",
        "require_request_uri_registration",
        "authorization_response_iss_parameter_supported",
        "backchannel_logout_supported",
        "backchannel_logout_session_supported",
    ] {
        assert_eq!(document[flag], true, "{flag}");
    }
}

#[tokio::test]
async fn every_listed_method_algorithm_and_subject_type_signs_a_person_in() {
    let (provider, emic) = start().await;
    further_algorithms(&provider).await;
    let document = document(&provider, &emic).await;
    let methods = list(&document, "token_endpoint_auth_methods_supported");
    assert_eq!(methods, list(&document, "revocation_endpoint_auth_methods_supported"));
    let algorithms = list(&document, "id_token_signing_alg_values_supported");
    assert_eq!(algorithms, ["ES256", "RS256", "PS256", "EdDSA"], "RS256: OpenID Connect Discovery 1.0 §3");
    let subjects = list(&document, "subject_types_supported");
    // Younger than that, a provider vouches for no assertion.
    provider.advance(seconds(11)).await.unwrap();
    let browser = browser(&provider);
    for method in methods {
        for algorithm in &algorithms {
            for subject in &subjects {
                let portal = register(&provider, &format!("{method}-{algorithm}-{subject}"), |asked| {
                    asked.auth_method = AuthMethod::ALL.into_iter().find(|known| known.as_str() == method).unwrap();
                    asked.id_token_signed_response_alg =
                        *Algorithm::ALL.iter().find(|known| known.as_str() == *algorithm).unwrap();
                    asked.profile = Profile::Standard;
                    asked.subject_type = Some(match *subject {
                        "public" => SubjectType::Public,
                        _ => SubjectType::Pairwise,
                    });
                })
                .await;
                let request = portal.request();
                let given = tokens(&portal, &browser, &request, NATURAL_PERSON).await;
                let token: conformance::IdToken = given.id_token.parse().unwrap();
                let header = token.to_string();
                let header = URL_SAFE_NO_PAD.decode(header.split('.').next().unwrap()).unwrap();
                let header: Value = serde_json::from_slice(&header).unwrap();
                assert_eq!(header["alg"], *algorithm);
                assert!(header["kid"].is_string());
                portal.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
                assert_eq!(portal.revoke(&given.access).await.unwrap().status, 200);
            }
        }
    }
}

/// What signs is promised, nothing else: a key that waits is published and not promised, and no client may use it yet.
#[tokio::test]
async fn a_further_algorithm_is_promised_and_given_to_clients_as_soon_as_a_key_signs_it() {
    let (provider, emic) = start().await;
    let add = |id: &'static str, alg: &'static str| {
        let file = provider.folder().join(format!("{id}.secret"));
        let words = format!(
            "clients add {id} --name {id} --redirect-uri https://{id}.example/cb --id-token-signed-response-alg {alg}"
        );
        let provider = &provider;
        async move {
            let file = file.to_str().unwrap();
            let arguments: Vec<_> = words.split(' ').chain(["--secret-file", file]).collect();
            run(provider, &arguments).await
        }
    };
    let why = add("early", "EdDSA").await.unwrap_err();
    assert!(why.contains("idp keys generate --alg EdDSA") && why.contains("ES256, RS256"), "{why}");
    assert!(!provider.folder().join("early.secret").exists(), "a refused command leaves no file behind");
    run(&provider, &["keys", "generate", "--alg", "EdDSA"]).await.unwrap();
    let why = add("early", "EdDSA").await.unwrap_err();
    assert!(why.contains("idp keys activate") && why.contains("--now"), "{why}");
    let why =
        run(&provider, &["clients", "update", "emic", "--id-token-signed-response-alg", "PS256"]).await.unwrap_err();
    assert!(why.contains("idp keys generate --alg PS256"), "{why}");
    let listed = |document: &Value| document["id_token_signing_alg_values_supported"].clone();
    assert_eq!(listed(&document(&provider, &emic).await), serde_json::json!(["ES256", "RS256"]));
    further_algorithms(&provider).await;
    assert_eq!(listed(&document(&provider, &emic).await), serde_json::json!(["ES256", "RS256", "PS256", "EdDSA"]));
    add("early", "EdDSA").await.unwrap();
    // The ring does not end under a client.
    let snapshot = provider.wired.base.directory.snapshot();
    let active = |algorithm| {
        let mut records = snapshot.ring.records().iter();
        records.rfind(|one| one.algorithm == algorithm && one.state.is_active()).unwrap().kid.to_string()
    };
    let why = run(&provider, &["keys", "retire", &active(Algorithm::EdDsa)]).await.unwrap_err();
    assert!(why.contains("early") && why.contains("--id-token-signed-response-alg"), "{why}");
    run(&provider, &["keys", "retire", &active(Algorithm::Ps256)]).await.unwrap();
    provider.wired.base.directory.check().await.unwrap();
    assert_eq!(listed(&document(&provider, &emic).await), serde_json::json!(["ES256", "RS256", "EdDSA"]));
    let why = run(&provider, &["keys", "retire", &active(Algorithm::Es256)]).await.unwrap_err();
    assert!(why.contains("rotate first"), "{why}");
}

#[tokio::test]
async fn every_listed_value_of_a_parameter_is_understood() {
    let (provider, emic) = start().await;
    let document = document(&provider, &emic).await;
    let browser = browser(&provider);
    arrive(&browser, &emic.request(), NATURAL_PERSON).await;
    let parameters = [
        ("scopes_supported", "scope"),
        ("response_types_supported", "response_type"),
        ("response_modes_supported", "response_mode"),
        ("prompt_values_supported", "prompt"),
        ("code_challenge_methods_supported", "code_challenge_method"),
        ("ui_locales_supported", "ui_locales"),
        ("acr_values_supported", "acr_values"),
    ];
    for (name, parameter) in parameters {
        for value in list(&document, name) {
            let value =
                if parameter == "scope" && value != "openid" { format!("openid {value}") } else { value.to_owned() };
            let request = emic.request().with(parameter, &value);
            let given = tokens(&emic, &browser, &request, NATURAL_PERSON).await;
            if parameter == "scope" {
                assert_eq!(given.scope, value);
            }
            let claims = emic.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
            let acr = claims.auth_context_ref().unwrap();
            assert!(list(&document, "acr_values_supported").contains(&acr.as_str()));
        }
    }
    let usual = GrantType::ALL.into_iter().filter(|grant| *grant != GrantType::Implicit);
    assert_eq!(list(&document, "grant_types_supported"), usual.map(GrantType::as_str).collect::<Vec<_>>());
    let given = tokens(&emic, &browser, &emic.request(), NATURAL_PERSON).await;
    emic.refresh(&given.refresh).await.unwrap().tokens().unwrap();
}

#[tokio::test]
async fn the_listed_claims_are_those_that_exist() {
    let (provider, emic) = start().await;
    fill_in(&provider, CIVIL_SERVANT).await;
    let listed: BTreeSet<String> =
        list(&document(&provider, &emic).await, "claims_supported").into_iter().map(str::to_owned).collect();
    let browser = browser(&provider);
    // With offline access there is no session to name.
    let scope = EVERYTHING.replace(" offline_access", "");
    let given = tokens(&emic, &browser, &emic.request().scope(&scope), CIVIL_SERVANT).await;
    let payload = URL_SAFE_NO_PAD.decode(given.id_token.split('.').nth(1).unwrap()).unwrap();
    let payload: Value = serde_json::from_slice(&payload).unwrap();
    let about = emic.userinfo(&given.access).await.unwrap().json;
    let seen: BTreeSet<String> =
        payload.as_object().unwrap().keys().chain(about.as_object().unwrap().keys()).cloned().collect();
    assert_eq!(seen, listed);
}

#[tokio::test]
async fn the_key_set_holds_public_keys_that_a_portal_can_use() {
    let (provider, emic) = start().await;
    further_algorithms(&provider).await;
    let answer = Answer::of(emic.http.get(provider.url("/.well-known/jwks.json"))).await.unwrap();
    let keys = answer.json["keys"].as_array().unwrap().clone();
    let mut kids = BTreeSet::new();
    for key in &keys {
        assert!(kids.insert(key["kid"].as_str().unwrap().to_owned()), "every kid once");
        assert_eq!(key["use"], "sig");
        let members: BTreeSet<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        let expected: BTreeSet<&str> = match key["alg"].as_str().unwrap() {
            "RS256" => ["alg", "e", "kid", "kty", "n", "use"].into(),
            "ES256" => ["alg", "crv", "kid", "kty", "use", "x", "y"].into(),
            "PS256" => ["alg", "e", "kid", "kty", "n", "use"].into(),
            "EdDSA" => ["alg", "crv", "kid", "kty", "use", "x"].into(),
            other => panic!("{other}"),
        };
        assert_eq!(members, expected, "and nothing private");
        if let Some(modulus) = key["n"].as_str() {
            assert!(URL_SAFE_NO_PAD.decode(modulus).unwrap().len() >= 256, "2048 bits at least");
        }
    }
    for algorithm in list(&document(&provider, &emic).await, "id_token_signing_alg_values_supported") {
        let of_it = keys.iter().filter(|key| key["alg"] == algorithm).count();
        assert_eq!(of_it, 2, "{algorithm}: one that signs and one that will");
    }
}

#[tokio::test]
async fn neither_host_nor_forwarded_headers_change_a_url_anywhere() {
    let (provider, emic) = start().await;
    let weather = portal(&provider, "weather", WEATHER).await;
    let browser = browser(&provider);
    let given = tokens(&emic, &browser, &emic.request(), NATURAL_PERSON).await;
    let spoofs = [
        vec![("host", "evil.example")],
        vec![("host", "evil.example:443"), ("x-forwarded-proto", "https")],
        vec![("x-forwarded-host", "evil.example"), ("x-forwarded-proto", "https"), ("x-forwarded-port", "443")],
        vec![("forwarded", "host=evil.example;proto=https;for=evil"), ("x-forwarded-prefix", "/evil")],
        vec![("x-original-url", "/evil"), ("x-rewrite-url", "/evil"), ("x-host", "evil.example")],
        vec![("x-forwarded-for", "evil"), ("x-real-ip", "evil"), ("x-forwarded-server", "evil.example")],
    ];
    let hint = format!("/connect/end_session?id_token_hint={}&post_logout_redirect_uri=x", given.id_token);
    let request = |url: String| (reqwest::Method::GET, url, Vec::new());
    let form = vec![("x", "y")];
    let rows = || {
        vec![
            request(provider.url("/")),
            request(provider.url("/sign-in")),
            request(provider.url("/nowhere")),
            request(provider.url("/.well-known/openid-configuration")),
            request(provider.url("/.well-known/jwks.json")),
            request(emic.request().url()),
            request(emic.request().with("prompt", "none").url()),
            request(emic.request().with("prompt", "login").url()),
            request(emic.request().without("scope").url()),
            request(emic.request().without("redirect_uri").url()),
            request(weather.request().url()),
            request(provider.url("/connect/end_session")),
            (reqwest::Method::POST, provider.url("/connect/authorize"), form.clone()),
            (reqwest::Method::POST, provider.url("/connect/end_session"), form.clone()),
            (reqwest::Method::POST, provider.url("/connect/token"), form.clone()),
            (reqwest::Method::POST, provider.url("/connect/userinfo"), form.clone()),
            request(provider.url(&hint)),
        ]
    };
    for spoof in spoofs {
        for (method, url, form) in rows() {
            let mut sent = browser.http.request(method.clone(), &url);
            if method == reqwest::Method::POST {
                sent = sent.form(&form);
            }
            for (name, value) in &spoof {
                sent = sent.header(*name, *value);
            }
            let answer = Answer::of(sent).await.unwrap();
            assert!(!answer.body.contains("evil"), "{spoof:?} {url}: {}", answer.body);
            assert!(!format!("{:?}", answer.headers).contains("evil"), "{spoof:?} {url}: {:?}", answer.headers);
            if let Some(to) = answer.header("location") {
                assert!(to.starts_with('/') || to.starts_with("http://localhost:"), "{to}");
            }
        }
        // The last row signed the person out.
        arrive(&browser, &emic.request(), NATURAL_PERSON).await;
    }
    let mut plain = emic.http.get(provider.url("/.well-known/openid-configuration"));
    let honest = Answer::of(plain).await.unwrap().body;
    plain = emic.http.get(provider.url("/.well-known/openid-configuration")).header("host", "evil.example");
    assert_eq!(Answer::of(plain).await.unwrap().body, honest, "byte for byte");
}
