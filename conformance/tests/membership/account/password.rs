//! 密碼維護.

use super::{send, send_from, signed_in};
use crate::support::*;
use conformance::steps::{is_dead, register, seconds, silent, tokens};
use conformance::{Browser, CIVIL_SERVANT, NATURAL_PERSON, PASSWORD as OLD, Page, Provider};
use idp::messages::message;
use idp::text::Language;
use idp_core::client::GrantType;
use idp_core::membership::message::{Channel, Purpose};

const PATH: &str = "/account/password";
const NEW: &str = "vT4-hN8wq";

fn fields<'a>(current: &'a str, new: &'a str) -> [(&'a str, &'a str); 3] {
    [("current-password", current), ("new-password", new), ("new-password-again", new)]
}

fn is_done(page: &Page) -> bool {
    page.status == 200 && page.has("password-changed")
}

async fn is_signed_in(provider: &Provider, browser: &Browser) -> bool {
    browser.open(&provider.url("/")).await.unwrap().has("person-name")
}

/// Signs in and says which secret the session's cookie holds.
async fn signed_in_with_cookie(provider: &Provider, password: &str) -> (Browser, String) {
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = browser.open(&provider.url("/sign-in")).await.unwrap();
    let interaction = page.field("interaction").unwrap();
    let form = [("interaction", interaction.as_str()), ("username", NATURAL_PERSON), ("password", password)];
    let answer = browser.http.post(provider.url("/sign-in")).form(&form).send().await.unwrap();
    (browser, session_cookie(&answer))
}

fn session_cookie(answer: &reqwest::Response) -> String {
    let cookies = answer.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let mut session = cookies.filter(|cookie| cookie.starts_with("idp_session="));
    session.next().unwrap().split(';').next().unwrap().to_owned()
}

/// Whether somebody who has nothing but this cookie is signed in.
async fn opens(provider: &Provider, cookie: &str) -> bool {
    let thief = Browser::new(&provider.issuer).unwrap();
    let answer = thief.http.get(provider.url("/")).header("cookie", cookie).send().await.unwrap();
    answer.text().await.unwrap().contains("id=\"person-name\"")
}

#[tokio::test]
async fn who_changes_the_password_stays_signed_in_here_and_nowhere_else_and_is_told() {
    let provider = Provider::start().await.unwrap();
    let (here, before) = signed_in_with_cookie(&provider, OLD).await;
    let there = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let other = signed_in(&provider, CIVIL_SERVANT, OLD).await;
    let sealed = here.open(&provider.url(PATH)).await.unwrap().field("page").unwrap();
    let form = [&[("page", sealed.as_str())], fields(OLD, NEW).as_slice()].concat();
    let answer = here.http.post(provider.url(PATH)).form(&form).send().await.unwrap();
    let after = session_cookie(&answer);
    assert_eq!(answer.headers()["location"], "/account/password?changed=yes");
    assert!(!opens(&provider, &before).await && opens(&provider, &after).await, "the session has another secret");
    assert!(here.open(&provider.url("/account/password?changed=yes")).await.unwrap().has("password-changed"));
    assert!(is_signed_in(&provider, &here).await && is_signed_in(&provider, &other).await);
    assert!(!is_signed_in(&provider, &there).await);
    let told = so_many_mails(&provider, 1).await.pop().unwrap();
    assert_eq!(told.subject(), Some("「我的E政府」密碼已變更"));
    assert_eq!(told.to().unwrap().first().unwrap().address(), Some("clairesu1234@example.gov.tw"));
    assert!(sign_in(&provider, NATURAL_PERSON, NEW).await.has("person-name"));
    assert!(!sign_in(&provider, NATURAL_PERSON, OLD).await.has("person-name"));
    assert_eq!(events(&provider).await, ["account.password_changed"]);
    let ended = provider.audit(100).await.unwrap();
    let ended: Vec<_> = ended.iter().filter(|line| line.event == "session.ended").collect();
    assert_eq!(ended.len(), 1);
    assert!(ended[0].detail.as_deref().unwrap().contains("password_change"), "{:?}", ended[0].detail);
}

#[tokio::test]
async fn who_has_a_rescue_mobile_is_told_there_too() {
    let provider = Provider::start().await.unwrap();
    equip(&provider, NATURAL_PERSON, None, Some(MOBILE)).await;
    for person in [NATURAL_PERSON, CIVIL_SERVANT] {
        let browser = signed_in(&provider, person, OLD).await;
        assert!(is_done(&send(&provider, &browser, PATH, &fields(OLD, NEW)).await));
    }
    so_many_mails(&provider, 2).await;
    let told = so_many_texts(&provider, 1).await;
    assert!(told.len() == 1 && told[0].0.ends_with(&MOBILE[1..]) && told[0].1.contains("密碼"), "{told:?}");
}

