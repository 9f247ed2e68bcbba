//! 忘記密碼 by mail, and what a reset ends.

use crate::stored::Stored;
use crate::support::*;
use conformance::steps::{run, sign_out};
use conformance::{Browser, Page, Provider};
use conformance::{NATURAL_PERSON, PASSWORD as OLD};
use idp_core::membership::message::Channel;
use idp_core::membership::reset_key::{Proofs, ResetKey};
use idp_core::people::account::{AccountState, Person};
use idp_store::accounts;
use mail_parser::Message;
use std::time::Duration;

const NEW: &str = "vT4-hN8wq";

/// Asks for the link and waits for the mail, which is the newest of so many.
pub async fn ask(provider: &Provider, account: &str, number: usize) -> Message<'static> {
    let page = asked(provider, "/forgot-password", account).await;
    assert_eq!(page.status, 200, "{}", page.body);
    so_many_mails(provider, number).await.pop().unwrap()
}

/// Opens the link and sets a password.
async fn reset(browser: &Browser, link: &str, password: &str) -> Page {
    let page = browser.open(link).await.unwrap();
    let Some(key) = page.field("key") else { return page };
    let fields = [("key", key.as_str()), ("new-password", password), ("new-password-again", password)];
    browser.submit("/reset-password", &fields).await.unwrap()
}

fn is_done(page: &Page) -> bool {
    page.status == 200 && page.body.contains("密碼已經重設")
}

fn is_over(page: &Page) -> bool {
    page.status == 200 && page.body.contains("這個連結已經失效")
}

#[tokio::test]
async fn who_forgot_the_password_sets_another_by_the_mailed_link_and_is_told() {
    let provider = Provider::start().await.unwrap();
    let mail = ask(&provider, "ClaireSu1234", 1).await;
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("clairesu1234@example.gov.tw"));
    assert_eq!(mail.subject(), Some("「我的E政府」重設密碼"));
    let (plain, html) = (mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
    for said in [&plain, &html] {
        assert!(said.contains(NATURAL_PERSON) && said.contains("/reset-password?key="), "{said}");
        assert!(!said.contains("蘇小美"), "{said}");
    }
    let browser = Browser::new(&provider.issuer).unwrap();
    let link = link(&provider, &mail);
    let wrong = reset(&browser, &link, "short").await;
    assert_eq!(wrong.status, 422);
    let key = wrong.field("key").unwrap();
    let two = [("key", key.as_str()), ("new-password", NEW), ("new-password-again", OLD)];
    let wrong = browser.submit("/reset-password", &two).await.unwrap();
    assert!(wrong.status == 422 && wrong.body.contains("兩次輸入的密碼不同"), "{}", wrong.body);
    // So that the mails have an order.
    provider.advance(Duration::from_secs(1)).await.unwrap();
    let done = reset(&browser, &link, NEW).await;
    assert!(is_done(&done) && !done.body.contains(NEW), "{}", done.body);
    let told = so_many_mails(&provider, 2).await.pop().unwrap();
    assert_eq!(told.subject(), Some("「我的E政府」密碼已變更"));
    assert_eq!(told.to().unwrap().first().unwrap().address(), Some("clairesu1234@example.gov.tw"));
    assert!(!told.body_text(0).unwrap().contains("key="));
    assert!(sign_in(&provider, NATURAL_PERSON, NEW).await.body.contains("蘇小美"));
    assert!(!sign_in(&provider, NATURAL_PERSON, OLD).await.body.contains("蘇小美"));
    assert_eq!(events(&provider).await, ["account.password_reset"]);
}

#[tokio::test]
async fn looking_at_the_link_changes_nothing_and_it_works_once_and_for_an_hour() {
    let provider = Provider::start().await.unwrap();
    let first = link(&provider, &ask(&provider, NATURAL_PERSON, 1).await);
    provider.advance(Duration::from_secs(61)).await.unwrap();
    let second = link(&provider, &ask(&provider, NATURAL_PERSON, 2).await);
    let scanner = Browser::new(&provider.issuer).unwrap();
    for _ in 0..3 {
        scanner.open(&first).await.unwrap();
        scanner.http.head(&first).send().await.unwrap();
    }
    assert!(sign_in(&provider, NATURAL_PERSON, OLD).await.body.contains("蘇小美"));
    let browser = Browser::new(&provider.issuer).unwrap();
    assert!(is_done(&reset(&browser, &first, NEW).await));
    for dead in [&first, &second] {
        let page = reset(&browser, dead, OLD).await;
        assert!(is_over(&page), "a link of before the reset: {}", page.body);
    }
    so_many_mails(&provider, 3).await;
    provider.advance(Duration::from_secs(61)).await.unwrap();
    let late = link(&provider, &ask(&provider, NATURAL_PERSON, 4).await);
    provider.advance(Duration::from_secs(3599)).await.unwrap();
    assert!(browser.open(&late).await.unwrap().field("key").is_some(), "a second before its end");
    provider.advance(Duration::from_secs(1)).await.unwrap();
    assert!(is_over(&reset(&browser, &late, OLD).await));
    assert!(sign_in(&provider, NATURAL_PERSON, NEW).await.body.contains("蘇小美"));
}

