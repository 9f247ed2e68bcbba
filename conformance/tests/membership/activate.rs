use crate::support::*;
use conformance::Browser;
use conformance::Provider;
use idp_store::ephemeral::AHEAD;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn a_scanner_that_opens_the_link_activates_nothing() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    apply(&provider, &browser, "scanned01").await;
    let link = link(&provider, &so_many_mails(&provider, 1).await[0]);
    let scanner = Browser::new(&provider.issuer).unwrap();
    for _ in 0..3 {
        scanner.open(&link).await.unwrap();
        scanner.http.head(&link).send().await.unwrap();
    }
    assert_eq!(events(&provider).await, ["account.applied"]);
    assert!(activate(&browser, &link).await.body.contains("帳號已啟用成功"));
}

#[tokio::test]
async fn a_link_works_once_and_for_seven_days() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    for account in ["oncelink1", "latelink1"] {
        apply(&provider, &browser, account).await;
    }
    let mails = so_many_mails(&provider, 2).await;
    let [one, late] = [0, 1].map(|number| link(&provider, &mails[number]));
    provider.advance(7 * DAY - Duration::from_secs(60)).await.unwrap();
    let key = browser.open(&one).await.unwrap().field("key").unwrap();
    let press = || async { browser.submit("/activate", &[("key", &key)]).await.unwrap().body };
    let both = futures_util::future::join_all((0..6).map(|_| press())).await;
    let done = both.iter().filter(|body| body.contains("帳號已啟用成功")).count();
    let already = both.iter().filter(|body| body.contains("先前已經啟用")).count();
    assert_eq!((done, already), (1, 5));
    provider.advance(Duration::from_secs(120)).await.unwrap();
    let page = activate(&browser, &late).await;
    assert!(page.body.contains("這個連結已經失效"), "{}", page.body);
    assert_eq!(events(&provider).await.iter().filter(|event| *event == "account.activated").count(), 1);
}

#[tokio::test]
async fn a_corrected_address_gets_the_mail_and_the_link_of_before_is_dead() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let waiting = apply(&provider, &browser, "mistyped1").await;
    let old = link(&provider, &so_many_mails(&provider, 1).await[0]);
    let handle = waiting.field("waiting").unwrap();
    let send = |fields: Vec<(&'static str, &'static str)>| {
        let (browser, handle) = (browser.clone(), handle.clone());
        async move {
            let mut all = vec![("waiting", handle.as_str())];
            all.extend(fields);
            browser.submit("/join/sent", &all).await.unwrap()
        }
    };
    let right = "claire.su@example.gov.tw";
    let correct = || vec![("decision", "correct"), ("email", right), ("email-again", right)];
    let soon = send(correct()).await;
    assert_eq!(soon.status, 429, "nobody fills a mailbox");
    assert!(soon.headers.contains_key("retry-after") && soon.body.contains("秒"), "{}", soon.body);
    provider.advance(Duration::from_secs(61)).await.unwrap();
    let wrong = send(vec![("decision", "correct"), ("email", right), ("email-again", MAIL)]).await;
    assert_eq!((wrong.status.as_u16(), wrong.field("email").as_deref()), (422, Some(right)));
    let page = send(correct()).await;
    assert!(page.status == 200 && page.body.contains(right), "{}", page.body);
    let mails = so_many_mails(&provider, 2).await;
    assert_eq!(mails[1].to().unwrap().first().unwrap().address(), Some(right));
    assert!(activate(&browser, &old).await.body.contains("這個連結已經失效"));
    provider.advance(Duration::from_secs(61)).await.unwrap();
    send(vec![("decision", "again")]).await;
    let mails = so_many_mails(&provider, 3).await;
    assert!(activate(&browser, &link(&provider, &mails[2])).await.body.contains("帳號已啟用成功"));
    let after = send(correct()).await;
    assert!(after.body.contains("帳號已經啟用"), "{}", after.body);
    let expected =
        ["account.activated", "account.activation_asked_again", "account.applied", "account.email_corrected"];
    assert_eq!(events(&provider).await, expected);
}

#[tokio::test]
async fn an_account_that_nobody_activates_goes_and_its_name_is_free_again() {
    let mut provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    for account in ["forgotten1", "activated1"] {
        apply(&provider, &browser, account).await;
    }
    let mails = so_many_mails(&provider, 2).await;
    activate(
        &browser,
        &link(&provider, mails.iter().find(|mail| mail.body_text(0).unwrap().contains("activated1")).unwrap()),
    )
    .await;
    provider.advance(30 * DAY + Duration::from_secs(60)).await.unwrap();
    // Every start begins with a sweep.
    provider.restart().await.unwrap();
    provider.clock.advance(AHEAD);
    let gone = async || events(&provider).await.contains(&"account.never_activated".to_owned());
    until("the account is gone", gone).await;
    assert!(sign_in(&provider, "activated1", PASSWORD).await.body.contains("蘇小美"), "who was activated stays");
    let other = Browser::new(&provider.issuer).unwrap();
    apply(&provider, &other, "forgotten1").await;
}

#[tokio::test]
async fn nobody_fills_somebody_elses_mailbox() {
    let provider = Provider::start().await.unwrap();
    for number in 1..=6 {
        let browser = Browser::new(&provider.issuer).unwrap();
        apply(&provider, &browser, &format!("flooder0{number}")).await;
    }
    let browser = Browser::new(&provider.issuer).unwrap();
    let last = to_the_last(&provider, &browser, "flooder07").await;
    let page = agree(&provider, &browser, &last).await;
    assert!(page.status == 422 && page.body.contains("寄到這個信箱的信太多"), "{}", page.body);
    assert_eq!(page.field("name").as_deref(), Some("蘇小美"), "what was typed is still there");
    assert_eq!(so_many_mails(&provider, 6).await.len(), 6);
    provider.advance(Duration::from_secs(3601)).await.unwrap();
    let last = browser.open(&last.url).await.unwrap();
    let page = agree(&provider, &browser, &last).await;
    assert!(page.url.contains("/join/sent"), "{}", page.body);
    let again = [("waiting", page.field("waiting").unwrap()), ("decision", "again".into())];
    let again: Vec<_> = again.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for sent in 1..=6 {
        provider.advance(Duration::from_secs(61)).await.unwrap();
        let page = browser.submit("/join/sent", &again).await.unwrap();
        assert_eq!(page.status == 200, sent < 6, "{sent}: {}", page.body);
    }
}