#[tokio::test]
async fn whoever_changes_the_mobile_after_the_password_does_not_lead_the_text_away() {
    let provider = Provider::start().await.unwrap();
    equip(&provider, NATURAL_PERSON, None, Some(MOBILE)).await;
    let folder = provider.folder().join("texts");
    std::fs::write(&folder, "in the way").unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    assert!(is_done(&send(&provider, &browser, PATH, &fields(OLD, NEW)).await));
    equip(&provider, NATURAL_PERSON, None, Some("0922654321")).await;
    tried_in_vain(&provider, Channel::Text).await;
    std::fs::remove_file(&folder).unwrap();
    provider.advance(std::time::Duration::from_secs(6)).await.unwrap();
    let told = so_many_texts(&provider, 1).await;
    assert!(told.len() == 1 && told[0].0 == MOBILE, "{told:?}");
}

#[tokio::test]
async fn a_text_that_a_program_of_before_noted_goes_to_the_mobile_that_there_is() {
    let provider = Provider::start().await.unwrap();
    equip(&provider, NATURAL_PERSON, None, Some(MOBILE)).await;
    let (base, now) = (&provider.wired.base, provider.clock.now());
    let find = |conn: &mut idp_store::Conn| idp_store::accounts::login(conn, NATURAL_PERSON);
    let person = base.db.read(find).await.unwrap().unwrap().person;
    // With the account name in place of a number.
    let (about, by) = ((&person.account_id, person.account.as_str()), (Channel::Text, Purpose::PasswordChanged));
    let noted = message(&base.directory.snapshot().sealer, about, by, Language::default(), now).unwrap();
    base.db.write(move |tx| idp_store::messages::add(tx, &noted, now)).await.unwrap();
    let told = so_many_texts(&provider, 1).await;
    assert!(told.len() == 1 && told[0].0 == MOBILE && told[0].1.contains("密碼"), "{told:?}");
}

#[tokio::test]
async fn the_password_that_there_is_already_is_not_taken_as_a_new_one() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let page = send(&provider, &browser, PATH, &fields(NEW, NEW)).await;
    assert!(
        page.status == 422 && page.body.contains("新密碼不能與目前的密碼相同"),
        "typed, not compared: {}",
        page.body
    );
    assert!(page.body.contains("id=\"new-password-error\"") && !page.body.contains(NEW), "{}", page.body);
    assert!(is_done(&send(&provider, &browser, PATH, &fields(OLD, NEW)).await));
    let same = send(&provider, &browser, PATH, &fields(NEW, NEW)).await;
    assert_eq!(same.status, 422, "{}", same.body);
    assert_eq!(events(&provider).await, ["account.password_changed"]);
}

#[tokio::test]
async fn the_portals_of_this_session_go_on_and_those_of_others_are_told() {
    let provider = Provider::start().await.unwrap();
    let portal = register(&provider, "portal", |asked| {
        asked.grant_types.push(GrantType::RefreshToken);
        asked.backchannel_logout_uri = Some("http://127.0.0.1:9/logout".into());
    })
    .await;
    let (here, there) =
        (signed_in(&provider, NATURAL_PERSON, OLD).await, signed_in(&provider, NATURAL_PERSON, OLD).await);
    let mine = tokens(&portal, &here, &portal.request(), NATURAL_PERSON).await;
    let theirs = tokens(&portal, &there, &portal.request(), NATURAL_PERSON).await;
    assert!(is_done(&send(&provider, &here, PATH, &fields(OLD, NEW)).await));
    assert!(!is_dead(&portal, &mine.access).await && is_dead(&portal, &theirs.access).await);
    assert_eq!(silent(&portal, &here).await, None);
    assert_eq!(silent(&portal, &there).await.as_deref(), Some("login_required"));
    let lines = provider.audit(100).await.unwrap();
    let ended = lines.iter().find(|line| line.event == "session.ended").unwrap();
    assert!(ended.detail.as_deref().unwrap().contains("\"portals\":1"), "{:?}", ended.detail);
}

