//! Another e-mail address.

use super::{send, send_from, signed_in};
use crate::support::*;
use conformance::steps::{EMIC, lock, portal, seconds, tokens, unlock};
use conformance::{Browser, CIVIL_SERVANT, NATURAL_PERSON, PASSWORD as OLD, Page, Provider};
use mail_parser::Message;

pub const PATH: &str = "/account/email";
pub const NEW: &str = "new@example.tw";
pub const BEFORE: &str = "clairesu1234@example.gov.tw";

pub fn fields<'a>(email: &'a str, current: &'a str) -> [(&'a str, &'a str); 3] {
    [("email", email), ("email-again", email), ("current-password", current)]
}

/// The newest mail to an address that there are so many of.
async fn mail_to(provider: &Provider, to: &str, number: usize) -> Message<'static> {
    let to_it = || {
        let mut mails = mails(provider);
        mails.retain(|mail| mail.to().unwrap().first().unwrap().address() == Some(to));
        mails
    };
    until("the mail is there", async || to_it().len() >= number).await;
    to_it().pop().unwrap()
}

/// Asks for another address; the link that is mailed there, after so many others.
async fn ask(provider: &Provider, browser: &Browser, email: &str, number: usize) -> String {
    let page = send(provider, browser, PATH, &fields(email, OLD)).await;
    assert!(page.status == 200 && page.has("withdraw") && page.body.contains(email), "{}", page.body);
    link(provider, &mail_to(provider, email, number).await)
}

/// Opens the link and presses the button.
pub async fn confirm(browser: &Browser, link: &str) -> Page {
    let page = browser.open(link).await.unwrap();
    let Some(key) = page.field("key") else { return page };
    send_from(browser, &page, "/account/email/confirm", &[("key", &key)]).await
}

pub fn is_done(page: &Page) -> bool {
    page.status == 200 && page.has("email-changed")
}

fn is_over(page: &Page) -> bool {
    page.status == 200 && page.has("link-over") && page.body.contains("這個連結已經失效")
}

async fn counts(provider: &Provider, email: &str) -> bool {
    let find = |conn: &mut idp_store::Conn| idp_store::accounts::login(conn, NATURAL_PERSON);
    let person = provider.wired.base.db.read(find).await.unwrap().unwrap().person;
    person.email.as_deref() == Some(email) && person.email_verified
}

#[tokio::test]
async fn a_new_address_counts_once_its_link_was_followed_and_the_old_one_is_told() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let link = ask(&provider, &browser, NEW, 1).await;
    let told = mail_to(&provider, BEFORE, 1).await;
    assert_eq!(told.subject(), Some("「我的E政府」有人要求變更電子信箱"));
    let said = told.body_text(0).unwrap();
    assert!(said.contains("/forgot-password") && !said.contains("key=") && !said.contains(NEW), "{said}");
    assert!(counts(&provider, BEFORE).await);
    let shown = browser.open(&provider.url("/account")).await.unwrap().body;
    assert!(shown.contains(BEFORE) && shown.contains("等待確認的新信箱") && shown.contains(NEW), "{shown}");
    for _ in 0..3 {
        browser.open(&link).await.unwrap();
        browser.http.head(&link).send().await.unwrap();
    }
    assert!(counts(&provider, BEFORE).await, "looking changes nothing");
    // In another browser, after signing in: the link is still there.
    let phone = Browser::new(&provider.issuer).unwrap();
    let page = phone.open(&link).await.unwrap();
    assert!(page.has("login-submit") && !page.body.contains(NEW), "{}", page.body);
    let page = phone.sign_in(&page, NATURAL_PERSON, OLD).await.unwrap();
    assert!(page.has("confirm-email") && page.body.contains(NEW), "{}", page.body);
    let key = page.field("key").unwrap();
    // So that the mails have an order.
    provider.advance(seconds(1)).await.unwrap();
    let done = send_from(&phone, &page, "/account/email/confirm", &[("key", &key)]).await;
    assert!(is_done(&done), "{}", done.body);
    assert!(counts(&provider, NEW).await);
    assert!(is_over(&confirm(&browser, &link).await), "once");
    let told = mail_to(&provider, BEFORE, 2).await;
    assert_eq!(told.subject(), Some("「我的E政府」電子信箱已變更"));
    let emic = portal(&provider, "emic", EMIC).await;
    let given = tokens(&emic, &browser, &emic.request().with("scope", "openid email"), NATURAL_PERSON).await;
    let said = emic.userinfo(&given.access).await.unwrap().json;
    assert_eq!((said["email"].as_str(), said["email_verified"].as_bool()), (Some(NEW), Some(true)));
    assert_eq!(events(&provider).await, ["account.email_change_asked", "account.email_changed"]);
}

