//! Redeeming a code: what the tokens say, and everything a code is not good for.

use crate::support::{
    EMIC, WEATHER, browser, code, is_dead, refused, register, seconds, sign_out, silent, start, tokens,
};
use conformance::{Answer, CIVIL_SERVANT, EDUCATOR, IdClaims, NATURAL_PERSON, PASSWORD, Portal, Provider};
use idp_core::client::{AuthMethod, Profile, SubjectType};
use keys::Algorithm;
use openidconnect::core::{CoreAuthenticationFlow, CoreJwsSigningAlgorithm};
use openidconnect::{
    AuthorizationCode, CsrfToken, Nonce, OAuth2TokenResponse, PkceCodeChallenge, Scope, TokenResponse,
};

/// The whole sign-in by the crate alone: discovery, request, code, tokens, UserInfo.
async fn sign_in_by_the_crate(provider: &Provider, portal: &Portal, algorithm: CoreJwsSigningAlgorithm) -> IdClaims {
    let client = portal.client().unwrap();
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("identity".into()))
        .set_pkce_challenge(challenge)
        .url();
    let browser = browser(provider);
    let page = browser.open(url.as_str()).await.unwrap();
    let page = browser.sign_in(&page, CIVIL_SERVANT, PASSWORD).await.unwrap();
    assert!(page.url.starts_with(&portal.redirect_uri), "{}", page.url);
    assert_eq!(page.parameter("state").as_deref(), Some(state.secret().as_str()));
    assert_eq!(page.parameter("iss").as_deref(), Some(provider.issuer.as_str()));

    let code = AuthorizationCode::new(page.parameter("code").unwrap());
    let exchange = client.exchange_code(code).unwrap().set_pkce_verifier(verifier);
    let answer = exchange.request_async(&portal.http).await.unwrap();
    let id_token = answer.id_token().unwrap();
    assert_eq!(id_token.signing_alg().unwrap(), &algorithm);
    let claims = portal.verify(&id_token.to_string(), Some(nonce.secret())).await.unwrap();

    let about: openidconnect::UserInfoClaims<conformance::Claims, openidconnect::core::CoreGenderClaim> = client
        .user_info(answer.access_token().clone(), Some(claims.subject().clone()))
        .unwrap()
        .request_async(&portal.http)
        .await
        .unwrap();
    assert_eq!(about.subject(), claims.subject());
    claims
}

#[tokio::test]
async fn a_portal_signs_a_person_in_with_client_secret_basic_and_es256() {
    let (provider, emic) = start().await;
    sign_in_by_the_crate(&provider, &emic, CoreJwsSigningAlgorithm::EcdsaP256Sha256).await;
}

#[tokio::test]
async fn a_portal_signs_a_person_in_with_client_secret_post_and_rs256() {
    let (provider, _) = start().await;
    let portal = register(&provider, "post", |asked| {
        asked.auth_method = AuthMethod::ClientSecretPost;
        asked.id_token_signed_response_alg = Algorithm::Rs256;
    });
    sign_in_by_the_crate(&provider, &portal.await, CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256).await;
}

#[tokio::test]
async fn a_public_portal_signs_a_person_in_with_pkce_alone() {
    let (provider, _) = start().await;
    let portal = register(&provider, "app", |asked| {
        asked.auth_method = AuthMethod::None;
        asked.profile = Profile::Standard;
    });
    sign_in_by_the_crate(&provider, &portal.await, CoreJwsSigningAlgorithm::EcdsaP256Sha256).await;
}

/// Names of what an ID token says beyond the standard claims, sorted.
fn names(claims: &IdClaims) -> Vec<&str> {
    claims.additional_claims().all.keys().map(String::as_str).collect()
}

