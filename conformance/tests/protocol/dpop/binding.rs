//! What a proof binds: access tokens, the refresh tokens of public clients, codes.

use super::support::{Scene, error, redeemed, remembering, scene};
use conformance::steps::{browser, code, refused, register, seconds, tokens};
use conformance::{Answer, NATURAL_PERSON, Portal, ProofKey, Provider};
use idp_core::client::AuthMethod;

async fn asks_as(portal: &Portal, scheme: &str, token: &str, proof: Option<String>) -> Answer {
    let request = portal.http.get(format!("{}/connect/userinfo", portal.issuer));
    let request = request.header("authorization", format!("{scheme} {token}"));
    Answer::of(proof.into_iter().fold(request, |request, proof| request.header("DPoP", proof))).await.unwrap()
}

#[tokio::test]
async fn a_token_that_was_asked_for_with_a_proof_is_of_type_dpop_and_good_beside_one() {
    let (provider, emic) = remembering().await;
    let portal = emic.proving(&ProofKey::generate().unwrap());
    let answer = redeemed(&portal, &provider, &portal.request()).await;
    assert_eq!(answer.json["token_type"], "DPoP", "{}", answer.body);
    let given = answer.tokens().unwrap();
    for _ in 0..2 {
        assert!(portal.userinfo(&given.access).await.unwrap().json["sub"].is_string());
    }
    let again = portal.refresh(&given.refresh).await.unwrap();
    assert_eq!(again.json["token_type"], "DPoP");
    assert_eq!(portal.userinfo(&again.tokens().unwrap().access).await.unwrap().status, 200);
    let unbound = redeemed(&emic, &provider, &emic.request()).await;
    assert_eq!(unbound.json["token_type"], "Bearer", "without a proof as ever");
}

#[tokio::test]
async fn the_scheme_is_written_in_capitals_or_not() {
    let Scene { portal, key, given, .. } = &scene().await;
    for scheme in ["DPoP", "dpop", "DPOP", "dPoP"] {
        let proof = portal.proof(key, "GET", "/connect/userinfo").of_token(&given.access);
        let answer = asks_as(portal, scheme, &given.access, Some(key.sign(&proof))).await;
        assert_eq!(answer.status, 200, "{scheme}");
    }
}

#[tokio::test]
async fn a_bound_token_is_worth_nothing_as_a_bearer_token() {
    let Scene { provider, portal, key, given } = &scene().await;
    let proof = || key.sign(&portal.proof(key, "GET", "/connect/userinfo").of_token(&given.access));
    let by_form = |proof: Option<String>| {
        let request = portal.http.post(provider.url("/connect/userinfo")).form(&[("access_token", &given.access)]);
        proof.into_iter().fold(request, |request, proof| request.header("DPoP", proof))
    };
    let post = key.sign(&portal.proof(key, "POST", "/connect/userinfo").of_token(&given.access));
    for answer in [
        asks_as(portal, "Bearer", &given.access, None).await,
        asks_as(portal, "bearer", &given.access, Some(proof())).await,
        Answer::of(by_form(None)).await.unwrap(),
        Answer::of(by_form(Some(post))).await.unwrap(),
    ] {
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        assert_eq!((answer.status.as_u16(), error(&answer).as_str()), (401, "invalid_token"), "{challenge}");
        assert!(challenge.starts_with("DPoP ") && challenge.contains("algs=\"ES256"), "{challenge}");
    }
}

#[tokio::test]
async fn an_unbound_token_does_not_become_a_bound_one_by_a_proof() {
    let (provider, emic) = remembering().await;
    let given = tokens(&emic, &browser(&provider), &emic.request(), NATURAL_PERSON).await;
    let key = ProofKey::generate().unwrap();
    let proof = key.sign(&emic.proof(&key, "GET", "/connect/userinfo").of_token(&given.access));
    for proof in [Some(proof), None] {
        let answer = asks_as(&emic, "DPoP", &given.access, proof).await;
        assert_eq!((answer.status.as_u16(), error(&answer).as_str()), (401, "invalid_token"));
    }
    assert_eq!(emic.userinfo(&given.access).await.unwrap().status, 200, "as Bearer it is good");
}

