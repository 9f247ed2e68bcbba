//! 帳號被鎖定: what the person is told, and what a stranger can do with it.

use crate::support::*;
use conformance::{NATURAL_PERSON, PASSWORD as OLD, Page, Provider};
use std::time::Duration;

/// Guesses until the name is locked; the last page.
async fn lock(provider: &Provider, account: &str) -> Page {
    let mut last = None;
    for _ in 0..5 {
        provider.advance(Duration::from_secs(31)).await.unwrap();
        last = Some(sign_in(provider, account, "wrong-one").await);
    }
    last.unwrap()
}

#[tokio::test]
async fn who_is_locked_reads_until_when_and_what_opens_it_and_is_mailed_once_a_day() {
    let provider = Provider::start().await.unwrap();
    let page = lock(&provider, "ClaireSu1234").await;
    assert_eq!(page.status, 429);
    assert!(page.body.contains("鎖定") && page.body.contains("/forgot-password"), "{}", page.body);
    let mail = so_many_mails(&provider, 1).await.pop().unwrap();
    assert_eq!(mail.subject(), Some("「我的E政府」帳號暫時鎖定"));
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("clairesu1234@example.gov.tw"));
    let said = mail.body_text(0).unwrap();
    assert!(said.contains(NATURAL_PERSON) && !said.contains("key=") && !said.contains("蘇小美"), "{said}");
    assert!(link(&provider, &mail).ends_with("/forgot-password"));
    for _ in 0..3 {
        provider.advance(Duration::from_secs(15 * 60)).await.unwrap();
        lock(&provider, NATURAL_PERSON).await;
    }
    assert!(asked(&provider, "/forgot-password", NATURAL_PERSON).await.status == 200, "mail to reset is counted apart");
    so_many_mails(&provider, 2).await;
    until("all is delivered", async || settled(&provider).await == 2).await;
    assert_eq!(mails(&provider).len(), 2, "of four locks one is told");
    provider.advance(Duration::from_secs(24 * 3600)).await.unwrap();
    lock(&provider, NATURAL_PERSON).await;
    so_many_mails(&provider, 3).await;
    provider.advance(Duration::from_secs(15 * 60)).await.unwrap();
    assert!(sign_in(&provider, NATURAL_PERSON, OLD).await.body.contains("蘇小美"), "it opens by itself");
}

/// Attack: enumeration (CVE-2026-4633) by what a lock writes and says.
#[tokio::test]
async fn a_lock_writes_and_says_the_same_of_names_that_nobody_has() {
    let provider = Provider::start().await.unwrap();
    let mut seen = Vec::new();
    for account in [NATURAL_PERSON, "nobody01234x"] {
        let before = (noted(&provider).await, provider.audit(1000).await.unwrap().len());
        let page = lock(&provider, account).await;
        let after = (noted(&provider).await, provider.audit(1000).await.unwrap().len());
        let summary = page.body.split("class=\"problem\"").nth(1).unwrap().split("</div>").next().unwrap().to_owned();
        let words: String = summary.chars().filter(|letter| !letter.is_ascii_digit()).collect();
        seen.push((page.status, words, after.0 - before.0, after.1 - before.1));
    }
    assert_eq!((seen[0].2, seen[0].3), (1, 5));
    assert_eq!(seen[0], seen[1]);
    until("all is delivered", async || settled(&provider).await == 2).await;
    assert_eq!(mails(&provider).len(), 1);
}