#[tokio::test]
async fn the_id_token_says_who_signed_in_how_strongly_and_in_which_capacity() {
    let (provider, emic) = start().await;
    let people = [
        (NATURAL_PERSON, "natural_person", "自然人", None),
        (
            CIVIL_SERVANT,
            "civil_servant",
            "公務人員",
            Some(("civil_servant", "2.16.886.101.20003.20001.20003", "內政部消防署")),
        ),
        (
            EDUCATOR,
            "civil_servant",
            "公務人員",
            Some(("educator", "2.16.886.101.20003.20005.20097", "教育部國民及學前教育署")),
        ),
    ];
    for (person, kind, kind_name, official) in people {
        let request = emic.request().scope("openid identity profile email");
        let given = tokens(&emic, &browser(&provider), &request, person).await;
        let claims = emic.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
        let ours = claims.additional_claims();
        assert_eq!((ours.text("identity_type"), ours.text("identity_type_name")), (Some(kind), Some(kind_name)));
        assert_eq!(ours.text("official_type"), official.map(|(kind, _, _)| kind));
        assert_eq!(ours.text("agency_oid"), official.map(|(_, oid, _)| oid));
        assert_eq!(ours.text("agency_name"), official.map(|(_, _, name)| name));
        let mut expected = vec!["identity_type", "identity_type_name", "sid"];
        if official.is_some() {
            expected = vec!["agency_name", "agency_oid", "identity_type", "identity_type_name", "official_type", "sid"];
        }
        assert_eq!(names(&claims), expected, "nothing else, nothing empty");
        assert_eq!(claims.auth_time().unwrap().timestamp(), provider.clock.now().seconds());
        assert_eq!(claims.auth_context_ref().unwrap().as_str(), "urn:shenfen:acr:password");
        assert_eq!(claims.auth_method_refs().unwrap().iter().map(|how| how.as_str()).collect::<Vec<_>>(), ["pwd"]);
        assert_eq!((claims.expiration() - claims.issue_time()).num_seconds(), 600);
        assert_eq!(claims.audiences().iter().map(|aud| aud.as_str()).collect::<Vec<_>>(), ["emic"]);
        assert!((43..=255).contains(&claims.subject().len()) && claims.subject().is_ascii());
        assert!(claims.name().is_none() && claims.email().is_none(), "those are for UserInfo");
    }
}

#[tokio::test]
async fn without_the_scope_identity_the_id_token_does_not_say_the_capacity() {
    let (provider, emic) = start().await;
    let request = emic.request();
    let given = tokens(&emic, &browser(&provider), &request, CIVIL_SERVANT).await;
    assert_eq!(given.scope, "openid");
    let claims = emic.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
    assert_eq!(names(&claims), ["sid"]);
}

#[tokio::test]
async fn a_person_has_one_subject_a_sector_and_portals_of_two_sectors_cannot_compare_notes() {
    let (provider, emic) = start().await;
    let same_sector = register(&provider, "elearn", |_| {}).await;
    let other =
        register(&provider, "elsewhere", |asked| asked.redirect_uris = vec!["http://127.0.0.1:9/cb".into()]).await;
    let moved = register(&provider, "moved", |asked| {
        asked.redirect_uris = vec!["http://127.0.0.1:9/moved".into()];
        asked.sector = Some("localhost".into());
    })
    .await;
    let mut public = Vec::new();
    for (id, host) in [("public-a", "localhost"), ("public-b", "127.0.0.1")] {
        let change = move |asked: &mut idp_core::client::registration::Registration| {
            asked.profile = Profile::Standard;
            asked.subject_type = Some(SubjectType::Public);
            asked.redirect_uris = vec![format!("http://{host}:9/cb")];
        };
        public.push(register(&provider, id, change).await);
    }
    let browser = browser(&provider);
    let mut subjects = Vec::new();
    let mut sids = Vec::new();
    for portal in [&emic, &same_sector, &moved, &other, &public[0], &public[1]] {
        let request = portal.request();
        let given = tokens(portal, &browser, &request, NATURAL_PERSON).await;
        let claims = portal.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
        subjects.push(claims.subject().to_string());
        sids.push(claims.additional_claims().text("sid").unwrap().to_owned());
    }
    assert_eq!(subjects[0], subjects[1]);
    assert_eq!(subjects[0], subjects[2], "a portal that moved keeps its sector");
    assert_ne!(subjects[0], subjects[3]);
    assert_eq!(subjects[4], subjects[5]);
    assert!(subjects[4] != subjects[0] && subjects[4] != subjects[3]);
    sids.sort();
    sids.dedup();
    assert_eq!(sids.len(), 6, "one session, and its name helps nobody to link a person across portals");
    let another = self::browser(&provider);
    let request = emic.request();
    let given = tokens(&emic, &another, &request, EDUCATOR).await;
    let claims = emic.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
    assert_ne!(claims.subject().as_str(), subjects[0]);
}