#[tokio::test]
async fn of_two_who_use_links_at_once_one_sets_the_password() {
    let provider = Provider::start().await.unwrap();
    let first = link(&provider, &ask(&provider, NATURAL_PERSON, 1).await);
    provider.advance(Duration::from_secs(61)).await.unwrap();
    let second = link(&provider, &ask(&provider, NATURAL_PERSON, 2).await);
    let browser = Browser::new(&provider.issuer).unwrap();
    let key = async |link: &str| browser.open(link).await.unwrap().field("key").unwrap();
    let keys = [key(&first).await, key(&second).await];
    let press = |number: usize| {
        let (browser, key, password) = (browser.clone(), keys[number % 2].clone(), format!("{NEW}{number}"));
        async move {
            let fields =
                [("key", key.as_str()), ("new-password", password.as_str()), ("new-password-again", password.as_str())];
            let page = browser.submit("/reset-password", &fields).await.unwrap();
            (is_done(&page), is_over(&page), password)
        }
    };
    let all = futures_util::future::join_all((0..6).map(press)).await;
    let done: Vec<_> = all.iter().filter(|(done, ..)| *done).collect();
    assert_eq!((done.len(), all.iter().filter(|(_, over, _)| *over).count()), (1, 5));
    assert!(sign_in(&provider, NATURAL_PERSON, &done[0].2).await.body.contains("蘇小美"));
    so_many_mails(&provider, 3).await;
    assert_eq!(events(&provider).await, ["account.password_reset"], "and it is told once");
}

#[tokio::test]
async fn a_reset_ends_every_session_and_opens_what_wrong_passwords_locked() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = browser.open(&provider.url("/sign-in")).await.unwrap();
    let home = browser.sign_in(&page, NATURAL_PERSON, OLD).await.unwrap();
    assert!(home.body.contains("蘇小美"));
    for _ in 0..5 {
        sign_in(&provider, NATURAL_PERSON, "wrong-one").await;
        provider.advance(Duration::from_secs(31)).await.unwrap();
    }
    let locked = sign_in(&provider, NATURAL_PERSON, OLD).await;
    assert!(locked.status == 429 && locked.body.contains("/forgot-password"), "{}", locked.body);
    // The first told of the lock.
    let link = link(&provider, &ask(&provider, NATURAL_PERSON, 2).await);
    assert!(is_done(&reset(&Browser::new(&provider.issuer).unwrap(), &link, NEW).await));
    let after = browser.open(&provider.url("/")).await.unwrap();
    assert!(!after.body.contains("蘇小美"), "{}", after.body);
    let ended = provider.audit(100).await.unwrap();
    let ended: Vec<_> = ended.iter().filter(|line| line.event == "session.ended").collect();
    assert_eq!(ended.len(), 1);
    assert!(ended[0].detail.as_deref().unwrap().contains("password_reset"), "{:?}", ended[0].detail);
    assert!(sign_in(&provider, NATURAL_PERSON, NEW).await.body.contains("蘇小美"), "at once");
}

#[tokio::test]
async fn a_reset_opens_the_lock_of_ones_own_browser_too() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = browser.open(&provider.url("/sign-in")).await.unwrap();
    assert!(browser.sign_in(&page, NATURAL_PERSON, OLD).await.unwrap().has("person-name"));
    sign_out(&browser, &provider).await;
    let guess = async |password| sign_in_by(&provider, &browser, NATURAL_PERSON, password).await;
    for _ in 0..5 {
        guess("wrong-one").await;
        provider.advance(Duration::from_secs(31)).await.unwrap();
    }
    assert_eq!(guess(OLD).await.status, 429, "locked here");
    assert!(sign_in(&provider, NATURAL_PERSON, OLD).await.has("person-name"), "and nowhere else");
    // The first told of the lock.
    let link = link(&provider, &ask(&provider, NATURAL_PERSON, 2).await);
    assert!(is_done(&reset(&browser, &link, NEW).await));
    assert!(guess(NEW).await.has("person-name"), "at once");
}

