//! Nonces in proofs (RFC 9449 §8): where the operator wants them, and after a start, which remembers no used proof.

use super::support::{At, ENDPOINTS, Scene, error, refused_proof, scene_on};
use conformance::steps::{browser, code, register, seconds, start};
use conformance::{Answer, NATURAL_PERSON, ProofKey, Provider, ProviderOptions};
use idp_core::client::AuthMethod;

async fn strict() -> Scene {
    let options =
        ProviderOptions { settings: Some(|settings| settings.dpop.require_nonce = true), ..Default::default() };
    scene_on(Provider::start_with(options).await.unwrap()).await
}

/// The nonce that comes with being told to use one.
#[track_caller]
fn told(at: At, answer: &Answer) -> String {
    assert_eq!(error(answer), "use_dpop_nonce", "{at:?} {} {}", answer.status, answer.body);
    assert_eq!(answer.status, if at.is_resource() { 401 } else { 400 });
    answer.header("dpop-nonce").expect("a nonce").to_owned()
}

#[tokio::test]
async fn where_nonces_are_required_a_proof_needs_one_and_every_answer_brings_the_next() {
    let scene = strict().await;
    for at in ENDPOINTS {
        let mut nonce = told(at, &scene.says(at, &scene.proof(at)).await);
        for _ in 0..3 {
            let answer = scene.says(at, &scene.proof(at).claim("nonce", nonce)).await;
            assert_eq!(answer.status, at.good(), "{at:?} {}", answer.body);
            nonce = answer.header("dpop-nonce").expect("the next one").to_owned();
        }
        let wrong = scene.says(at, &scene.proof(at).claim("nonce", nonce).claim("htm", "PUT")).await;
        refused_proof(at, &wrong, "wrong beside a nonce");
        assert!(wrong.header("dpop-nonce").is_some());
    }
}

#[tokio::test]
async fn a_nonce_that_is_old_or_not_ours_is_replaced() {
    let scene = strict().await;
    for at in ENDPOINTS {
        let nonce = told(at, &scene.says(at, &scene.proof(at)).await);
        for other in ["", "garbage", &nonce[1..], &format!("{nonce}A"), &scene.given.access, &scene.given.refresh] {
            told(at, &scene.says(at, &scene.proof(at).claim("nonce", other)).await);
        }
    }
    // The access token outlives the nonce.
    let at = ENDPOINTS[1];
    let nonce = told(at, &scene.says(at, &scene.proof(at)).await);
    scene.provider.advance(seconds(299)).await.unwrap();
    assert_eq!(scene.says(at, &scene.proof(at).claim("nonce", nonce.clone())).await.status, at.good());
    scene.provider.advance(seconds(1)).await.unwrap();
    told(at, &scene.says(at, &scene.proof(at).claim("nonce", nonce)).await);
}

#[tokio::test]
async fn a_nonce_makes_no_old_proof_new_and_no_proof_good_twice() {
    let scene = strict().await;
    for at in ENDPOINTS {
        let nonce = told(at, &scene.says(at, &scene.proof(at)).await);
        let with = || scene.proof(at).claim("nonce", nonce.clone());
        let now = scene.portal.clock.now().seconds();
        for iat in [now - 61, now - 3600, now + 11, now + 3600] {
            refused_proof(at, &scene.says(at, &with().claim("iat", iat)).await, "its time");
        }
        let proof = scene.key.sign(&with());
        assert_eq!(scene.send(at, &[&proof]).await.status, at.good());
        refused_proof(at, &scene.send(at, &[&proof]).await, "used before");
    }
}

#[tokio::test]
async fn being_told_to_use_a_nonce_costs_no_code() {
    let scene = strict().await;
    let spa = register(&scene.provider, "spa", |asked| asked.auth_method = AuthMethod::None).await;
    for portal in [scene.portal.clone(), spa.proving(&scene.key)] {
        let request = portal.request();
        let code = code(&browser(&scene.provider), &request, NATURAL_PERSON).await;
        let first = portal.redeem(&request, &code).await.unwrap();
        let nonce = told(ENDPOINTS[0], &first);
        portal.with_nonce(&nonce).redeem(&request, &code).await.unwrap().tokens().unwrap();
    }
}

#[tokio::test]
async fn without_a_proof_nobody_hears_of_nonces() {
    let scene = strict().await;
    let emic = conformance::Portal { proofs: None, ..scene.portal.clone() };
    let request = emic.request();
    let code = code(&browser(&scene.provider), &request, NATURAL_PERSON).await;
    let answer = emic.redeem(&request, &code).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.header("dpop-nonce")), (200, None));
    let answer = emic.userinfo(&answer.tokens().unwrap().access).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.header("dpop-nonce")), (200, None));
}

#[tokio::test]
async fn right_after_a_start_a_nonce_takes_the_place_of_memory() {
    let (provider, emic) = start().await;
    let key = ProofKey::generate().unwrap();
    let portal = emic.proving(&key);
    let request = portal.request();
    let code = code(&browser(&provider), &request, NATURAL_PERSON).await;
    let nonce = told(ENDPOINTS[0], &portal.redeem(&request, &code).await.unwrap());
    let given = portal.with_nonce(&nonce).redeem(&request, &code).await.unwrap().tokens().unwrap();
    assert_eq!(portal.with_nonce(&nonce).userinfo(&given.access).await.unwrap().status, 200);
    provider.advance(seconds(11)).await.unwrap();
    assert_eq!(portal.userinfo(&given.access).await.unwrap().status, 200, "later nobody asks for one");
}

#[tokio::test]
async fn nothing_that_was_used_before_a_restart_is_taken_after_it() {
    let mut scene = super::support::scene().await;
    let mut before = Vec::new();
    for at in ENDPOINTS {
        // Clocks of clients run ahead: this one was used before the restart and says that it was made after it.
        let ahead = scene.portal.clock.now().seconds() + 9;
        let own_nonce = {
            let snapshot = scene.provider.wired.base.directory.snapshot();
            idp_core::oauth::dpop::nonce::seal(&snapshot.sealer, scene.portal.clock.now()).unwrap()
        };
        for proof in [
            scene.proof(at),
            scene.proof(at).claim("iat", ahead),
            scene.proof(at).claim("nonce", own_nonce.clone()),
            scene.proof(at).claim("nonce", own_nonce).claim("iat", ahead),
        ] {
            let proof = scene.key.sign(&proof);
            assert_eq!(scene.send(at, &[&proof]).await.status, at.good());
            before.push((at, proof));
        }
    }
    scene.provider.clock.advance(seconds(2));
    // The process forgets; a Redis would not.
    scene.provider.settings.ephemeral = Default::default();
    scene.provider.restart().await.unwrap();
    for wait in [0, 3, 6, 10] {
        scene.provider.advance(seconds(wait)).await.unwrap();
        for (at, proof) in &before {
            let answer = scene.send(*at, &[proof]).await;
            assert!(
                ["use_dpop_nonce", "invalid_dpop_proof"].contains(&error(&answer).as_str()),
                "{at:?} {wait} {}",
                answer.status
            );
        }
    }
    for at in ENDPOINTS.into_iter().rev() {
        let answer = scene.says(at, &scene.proof(at)).await;
        // The proof is new; the refresh token was used too long ago.
        let expected = if at.path == "/connect/token" { "invalid_grant" } else { "" };
        assert_eq!(error(&answer), expected, "{at:?}: new ones are");
    }
}
