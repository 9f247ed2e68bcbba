//! The ID token: who signed in, how strongly, in which capacity, and nothing that links a person across portals. What it
//! says of a refresh stands in `refresh/`.

use conformance::steps::{browser, code, register, start, tokens};
use conformance::{CIVIL_SERVANT, EDUCATOR, IdClaims, NATURAL_PERSON, PASSWORD, Portal, Provider};
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
