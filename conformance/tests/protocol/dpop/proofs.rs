//! What a proof has to be, at every endpoint that takes one. The rows are those of the OpenID Foundation's module
//! `dpop-negative-tests`, and more.

use super::support::{At, ENDPOINTS, Scene, refused_proof, scene};
use conformance::steps::seconds;
use conformance::{Proof, ProofKey, b64, digested};
use ring::hmac;
use serde_json::{Value, json};

/// Proofs with one thing wrong, each with what is wrong.
fn wrong(scene: &Scene, at: At) -> Vec<(&'static str, Proof)> {
    let now = scene.portal.clock.now().seconds();
    let good = || scene.proof(at);
    let own = scene.key.jwk();
    let with = |name: &str, value: Value| {
        let mut jwk = own.clone();
        jwk[name] = value;
        good().member("jwk", jwk)
    };
    let other_path = if at.path == "/connect/token" { "/connect/userinfo" } else { "/connect/token" };
    let other_method = if at.method == "POST" { "GET" } else { "POST" };
    let issuer = &scene.provider.issuer;
    let here = format!("{issuer}{}", at.path);
    let mut rows = vec![
        ("typ missing", good().member("typ", ())),
        ("typ JWT", good().member("typ", "JWT")),
        ("typ of an access token", good().member("typ", "at+jwt")),
        ("alg missing", good().member("alg", ())),
        ("alg none", good().member("alg", "none")),
        ("alg RS256", good().member("alg", "RS256")),
        ("alg HS256", good().member("alg", "HS256")),
        ("alg unknown", good().member("alg", "ES256K")),
        ("crit", good().member("crit", json!(["exp"]))),
        ("b64 false", good().member("b64", false)),
        ("jwk missing", good().member("jwk", ())),
        ("jwk a text", good().member("jwk", own.to_string())),
        ("jwk empty", good().member("jwk", json!({}))),
        ("jwk of another key", good().member("jwk", ProofKey::generate().unwrap().jwk())),
        ("jwk with its private half", with("d", json!(b64(&[7; 32])))),
        ("jwk symmetric", good().member("jwk", json!({ "kty": "oct", "k": b64(&[7; 32]) }))),
        ("jwk for encryption", with("use", json!("enc"))),
        ("jwk for another alg", with("alg", json!("ES384"))),
        ("jwk on another curve", with("crv", json!("P-384"))),
        ("jwk off the curve", with("x", json!(b64(&[7; 32])))),
        ("kid instead of jwk", good().member("jwk", ()).member("kid", "a")),
        ("jku instead of jwk", good().member("jwk", ()).member("jku", "https://evil.example/jwks")),
        ("jti missing", good().claim("jti", ())),
        ("jti empty", good().claim("jti", "")),
        ("jti a number", good().claim("jti", 7)),
        ("jti too long", good().claim("jti", "j".repeat(513))),
        ("htm missing", good().claim("htm", ())),
        ("htm another", good().claim("htm", other_method)),
        ("htm in small letters", good().claim("htm", at.method.to_ascii_lowercase())),
        ("htu missing", good().claim("htu", ())),
        ("htu of another endpoint", good().claim("htu", format!("{issuer}{other_path}"))),
        ("htu of another host", good().claim("htu", format!("https://evil.example{}", at.path))),
        ("htu without the rest", good().claim("htu", issuer.clone())),
        ("htu of another port", good().claim("htu", format!("http://localhost:1{}", at.path))),
        ("htu with a slash more", good().claim("htu", format!("{here}/"))),
        ("htu no text", good().claim("htu", json!([here]))),
        ("iat missing", good().claim("iat", ())),
        ("iat a text", good().claim("iat", now.to_string())),
        ("iat an hour ago", good().claim("iat", now - 3600)),
        ("iat 61 s ago", good().claim("iat", now - 61)),
        ("iat in 11 s", good().claim("iat", now + 11)),
        ("iat in an hour", good().claim("iat", now + 3600)),
        ("iat in milliseconds", good().claim("iat", now * 1000)),
        ("iat beyond all bounds", good().claim("iat", json!(1e300))),
        ("nbf in a minute", good().claim("nbf", now + 61)),
        ("exp over", good().claim("exp", now - 60)),
    ];
    if at.is_resource() {
        rows.extend([
            ("ath missing", good().claim("ath", ())),
            ("ath of another token", good().claim("ath", digested("another"))),
            ("ath the token itself", good().claim("ath", scene.given.access.clone())),
        ]);
    }
    rows
}

