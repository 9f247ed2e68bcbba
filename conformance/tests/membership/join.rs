//! 加入會員 step by step, and races for a name.

use crate::support::*;
use conformance::{Browser, Page, Provider};
use std::time::Duration;

#[tokio::test]
async fn a_person_applies_is_mailed_activates_and_signs_in() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let waiting = apply(&provider, &browser, "newcomer01").await;
    assert!(waiting.body.contains(MAIL), "{}", waiting.body);
    let refused = sign_in(&provider, "newcomer01", PASSWORD).await;
    assert!(refused.body.contains("帳號尚未啟用"), "{}", refused.body);

    let mails = so_many_mails(&provider, 1).await;
    assert_eq!(mails[0].to().unwrap().first().unwrap().address(), Some(MAIL));
    assert_eq!(mails[0].subject(), Some("「我的E政府」會員確認信"));
    let (plain, html) = (mails[0].body_text(0).unwrap(), mails[0].body_html(0).unwrap());
    for said in [&plain, &html] {
        assert!(said.contains("newcomer01") && said.contains("/activate?key="), "{said}");
        assert!(!said.contains("蘇小美"), "a mail to a wrong address tells nobody a name: {said}");
    }
    let done = activate(&browser, &link(&provider, &mails[0])).await;
    assert!(done.body.contains("帳號已啟用成功"), "{}", done.body);
    let home = sign_in(&provider, "newcomer01", PASSWORD).await;
    assert!(home.body.contains("蘇小美"), "{}", home.body);
    let shown = browser.open(&waiting.url).await.unwrap();
    assert!(shown.body.contains("帳號已經啟用"), "{}", shown.body);
    assert_eq!(events(&provider).await, ["account.activated", "account.applied"]);
}

#[tokio::test]
async fn what_was_typed_survives_an_error_and_going_back_but_for_the_password() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = begin(&provider, &browser).await;
    let wrong = [("account", "newcomer02"), ("new-password", PASSWORD), ("new-password-again", "other")];
    let page = step(&browser, &page, &wrong).await;
    assert_eq!(page.status, 422);
    assert_eq!(page.field("account").as_deref(), Some("newcomer02"));
    assert!(!page.body.contains(PASSWORD) && page.body.contains("兩次輸入的密碼不同"), "{}", page.body);
    let page = step(&browser, &page, &first("newcomer02")).await;
    let wrong = [("name", "蘇小美"), ("email", "claire@"), ("email-again", "claire@"), ("nickname", "小美")];
    let page = step(&browser, &page, &wrong).await;
    assert_eq!((page.status.as_u16(), page.field("name").as_deref()), (422, Some("蘇小美")));
    assert_eq!(page.field("nickname").as_deref(), Some("小美"));
    let last = skip_both(&browser, &step(&browser, &page, &SECOND).await).await;
    assert!(last.body.contains("註冊確認") && last.body.contains(MAIL), "{}", last.body);
    let page = step(&browser, &last, &[]).await;
    assert!(page.status == 422 && page.body.contains("勾選同意"), "{}", page.body);
    let page = step(&browser, &last, &[("decision", "basics")]).await;
    assert_eq!(page.field("email").as_deref(), Some(MAIL));
    let page = step(&browser, &page, &[("decision", "back")]).await;
    assert_eq!(page.field("account").as_deref(), Some("newcomer02"));
    // The password was chosen and stays.
    let page = step(&browser, &page, &[("account", "newcomer02")]).await;
    let page = skip_both(&browser, &step(&browser, &page, &SECOND).await).await;
    let page = agree(&provider, &browser, &page).await;
    assert!(page.url.contains("/join/sent"), "{}", page.body);
    activate(&browser, &link(&provider, &so_many_mails(&provider, 1).await[0])).await;
    assert!(sign_in(&provider, "newcomer02", PASSWORD).await.body.contains("蘇小美"));
}

#[tokio::test]
async fn of_two_who_want_one_name_one_gets_it_and_the_other_is_told() {
    let provider = Provider::start().await.unwrap();
    let (one, other) = (Browser::new(&provider.issuer).unwrap(), Browser::new(&provider.issuer).unwrap());
    let (mine, theirs) =
        (to_the_last(&provider, &one, "popular01").await, to_the_last(&provider, &other, "Popular01").await);
    let both = futures_util::future::join(agree(&provider, &one, &mine), agree(&provider, &other, &theirs)).await;
    let got = [&both.0, &both.1].map(|page| page.url.contains("/join/sent"));
    assert!(got[0] != got[1], "{got:?}");
    let told = if got[0] { &both.1 } else { &both.0 };
    assert!(told.status == 422 && told.body.contains("已經有人使用"), "{}", told.body);
    assert_eq!(events(&provider).await, ["account.applied"]);
    let late = Browser::new(&provider.issuer).unwrap();
    let page = begin(&provider, &late).await;
    let page = step(&late, &page, &first("POPULAR01")).await;
    assert!(page.status == 422 && page.body.contains("已經有人使用"), "told at the first step: {}", page.body);
}