#[tokio::test]
async fn asking_needs_the_current_password_and_another_address() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let cases = [
        ("", "請輸入電子信箱"),
        ("claire", "電子信箱的格式不正確"),
        ("ClaireSu1234@example.gov.tw", "這就是目前的電子信箱"),
    ];
    for (email, said) in cases {
        let page = send(&provider, &browser, PATH, &fields(email, "wrong-one")).await;
        assert!(page.status == 422 && page.body.contains(said), "{email}: {}", page.body);
        assert!(!page.has("current-password-error"));
    }
    let two = [("email", NEW), ("email-again", "other@example.tw"), ("current-password", OLD)];
    let page = send(&provider, &browser, PATH, &two).await;
    assert!(page.status == 422 && page.has("email-again-error"), "{}", page.body);
    let page = send(&provider, &browser, PATH, &fields(NEW, "wrong-one")).await;
    assert!(page.status == 422 && page.has("current-password-error"), "{}", page.body);
    assert_eq!(page.field("email").as_deref(), Some(NEW));
    assert!(mails(&provider).is_empty() && events(&provider).await.is_empty());
    provider.advance(seconds(6)).await.unwrap();
    // Somebody else's address is as good as any: nobody is told whose it is.
    let page = send(&provider, &browser, PATH, &fields("fireman0119@example.gov.tw", OLD)).await;
    assert!(page.status == 200 && page.has("withdraw"), "{}", page.body);
}

#[tokio::test]
async fn nobody_else_can_follow_the_link() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let link = ask(&provider, &browser, NEW, 1).await;
    let stranger = signed_in(&provider, CIVIL_SERVANT, OLD).await;
    let page = stranger.open(&link).await.unwrap();
    assert!(page.has("link-over") && page.body.contains("其他帳號") && !page.body.contains(NEW), "{}", page.body);
    let own = stranger.open(&provider.url(PATH)).await.unwrap();
    let key = link.split_once("key=").unwrap().1;
    let tried = send_from(&stranger, &own, "/account/email/confirm", &[("key", key)]).await;
    assert!(tried.has("link-over") && tried.body.contains("其他帳號"), "{}", tried.body);
    assert!(counts(&provider, BEFORE).await);
    assert!(is_done(&confirm(&browser, &link).await));
}

#[tokio::test]
async fn a_later_request_a_withdrawal_another_password_a_lock_and_a_day_make_a_link_worthless() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let minute = async || provider.advance(seconds(61)).await.unwrap();
    let first = ask(&provider, &browser, NEW, 1).await;
    minute().await;
    let second = ask(&provider, &browser, "newer@example.tw", 1).await;
    assert!(is_over(&confirm(&browser, &first).await), "replaced");
    let page = browser.open(&provider.url(PATH)).await.unwrap();
    let page = send_from(&browser, &page, PATH, &[("decision", "withdraw")]).await;
    assert!(page.status == 200 && !page.has("withdraw"), "{}", page.body);
    assert!(is_over(&confirm(&browser, &second).await), "withdrawn");
    minute().await;
    let third = ask(&provider, &browser, NEW, 2).await;
    let change = [("current-password", OLD), ("new-password", "vT4-hN8wq"), ("new-password-again", "vT4-hN8wq")];
    assert!(send(&provider, &browser, "/account/password", &change).await.has("password-changed"));
    assert!(is_over(&confirm(&browser, &third).await), "another password");
    assert!(!browser.open(&provider.url(PATH)).await.unwrap().has("withdraw"));
    let other = signed_in(&provider, CIVIL_SERVANT, OLD).await;
    let fourth = ask(&provider, &other, "fire@example.tw", 1).await;
    lock(&provider, CIVIL_SERVANT).await;
    unlock(&provider, CIVIL_SERVANT).await;
    let other = signed_in(&provider, CIVIL_SERVANT, OLD).await;
    assert!(is_over(&confirm(&other, &fourth).await), "a lock");
    minute().await;
    let fifth = ask(&provider, &other, "fire@example.tw", 2).await;
    provider.advance(seconds(24 * 3600 - 1)).await.unwrap();
    let other = signed_in(&provider, CIVIL_SERVANT, OLD).await;
    assert!(other.open(&fifth).await.unwrap().has("confirm-email"), "a second before its end");
    provider.advance(seconds(1)).await.unwrap();
    assert!(is_over(&confirm(&other, &fifth).await), "a day");
}