/// Proofs that have to be taken, though they look unusual.
fn unusual(scene: &Scene, at: At) -> Vec<(&'static str, Proof)> {
    let now = scene.portal.clock.now().seconds();
    let good = || scene.proof(at);
    let here = format!("{}{}", scene.provider.issuer, at.path);
    let mut jwk = scene.key.jwk();
    jwk["kid"] = json!("mine");
    jwk["use"] = json!("sig");
    jwk["colour"] = json!({ "of": "the key" });
    vec![
        ("a query in htu", good().claim("htu", format!("{here}?a=b&c=d"))),
        ("a fragment in htu", good().claim("htu", format!("{here}#part"))),
        ("capitals in scheme and host", good().claim("htu", here.replacen("http://localhost", "HTTP://LocalHost", 1))),
        ("dots in htu", good().claim("htu", here.replacen("/connect/", "/connect/../connect/", 1))),
        ("further claims", good().claim("foo", "bar").claim("aud", json!(["a"])).claim("deep", json!({ "a": [1] }))),
        (
            "further members",
            good().member("foo", "bar").member("kid", "another").member("x5t", "abc").member("cty", "x"),
        ),
        ("further members of the key", good().member("jwk", jwk)),
        ("typ as a media type", good().member("typ", "application/DPoP+jwt")),
        ("iat 10 s ago", good().claim("iat", now - 10)),
        ("iat 59 s ago", good().claim("iat", now - 59)),
        ("iat in 10 s", good().claim("iat", now + 10)),
        ("iat with a fraction", good().claim("iat", json!(now as f64 + 0.25))),
        ("nbf and exp around now", good().claim("nbf", now - 10).claim("exp", now + 60)),
        ("nbf a little ahead", good().claim("nbf", now + 8)),
        ("a nonce that nobody gave", good().claim("nonce", "abc")),
        ("a long jti", good().claim("jti", format!("{}{}{}", at.method, at.path, "j".repeat(480)))),
        ("a jti of other letters", good().claim("jti", format!("字\u{0}\n{}{}", at.method, at.path))),
    ]
}

#[tokio::test]
async fn a_right_proof_is_taken_everywhere_once() {
    let scene = scene().await;
    for at in ENDPOINTS {
        let proof = scene.key.sign(&scene.proof(at));
        assert_eq!(scene.send(at, &[&proof]).await.status, at.good(), "{at:?}");
        refused_proof(at, &scene.send(at, &[&proof]).await, "used before");
    }
}

#[tokio::test]
async fn a_proof_with_anything_wrong_is_refused_everywhere() {
    let scene = scene().await;
    for at in ENDPOINTS {
        for (why, proof) in wrong(&scene, at) {
            refused_proof(at, &scene.says(at, &proof).await, why);
        }
        assert_eq!(scene.says(at, &scene.proof(at)).await.status, at.good(), "a right one at the end: {at:?}");
    }
}

#[tokio::test]
async fn an_unusual_proof_is_taken_everywhere() {
    let scene = scene().await;
    for at in ENDPOINTS {
        for (what, proof) in unusual(&scene, at) {
            let answer = scene.says(at, &proof).await;
            assert_eq!(answer.status, at.good(), "{at:?} {what}: {:?} {}", answer.headers, answer.body);
        }
    }
}

