//! Refresh tokens: rotation, grace, reuse, scope, claims, and how long they live.

mod claims;
mod life;
mod rotation;

use conformance::steps::{browser, refused, tokens};
use conformance::{Answer, Browser, CIVIL_SERVANT, Portal, Provider, Tokens};

const DAY: u64 = 86_400;

async fn signed_in(provider: &Provider, emic: &Portal, scope: &str) -> (Browser, Tokens) {
    let browser = browser(provider);
    let given = tokens(emic, &browser, &emic.request().scope(scope), CIVIL_SERVANT).await;
    (browser, given)
}

async fn next(portal: &Portal, given: &Tokens) -> Tokens {
    portal.refresh(&given.refresh).await.unwrap().tokens().unwrap()
}

#[track_caller]
fn gone(answer: &Answer) {
    refused(answer, 400, "invalid_grant");
}