#[tokio::test]
async fn of_many_who_press_the_button_at_once_one_changes_it_and_it_is_told_once() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let link = ask(&provider, &browser, NEW, 1).await;
    let all = futures_util::future::join_all((0..6).map(|_| confirm(&browser, &link))).await;
    assert_eq!(all.iter().filter(|page| is_done(page)).count(), 1);
    assert_eq!(all.iter().filter(|page| is_over(page)).count(), 5);
    mail_to(&provider, BEFORE, 2).await;
    assert_eq!(noted(&provider).await, 3, "the link, that it was asked for, that it was done");
    assert_eq!(events(&provider).await, ["account.email_change_asked", "account.email_changed"]);
}

#[tokio::test]
async fn the_link_is_sent_again_once_a_minute_and_five_times_an_hour_and_says_until_when() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    ask(&provider, &browser, NEW, 1).await;
    for sent in 2..=5 {
        let page = browser.open(&provider.url(PATH)).await.unwrap();
        let soon = send_from(&browser, &page, PATH, &[("decision", "again")]).await;
        assert!(soon.status == 429 && soon.headers.contains_key("retry-after"), "{}", soon.body);
        provider.advance(seconds(61)).await.unwrap();
        let page = browser.open(&provider.url(PATH)).await.unwrap();
        let again = send_from(&browser, &page, PATH, &[("decision", "again")]).await;
        assert_eq!(again.status, 200, "{sent}: {}", again.body);
        mail_to(&provider, NEW, sent).await;
    }
    assert_eq!(events(&provider).await, ["account.email_change_asked"; 5], "each is written down");
    provider.advance(seconds(61)).await.unwrap();
    let page = send(&provider, &browser, PATH, &fields("other@example.tw", OLD)).await;
    assert!(page.status == 429 && page.body.contains("之後再試"), "{}", page.body);
    assert_eq!(page.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap(), 3600 - 5 * 61);
    let link = link(&provider, &mail_to(&provider, NEW, 5).await);
    assert!(is_done(&confirm(&browser, &link).await), "the last one still works");
}

/// In the language of the switch of a page.
async fn switched(browser: &Browser, page: &Page) -> Page {
    let return_to = page.field("return_to").unwrap_or_else(|| panic!("no switch: {}", page.body));
    browser.submit("/language", &[("return_to", &return_to), ("lang", "en")]).await.unwrap()
}