#[tokio::test]
async fn what_is_no_proof_at_all_is_refused_everywhere() {
    let scene = scene().await;
    for at in ENDPOINTS {
        let good = scene.key.sign(&scene.proof(at));
        let (body, signature) = good.rsplit_once('.').unwrap();
        let (head, claims) = body.split_once('.').unwrap();
        let header = |text: &str| scene.key.sign_text(text, &scene.proof(at).claims.to_string());
        let secret = hmac::Key::new(hmac::HMAC_SHA256, scene.key.jwk().to_string().as_bytes());
        let hs256 = format!("{}.{claims}", b64(scene.proof(at).member("alg", "HS256").header.to_string().as_bytes()));
        let hs256 = format!("{hs256}.{}", b64(hmac::sign(&secret, hs256.as_bytes()).as_ref()));
        let jwk = scene.key.jwk();
        for (why, bad) in [
            ("nothing", String::new()),
            ("no JWS", "garbage".to_owned()),
            ("dots alone", "..".to_owned()),
            ("no signature", format!("{body}.")),
            ("a signature of zeros", format!("{body}.{}", b64(&[0; 64]))),
            ("another signature", format!("{body}.{}", scene.key.sign(&scene.proof(at)).rsplit_once('.').unwrap().1)),
            ("padded", format!("{good}=")),
            ("four segments", format!("{good}.{signature}")),
            ("five segments", format!("{good}.{signature}.{signature}")),
            ("two in one header", format!("{good}, {good}")),
            ("two in one header, without a space", format!("{good},{good}")),
            ("JSON", json!({ "protected": head, "payload": claims, "signature": signature }).to_string()),
            ("claims that are no object", scene.key.sign_text(&scene.proof(at).header.to_string(), "[]")),
            ("claims that are no JSON", scene.key.sign_text(&scene.proof(at).header.to_string(), "{")),
            ("no claims", scene.key.sign_text(&scene.proof(at).header.to_string(), "{}")),
            ("a claim named twice", twice(&scene, at)),
            (
                "a member named twice",
                header(&format!(r#"{{"typ":"dpop+jwt","alg":"ES256","alg":"ES256","jwk":{jwk}}}"#)),
            ),
            ("two keys", header(&format!(r#"{{"typ":"dpop+jwt","alg":"ES256","jwk":{jwk},"jwk":{jwk}}}"#))),
            ("an HMAC by the public key", hs256),
            ("too long", scene.key.sign(&scene.proof(at).claim("more", "x".repeat(7000)))),
            ("a Bearer token", scene.given.access.clone()),
            ("an ID token", scene.given.id_token.clone()),
        ] {
            refused_proof(at, &scene.send(at, &[&bad]).await, why);
        }
        let more = scene.key.sign(&scene.proof(at));
        refused_proof(at, &scene.send(at, &[&good, &more]).await, "two headers");
        refused_proof(at, &scene.send(at, &[&good, &good]).await, "the same twice");
        refused_proof(at, &scene.send(at, &["", &good]).await, "an empty one before it");
        assert_eq!(scene.send(at, &[&good]).await.status, at.good(), "none of these used it up");
    }
}

/// With `htm` twice: whoever reads the first and whoever reads the last would see two requests.
fn twice(scene: &Scene, at: At) -> String {
    let proof = scene.proof(at);
    let claims = proof.claims.to_string().replacen('{', r#"{"htm":"PUT","#, 1);
    scene.key.sign_text(&proof.header.to_string(), &claims)
}

#[tokio::test]
async fn a_bound_token_without_any_proof_is_refused_and_told_why() {
    let scene = scene().await;
    for at in ENDPOINTS.into_iter().filter(|at| at.is_resource()) {
        refused_proof(at, &scene.send(at, &[]).await, "no proof");
    }
}

#[tokio::test]
async fn a_proof_says_nothing_at_another_endpoint_or_for_another_token() {
    let scene = scene().await;
    for made_for in ENDPOINTS {
        for at in ENDPOINTS.into_iter().filter(|at| *at != made_for) {
            let proof = scene.key.sign(&scene.proof(made_for).of_token(&scene.given.access));
            refused_proof(at, &scene.send(at, &[&proof]).await, &format!("made for {made_for:?}"));
        }
    }
}

#[tokio::test]
async fn the_public_address_counts_and_not_what_a_header_says() {
    let scene = scene().await;
    let at = At { method: "GET", path: "/connect/userinfo" };
    let ask = |host: &str, htu: String| {
        let proof = scene.key.sign(&scene.proof(at).claim("htu", htu));
        let request = scene.portal.http.get(scene.provider.url(at.path));
        let request = request.header("authorization", format!("DPoP {}", scene.given.access)).header("DPoP", proof);
        let spoofed =
            [("host", host), ("x-forwarded-host", host), ("x-forwarded-proto", "https"), ("forwarded", "host=evil")];
        conformance::Answer::of(spoofed.into_iter().fold(request, |request, (name, value)| request.header(name, value)))
    };
    let ours = scene.provider.url(at.path);
    let good = ask("evil.example", ours).await.unwrap();
    assert_eq!(good.status, 200);
    for other in ["https://evil.example/connect/userinfo", "http://evil.example/connect/userinfo"] {
        refused_proof(at, &ask("evil.example", other.to_owned()).await.unwrap(), other);
    }
}

#[tokio::test]
async fn a_used_proof_is_remembered_for_as_long_as_it_would_be_taken() {
    let scene = scene().await;
    for at in ENDPOINTS {
        let proof = scene.proof(at);
        let ahead = proof.claims["iat"].as_i64().unwrap() + 10;
        let text = scene.key.sign(&proof.claim("iat", ahead));
        assert_eq!(scene.send(at, &[&text]).await.status, at.good());
        for _ in 0..7 {
            scene.provider.advance(seconds(10)).await.unwrap();
            refused_proof(at, &scene.send(at, &[&text]).await, "used before");
        }
    }
}

#[tokio::test]
async fn the_same_jti_of_another_key_or_for_another_endpoint_is_another_proof() {
    let scene = scene().await;
    for at in ENDPOINTS.into_iter().filter(|at| at.method == "POST") {
        assert_eq!(scene.says(at, &scene.proof(at).claim("jti", "the same")).await.status, at.good(), "{at:?}");
    }
    let other = ProofKey::generate().unwrap();
    let at = ENDPOINTS[0];
    let proof = other.sign(&scene.portal.proof(&other, at.method, at.path).claim("jti", "the same"));
    assert_eq!(scene.send(at, &[&proof]).await.status, at.good());
}

#[tokio::test]
async fn of_many_who_present_one_proof_at_once_one_gets_in() {
    let scene = scene().await;
    for at in ENDPOINTS {
        for _ in 0..5 {
            let proof = scene.key.sign(&scene.proof(at));
            let proofs = [proof.as_str()];
            let racers = (0..12).map(|_| scene.send(at, &proofs));
            let answers = futures_util::future::join_all(racers).await;
            let winners = answers.iter().filter(|answer| answer.status == at.good()).count();
            assert_eq!(winners, 1, "{at:?}");
        }
    }
}

#[tokio::test]
async fn noise_is_refused_and_never_a_failure() {
    let scene = scene().await;
    for at in ENDPOINTS {
        for round in 0..150 {
            let bytes: [u8; 8] = keys::random().unwrap();
            let mut text = scene.key.sign(&scene.proof(at)).into_bytes();
            for pair in bytes.chunks(2).take(1 + round % 4) {
                let place = (usize::from(pair[0]) * 256 + usize::from(pair[1])) % text.len();
                match pair[1] % 3 {
                    0 => text[place] = b'.',
                    1 => drop(text.remove(place)),
                    _ => text[place] = b"Az0-_=, \"{"[usize::from(pair[0]) % 10],
                }
            }
            let text = String::from_utf8(text).unwrap();
            let answer = scene.send(at, &[text.trim()]).await;
            assert!([at.good(), 400, 401].contains(&answer.status.as_u16()), "{} {text}", answer.status);
        }
    }
}
