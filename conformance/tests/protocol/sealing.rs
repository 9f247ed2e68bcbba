//! Sealing keys of many nodes.

use conformance::CIVIL_SERVANT;
use conformance::steps::{browser, refused, start, tokens};
use idp::directory::Directory;
use idp::keystore::sealing;
use idp_core::oauth::refresh_token::RefreshToken;
use idp_store::sealing_keys;

#[tokio::test]
async fn a_token_sealed_with_a_key_that_another_node_made_a_moment_ago_is_accepted_at_once() {
    let (provider, emic) = start().await;
    let given = tokens(&emic, &browser(&provider), &emic.request(), CIVIL_SERVANT).await;
    let base = &provider.wired.base;
    let here = base.directory.snapshot();
    let token = RefreshToken::open(&here.sealer, &given.refresh).unwrap();
    let prepared = base.directory.prepared().clone();
    let id = sealing::make_next(&base.db, &prepared.master, provider.clock.now()).await.unwrap().unwrap();
    let now = provider.clock.now();
    let named = id.clone();
    assert!(base.db.write(move |tx| sealing_keys::promote(tx, &named, now)).await.unwrap());
    let (reach, clock) = (provider.wired.jobs.reach.clone(), (base.clock.clone(), base.lifetimes.clock_skew));
    let elsewhere = Directory::load(prepared, reach, clock).await.unwrap().snapshot();
    assert_eq!(elsewhere.sealer.current().to_string(), id);
    let sealed = token.seal(&elsewhere.sealer).unwrap();
    emic.refresh(&sealed).await.unwrap().tokens().unwrap();
}

#[tokio::test]
async fn a_key_that_nobody_knows_is_asked_for_once_a_second_and_refused() {
    let (provider, emic) = start().await;
    let given = tokens(&emic, &browser(&provider), &emic.request(), CIVIL_SERVANT).await;
    let unknown = format!("{}{}", "AAAAAA", &given.refresh[6..]);
    for _ in 0..3 {
        refused(&emic.refresh(&unknown).await.unwrap(), 400, "invalid_grant");
    }
    emic.refresh(&given.refresh).await.unwrap().tokens().unwrap();
}
