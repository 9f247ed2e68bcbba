//! What a proof has to be, at every endpoint that takes one.

use super::support::{ENDPOINTS, refused_proof, scene};
use serde_json::json;

#[tokio::test]
async fn a_right_proof_is_taken_everywhere_once() {
    let scene = scene().await;
    for at in ENDPOINTS {
        let proof = scene.key.sign(&scene.proof(at));
        assert_eq!(scene.send(at, &[&proof]).await.status, 200, "{at:?}");
        refused_proof(at, &scene.send(at, &[&proof]).await, "used before");
    }
}

#[tokio::test]
async fn a_proof_with_anything_wrong_is_refused_everywhere() {
    let scene = scene().await;
    for at in ENDPOINTS {
        let proof = || scene.proof(at);
        let wrong = [
            proof().member("typ", ()),
            proof().member("typ", "JWT"),
            proof().claim("htm", "PUT"),
            proof().claim("jti", ()),
            proof().claim("iat", json!("now")),
        ];
        for proof in wrong {
            refused_proof(at, &scene.says(at, &proof).await, &format!("{proof:?}"));
        }
    }
}