#[tokio::test]
async fn the_page_of_the_link_is_read_in_the_other_language_whatever_it_says() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let link = ask(&provider, &browser, NEW, 1).await;
    let ready = switched(&browser, &browser.open(&link).await.unwrap()).await;
    assert!(ready.has("confirm-email") && ready.body.contains("Confirm the change"), "{}", ready.body);
    let done = confirm(&browser, &link).await;
    assert!(is_done(&done), "{}", done.body);
    let done = switched(&browser, &done).await;
    assert!(is_done(&done) && done.body.contains(NEW), "{} {}", done.status, done.body);
    let over = confirm(&browser, &link).await;
    let over = switched(&browser, &over).await;
    assert!(over.status == 200 && over.has("link-over"), "{} {}", over.status, over.body);
    // Nobody is told of an address that another link, or none, speaks of.
    let own = browser.open(&provider.url(PATH)).await.unwrap();
    for key in ["x", "a b&c=d\r\n", "%"] {
        let said = send_from(&browser, &own, "/account/email/confirm", &[("key", key)]).await;
        assert!(is_over(&said) || said.has("link-over"), "{key}: {}", said.body);
        assert!(switched(&browser, &said).await.has("link-over"), "{key}");
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("key", key).finish();
        let claimed =
            browser.open(&provider.url(&format!("/account/email/confirm?{query}&changed=yes"))).await.unwrap();
        assert!(claimed.has("link-over"), "{key}: {}", claimed.body);
    }
}

#[tokio::test]
async fn who_confirms_after_the_session_ended_signs_in_and_finds_the_button_again() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let link = ask(&provider, &browser, NEW, 1).await;
    let page = browser.open(&link).await.unwrap();
    let (key, action) = (page.field("key").unwrap(), action(&page));
    conformance::steps::sign_out(&browser, &provider).await;
    let lost = send_from(&browser, &page, &action, &[("key", &key)]).await;
    assert!(lost.has("login-submit"), "{}", lost.body);
    let back = browser.sign_in(&lost, NATURAL_PERSON, OLD).await.unwrap();
    assert!(back.has("confirm-email") && back.body.contains(NEW), "{} {}", back.status, back.body);
    let key = back.field("key").unwrap();
    let done = send_from(&browser, &back, &self::action(&back), &[("key", &key)]).await;
    assert!(is_done(&done), "{}", done.body);
}

/// Where the form of the link's page is sent.
fn action(page: &Page) -> String {
    let forms = page.body.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut own = forms.filter(|action| action.starts_with("/account/email/confirm"));
    own.next().unwrap_or_else(|| panic!("no form: {}", page.body)).replace("&#38;", "&")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_that_is_not_sent_again_is_no_mail_of_the_address_it_was_asked_for_from() {
    let settings = |settings: &mut idp::settings::Settings| settings.membership.mails_per_address = 30;
    let options = conformance::ProviderOptions { settings: Some(settings), ..Default::default() };
    let provider = Provider::start_with(options).await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    ask(&provider, &browser, NEW, 1).await;
    provider.advance(seconds(61)).await.unwrap();
    let page = browser.open(&provider.url(PATH)).await.unwrap();
    let again = || send_from(&browser, &page, PATH, &[("decision", "again")]);
    // All of them have looked before one of them writes.
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let db = provider.wired.base.db.clone();
    let holds = tokio::spawn(async move { db.write(move |_| Ok(wait.recv().is_ok())).await.unwrap() });
    let go_later = async {
        tokio::time::sleep(seconds(1)).await;
        go.send(()).unwrap();
    };
    let all = futures_util::future::join_all((0..8).map(|_| again()));
    let (all, ()) = tokio::join!(all, go_later);
    assert!(holds.await.unwrap());
    assert_eq!(all.iter().filter(|page| page.status == 200).count(), 1);
    let (from, now) = ("127.0.0.1".parse().unwrap(), provider.clock.now());
    let mut left = 0;
    while provider.wired.membership.limits.mails.take(from, now).await.unwrap().is_ok() {
        left += 1;
    }
    assert_eq!(left, 30 - 2);
}

#[tokio::test]
async fn a_current_password_that_is_missing_is_told_with_the_rest() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    for (email, current) in [("", ""), ("claire", "")] {
        let page = send(&provider, &browser, PATH, &fields(email, current)).await;
        for field in ["email", "current-password"] {
            assert!(page.has(&format!("{field}-error")), "{email}, {field}: {}", page.body);
            assert!(page.body.contains(&format!("href=\"#{field}\"")), "{email}, {field}: {}", page.body);
        }
        assert_eq!(page.status, 422);
    }
}
