//! 帳號確認信: activating by its link and the password, cancelling, correcting the address.

use crate::support::*;
use conformance::Browser;
use conformance::{Page, Provider};
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
    let press =
        || async { browser.submit("/activate", &[("key", &key), ("current-password", PASSWORD)]).await.unwrap().body };
    let both = futures_util::future::join_all((0..6).map(|_| press())).await;
    let done = both.iter().filter(|body| body.contains("帳號已啟用成功")).count();
    // On a busy machine a guess of the same name may have to wait; it is never done twice.
    let others = both
        .iter()
        .filter(|body| body.contains("先前已經啟用") || body.contains("請稍候") || body.contains("系統正忙"))
        .count();
    assert_eq!((done, others), (1, 5), "{both:?}");
    assert!(press().await.contains("先前已經啟用"));
    provider.advance(Duration::from_secs(120)).await.unwrap();
    let page = activate(&browser, &late).await;
    assert!(page.body.contains("這個連結已經失效"), "{}", page.body);
    assert_eq!(events(&provider).await.iter().filter(|event| *event == "account.activated").count(), 1);
}

/// Whoever applies with somebody else's address waits for them to press a button.
#[tokio::test]
async fn without_the_password_of_the_application_nobody_activates() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    apply(&provider, &browser, "prepared1").await;
    let link = link(&provider, &so_many_mails(&provider, 1).await[0]);
    let owner = Browser::new(&provider.issuer).unwrap();
    let none = activate_by(&owner, &link, &[]).await;
    assert!(none.status == 422 && none.body.contains("請輸入密碼"), "{}", none.body);
    let wrong = activate_by(&owner, &link, &[("current-password", "not-it-9876")]).await;
    assert!(wrong.status == 422 && wrong.body.contains("密碼不正確"), "{}", wrong.body);
    assert!(!wrong.body.contains("not-it-9876"));
    let soon = activate(&owner, &link).await;
    assert!(
        soon.status == 429 && soon.headers.contains_key("retry-after"),
        "counted as at the sign-in page: {}",
        soon.body
    );
    assert_eq!(events(&provider).await, ["account.applied"]);
    let failed = provider.audit(50).await.unwrap().into_iter().filter(|line| line.event == "sign_in.failed").count();
    assert_eq!(failed, 1);
    provider.advance(Duration::from_secs(60)).await.unwrap();
    assert!(activate(&owner, &link).await.body.contains("帳號已啟用成功"));
    assert_eq!(events(&provider).await, ["account.activated", "account.applied"]);
}

#[tokio::test]
async fn a_mailed_link_is_no_way_to_guess_around_a_lock() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    apply(&provider, &browser, "guessed01").await;
    let link = link(&provider, &so_many_mails(&provider, 1).await[0]);
    let mut page = None;
    for _ in 0..10 {
        page = Some(activate_by(&browser, &link, &[("current-password", "not-it-9876")]).await);
        provider.advance(Duration::from_secs(60)).await.unwrap();
    }
    let page = page.unwrap();
    assert!(page.status == 429 && page.headers.contains_key("retry-after"), "{} {}", page.status, page.body);
    assert_eq!(activate(&browser, &link).await.status, 429, "right or wrong");
    assert!(!events(&provider).await.contains(&"account.activated".to_owned()));
    provider.advance(DAY).await.unwrap();
    assert!(activate(&browser, &link).await.body.contains("帳號已啟用成功"), "the way out is to wait");
}

#[tokio::test]
async fn whoever_reads_the_mail_can_do_away_with_the_application() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    for account in ["unwanted1", "wanted001"] {
        apply(&provider, &browser, account).await;
    }
    let mails = so_many_mails(&provider, 2).await;
    let of = |account: &str| {
        link(&provider, mails.iter().find(|mail| mail.body_text(0).unwrap().contains(account)).unwrap())
    };
    let (unwanted, wanted) = (of("unwanted1"), of("wanted001"));
    let owner = Browser::new(&provider.issuer).unwrap();
    let odd = activate_by(&owner, &unwanted, &[("decision", "nonsense"), ("current-password", PASSWORD)]).await;
    assert_eq!(odd.status, 400);
    let discard = [("decision", "discard")];
    let done = activate_by(&owner, &unwanted, &discard).await;
    assert!(
        done.status == 200 && done.body.contains("申請已經取消") && done.body.contains("unwanted1"),
        "{}",
        done.body
    );
    assert!(activate(&browser, &unwanted).await.body.contains("這個連結已經失效"));
    assert!(sign_in(&provider, "unwanted1", PASSWORD).await.body.contains("不正確"), "nobody of that name");
    activate(&browser, &wanted).await;
    assert!(activate_by(&owner, &wanted, &discard).await.body.contains("先前已經啟用"), "only what nobody used");
    let key = wanted.split_once("key=").unwrap().1;
    let late = browser.submit("/activate", &[("key", key), ("decision", "discard")]).await.unwrap();
    assert!(late.body.contains("先前已經啟用"), "{}", late.body);
    assert!(sign_in(&provider, "wanted001", PASSWORD).await.has("person-name"));
    // The name is free for who forgot the password and applies again.
    provider.advance(Duration::from_secs(61)).await.unwrap();
    let again = Browser::new(&provider.issuer).unwrap();
    apply(&provider, &again, "unwanted1").await;
    let gone = events(&provider).await.into_iter().filter(|event| event == "account.application_discarded").count();
    assert_eq!(gone, 1);
}

