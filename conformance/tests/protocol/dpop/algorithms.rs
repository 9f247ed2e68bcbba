//! What proofs may be signed with: each algorithm that discovery lists, and no other.

use super::support::{ENDPOINTS, refused_proof, scene};
use conformance::{Answer, Assertion, By, ClientKey, digested};
use keys::Algorithm;
use serde_json::{Value, json};

#[tokio::test]
async fn a_proof_is_signed_with_an_algorithm_that_discovery_lists_wherever_it_is_sent() {
    let scene = scene().await;
    let document = scene.portal.http.get(scene.provider.url("/.well-known/openid-configuration"));
    let listed = Answer::of(document).await.unwrap().json["dpop_signing_alg_values_supported"].clone();
    assert_eq!(listed, json!(["ES256", "PS256", "EdDSA"]));
    for algorithm in Algorithm::ALL.iter().copied() {
        let key = ClientKey::generate(algorithm).unwrap();
        let mut public = key.public();
        for name in ["kid", "use", "alg"] {
            public.as_object_mut().unwrap().remove(name);
        }
        for at in ENDPOINTS {
            let proof = Assertion::new("emic", "", By::Key(key.clone()), &scene.provider.clock).unwrap();
            let proof = proof.header("typ", json!("dpop+jwt")).header("kid", Value::Null).header("jwk", public.clone());
            let proof = ["iss", "sub", "aud", "exp"].into_iter().fold(proof, |it, name| it.claim(name, Value::Null));
            let proof = proof.claim("htm", json!(at.method)).claim("htu", json!(scene.provider.url(at.path)));
            let ath = at.is_resource().then(|| digested(&scene.given.access));
            let answer = scene.send(at, &[&proof.claim("ath", json!(ath)).signed().unwrap()]).await;
            let name = algorithm.as_str();
            match listed.as_array().unwrap().contains(&json!(name)) {
                false => refused_proof(at, &answer, name),
                // The access token is of another key: whose proof this is was looked at.
                true if at.is_resource() => assert_eq!(super::support::error(&answer), "invalid_token", "{name}"),
                true => assert_eq!(answer.status, at.good(), "{name} {at:?}: {}", answer.body),
            }
        }
    }
}
