//! Redeeming a code: what the tokens say, and everything a code is not good for.

use crate::support::{browser, code, register, start, tokens};
use conformance::{CIVIL_SERVANT, EDUCATOR, IdClaims, IdToken, NATURAL_PERSON, PASSWORD, Portal, Provider};
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
    assert_eq!(id_token.signing_alg().unwrap(), algorithm);
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
