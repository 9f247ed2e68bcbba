//! UserInfo (OpenID Connect Core 1.0 §5.3): how a token may be sent, and what each scope says.

use conformance::steps::{EVERYTHING, browser, fill_in, further_algorithms, register, seconds, start, tokens};
use conformance::{Answer, CIVIL_SERVANT, NATURAL_PERSON, Portal, Provider};
use keys::{Algorithm, JwkSet, Typ, Verifier, VerifyingKey};
use serde_json::json;

async fn signed_in(provider: &Provider, emic: &Portal) -> String {
    tokens(emic, &browser(provider), &emic.request(), NATURAL_PERSON).await.access
}

#[track_caller]
fn refused(answer: &Answer, status: u16, error: Option<&str>) {
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    assert_eq!(answer.status.as_u16(), status, "{challenge} {}", answer.body);
    assert!(challenge.starts_with("Bearer realm=\"shenfen\""), "{challenge}");
    match error {
        Some(error) => assert!(challenge.contains(&format!("error=\"{error}\"")), "{challenge}"),
        // RFC 6750 §3.1: no error code for a request without a token.
        None => assert!(!challenge.contains("error"), "{challenge}"),
    }
    assert!(answer.json.get("sub").is_none());
}

#[tokio::test]
async fn a_token_may_come_by_header_or_by_form() {
    let (provider, emic) = start().await;
    let token = signed_in(&provider, &emic).await;
    let url = provider.url("/connect/userinfo");
    let ways = [
        emic.http.get(&url).bearer_auth(&token),
        emic.http.post(&url).bearer_auth(&token),
        emic.http.post(&url).bearer_auth(&token).form(&[("other", "field")]),
        emic.http.get(&url).header("authorization", format!("bEARER {token}")),
        emic.http.post(&url).form(&[("access_token", &token)]),
    ];
    for way in ways {
        let answer = Answer::of(way).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.json["sub"].is_string());
    }
}

#[tokio::test]
async fn a_token_in_the_url_or_none_at_all_is_told_the_scheme() {
    let (provider, emic) = start().await;
    let token = signed_in(&provider, &emic).await;
    let url = provider.url("/connect/userinfo");
    let with_query = format!("{url}?access_token={token}");
    for way in [
        emic.http.get(&url),
        emic.http.post(&url),
        emic.http.post(&url).form(&[("access_token", "")]),
        emic.http.get(&with_query),
        emic.http.post(&with_query),
        // By GET a body counts for nothing.
        emic.http.get(&url).form(&[("access_token", &token)]),
        emic.http
            .post(&url)
            .header("content-type", "application/json")
            .body(json!({ "access_token": token }).to_string()),
        emic.http.get(&url).header("cookie", format!("access_token={token}")),
    ] {
        refused(&Answer::of(way).await.unwrap(), 401, None);
    }
}

#[tokio::test]
async fn a_token_sent_twice_or_in_no_known_way_is_a_bad_request() {
    let (provider, emic) = start().await;
    let token = signed_in(&provider, &emic).await;
    let url = provider.url("/connect/userinfo");
    let twice = [("access_token", &token), ("access_token", &token)];
    for way in [
        emic.http.post(&url).bearer_auth(&token).form(&[("access_token", &token)]),
        emic.http.post(&url).form(&twice),
        emic.http.get(&url).header("authorization", "Bearer"),
        emic.http.get(&url).header("authorization", "Bearer "),
        emic.http.get(&url).basic_auth("emic", Some(&emic.secret)),
        emic.http.get(&url).bearer_auth(&token).header("authorization", format!("Bearer {token}")),
        emic.http.post(&url).form(&[("access_token", "x".repeat(20_000))]),
    ] {
        refused(&Answer::of(way).await.unwrap(), 400, Some("invalid_request"));
    }
}

#[tokio::test]
async fn a_token_that_is_worth_nothing_is_invalid() {
    let (provider, emic) = start().await;
    let token = signed_in(&provider, &emic).await;
    for worthless in ["garbage", "a.b.c", &token[1..], &format!("{token}A"), &token.to_uppercase(), &"x".repeat(9000)] {
        refused(&emic.userinfo(worthless).await.unwrap(), 401, Some("invalid_token"));
    }
    provider.advance(seconds(599)).await.unwrap();
    assert_eq!(emic.userinfo(&token).await.unwrap().status, 200);
    provider.advance(seconds(1)).await.unwrap();
    refused(&emic.userinfo(&token).await.unwrap(), 401, Some("invalid_token"));
}