#[tokio::test]
async fn a_nonce_comes_back_as_it_was_sent_and_none_is_invented() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let odd = "n=&+%20 \"'<>\\/?#[]{}|^`~中".to_owned();
    for nonce in [odd, "n".into(), "x".repeat(128), "y".repeat(129), "z".repeat(500), "w".repeat(1024)] {
        let request = emic.request().with("nonce", &nonce);
        let code = code(&browser, &request, NATURAL_PERSON).await;
        assert!(code.len() <= 512, "{} characters", code.len());
        let given = emic.redeem(&request, &code).await.unwrap().tokens().unwrap();
        emic.verify(&given.id_token, Some(&nonce)).await.unwrap();
    }
    let request = emic.request().without("nonce");
    let given = tokens(&emic, &browser, &request, NATURAL_PERSON).await;
    emic.verify(&given.id_token, None).await.unwrap();
}

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

/// Signs in, and presents the code otherwise than the request was made.
struct Pkce {
    profile: Profile,
    method: AuthMethod,
    challenge: bool,
    verifier: Verifier,
    redeemed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Verifier {
    Right,
    Wrong,
    /// What `plain` would accept.
    TheChallenge,
    TooShort,
    Missing,
}

#[tokio::test]
async fn pkce_holds_for_every_profile_and_kind_of_client() {
    use AuthMethod::{ClientSecretBasic as Secret, None as Public};
    use Profile::{Government, Standard};
    use Verifier::{Missing, Right, TheChallenge, TooShort, Wrong};
    let (provider, _) = start().await;
    let browser = browser(&provider);
    let mut rows = Vec::new();
    for (profile, method) in [(Government, Secret), (Government, Public), (Standard, Secret), (Standard, Public)] {
        for verifier in [Right, Wrong, TheChallenge, TooShort, Missing] {
            rows.push(Pkce { profile, method, challenge: true, verifier, redeemed: verifier == Right });
        }
    }
    // RFC 9700 §4.8.2: a verifier without a challenge is a challenge that somebody took out of the request.
    rows.push(Pkce { profile: Standard, method: Secret, challenge: false, verifier: Missing, redeemed: true });
    rows.push(Pkce { profile: Standard, method: Secret, challenge: false, verifier: Right, redeemed: false });
    for (number, row) in rows.into_iter().enumerate() {
        let change = |asked: &mut idp_core::client::registration::Registration| {
            (asked.profile, asked.auth_method) = (row.profile, row.method);
        };
        let portal = register(&provider, &format!("client-{number}"), change).await;
        let mut request = portal.request();
        let challenge = request.get("code_challenge").unwrap().to_owned();
        if !row.challenge {
            request = request.without_pkce();
        }
        let code = code(&browser, &request, NATURAL_PERSON).await;
        let verifier = match row.verifier {
            Right => Some(request.verifier.clone()),
            Wrong => Some("w".repeat(43)),
            TheChallenge => Some(challenge),
            TooShort => Some("w".repeat(42)),
            Missing => None,
        };
        let mut fields =
            vec![("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", &portal.redirect_uri)];
        fields.extend(verifier.as_deref().map(|verifier| ("code_verifier", verifier)));
        let answer = portal.token(&fields).await.unwrap();
        let row_is = format!("{:?} {:?} {} {:?}", row.profile, row.method, row.challenge, row.verifier);
        if row.redeemed {
            assert_eq!(answer.status, 200, "{row_is}: {}", answer.body);
        } else {
            assert_eq!((answer.status.as_u16(), answer.error()), (400, "invalid_grant"), "{row_is}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_redemptions_at_once_give_one_success_and_then_nobody_keeps_anything() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    for _ in 0..3 {
        let request = emic.request();
        let code = code(&browser, &request, NATURAL_PERSON).await;
        let mut racers = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let (emic, request, code) = (emic.clone(), request.clone(), code.clone());
            racers.spawn(async move { emic.redeem(&request, &code).await.unwrap() });
        }
        let answers = racers.join_all().await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1);
        for answer in &lost {
            refused(answer, 400, "invalid_grant");
        }
        let given = won[0].tokens().unwrap();
        assert!(is_dead(&emic, &given.access).await);
        refused(&emic.refresh(&given.refresh).await.unwrap(), 400, "invalid_grant");
    }
    assert_eq!(silent(&emic, &browser).await, None, "the person is still signed in");
}

#[tokio::test]
async fn a_code_used_again_takes_everything_back_even_after_it_expired() {
    let (provider, emic) = start().await;
    for later in [0, 59, 61, 3600] {
        let request = emic.request();
        let browser = browser(&provider);
        let code = code(&browser, &request, NATURAL_PERSON).await;
        let given = emic.redeem(&request, &code).await.unwrap().tokens().unwrap();
        let newest = emic.refresh(&given.refresh).await.unwrap().tokens().unwrap();
        provider.advance(seconds(later)).await.unwrap();
        refused(&emic.redeem(&request, &code).await.unwrap(), 400, "invalid_grant");
        refused(&emic.refresh(&newest.refresh).await.unwrap(), 400, "invalid_grant");
        assert!(is_dead(&emic, &newest.access).await, "after {later} s");
    }
}

#[tokio::test]
async fn a_code_lives_a_minute() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    for (later, good) in [(59, true), (60, false)] {
        let request = emic.request();
        let code = code(&browser, &request, NATURAL_PERSON).await;
        provider.advance(seconds(later)).await.unwrap();
        let answer = emic.redeem(&request, &code).await.unwrap();
        if good {
            answer.tokens().unwrap();
        } else {
            refused(&answer, 400, "invalid_grant");
        }
    }
}

