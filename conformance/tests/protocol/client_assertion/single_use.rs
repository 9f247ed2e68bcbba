//! An assertion is used once, at one endpoint, on one node or another (CVE-2020-5300).

use super::{KINDS, assertion, client, present, provider, refused_for};
use crate::client_authentication::{everywhere, let_in};
use conformance::steps::{refused, run, seconds};
use conformance::{Assertion, By, Provider, ProviderOptions};
use futures_util::future::join_all;
use idp::settings::EphemeralSection;
use idp_core::client::AuthMethod;
use serde_json::json;

#[tokio::test]
async fn of_many_that_present_it_at_once_one_is_let_in() {
    let provider = provider().await;
    for (method, profile) in KINDS {
        let id = format!("{}-{profile:?}", method.as_str());
        let client = client(&provider, &id.replace('_', "-"), method, |asked| asked.profile = profile).await;
        let token = assertion(&client).signed().unwrap();
        let places = everywhere().into_iter().cycle().take(24);
        let answers = join_all(places.map(|at| present(&provider, at, &token, &[]))).await;
        let refused = answers.iter().filter(|answer| answer.error() == "invalid_client").count();
        assert_eq!(refused, 23);
        for at in everywhere() {
            refused_for(&present(&provider, at, &token, &[]).await, "used before");
        }
    }
}

#[tokio::test]
async fn it_stays_used_until_it_expires_and_is_expired_then() {
    let provider = provider().await;
    let client = client(&provider, "signer", AuthMethod::PrivateKeyJwt, |_| ()).await;
    let token = assertion(&client).signed().unwrap();
    let at = everywhere()[0];
    let_in(&present(&provider, at, &token, &[]).await, at);
    for _ in 0..7 {
        refused_for(&present(&provider, at, &token, &[]).await, "used before, or expired");
        provider.advance(seconds(10)).await.unwrap();
    }
}

#[tokio::test]
async fn a_secret_that_was_rotated_out_signs_for_another_day() {
    let provider = Provider::start().await.unwrap();
    let client = client(&provider, "signer", AuthMethod::ClientSecretJwt, |_| ()).await;
    let file = provider.folder().join("new-secret");
    run(&provider, &["clients", "rotate-secret", "signer", "--secret-file", file.to_str().unwrap()]).await.unwrap();
    let new = std::fs::read_to_string(file).unwrap();
    let signed_with = async |secret: &str| {
        let by = By::Secret(secret.trim().as_bytes().to_vec());
        let assertion = Assertion::new(&client.id, &client.issuer, by, &client.clock).unwrap().signed().unwrap();
        present(&provider, everywhere()[0], &assertion, &[]).await
    };
    provider.advance(seconds(24 * 3_600 - 1)).await.unwrap();
    for secret in [&client.secret, &new] {
        let_in(&signed_with(secret).await, everywhere()[0]);
    }
    provider.advance(seconds(1)).await.unwrap();
    refused_for(&signed_with(&client.secret).await, "by a secret of before");
    let_in(&signed_with(&new).await, everywhere()[0]);
}

#[tokio::test]
async fn the_same_jti_of_another_client_is_another() {
    let provider = provider().await;
    for id in ["one", "other"] {
        let client = client(&provider, id, AuthMethod::PrivateKeyJwt, |_| ()).await;
        let token = assertion(&client).claim("jti", json!("same")).signed().unwrap();
        let_in(&present(&provider, everywhere()[0], &token, &[]).await, everywhere()[0]);
        let again = assertion(&client).claim("jti", json!("same")).claim("nonce", json!("x")).signed().unwrap();
        refused_for(&present(&provider, everywhere()[0], &again, &[]).await, "the same jti in another assertion");
    }
}

#[tokio::test]
async fn after_a_restart_nothing_of_before_counts_and_what_is_fresh_may_come_again() {
    // One that forgets; a Redis would not.
    let ephemeral = Some(EphemeralSection::default());
    let mut provider = Provider::start_with(ProviderOptions { ephemeral, ..ProviderOptions::default() }).await.unwrap();
    let client = client(&provider, "signer", AuthMethod::PrivateKeyJwt, |_| ()).await;
    let at = everywhere()[0];
    provider.advance(seconds(11)).await.unwrap();
    let long = |seconds: i64| json!(provider.clock.now().seconds() + seconds);
    let (used, unused) = (assertion(&client).claim("exp", long(300)), assertion(&client).claim("exp", long(300)));
    let undated = assertion(&client).claim("exp", long(300)).claim("iat", serde_json::Value::Null);
    let (used, unused, undated) = (used.signed().unwrap(), unused.signed().unwrap(), undated.signed().unwrap());
    let_in(&present(&provider, at, &used, &[]).await, at);
    provider.advance(seconds(20)).await.unwrap();
    provider.restart().await.unwrap();
    let waits = present(&provider, at, &assertion(&client).signed().unwrap(), &[]).await;
    refused(&waits, 503, "temporarily_unavailable");
    assert!(waits.header("retry-after").is_some());
    for token in [&used, &unused, &undated] {
        refused_for(&present(&provider, at, token, &[]).await, "of before");
    }
    provider.advance(seconds(11)).await.unwrap();
    let_in(&present(&provider, at, &assertion(&client).signed().unwrap(), &[]).await, at);
    for token in [&used, &unused, &undated] {
        refused_for(&present(&provider, at, token, &[]).await, "of before");
    }
}