#[tokio::test]
async fn a_token_beside_somebody_elses_proof_is_worth_nothing() {
    let Scene { portal, given, .. } = &scene().await;
    let thief = portal.proving(&ProofKey::generate().unwrap());
    let answer = thief.userinfo(&given.access).await.unwrap();
    assert_eq!((answer.status.as_u16(), error(&answer).as_str()), (401, "invalid_token"));
    assert_eq!(portal.userinfo(&given.access).await.unwrap().status, 200);
}

#[tokio::test]
async fn whoever_asks_without_a_token_is_told_of_both_schemes() {
    let (provider, emic) = remembering().await;
    let answer = Answer::of(emic.http.get(provider.url("/connect/userinfo"))).await.unwrap();
    let all: Vec<_> = answer.headers.get_all("www-authenticate").iter().map(|one| one.to_str().unwrap()).collect();
    assert_eq!(all.len(), 2, "{all:?}");
    assert!(all[0].starts_with("Bearer ") && all[1].starts_with("DPoP ") && all[1].contains("algs=\"ES256"), "{all:?}");
    assert!(all.iter().all(|one| !one.contains("error")));
}

async fn spa(provider: &Provider) -> Portal {
    register(provider, "spa", |asked| asked.auth_method = AuthMethod::None).await
}

