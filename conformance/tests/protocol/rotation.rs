//! Signing keys change while portals use them: whoever keeps the key set for as long as its `max-age` says can read every
//! token; a compromised key is believed by nobody.

use conformance::steps::{browser, register, seconds, start, tokens};
use conformance::{Answer, Browser, NATURAL_PERSON, Portal, Provider};
use idp::keystore::signing_ring;
use keys::ring::{RotateOutcome, compromise, plan, rotate};
use keys::{Algorithm, Kid, SigningKeyRecord, UnixMillis};
use openidconnect::core::CoreJsonWebKeySet;
use std::collections::BTreeSet;

/// Carries out what is due, as the job does every second, and lets the provider see it.
async fn job(provider: &Provider) {
    let policy = provider.settings.key_policy();
    let now = provider.clock.now();
    change(provider, move |records| Ok((plan(now, records, &policy), ()))).await;
}

async fn change<T, F>(provider: &Provider, decide: F) -> T
where
    T: Clone + Send + 'static,
    F: Fn(&[SigningKeyRecord]) -> signing_ring::Decision<T> + Clone + Send + 'static,
{
    let prepared = provider.wired.base.directory.prepared();
    let (policy, now) = (provider.settings.key_policy(), provider.clock.now());
    let done = signing_ring::change(&prepared.db, &prepared.master, &policy, now, decide).await.unwrap().unwrap();
    provider.wired.base.directory.check().await.unwrap();
    done
}

/// `idp keys rotate --alg ALG`.
async fn rotate_key(provider: &Provider, algorithm: Algorithm) -> RotateOutcome {
    let now = provider.clock.now();
    change(provider, move |records| {
        let rotation = rotate(now, records, algorithm)?;
        Ok((rotation.steps, rotation.outcome))
    })
    .await
}

/// The published key set, with how long it may be kept, and the names in it.
struct KeySet {
    keys: CoreJsonWebKeySet,
    kids: BTreeSet<String>,
    good_until: UnixMillis,
}

