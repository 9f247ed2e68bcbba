//! The token endpoint: which forms it takes and how it answers. What a code is good for stands in `code.rs`.

use conformance::steps::{EMIC, browser, code, refused, register, start, tokens};
use conformance::{Answer, NATURAL_PERSON, PASSWORD};

#[tokio::test]
async fn the_token_endpoint_answers_as_rfc_6749_5_1_wants_it() {
    let (provider, emic) = start().await;
    let request = emic.request().scope("openid email");
    let code = code(&browser(&provider), &request, NATURAL_PERSON).await;
    let answer = emic.redeem(&request, &code).await.unwrap();
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    let members: Vec<_> = answer.json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"]);
    assert_eq!((&answer.json["token_type"], &answer.json["expires_in"]), (&"Bearer".into(), &600.into()));
    assert_eq!(answer.json["scope"], "openid email");
    for name in ["access_token", "refresh_token"] {
        let token = answer.json[name].as_str().unwrap();
        assert!(
            token.len() >= 43 && token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
            "{token}"
        );
    }
}

#[tokio::test]
async fn a_portal_without_the_refresh_grant_gets_no_refresh_token_and_cannot_use_one() {
    let (provider, emic) = start().await;
    let portal = register(&provider, "plain", |asked| {
        asked.scope = "openid".into();
        asked.grant_types = vec![idp_core::client::GrantType::AuthorizationCode];
    })
    .await;
    let given = tokens(&portal, &browser(&provider), &portal.request(), NATURAL_PERSON).await;
    assert_eq!(given.refresh, "");
    let theirs = tokens(&emic, &browser(&provider), &emic.request(), NATURAL_PERSON).await;
    refused(&portal.refresh(&theirs.refresh).await.unwrap(), 400, "unauthorized_client");
}

#[tokio::test]
async fn a_form_that_is_not_as_it_should_be_gets_the_error_that_the_rfc_names() {
    let (provider, emic) = start().await;
    let code = code(&browser(&provider), &emic.request(), NATURAL_PERSON).await;
    let code_grant = ("grant_type", "authorization_code");
    let long = "x".repeat(20_000);
    let many: Vec<_> = (0..65).map(|number| (format!("p{number}"), "1")).collect();
    let mut too_many = vec![code_grant, ("code", code.as_str())];
    too_many.extend(many.iter().map(|(name, value)| (name.as_str(), *value)));
    let rows: Vec<(Vec<(&str, &str)>, &str)> = vec![
        (vec![], "invalid_request"),
        (vec![("grant_type", "")], "invalid_request"),
        (
            vec![("grant_type", "password"), ("username", NATURAL_PERSON), ("password", PASSWORD)],
            "unsupported_grant_type",
        ),
        (vec![("grant_type", "client_credentials")], "unauthorized_client"),
        (vec![("grant_type", "implicit")], "unsupported_grant_type"),
        (vec![("grant_type", "AUTHORIZATION_CODE"), ("code", &code)], "unsupported_grant_type"),
        (vec![code_grant], "invalid_request"),
        (vec![code_grant, ("code", "")], "invalid_request"),
        (vec![code_grant, code_grant, ("code", &code)], "invalid_request"),
        (vec![code_grant, ("code", &code), ("code", &code)], "invalid_request"),
        (vec![code_grant, ("code", &code), ("redirect_uri", EMIC), ("redirect_uri", EMIC)], "invalid_request"),
        (vec![("grant_type", "refresh_token")], "invalid_request"),
        (vec![("grant_type", "refresh_token"), ("refresh_token", "x"), ("refresh_token", "x")], "invalid_request"),
        (vec![code_grant, ("code", &long)], "invalid_request"),
        (too_many, "invalid_request"),
        (vec![code_grant, ("code", "garbage")], "invalid_grant"),
        (vec![code_grant, ("code", "中文\u{0}")], "invalid_grant"),
    ];
    for (fields, error) in rows {
        let shown: Vec<_> =
            fields.iter().map(|(name, value)| (name, value.chars().take(20).collect::<String>())).collect();
        let answer = emic.token(&fields).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.error()), (400, error), "{shown:?} {}", answer.body);
        refused(&answer, 400, error);
    }
}

#[tokio::test]
async fn the_token_endpoint_takes_forms_by_post_alone() {
    let (provider, emic) = start().await;
    let url = provider.url("/connect/token");
    let post = || emic.http.post(&url).basic_auth("emic", Some(&emic.secret));
    let json = post().header("content-type", "application/json").body("{\"grant_type\":\"refresh_token\"}");
    refused(&Answer::of(json).await.unwrap(), 400, "invalid_request");
    refused(&Answer::of(post().body("grant_type=refresh_token")).await.unwrap(), 400, "invalid_request");
    let in_query = emic.http.post(format!("{url}?grant_type=refresh_token&refresh_token=x"));
    let in_query = in_query.basic_auth("emic", Some(&emic.secret)).form(&[("", "")]);
    refused(&Answer::of(in_query).await.unwrap(), 400, "invalid_request");
    let get = Answer::of(emic.http.get(format!("{url}?grant_type=authorization_code"))).await.unwrap();
    assert_eq!(get.status, 405);
    let huge = Answer::of(post().form(&[("code", "x".repeat(100_000))])).await.unwrap();
    refused(&huge, 400, "invalid_request");
}