#[tokio::test]
async fn the_last_step_sent_twice_makes_one_account_and_one_mail() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let last = to_the_last(&provider, &browser, "twice0001").await;
    let both = futures_util::future::join(agree(&provider, &browser, &last), agree(&provider, &browser, &last)).await;
    for page in [&both.0, &both.1] {
        assert!(page.url.contains("/join/sent"), "{}", page.body);
    }
    assert_eq!(events(&provider).await, ["account.applied"]);
    assert_eq!(noted(&provider).await, 1);
    until("it is over", async || settled(&provider).await == 1).await;
    assert_eq!(mails(&provider).len(), 1);
}

#[tokio::test]
async fn an_application_belongs_to_its_browser_and_ends() {
    let provider = Provider::start().await.unwrap();
    let (mine, other) = (Browser::new(&provider.issuer).unwrap(), Browser::new(&provider.issuer).unwrap());
    let last = to_the_last(&provider, &mine, "stolen001").await;
    begin(&provider, &other).await;
    let taken = agree(&provider, &other, &last).await;
    assert!(taken.body.contains("這次申請已經結束"), "{}", taken.body);
    let seen = other.open(&last.url).await.unwrap();
    assert!(!seen.body.contains(MAIL), "{}", seen.body);
    let waiting = apply(&provider, &mine, "waiting01").await;
    let seen = other.open(&waiting.url).await.unwrap();
    assert!(!seen.body.contains(MAIL), "{}", seen.body);
    provider.advance(Duration::from_secs(24 * 3600)).await.unwrap();
    let late = agree(&provider, &mine, &last).await;
    assert!(late.body.contains("這次申請已經結束"), "{}", late.body);
    assert_eq!(events(&provider).await, ["account.applied"]);
}

#[tokio::test]
async fn foreign_forms_and_forged_values_do_nothing() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let last = to_the_last(&provider, &browser, "foreign01").await;
    let fields = [("application", last.field("application").unwrap()), ("agree", "yes".into())];
    let foreign = browser.http.post(provider.url("/join")).header("origin", "https://evil.example").form(&fields);
    let answer = foreign.send().await.unwrap();
    assert_eq!(answer.status(), 403);
    for forged in ["", "x", "AAAA", &last.field("application").unwrap()[1..]] {
        let page = browser.submit("/join", &[("application", forged), ("agree", "yes")]).await.unwrap();
        assert!(page.status.is_client_error() && page.body.contains("error-title"), "{}", page.body);
    }
    for path in ["/join?application=x", "/join/sent", "/join/sent?waiting=x"] {
        let page = browser.open(&provider.url(path)).await.unwrap();
        assert!(
            page.status == 400 && page.body.contains("這次申請已經結束") && page.has("join"),
            "{path}: {}",
            page.body
        );
        assert!(!page.body.contains("您的帳號"), "nobody has one yet: {}", page.body);
    }
    for path in ["/join?kind=emperor", "/join/sent", "/join/sent?waiting=x", "/activate", "/activate?key=x"] {
        let page = browser.open(&provider.url(path)).await.unwrap();
        assert!(!page.status.is_server_error(), "{path}: {}", page.status);
    }
    assert_eq!(events(&provider).await, Vec::<String>::new());
}

#[tokio::test]
async fn an_address_that_asks_too_often_is_told_until_when_and_loses_nothing() {
    let options = conformance::ProviderOptions {
        settings: Some(|settings| settings.membership.applications_per_address = 2),
        ..Default::default()
    };
    let provider = Provider::start_with(options).await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    for account in ["often0001", "often0002"] {
        let page = step(&browser, &begin(&provider, &browser).await, &first(account)).await;
        assert_eq!(page.status, 200);
    }
    let page = step(&browser, &begin(&provider, &browser).await, &first("often0003")).await;
    assert_eq!(page.status, 429);
    assert_eq!(page.headers["retry-after"], "3600");
    assert_eq!(page.field("account").as_deref(), Some("often0003"));
    provider.advance(Duration::from_secs(3601)).await.unwrap();
    let page = step(&browser, &page, &first("often0003")).await;
    assert_eq!(page.status, 200, "{}", page.body);
}

#[tokio::test]
async fn whoever_goes_back_after_the_last_step_is_shown_what_waits_and_changes_nothing() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let last = to_the_last(&provider, &browser, "goesback1").await;
    agree(&provider, &browser, &last).await;
    for decision in ["back", ""] {
        let page = step(&browser, &last, &[("decision", decision)]).await;
        assert!(page.url.contains("/join/sent") && page.body.contains(MAIL), "{}", page.url);
        assert_eq!(says_before(&page, "goesback1"), !decision.is_empty(), "{}", page.body);
    }
    let page = browser.open(&last.url).await.unwrap();
    assert!(page.url.contains("/join/sent") && !page.body.contains("先前已經送出"), "{}", page.url);
    assert_eq!(events(&provider).await, ["account.applied"]);
}