#[tokio::test]
async fn another_portal_cannot_use_a_code_and_changes_nothing_for_its_owner() {
    let (provider, emic) = start().await;
    let thief = register(&provider, "thief", |asked| asked.redirect_uris = vec![EMIC.into()]).await;
    let public = register(&provider, "public", |asked| {
        asked.redirect_uris = vec![EMIC.into()];
        asked.auth_method = AuthMethod::None;
    })
    .await;
    let request = emic.request();
    let code = code(&browser(&provider), &request, NATURAL_PERSON).await;
    for stranger in [&thief, &public] {
        refused(&stranger.redeem(&request, &code).await.unwrap(), 400, "invalid_grant");
    }
    let given = emic.redeem(&request, &code).await.unwrap().tokens().unwrap();
    for stranger in [&thief, &public] {
        refused(&stranger.redeem(&request, &code).await.unwrap(), 400, "invalid_grant");
        refused(&stranger.refresh(&given.refresh).await.unwrap(), 400, "invalid_grant");
    }
    assert!(!is_dead(&emic, &given.access).await);
    emic.refresh(&given.refresh).await.unwrap().tokens().unwrap();
}

#[tokio::test]
async fn a_code_is_burnt_by_its_own_portal_that_got_the_rest_wrong() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    for (name, value) in [
        ("code_verifier", "w".repeat(43)),
        ("redirect_uri", "http://localhost:1/callback/".into()),
        ("redirect_uri", WEATHER.into()),
        ("redirect_uri", String::new()),
    ] {
        let request = emic.request();
        let code = code(&browser, &request, NATURAL_PERSON).await;
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", EMIC),
            ("code_verifier", &request.verifier),
        ];
        fields.retain(|(key, _)| *key != name);
        fields.push((name, &value));
        refused(&emic.token(&fields).await.unwrap(), 400, "invalid_grant");
        refused(&emic.redeem(&request, &code).await.unwrap(), 400, "invalid_grant");
    }
}

#[tokio::test]
async fn whoever_stole_the_code_of_a_public_portal_cannot_burn_it() {
    let (provider, _) = start().await;
    let app = register(&provider, "app", |asked| asked.auth_method = AuthMethod::None).await;
    let request = app.request();
    let code = code(&browser(&provider), &request, NATURAL_PERSON).await;
    let stolen = conformance::Request { verifier: "w".repeat(43), ..request.clone() };
    refused(&app.redeem(&stolen, &code).await.unwrap(), 400, "invalid_grant");
    let given = app.redeem(&request, &code).await.unwrap().tokens().unwrap();
    refused(&app.redeem(&stolen, &code).await.unwrap(), 400, "invalid_grant");
    assert!(!is_dead(&app, &given.access).await);
}

#[tokio::test]
async fn a_secret_sent_with_a_wrong_one_beside_the_code_does_not_burn_it() {
    let (provider, emic) = start().await;
    let request = emic.request();
    let code = code(&browser(&provider), &request, NATURAL_PERSON).await;
    let impostor = Portal { secret: "guessed".into(), ..emic.clone() };
    let wrong = conformance::Request { verifier: "w".repeat(43), ..request.clone() };
    refused(&impostor.redeem(&wrong, &code).await.unwrap(), 401, "invalid_client");
    emic.redeem(&request, &code).await.unwrap().tokens().unwrap();
}

#[tokio::test]
async fn a_code_gives_nothing_after_sign_out() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let request = emic.request();
    let code = code(&browser, &request, NATURAL_PERSON).await;
    sign_out(&browser, &provider).await;
    refused(&emic.redeem(&request, &code).await.unwrap(), 400, "invalid_grant");
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
        (vec![("grant_type", "client_credentials")], "unsupported_grant_type"),
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