#[tokio::test]
async fn an_administrators_lock_stays_and_its_links_are_dead() {
    let provider = Provider::start().await.unwrap();
    let old = link(&provider, &ask(&provider, NATURAL_PERSON, 1).await);
    let now = provider.clock.now();
    let set = async |state| {
        let unit = move |tx: &mut idp_store::Tx<'_>| {
            let person = accounts::login(tx.conn(), NATURAL_PERSON)?.unwrap().person;
            accounts::set_state(tx, &person.account_id, state, now)
        };
        provider.wired.base.db.write(unit).await.unwrap();
    };
    set(AccountState::Locked).await;
    let browser = Browser::new(&provider.issuer).unwrap();
    assert!(is_over(&reset(&browser, &old, NEW).await));
    provider.advance(Duration::from_secs(61)).await.unwrap();
    let mail = ask(&provider, NATURAL_PERSON, 2).await;
    let said = mail.body_text(0).unwrap();
    assert!(said.contains("管理人員停用") && !said.contains("key="), "{said}");
    set(AccountState::Active).await;
    assert!(is_over(&reset(&browser, &old, NEW).await), "not after it was opened again, either");
}

#[tokio::test]
async fn a_link_that_was_mailed_to_another_address_is_dead() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let find =
        |conn: &mut idp_store::Conn| Ok::<_, idp_store::Fault>(accounts::login(conn, NATURAL_PERSON)?.unwrap().person);
    let person = provider.wired.base.db.scan(find).await.unwrap();
    let until = provider.clock.now().plus(Duration::from_secs(600));
    let link = |person: &Person| {
        let key = ResetKey::new(person, Proofs::MAIL, until)
            .unwrap()
            .seal(&provider.wired.base.directory.snapshot().sealer)
            .unwrap();
        provider.url(&format!("/reset-password?key={key}"))
    };
    let before = Person { email: Some("before@example.gov.tw".into()), ..person.clone() };
    assert!(is_over(&reset(&browser, &link(&before), NEW).await));
    assert!(is_done(&reset(&browser, &link(&person), NEW).await), "the same with the address of now");
}

#[tokio::test]
async fn an_account_that_is_not_activated_is_mailed_what_comes_first() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    apply(&provider, &browser, "newcomer07").await;
    so_many_mails(&provider, 1).await;
    // So that the mails have an order.
    provider.advance(Duration::from_secs(1)).await.unwrap();
    let mail = ask(&provider, "newcomer07", 2).await;
    let said = mail.body_text(0).unwrap();
    assert!(said.contains("還沒有啟用") && said.contains("取消申請") && !said.contains("/reset-password"), "{said}");
    assert!(activate(&browser, &link(&provider, &mail)).await.body.contains("帳號已啟用成功"));
}

/// Attacks: a forged host in the link (GHSA-2wmj-46rj-qm2w), a link that leaks by the referrer, a foreign form.
#[tokio::test]
async fn no_header_of_a_request_reaches_the_link_and_no_page_tells_others_of_it() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let headers = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil.example;proto=https"),
        ("x-original-host", "evil.example"),
    ];
    let proof = provider.proof(&browser.open(&provider.url("/forgot-password")).await.unwrap()).unwrap();
    let fields = [vec![("account", NATURAL_PERSON.to_owned())], proof].concat();
    let mut request = browser.http.post(provider.url("/forgot-password")).form(&fields);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    assert!(!request.send().await.unwrap().status().is_server_error());
    let mail = so_many_mails(&provider, 1).await.pop().unwrap();
    assert!(!mail.body_text(0).unwrap().contains("evil") && !mail.body_html(0).unwrap().contains("evil"));
    let link = link(&provider, &mail);
    assert!(link.starts_with(&format!("{}/reset-password?key=", provider.issuer)));
    let page = browser.open(&link).await.unwrap();
    assert_eq!(page.headers["referrer-policy"], "same-origin");
    assert_eq!(page.headers["cache-control"], "no-store");
    assert!(!page.body.contains("http://") && !page.body.contains("https://"), "nothing leads away: {}", page.body);
    let key = page.field("key").unwrap();
    let fields = [("key", key.as_str()), ("new-password", NEW), ("new-password-again", NEW)];
    for path in ["/reset-password", "/forgot-password"] {
        let foreign = browser.http.post(provider.url(path)).header("origin", "https://evil.example").form(&fields);
        assert_eq!(foreign.send().await.unwrap().status(), 403, "{path}");
    }
    for forged in ["x", "AAAA", &key[1..]] {
        let page = browser.submit("/reset-password", &[("key", forged), ("new-password", NEW)]).await.unwrap();
        assert!(is_over(&page), "{}", page.body);
    }
    assert!(sign_in(&provider, NATURAL_PERSON, OLD).await.body.contains("蘇小美"));
    // A link that activates sets no password.
    provider.advance(Duration::from_secs(1)).await.unwrap();
    apply(&provider, &browser, "newcomer08").await;
    let activation = self::link(&provider, &so_many_mails(&provider, 2).await[1]);
    let other = activation.replace("/activate", "/reset-password");
    assert!(is_over(&browser.open(&other).await.unwrap()));
}

