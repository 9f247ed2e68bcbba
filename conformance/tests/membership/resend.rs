//! 重寄確認信.

use crate::support::*;
use conformance::NATURAL_PERSON;
use conformance::{Browser, Provider};
use std::time::Duration;

#[tokio::test]
async fn the_confirmation_is_sent_again_to_who_waits_for_it_and_to_nobody_else() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    apply(&provider, &browser, "newcomer05").await;
    so_many_mails(&provider, 1).await;
    let refused = sign_in(&provider, "newcomer05", PASSWORD).await;
    assert!(refused.body.contains("href=\"/resend-confirmation\""), "{}", refused.body);
    for account in ["NewComer05", NATURAL_PERSON, "nobody01234"] {
        assert_eq!(asked(&provider, "/resend-confirmation", account).await.status, 200, "{account}");
    }
    let all = async || settled(&provider).await == 4;
    until("all are looked at", all).await;
    let mails = mails(&provider);
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[1].to().unwrap().first().unwrap().address(), Some(MAIL));
    let other = Browser::new(&provider.issuer).unwrap();
    assert!(activate(&other, &link(&provider, &mails[1])).await.body.contains("帳號已啟用成功"));
    // Now there is nothing to confirm.
    provider.advance(Duration::from_secs(61)).await.unwrap();
    asked(&provider, "/resend-confirmation", "newcomer05").await;
    let all = async || settled(&provider).await == 5;
    until("it is looked at", all).await;
    assert_eq!(self::mails(&provider).len(), 2);
}