/// Whether a page says that this account was applied for before, and that what was typed since is not in it.
fn says_before(page: &Page, account: &str) -> bool {
    let says = ["這份申請先前已經送出", "沒有存入這個帳號", "我的專區", account];
    page.url.contains("/join/sent") && page.has("problem") && says.iter().all(|words| page.body.contains(words))
}

#[tokio::test]
async fn whoever_goes_on_in_another_tab_after_the_last_step_is_told_that_it_is_not_in_the_account() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let last = to_the_last(&provider, &browser, "twotabs01").await;
    // Another tab, in which other things are typed.
    let other = [("name", "蘇大美"), ("email", "other@example.gov.tw"), ("email-again", "other@example.gov.tw")];
    let second = step(&browser, &last, &[("decision", "basics")]).await;
    let third = step(&browser, &second, &other).await;
    let fourth = step(&browser, &third, &SKIP).await;
    let theirs = step(&browser, &fourth, &SKIP).await;
    let done = agree(&provider, &browser, &last).await;
    assert!(done.url.contains("/join/sent") && !done.has("problem"), "{}", done.body);
    let proof = provider.proof(&theirs).unwrap();
    let proof: Vec<_> = proof.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let agreed = [&[("agree", "yes")], proof.as_slice()].concat();
    let sent: [(&Page, &[(&str, &str)]); 6] = [
        (&second, &other),
        (&third, &SKIP),
        (&third, &THIRD),
        (&fourth, &[("decision", "back")]),
        (&fourth, &FOURTH),
        (&theirs, &agreed),
    ];
    for (page, fields) in sent {
        let told = step(&browser, page, fields).await;
        assert!(says_before(&told, "twotabs01"), "{fields:?}: {}", told.body);
        assert!(told.body.contains(MAIL) && !told.body.contains("other@example.gov.tw"), "{}", told.body);
    }
    for page in [&second, &third, &fourth, &theirs] {
        assert!(says_before(&browser.open(&page.url).await.unwrap(), "twotabs01"), "{}", page.url);
    }
    // The same once more is what it was.
    let again = agree(&provider, &browser, &last).await;
    assert!(again.url.contains("/join/sent") && !again.has("problem"), "{}", again.body);
    activate(&browser, &link(&provider, &so_many_mails(&provider, 1).await[0])).await;
    let told = step(&browser, &theirs, &agreed).await;
    assert!(says_before(&told, "twotabs01") && told.body.contains("帳號已經啟用"), "{}", told.body);
    assert_eq!(events(&provider).await, ["account.activated", "account.applied"]);
    assert!(sign_in(&provider, "twotabs01", PASSWORD).await.body.contains("蘇小美"));
}

#[tokio::test]
async fn of_two_tabs_that_send_other_data_at_once_one_is_told() {
    let provider = Provider::start().await.unwrap();
    for round in 0..5 {
        let account = format!("twotabs1{round}");
        let browser = Browser::new(&provider.issuer).unwrap();
        let mine = to_the_last(&provider, &browser, &account).await;
        let second = step(&browser, &mine, &[("decision", "basics")]).await;
        let mail = format!("other{round}@example.gov.tw");
        let other = [("name", "蘇小美"), ("email", mail.as_str()), ("email-again", &mail), ("nickname", "小美")];
        let theirs = skip_both(&browser, &step(&browser, &second, &other).await).await;
        let both =
            futures_util::future::join(agree(&provider, &browser, &mine), agree(&provider, &browser, &theirs)).await;
        let told = [&both.0, &both.1].map(|page| says_before(page, &account));
        assert!(told[0] != told[1], "{told:?} {} {}", both.0.body, both.1.body);
        provider.advance(Duration::from_secs(3601)).await.unwrap();
    }
}

#[tokio::test]
async fn mails_are_asked_for_again_so_often_from_one_address() {
    let options = conformance::ProviderOptions {
        settings: Some(|settings| settings.membership.mails_per_address = 1),
        ..Default::default()
    };
    let provider = Provider::start_with(options).await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = apply(&provider, &browser, "againfrom1").await;
    let handle = page.field("waiting").unwrap();
    for status in [200, 429] {
        provider.advance(Duration::from_secs(61)).await.unwrap();
        let fields = [("waiting", handle.as_str()), ("decision", "again")];
        let page = browser.submit("/join/sent", &fields).await.unwrap();
        assert_eq!(page.status.as_u16(), status, "{}", page.body);
    }
}