/// Attack: enumeration (CVE-2026-4633).
#[tokio::test]
async fn no_answer_tells_whether_anybody_has_the_name_and_every_name_costs_the_same_work() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    apply(&provider, &browser, "newcomer09").await;
    so_many_mails(&provider, 1).await;
    for (path, typed) in [
        ("/forgot-password", ["clairesu1234", "newcomer09", "nobody01234"]),
        ("/resend-confirmation", ["clairesu1234", "newcomer09", "nobody01234"]),
        ("/forgot-account", ["clairesu1234@example.gov.tw", "claire@example.gov.tw", "nobody@example.gov.tw"]),
    ] {
        let mut seen = Vec::new();
        for typed in typed {
            let before = (noted(&provider).await, provider.audit(1000).await.unwrap().len());
            let first = raw(&provider, path, typed).await;
            let again = raw(&provider, path, typed).await;
            let after = (noted(&provider).await, provider.audit(1000).await.unwrap().len());
            let again = (again.0, again.1, again.2.replace(typed, "TYPED"));
            seen.push((first, again, after.0 - before.0, after.1 - before.1));
        }
        assert_eq!(seen[0].0.0, 303, "{path}");
        assert_eq!(seen[0].1.0, 429, "{path}: alike for all, the second is too soon");
        assert_eq!((seen[0].2, seen[0].3), (1, 1), "{path}: one message and one audit line");
        assert!(seen.iter().all(|answer| *answer == seen[0]), "{path}: {seen:?}");
    }
}

/// Status, headers but for the date and the length, which is that of what was typed, body.
async fn raw(provider: &Provider, path: &str, typed: &str) -> (u16, Vec<String>, String) {
    let browser = Browser::new(&provider.issuer).unwrap();
    let field = if path == "/forgot-account" { "email" } else { "account" };
    let proof = provider.proof(&browser.open(&provider.url(path)).await.unwrap()).unwrap();
    let fields = [vec![(field, typed.to_owned())], proof].concat();
    let answer = browser.http.post(provider.url(path)).form(&fields).send().await.unwrap();
    let status = answer.status().as_u16();
    let headers = answer.headers().iter().filter(|(name, _)| !["date", "content-length"].contains(&name.as_str()));
    let headers = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
    let body = answer.text().await.unwrap();
    // Sealed anew each time.
    let sealed = |name: &str| {
        let hidden = body.split(&format!("name=\"{name}\" value=\"")).nth(1).and_then(|rest| rest.split('"').next());
        hidden.unwrap_or("nothing of that name").to_owned()
    };
    let body = body.replace(&sealed("return_to"), "SEALED").replace(&sealed("captcha"), "SEALED");
    (status, headers, body)
}

#[tokio::test]
async fn nothing_that_was_typed_stands_in_the_database_or_the_audit_in_the_clear() {
    let mut provider = Provider::start().await.unwrap();
    // Nothing leaves, and all of it waits.
    provider.without_jobs().await.unwrap();
    asked(&provider, "/forgot-password", "nobody01234").await;
    asked(&provider, "/forgot-account", "secret.person@example.gov.tw").await;
    let lines = provider.audit(100).await.unwrap();
    let asked: Vec<_> = lines.into_iter().filter(|line| line.event == "recovery.asked").collect();
    assert_eq!(asked.len(), 2);
    for line in asked {
        assert_eq!(line.account, None);
        let detail = line.detail.unwrap();
        assert!(!detail.contains("nobody01234") && !detail.contains("secret.person"), "{detail}");
    }
    let now = provider.clock.now();
    let due = move |conn: &mut idp_store::Conn| idp_store::messages::due(conn, Channel::Mail, now, 10);
    let due = provider.wired.base.db.scan(due).await.unwrap();
    assert_eq!(due.len(), 2);
    for row in due {
        assert!(row.recipient_sealed.unwrap().len() > 20);
        assert_eq!(row.content_sealed, None);
    }
    let stored = Stored::of(&provider).await;
    assert!(stored.has("clairesu1234@example.gov.tw"), "the rows are not those that were looked for");
    for words in ["nobody01234", "secret.person"] {
        assert!(!stored.has(words), "{words}");
    }
}

#[tokio::test]
async fn who_is_given_a_password_by_an_operator_is_told_by_mail() {
    let provider = Provider::start().await.unwrap();
    let file = provider.folder().join("password");
    std::fs::write(&file, NEW).unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    run(&provider, &["accounts", "set-password", NATURAL_PERSON, "--password-file", file.to_str().unwrap()])
        .await
        .unwrap();
    let told = so_many_mails(&provider, 1).await.pop().unwrap();
    assert_eq!(told.subject(), Some("「我的E政府」密碼已變更"));
    assert_eq!(told.to().unwrap().first().unwrap().address(), Some("clairesu1234@example.gov.tw"));
    assert!(!told.body_text(0).unwrap().contains(NEW));
}
