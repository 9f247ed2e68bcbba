//! One step at a time: a lost answer may be asked for again, reuse ends everything, strangers change nothing.

use super::{gone, next, signed_in};
use conformance::steps::{WEATHER, is_dead, portal, register, seconds, silent, start};
use idp_core::client::AuthMethod;

#[tokio::test]
async fn a_lost_answer_may_be_asked_for_again_and_never_leads_two_steps_on() {
    let (provider, emic) = start().await;
    let (_, first) = signed_in(&provider, &emic, "openid").await;
    let lost = next(&emic, &first).await;
    provider.advance(seconds(9)).await.unwrap();
    let again = next(&emic, &first).await;
    // Both are the same generation: using one makes the other the one before.
    let third = next(&emic, &again).await;
    let same_third = next(&emic, &lost).await;
    assert!(!is_dead(&emic, &third.access).await && !is_dead(&emic, &same_third.access).await);
    // The first is two steps behind by now: reuse, although it is the same minute.
    gone(&emic.refresh(&first.refresh).await.unwrap());
    for token in [&third, &same_third, &again, &lost] {
        gone(&emic.refresh(&token.refresh).await.unwrap());
        assert!(is_dead(&emic, &token.access).await);
    }
}

#[tokio::test]
async fn a_refresh_token_used_again_after_the_grace_ends_everything() {
    let (provider, emic) = start().await;
    let (browser, first) = signed_in(&provider, &emic, "openid").await;
    let second = next(&emic, &first).await;
    provider.advance(seconds(10)).await.unwrap();
    gone(&emic.refresh(&first.refresh).await.unwrap());
    gone(&emic.refresh(&second.refresh).await.unwrap());
    assert!(is_dead(&emic, &first.access).await && is_dead(&emic, &second.access).await);
    assert_eq!(silent(&emic, &browser).await, None, "the session stays");
}

/// Elsewhere two that came at once each got tokens, and a stolen one went on beside the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_refreshes_at_once_all_end_at_the_same_generation() {
    let (provider, emic) = start().await;
    let (_, mut given) = signed_in(&provider, &emic, "openid").await;
    for _ in 0..3 {
        let mut racers = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (emic, refresh) = (emic.clone(), given.refresh.clone());
            racers.spawn(async move { emic.refresh(&refresh).await.unwrap().tokens().unwrap() });
        }
        let all = racers.join_all().await;
        // One step only: any of them leads to the next, and after that all the others are the generation before.
        let newest = next(&emic, &all[0]).await;
        for other in &all[1..] {
            next(&emic, other).await;
        }
        assert!(!is_dead(&emic, &newest.access).await);
        given = newest;
    }
}

#[tokio::test]
async fn another_portal_cannot_use_a_refresh_token_and_changes_nothing_for_its_owner() {
    let (provider, emic) = start().await;
    let public = register(&provider, "public", |asked| asked.auth_method = AuthMethod::None).await;
    let weather = portal(&provider, "weather", WEATHER).await;
    let (_, first) = signed_in(&provider, &emic, "openid").await;
    let second = next(&emic, &first).await;
    provider.advance(seconds(60)).await.unwrap();
    for stranger in [&weather, &public] {
        // Not even an old one, whose reuse by its owner would end everything.
        gone(&stranger.refresh(&first.refresh).await.unwrap());
        gone(&stranger.refresh(&second.refresh).await.unwrap());
    }
    next(&emic, &second).await;
}