#[tokio::test]
async fn each_scope_gives_its_claims_and_no_others() {
    let (provider, emic) = start().await;
    let further = fill_in(&provider, CIVIL_SERVANT).await;
    let browser = browser(&provider);
    let rows: [(&str, &[&str]); 8] = [
        ("openid", &[]),
        ("openid identity", &["agency_name", "agency_oid", "identity_type", "identity_type_name", "official_type"]),
        (
            "openid profile",
            &[
                "birthdate",
                "family_name",
                "gender",
                "given_name",
                "locale",
                "middle_name",
                "name",
                "nickname",
                "picture",
                "preferred_username",
                "profile",
                "updated_at",
                "website",
                "zoneinfo",
            ],
        ),
        ("openid email", &["email", "email_verified"]),
        ("openid phone", &["phone_number", "phone_number_verified"]),
        ("openid address", &["address"]),
        ("openid gsp.profile", &["account", "cn", "idp"]),
        ("openid uid", &["uid", "uid_verified"]),
    ];
    let mut subjects = std::collections::BTreeSet::new();
    for (scope, expected) in rows {
        let given = tokens(&emic, &browser, &emic.request().scope(scope), CIVIL_SERVANT).await;
        let about = emic.userinfo(&given.access).await.unwrap().json;
        let mut names: Vec<_> = about.as_object().unwrap().keys().map(String::as_str).collect();
        names.retain(|name| *name != "sub");
        names.sort_unstable();
        assert_eq!(names, expected, "{scope}");
        for (name, value) in about.as_object().unwrap() {
            if let Some(set) = further.get(name) {
                assert_eq!(value, set, "{name}: as it was set, of its type");
            }
        }
        subjects.insert(about["sub"].as_str().unwrap().to_owned());
    }
    assert_eq!(subjects.len(), 1);
    let given = tokens(&emic, &browser, &emic.request().scope(EVERYTHING), CIVIL_SERVANT).await;
    let about = emic.userinfo(&given.access).await.unwrap().json;
    for (name, value) in [
        ("name", json!("林大勇")),
        ("preferred_username", json!(CIVIL_SERVANT)),
        ("email", json!("fireman0119@example.gov.tw")),
        ("email_verified", json!(true)),
        ("cn", json!("林大勇")),
        ("account", json!(CIVIL_SERVANT)),
        ("uid", json!("A123456789")),
        ("uid_verified", json!(true)),
        ("identity_type_name", json!("公務人員")),
    ] {
        assert_eq!(about[name], value, "{name}");
    }
}

#[tokio::test]
async fn what_is_not_known_of_a_person_is_left_out() {
    let (provider, emic) = start().await;
    let given = tokens(&emic, &browser(&provider), &emic.request().scope(EVERYTHING), NATURAL_PERSON).await;
    let about = emic.userinfo(&given.access).await.unwrap().json;
    let mut names: Vec<_> = about.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = [
        "account",
        "cn",
        "email",
        "email_verified",
        "identity_type",
        "identity_type_name",
        "idp",
        "name",
        "preferred_username",
        "sub",
    ];
    assert_eq!(names, expected);
    assert!(about.as_object().unwrap().values().all(|value| !value.is_null() && value != ""));
}

/// OpenID Connect Core 1.0 §5.3.2: signed with the algorithm that the portal registered, with `iss` and `aud`; refusals as ever.
#[tokio::test]
async fn a_portal_that_wants_it_signed_gets_a_jwt_that_says_the_same() {
    let (provider, emic) = start().await;
    further_algorithms(&provider).await;
    fill_in(&provider, CIVIL_SERVANT).await;
    let browser = browser(&provider);
    for algorithm in Algorithm::ALL {
        let portal = register(&provider, &format!("signed-{algorithm}"), |asked| {
            asked.userinfo_signed_response_alg = Some(*algorithm);
            asked.sector = Some("same.example".into());
        })
        .await;
        let plain = register(&provider, &format!("plain-{algorithm}"), |asked| {
            asked.sector = Some("same.example".into());
        })
        .await;
        let scope = "openid profile identity uid";
        let given = tokens(&portal, &browser, &portal.request().scope(scope), CIVIL_SERVANT).await;
        let answer = portal.userinfo(&given.access).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("application/jwt")));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let keys = Answer::of(emic.http.get(provider.url("/.well-known/jwks.json"))).await.unwrap();
        let keys = JwkSet::parse(keys.body.as_bytes()).unwrap();
        let keys: Vec<_> = keys.keys.iter().map(|key| VerifyingKey::from_jwk(key).unwrap()).collect();
        let verified = Verifier::new(&keys).only(*algorithm).verify(&answer.body, Typ::Exactly("JWT")).unwrap();
        let mut said: serde_json::Value = serde_json::from_slice(&verified.payload).unwrap();
        let said = said.as_object_mut().unwrap();
        assert_eq!(said.remove("iss"), Some(provider.issuer.clone().into()));
        assert_eq!(said.remove("aud"), Some(portal.id.clone().into()));
        let given = tokens(&plain, &browser, &plain.request().scope(scope), CIVIL_SERVANT).await;
        assert_eq!(plain.userinfo(&given.access).await.unwrap().json.as_object(), Some(&*said));
        refused(&portal.userinfo("x").await.unwrap(), 401, Some("invalid_token"));
        // It is no ID token: nobody can sign in with it.
        let hint = portal.request().with("prompt", "none").with("id_token_hint", &answer.body);
        let page = browser.open(&hint.url()).await.unwrap();
        assert_eq!(page.parameter("error").as_deref(), Some("invalid_request"), "{algorithm}");
    }
}