async fn fetch(provider: &Provider, portal: &Portal) -> KeySet {
    let answer = Answer::of(portal.http.get(provider.url("/.well-known/jwks.json"))).await.unwrap();
    let max_age = answer.header("cache-control").unwrap().split("max-age=").nth(1).unwrap();
    let max_age: u64 = max_age.split(',').next().unwrap().trim().parse().unwrap();
    assert!((1..=3600).contains(&max_age), "{max_age}");
    let kids = answer.json["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned());
    KeySet {
        kids: kids.collect(),
        keys: serde_json::from_str(&answer.body).unwrap(),
        good_until: provider.clock.now().plus(seconds(max_age)),
    }
}

fn kid(token: &str) -> String {
    use base64::Engine;
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

/// A sign-in; gives back the ID token and its nonce.
async fn id_token(portal: &Portal, browser: &Browser) -> (String, String) {
    let request = portal.request();
    let given = tokens(portal, browser, &request, NATURAL_PERSON).await;
    (given.id_token, request.nonce)
}

#[tokio::test]
async fn no_sign_in_fails_at_a_portal_that_keeps_the_keys_as_long_as_it_may() {
    let (provider, es) = start().await;
    let rs = register(&provider, "rs", |asked| asked.id_token_signed_response_alg = Algorithm::Rs256).await;
    let browser = browser(&provider);
    let portals = [&es, &rs];
    // Portals that fetched at different times, each keeping its copy until it is too old.
    let mut copies = Vec::new();
    for _ in 0..6 {
        copies.push(fetch(&provider, &es).await);
        provider.advance(seconds(590)).await.unwrap();
    }
    let mut signed_by = BTreeSet::new();
    let mut before: Vec<(String, String)> = Vec::new();
    for step in 0..240_u32 {
        provider.advance(seconds(590)).await.unwrap();
        job(&provider).await;
        match step {
            20 | 90 | 91 => drop(rotate_key(&provider, Algorithm::Es256).await),
            50 => drop(rotate_key(&provider, Algorithm::Rs256).await),
            170 => {
                rotate_key(&provider, Algorithm::Es256).await;
                // Twice at once: the fresh next key is not published for long enough, and waits.
                let again = rotate_key(&provider, Algorithm::Es256).await;
                assert!(matches!(again, RotateOutcome::Scheduled { .. }), "{again:?}");
            }
            _ => {}
        }
        let now = provider.clock.now();
        let fresh = fetch(&provider, &es).await;
        for copy in &mut copies {
            if copy.good_until <= now {
                *copy = fetch(&provider, &es).await;
            }
        }
        let mut tokens = Vec::new();
        // Reading RS256 is slow where nothing is optimised: every fourth time does.
        for portal in portals.into_iter().take(if step % 4 == 0 { 2 } else { 1 }) {
            let (token, nonce) = id_token(portal, &browser).await;
            signed_by.insert(kid(&token));
            for copy in copies.iter().chain([&fresh]) {
                portal.verify_with(&copy.keys, &token, Some(&nonce)).unwrap_or_else(|why| panic!("step {step}: {why}"));
            }
            tokens.push((token, nonce));
        }
        // A token that has not expired can still be read by a portal that asks for the keys only now.
        for (portal, (token, nonce)) in portals.iter().zip(&before) {
            portal.verify_with(&fresh.keys, token, Some(nonce)).unwrap_or_else(|why| panic!("step {step}: {why}"));
        }
        before = tokens;
    }
    assert_eq!(signed_by.len(), 6 + 2, "the keys of ES256 and RS256 did change");
    let left = fetch(&provider, &es).await;
    assert_eq!(left.kids.len(), 4, "old keys are gone: {:?}", left.kids);
}

#[tokio::test]
async fn a_young_next_key_waits_and_nobody_keeps_the_set_beyond_its_turn() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let (first, _) = id_token(&emic, &browser).await;
    let RotateOutcome::Scheduled { kid: next, at } = rotate_key(&provider, Algorithm::Es256).await else {
        panic!("a key published a moment ago cannot be known everywhere");
    };
    let set = fetch(&provider, &emic).await;
    assert!(set.kids.contains(next.as_str()), "published before it signs");
    let mut last = 0;
    while provider.clock.now() < at {
        let set = fetch(&provider, &emic).await;
        assert!(set.good_until <= at.max(provider.clock.now().plus(seconds(1))), "kept beyond the change");
        assert_eq!(kid(&id_token(&emic, &browser).await.0), kid(&first), "not yet");
        provider.advance(seconds(301)).await.unwrap();
        last += 1;
        assert!(last < 100);
    }
    job(&provider).await;
    let (token, nonce) = id_token(&emic, &browser).await;
    assert_eq!(kid(&token), next.as_str());
    emic.verify(&token, Some(&nonce)).await.unwrap();
    let set = fetch(&provider, &emic).await;
    assert!(set.kids.contains(&kid(&first)), "the old one stays as long as its tokens");
    provider.advance(seconds(700)).await.unwrap();
    job(&provider).await;
    let set = fetch(&provider, &emic).await;
    assert!(!set.kids.contains(&kid(&first)), "and no longer");
    let hinted = emic.request().with("prompt", "none").with("id_token_hint", &first);
    let page = browser.open(&hinted.url()).await.unwrap();
    assert!(page.parameter("code").is_some(), "what a retired key signed is still known as ours: {}", page.url);
}

#[tokio::test]
async fn a_compromised_key_is_gone_and_recognises_nothing() {
    let (provider, emic) = start().await;
    let rs = register(&provider, "rs", |asked| asked.id_token_signed_response_alg = Algorithm::Rs256).await;
    let browser = browser(&provider);
    let request = emic.request();
    let given = tokens(&emic, &browser, &request, NATURAL_PERSON).await;
    let (rs_token, rs_nonce) = id_token(&rs, &browser).await;
    let bad = Kid::new(kid(&given.id_token));
    let (policy, now, named) = (provider.settings.key_policy(), provider.clock.now(), bad.clone());
    let done = change(&provider, move |records| {
        let done = compromise(now, records, &policy, &named)?;
        Ok((done.steps.clone(), done))
    })
    .await;
    let set = fetch(&provider, &emic).await;
    assert!(!set.kids.contains(bad.as_str()));
    assert!(emic.verify_with(&set.keys, &given.id_token, Some(&request.nonce)).is_err());
    rs.verify_with(&set.keys, &rs_token, Some(&rs_nonce)).unwrap();
    let (token, nonce) = id_token(&emic, &browser).await;
    assert_eq!(kid(&token), done.successor.unwrap().as_str());
    emic.verify_with(&set.keys, &token, Some(&nonce)).unwrap();

    let hinted = emic.request().with("prompt", "none").with("id_token_hint", &given.id_token);
    let page = browser.open(&hinted.url()).await.unwrap();
    assert_eq!(page.parameter("error").as_deref(), Some("invalid_request"), "{}", page.url);
    let page =
        browser.open(&provider.url(&format!("/connect/end_session?id_token_hint={}", given.id_token))).await.unwrap();
    assert!(page.has("logout-confirm"), "the person is asked");
    let newer = emic.refresh(&given.refresh).await.unwrap().tokens().unwrap();
    assert_eq!(kid(&newer.id_token), kid(&token), "nobody has to sign in again");
}

#[tokio::test]
async fn one_portal_can_go_first() {
    let (provider, emic) = start().await;
    let other = register(&provider, "other", |_| {}).await;
    let browser = browser(&provider);
    let (first, _) = id_token(&emic, &browser).await;
    provider.advance(seconds(4000)).await.unwrap();
    job(&provider).await;
    let records = provider.wired.base.directory.snapshot().ring.records().to_vec();
    let next = records.iter().find(|record| record.algorithm == Algorithm::Es256 && record.state.is_next()).unwrap();
    let (id, pinned, now) = (idp_core::ClientId::parse("other").unwrap(), next.kid.clone(), provider.clock.now());
    let pin = move |tx: &mut idp_store::Tx<'_>| {
        let before = idp_store::clients::find(tx.conn(), &id)?.unwrap();
        let mut after = before.clone();
        after.client.pinned_kid = Some(pinned.clone());
        idp_store::clients::update(tx, &before, &after, now)
    };
    provider.wired.base.db.write(pin).await.unwrap();
    provider.wired.base.directory.check().await.unwrap();
    let (token, nonce) = id_token(&other, &browser).await;
    assert_eq!(kid(&token), next.kid.as_str());
    other.verify(&token, Some(&nonce)).await.unwrap();
    assert_eq!(kid(&id_token(&emic, &browser).await.0), kid(&first));
}
