//! Faults planted before the real provider: the checker names each, and nothing where there is none.

use crate::proxy::{Proxy, Wrong};
use crate::support::{World, judge};
use conformance::history::check::Rule;
use conformance::history::run::{Recorder, Town, drive};
use std::collections::BTreeSet;
use std::time::Duration;

const SEED: u64 = 7;
const OPERATIONS: u64 = 700;

/// The rules that are broken when a few people use the provider through the proxy.
async fn broken(wrong: Wrong) -> BTreeSet<Rule> {
    let World { folder: _folder, node, mut plan } = World::new(6).await;
    let proxy = Proxy::start(node.base(), wrong).await;
    let commands = plan.commands.take().unwrap();
    plan.seed = SEED;
    plan.operations = OPERATIONS;
    plan.entrances = vec![proxy.base.clone()];
    let town = Town::new(plan, Recorder::new(None).unwrap()).unwrap();
    let faults = async {
        if wrong == Wrong::PublishesOldKeys {
            town.progress.reaches(20).await;
            commands.run(&["keys", "generate", "--alg", "ES256"]).await?;
            let keys = commands.run(&["keys", "list"]).await?;
            let newest =
                keys.as_array().into_iter().flatten().filter(|key| key["state"] == "next" && key["alg"] == "ES256");
            let newest = newest.max_by_key(|key| key["created_at"].as_i64()).unwrap()["kid"].as_str().unwrap();
            // Longer than a portal keeps the JWKS: at the provider itself nothing is wrong.
            tokio::time::sleep(Duration::from_millis(1500)).await;
            commands.run(&["keys", "activate", newest, "--now", "--force"]).await?;
        }
        Ok(())
    };
    let events = drive(&town, faults).await.unwrap();
    judge(&events).iter().map(|violation| violation.rule).collect()
}

async fn names(wrong: Wrong, rule: Rule) {
    let broken = broken(wrong).await;
    assert!(broken.contains(&rule), "{wrong:?}: {broken:?}");
}

#[tokio::test]
async fn through_an_honest_proxy_nothing_is_reported() {
    assert_eq!(broken(Wrong::Nothing).await, BTreeSet::new());
}

#[tokio::test]
async fn a_code_that_is_sent_twice_is_reported_by_the_tokens_that_do_not_live() {
    names(Wrong::SendsCodesTwice, Rule::NotKept).await;
}

#[tokio::test]
async fn a_code_that_works_again_is_reported() {
    names(Wrong::LetsCodesWorkAgain, Rule::CodeTwice).await;
}

#[tokio::test]
async fn a_refresh_token_that_works_for_ever_is_reported() {
    let broken = broken(Wrong::LetsRefreshTokensWorkAgain).await;
    assert!(broken.contains(&Rule::RefreshLine) && broken.contains(&Rule::AfterGrace), "{broken:?}");
}

#[tokio::test]
async fn a_sign_out_that_ends_nothing_is_reported() {
    names(Wrong::ForgetsSignOuts, Rule::AfterSignOut).await;
}

#[tokio::test]
async fn a_revocation_that_ends_nothing_is_reported() {
    names(Wrong::ForgetsRevocations, Rule::AfterRevocation).await;
}

#[tokio::test]
async fn tokens_of_somebody_else_are_reported() {
    names(Wrong::MixesUpTokens, Rule::WrongPerson).await;
}

#[tokio::test]
async fn a_key_that_is_not_published_is_reported() {
    names(Wrong::PublishesOldKeys, Rule::KeyNotPublished).await;
}

#[tokio::test]
async fn user_info_that_outlives_its_grant_is_reported() {
    let broken = broken(Wrong::RemembersPeople).await;
    assert!(broken.contains(&Rule::AfterRevocation) && broken.contains(&Rule::AfterSignOut), "{broken:?}");
}