#[tokio::test]
async fn a_wrong_current_password_stands_beside_its_field_and_counts_as_at_the_sign_in_page() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let mut page = browser.open(&provider.url(PATH)).await.unwrap();
    for failure in 1..=5_u64 {
        page = send_from(&browser, &page, PATH, &fields("wrong-one", NEW)).await;
        let (status, words) = if failure < 5 { (422, "目前的密碼不正確") } else { (429, "暫時鎖定") };
        assert!(page.status == status && page.body.contains(words), "{failure}: {}", page.body);
        assert_eq!(page.has("current-password-error"), failure < 5);
        assert!(page.headers.contains_key("retry-after") && !page.body.contains("wrong-one"));
        if failure == 1 {
            let early = send_from(&browser, &page, PATH, &fields(OLD, NEW)).await;
            assert!(early.status == 429 && !early.has("password-changed"), "{}", early.body);
        }
        provider.advance(seconds(31)).await.unwrap();
        page = browser.open(&provider.url(PATH)).await.unwrap();
    }
    let right = send_from(&browser, &page, PATH, &fields(OLD, NEW)).await;
    assert!(right.status == 429 && right.body.contains("暫時鎖定"), "{}", right.body);
    assert_eq!(sign_in(&provider, NATURAL_PERSON, OLD).await.status, 200, "it is this browser's counter");
    assert!(is_signed_in(&provider, &browser).await, "nobody is signed out by it");
    let failed = provider.audit(100).await.unwrap().iter().filter(|line| line.event == "sign_in.failed").count();
    assert_eq!(failed, 5);
    provider.advance(seconds(15 * 60)).await.unwrap();
    assert!(is_done(&send(&provider, &browser, PATH, &fields(OLD, NEW)).await));
    assert_eq!(events(&provider).await, ["account.password_changed"]);
}

#[tokio::test]
async fn the_new_one_is_judged_as_in_the_application_and_costs_no_attempt() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let cases = [
        ("", "", "請輸入新密碼"),
        ("short", "short", "密碼至少要 8 個字"),
        (NATURAL_PERSON, NATURAL_PERSON, "密碼不能與帳號相同"),
        (NEW, "other", "兩次輸入的密碼不同"),
    ];
    for (new, again, said) in cases {
        let form = [("current-password", "wrong-one"), ("new-password", new), ("new-password-again", again)];
        let page = send(&provider, &browser, PATH, &form).await;
        assert!(page.status == 422 && page.body.contains(said), "{new}: {}", page.body);
        assert!(!page.body.contains("目前的密碼不正確"));
    }
    let page = send(&provider, &browser, PATH, &[]).await;
    for (field, said) in [("current-password", "請輸入目前的密碼"), ("new-password", "請輸入新密碼")] {
        assert!(page.has(&format!("{field}-error")) && page.body.contains(said), "{field}: {}", page.body);
        assert!(page.body.contains(&format!("href=\"#{field}\"")), "{field}: {}", page.body);
    }
    let page = send(&provider, &browser, PATH, &fields("", NEW)).await;
    assert!(page.status == 422 && page.body.contains("請輸入目前的密碼"), "{}", page.body);
    // Whether it is a common one takes a processor a while: for who knows the current one.
    let common = send(&provider, &browser, PATH, &fields(OLD, "password1")).await;
    assert!(common.status == 422 && common.body.contains("太常見"), "{}", common.body);
    assert!(is_done(&send(&provider, &browser, PATH, &fields(OLD, NEW)).await), "nothing was counted");
}

#[tokio::test]
async fn of_many_who_change_it_at_once_one_does() {
    let provider = Provider::start().await.unwrap();
    let browsers = [
        signed_in(&provider, NATURAL_PERSON, OLD).await,
        signed_in(&provider, NATURAL_PERSON, OLD).await,
        signed_in(&provider, NATURAL_PERSON, OLD).await,
    ];
    let change = |number: usize| {
        let (browser, password, provider) = (browsers[number % 3].clone(), format!("{NEW}{number}"), &provider);
        async move {
            let page = send(provider, &browser, PATH, &fields(OLD, &password)).await;
            (is_done(&page), password)
        }
    };
    let all = futures_util::future::join_all((0..6).map(change)).await;
    let done: Vec<_> = all.iter().filter(|(done, _)| *done).collect();
    assert_eq!(done.len(), 1, "{all:?}");
    provider.advance(seconds(3600)).await.unwrap();
    assert!(sign_in(&provider, NATURAL_PERSON, &done[0].1).await.has("person-name"));
    let mut alive = 0;
    for browser in &browsers {
        alive += usize::from(is_signed_in(&provider, browser).await);
    }
    assert_eq!(alive, 1, "the one that changed it");
    assert_eq!(events(&provider).await, ["account.password_changed"]);
}

/// What people look at for strangers.
#[tokio::test]
async fn another_password_is_no_sign_in() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let sign_ins = async || {
        let page = browser.open(&provider.url("/account")).await.unwrap();
        page.body.split("id=\"sign-ins\"").nth(1).unwrap().split("</section>").next().unwrap().to_owned()
    };
    let before = sign_ins().await;
    provider.advance(seconds(3600)).await.unwrap();
    assert!(is_done(&send(&provider, &browser, PATH, &fields(OLD, NEW)).await));
    assert_eq!(sign_ins().await, before);
}