#[tokio::test]
async fn a_public_clients_refresh_token_is_bound_to_its_key() {
    let (provider, _) = remembering().await;
    let (key, other) = (ProofKey::generate().unwrap(), ProofKey::generate().unwrap());
    let spa = spa(&provider).await;
    let bound = spa.proving(&key);
    let given = tokens(&bound, &browser(&provider), &bound.request(), NATURAL_PERSON).await;
    refused(&spa.refresh(&given.refresh).await.unwrap(), 400, "invalid_grant");
    refused(&spa.proving(&other).refresh(&given.refresh).await.unwrap(), 400, "invalid_grant");
    let next = bound.refresh(&given.refresh).await.unwrap().tokens().expect("a thief without the key changed nothing");
    refused(&spa.proving(&other).refresh(&next.refresh).await.unwrap(), 400, "invalid_grant");
    bound.refresh(&next.refresh).await.unwrap().tokens().unwrap();
    // A thief who has an old one and not the key does not end the person's sign-in either.
    provider.advance(seconds(11)).await.unwrap();
    refused(&spa.refresh(&given.refresh).await.unwrap(), 400, "invalid_grant");
    assert_eq!(bound.userinfo(&next.access).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_confidential_client_may_change_its_key() {
    let Scene { portal, given, .. } = &scene().await;
    let other = portal.proving(&ProofKey::generate().unwrap());
    let next = other.refresh(&given.refresh).await.unwrap().tokens().unwrap();
    assert_eq!(other.userinfo(&next.access).await.unwrap().status, 200);
    assert_eq!(portal.userinfo(&next.access).await.unwrap().status, 401, "the new token is the new key's");
}

#[tokio::test]
async fn a_client_whose_tokens_are_bound_gets_none_without_a_proof() {
    let (provider, emic) = remembering().await;
    let strict = register(&provider, "strict", |asked| asked.dpop_bound_access_tokens = true).await;
    let request = strict.request();
    let code = code(&browser(&provider), &request, NATURAL_PERSON).await;
    refused(&strict.redeem(&request, &code).await.unwrap(), 400, "invalid_dpop_proof");
    let bound = strict.proving(&ProofKey::generate().unwrap());
    let given = bound.redeem(&request, &code).await.unwrap().tokens().expect("the code is not burnt");
    refused(&strict.refresh(&given.refresh).await.unwrap(), 400, "invalid_dpop_proof");
    bound.refresh(&given.refresh).await.unwrap().tokens().unwrap();
    assert_eq!(redeemed(&emic, &provider, &emic.request()).await.status, 200, "others do as they did");
}

#[tokio::test]
async fn a_code_is_bound_to_the_key_that_the_request_names() {
    let (provider, emic) = remembering().await;
    let (key, other) = (ProofKey::generate().unwrap(), ProofKey::generate().unwrap());
    for (portal, good) in [(emic.proving(&key), true), (emic.proving(&other), false), (emic.clone(), false)] {
        let request = portal.request().with("dpop_jkt", &key.thumbprint());
        let code = code(&browser(&provider), &request, NATURAL_PERSON).await;
        let answer = portal.redeem(&request, &code).await.unwrap();
        if good {
            assert_eq!(answer.json["token_type"], "DPoP", "{}", answer.body);
            continue;
        }
        refused(&answer, 400, "invalid_grant");
        // A confidential client that gets it wrong burns the code, as with a wrong verifier.
        refused(&emic.proving(&key).redeem(&request, &code).await.unwrap(), 400, "invalid_grant");
    }
}

#[tokio::test]
async fn nobody_burns_a_public_clients_code_without_its_key() {
    let (provider, _) = remembering().await;
    let (key, spa) = (ProofKey::generate().unwrap(), spa(&provider).await);
    let request = spa.request().with("dpop_jkt", &key.thumbprint());
    let code = code(&browser(&provider), &request, NATURAL_PERSON).await;
    refused(&spa.redeem(&request, &code).await.unwrap(), 400, "invalid_grant");
    spa.proving(&key).redeem(&request, &code).await.unwrap().tokens().unwrap();
}

#[tokio::test]
async fn a_bound_code_keeps_nonces_of_every_length() {
    let (provider, emic) = remembering().await;
    let key = ProofKey::generate().unwrap();
    let portal = emic.proving(&key);
    for length in [1, 64, 96, 97, 128, 129, 384] {
        let nonce = "n".repeat(length);
        let request = portal.request().with("dpop_jkt", &key.thumbprint()).with("nonce", &nonce);
        let code = code(&browser(&provider), &request, NATURAL_PERSON).await;
        assert!(code.len() <= 512, "{length}: {}", code.len());
        let given = portal.redeem(&request, &code).await.unwrap().tokens().unwrap();
        portal.verify(&given.id_token, Some(&nonce)).await.unwrap();
    }
}

#[tokio::test]
async fn a_dpop_jkt_that_is_no_thumbprint_is_refused() {
    let (provider, emic) = remembering().await;
    let key = ProofKey::generate().unwrap();
    for bad in ["x", &key.thumbprint()[1..], &format!("{}=", key.thumbprint()), &"*".repeat(43), &"A".repeat(9000)] {
        let page = browser(&provider).open(&emic.request().with("dpop_jkt", bad).url()).await.unwrap();
        assert_eq!(page.parameter("error").as_deref(), Some("invalid_request"), "{bad}");
    }
    let twice = emic.request().and("dpop_jkt", &key.thumbprint()).and("dpop_jkt", &key.thumbprint());
    let page = browser(&provider).open(&twice.url()).await.unwrap();
    assert_eq!(page.parameter("error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn a_proof_beside_a_pushed_request_binds_its_code() {
    let (provider, emic) = remembering().await;
    let (key, other) = (ProofKey::generate().unwrap(), ProofKey::generate().unwrap());
    let push = async |request: &conformance::Request| {
        let proof = key.sign(&emic.proof(&key, "POST", "/connect/par"));
        let sent = emic.http.post(provider.url("/connect/par")).header("DPoP", proof);
        let fields: Vec<_> = request.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        emic.send(sent, &fields).await.unwrap()
    };
    let named = emic.request().with("dpop_jkt", &key.thumbprint());
    for request in [emic.request(), named] {
        for (portal, good) in [(emic.proving(&key), true), (emic.proving(&other), false), (emic.clone(), false)] {
            let answer = push(&request).await;
            let pushed = answer.json["request_uri"].as_str().unwrap_or_else(|| panic!("{}", answer.body));
            let mut brought = request.clone();
            brought.params = vec![("client_id".into(), emic.id.clone()), ("request_uri".into(), pushed.to_owned())];
            let code = code(&browser(&provider), &brought, NATURAL_PERSON).await;
            let answer = portal.redeem(&request, &code).await.unwrap();
            match good {
                true => assert_eq!(answer.json["token_type"], "DPoP", "{}", answer.body),
                false => refused(&answer, 400, "invalid_grant"),
            }
        }
    }
    let mismatched = emic.request().with("dpop_jkt", &other.thumbprint());
    refused(&push(&mismatched).await, 400, "invalid_dpop_proof");
}