#[tokio::test]
async fn of_an_activation_and_a_cancellation_at_once_one_counts() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    for number in 0..4 {
        let account = format!("undecided{number}");
        apply(&provider, &browser, &account).await;
        let mails = so_many_mails(&provider, number + 1).await;
        let mail = mails.iter().find(|mail| mail.body_text(0).unwrap().contains(&account)).unwrap();
        let link = link(&provider, mail);
        let (one, other) =
            tokio::join!(activate(&browser, &link), activate_by(&browser, &link, &[("decision", "discard")]));
        let done = (one.body.contains("帳號已啟用成功"), other.body.contains("申請已經取消"));
        assert!(done.0 != done.1, "{} {}", one.body, other.body);
        assert_eq!(sign_in(&provider, &account, PASSWORD).await.has("person-name"), done.0);
        provider.advance(Duration::from_secs(61)).await.unwrap();
    }
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
    let soon = send(vec![("decision", "correct"), ("email", MAIL), ("email-again", MAIL)]).await;
    assert_eq!(soon.status, 429, "nobody fills a mailbox");
    assert!(soon.headers.contains_key("retry-after") && soon.body.contains("秒"), "{}", soon.body);
    assert_eq!(soon.field("email-again").as_deref(), Some(MAIL), "what was typed is still there");
    let wrong = send(vec![("decision", "correct"), ("email", right), ("email-again", MAIL)]).await;
    assert_eq!((wrong.status.as_u16(), wrong.field("email").as_deref()), (422, Some(right)));
    // So that the mails have an order.
    provider.advance(Duration::from_secs(1)).await.unwrap();
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

async fn correct(browser: &Browser, waiting: &Page, to: &str) -> Page {
    let handle = waiting.field("waiting").unwrap();
    let fields = [("waiting", handle.as_str()), ("decision", "correct"), ("email", to), ("email-again", to)];
    browser.submit("/join/sent", &fields).await.unwrap()
}

/// Whoever sees the slip at once corrects it at once; nobody writes to one stranger after another.
#[tokio::test]
async fn two_corrections_wait_for_nothing_and_there_are_five_in_all() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let waiting = apply(&provider, &browser, "hurried01").await;
    let stranger = |number: usize| format!("stranger{number}@example.gov.tw");
    for number in 1..=2 {
        provider.advance(Duration::from_secs(1)).await.unwrap();
        assert_eq!(correct(&browser, &waiting, &stranger(number)).await.status, 200);
    }
    let soon = correct(&browser, &waiting, &stranger(3)).await;
    assert_eq!((soon.status.as_u16(), soon.field("email")), (429, Some(stranger(3))), "{}", soon.body);
    assert!(soon.body.contains("<details open"), "{}", soon.body);
    for number in 3..=12 {
        provider.advance(Duration::from_secs(61)).await.unwrap();
        let page = correct(&browser, &waiting, &stranger(number)).await;
        assert_eq!(page.status, if number <= 5 { 200 } else { 422 }, "{number}: {}", page.body);
        assert_eq!(page.body.contains("不能再更正"), number > 5, "{}", page.body);
    }
    assert_eq!(events(&provider).await.iter().filter(|event| *event == "account.email_corrected").count(), 5);
    let handle = waiting.field("waiting").unwrap();
    let page = browser.submit("/join/sent", &[("waiting", &handle), ("decision", "again")]).await.unwrap();
    assert_eq!(page.status, 200, "the last of them still gets the mail");
}

#[tokio::test]
async fn a_correction_sent_twice_at_once_writes_one_mail() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let waiting = apply(&provider, &browser, "hurried02").await;
    let both = (0..2).map(|_| correct(&browser, &waiting, "right@example.gov.tw"));
    let both = futures_util::future::join_all(both).await;
    assert!(both.iter().any(|page| page.status == 200), "{}", both[0].body);
    let corrected = events(&provider).await.into_iter().filter(|event| event == "account.email_corrected").count();
    assert_eq!(corrected, 1);
    assert_eq!(noted(&provider).await, 2, "the first one, and the one to the address of now");
    until("both are over", async || settled(&provider).await == 2).await;
    let mails = mails(&provider);
    let right =
        mails.iter().filter(|mail| mail.to().unwrap().first().unwrap().address() == Some("right@example.gov.tw"));
    assert_eq!(right.count(), 1);
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

/// Attack: a link that breaks the address to which the language switch comes back.
#[tokio::test]
async fn a_link_made_of_anything_is_over_in_both_languages() {
    let provider = Provider::start().await.unwrap();
    for path in ["/activate", "/reset-password"] {
        for key in ["%0d%0aX:1", "%00", "a%26b%23c%3fd", "%e5%af%86"] {
            let browser = Browser::new(&provider.issuer).unwrap();
            let page = browser.open(&provider.url(&format!("{path}?key={key}"))).await.unwrap();
            assert_eq!(page.status, 200, "{path} {key}: {}", page.body);
            let fields = [("return_to", page.field("return_to").unwrap()), ("lang", "en".to_owned())];
            let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
            let other = browser.submit("/language", &fields).await.unwrap();
            assert!(other.status == 200 && other.body.contains("lang=\"en\""), "{path} {key}: {}", other.body);
        }
    }
}
