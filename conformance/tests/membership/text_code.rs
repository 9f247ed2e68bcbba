//! 忘記密碼 by text message.

use crate::account::{send, signed_in};
use crate::support::*;
use conformance::{Browser, CIVIL_SERVANT, EDUCATOR, NATURAL_PERSON, PASSWORD as OLD, Page, Provider};
use idp_core::membership::message::Channel;
use idp_core::people::account::AccountState;
use idp_store::accounts;
use idp_store::backup::{self, About};
use keys::MasterKey;
use std::time::Duration;

const NEW: &str = "vT4-hN8wq";
const LAST: &str = "zW4-pT7kq-m";
const OVER: &str = "這組驗證碼已經失效";

async fn with_mobile() -> Provider {
    let provider = Provider::start().await.unwrap();
    equip(&provider, NATURAL_PERSON, None, Some(MOBILE)).await;
    provider
}

fn browser(provider: &Provider) -> Browser {
    Browser::new(&provider.issuer).unwrap()
}

/// Asks, and reads the code of the newest of so many messages.
async fn asked_and_texted(provider: &Provider, browser: &Browser, number: usize) -> (Page, String) {
    let page = ask_by_text(provider, browser, NATURAL_PERSON).await;
    let (_, says) = so_many_texts(provider, number).await.pop().unwrap();
    (page, code_in(&says))
}

#[tokio::test]
async fn who_forgot_the_password_sets_another_by_the_texted_code_and_is_told() {
    let provider = with_mobile().await;
    let browser = browser(&provider);
    let form = browser.open(&provider.url("/forgot-password")).await.unwrap();
    assert!(form.body.contains("電子郵件") && form.body.contains("手機簡訊"), "{}", form.body);
    let page = ask_by_text(&provider, &browser, "ClaireSu1234").await;
    assert!(page.status == 200 && page.url.contains("/reset-password/code?asking="), "{}", page.body);
    let (number, says) = so_many_texts(&provider, 1).await.pop().unwrap();
    assert_eq!(number, MOBILE);
    assert!(says.contains("我的E政府") && !says.to_lowercase().contains(NATURAL_PERSON), "{says}");
    assert!(says.encode_utf16().count() <= 70, "{says}");
    let code = code_in(&says);
    for (typed, told) in [("", "請輸入簡訊驗證碼"), ("1234567", "8 個數字"), (not(&code).as_str(), "還可以輸入 4 次")]
    {
        let wrong = type_code(&browser, &page, typed).await;
        assert!(wrong.status == 422 && wrong.body.contains(told), "{typed}: {}", wrong.body);
    }
    provider.advance(Duration::from_secs(1)).await.unwrap();
    let spaced = format!(" {} {} ", &code[..4], &code[4..]);
    let page = type_code(&browser, &page, &spaced).await;
    assert!(page.url.contains("/reset-password?key=") && !page.url.contains(&code), "{}", page.url);
    let done = set_password(&browser, &page, NEW).await;
    assert!(done.body.contains("密碼已經重設"), "{}", done.body);
    let told = so_many_mails(&provider, 1).await.pop().unwrap();
    assert_eq!(told.subject(), Some("「我的E政府」密碼已變更"));
    let (number, says) = so_many_texts(&provider, 2).await.pop().unwrap();
    assert!(number == MOBILE && says.contains("cl****") && says.contains("已變更"), "{says}");
    assert!(sign_in(&provider, NATURAL_PERSON, NEW).await.body.contains("蘇小美"));
    let lines = provider.audit(100).await.unwrap();
    let reset = lines.iter().find(|line| line.event == "account.password_reset").unwrap();
    assert_eq!(reset.detail.as_deref(), Some("{\"proofs\":[\"text_code\"],\"recovery_removed\":false}"));
    let tried: Vec<_> = lines.iter().filter(|line| line.event == "recovery.tried").collect();
    assert_eq!(tried.len(), 2, "the malformed ones count for nothing");
    assert!(lines.iter().all(|line| !line.detail.as_deref().unwrap_or_default().contains(&code)));
}

#[tokio::test]
async fn a_code_works_once_for_ten_minutes_and_in_the_browser_that_asked() {
    let provider = with_mobile().await;
    let (mine, other) = (browser(&provider), browser(&provider));
    other.open(&provider.url("/sign-in")).await.unwrap();
    let (page, code) = asked_and_texted(&provider, &mine, 1).await;
    assert_eq!(type_code(&other, &page, &code).await.status, 400, "another browser");
    let key = type_code(&mine, &page, &code).await;
    assert!(key.has("reset"));
    assert!(type_code(&mine, &page, &code).await.body.contains(OVER), "a second time");
    provider.advance(Duration::from_secs(61)).await.unwrap();
    let (page, code) = asked_and_texted(&provider, &mine, 2).await;
    provider.advance(Duration::from_secs(599)).await.unwrap();
    assert!(mine.open(&page.url).await.unwrap().has("type-code"), "a second before its end");
    provider.advance(Duration::from_secs(1)).await.unwrap();
    assert!(mine.open(&page.url).await.unwrap().body.contains(OVER));
    assert!(type_code(&mine, &page, &code).await.body.contains(OVER));
    let late = set_password(&mine, &key, NEW).await;
    assert!(late.body.contains("這個連結已經失效"), "what the first code gave is over by now: {}", late.body);
}

/// Attack: guessing in parallel, and in a new process (CVE-2026-9802).
#[tokio::test]
async fn a_code_has_five_tries_however_many_come_at_once_and_a_restart_gives_none_back() {
    let mut provider = with_mobile().await;
    let browser = browser(&provider);
    let (page, code) = asked_and_texted(&provider, &browser, 1).await;
    for _ in 0..2 {
        assert_eq!(type_code(&browser, &page, &not(&code)).await.status, 422);
    }
    provider.restart().await.unwrap();
    let wrong = not(&code);
    let all = futures_util::future::join_all((0..12).map(|_| type_code(&browser, &page, &wrong))).await;
    assert_eq!(all.iter().filter(|page| page.status == 422).count(), 2, "two of the three left, the last is over");
    assert_eq!(all.iter().filter(|page| page.body.contains(OVER)).count(), 10);
    assert!(type_code(&browser, &page, &code).await.body.contains(OVER), "the right one comes too late");
    let lines = provider.audit(100).await.unwrap();
    assert_eq!(lines.iter().filter(|line| line.event == "recovery.tried").count(), 5, "five were compared");
}

#[tokio::test]
async fn of_many_who_type_the_right_code_at_once_one_goes_on() {
    let provider = with_mobile().await;
    let browser = browser(&provider);
    let (page, code) = asked_and_texted(&provider, &browser, 1).await;
    let all = futures_util::future::join_all((0..5).map(|_| type_code(&browser, &page, &code))).await;
    assert_eq!(all.iter().filter(|page| page.has("reset")).count(), 1);
    assert_eq!(all.iter().filter(|page| page.body.contains(OVER)).count(), 4);
}

#[tokio::test]
async fn a_code_dies_with_the_password_the_lock_and_the_mobile_that_it_was_made_for() {
    let provider = with_mobile().await;
    let browser = browser(&provider);
    let now = provider.clock.now();
    let change = async |how: fn(&mut idp_store::Tx<'_>, &idp_core::AccountId, idp_core::UnixMillis)| {
        let unit = move |tx: &mut idp_store::Tx<'_>| {
            let person = accounts::login(tx.conn(), NATURAL_PERSON)?.unwrap().person;
            how(tx, &person.account_id, now);
            Ok(())
        };
        provider.wired.base.db.write(unit).await.unwrap();
    };
    for (number, what) in ["password", "lock", "mobile"].into_iter().enumerate() {
        let (page, code) = asked_and_texted(&provider, &browser, number + 1).await;
        match what {
            "password" => change(|tx, id, now| accounts::set_password(tx, id, "$argon2id$other", now).unwrap()).await,
            "lock" => {
                change(|tx, id, now| accounts::set_state(tx, id, AccountState::Locked, now).unwrap()).await;
                assert_eq!(type_code(&browser, &page, &code).await.status, 422, "while it is locked");
                change(|tx, id, now| accounts::set_state(tx, id, AccountState::Active, now).unwrap()).await;
            }
            _ => equip(&provider, NATURAL_PERSON, None, Some("0922333444")).await,
        }
        let page = type_code(&browser, &page, &code).await;
        assert!(page.status == 422 && page.body.contains("驗證碼不正確"), "{what}: {}", page.body);
        provider.advance(Duration::from_secs(61)).await.unwrap();
    }
}

/// Attack: enumeration (CVE-2026-4633).
#[tokio::test]
async fn nothing_tells_whether_there_is_an_account_with_a_mobile_or_a_question() {
    let provider = with_mobile().await;
    equip(&provider, EDUCATOR, Some(QUESTION), Some("0922333444")).await;
    let mut seen = Vec::new();
    for account in [NATURAL_PERSON, EDUCATOR, CIVIL_SERVANT, "nobody01234x"] {
        let browser = browser(&provider);
        let before = (noted(&provider).await, provider.audit(1000).await.unwrap().len());
        let plain = |page: &Page| {
            let sealed = ["asking", "return_to", "captcha"].into_iter().filter_map(|name| page.field(name));
            let said = sealed.fold(page.body.clone(), |said, sealed| said.replace(&sealed, "SEALED"));
            (page.status, said.replace(account, "TYPED"))
        };
        let first = ask_by_text(&provider, &browser, account).await;
        let again = ask_by_text(&provider, &browser, account).await;
        assert_eq!(again.status, 429);
        let mut pages = vec![plain(&first), plain(&again)];
        for _ in 0..6 {
            pages.push(plain(&type_code(&browser, &first, "00000000").await));
        }
        let after = (noted(&provider).await, provider.audit(1000).await.unwrap().len());
        seen.push((pages, after.0 - before.0, after.1 - before.1));
    }
    assert_eq!((seen[0].1, seen[0].2), (1, 6), "one message; one line for asking and one for each try");
    for other in &seen[1..] {
        assert_eq!(*other, seen[0]);
    }
    until("all is delivered", async || settled(&provider).await == 4).await;
    let numbers: Vec<_> = texts(&provider).into_iter().map(|(number, _)| number).collect();
    assert_eq!(numbers.len(), 2, "{numbers:?}");
}

/// Attack: filling a phone; keeping somebody from recovering by asking in their name.
#[tokio::test]
async fn a_phone_is_not_filled_and_mail_remains() {
    let provider = with_mobile().await;
    let browser = browser(&provider);
    for number in 1..=6 {
        asked_and_texted(&provider, &browser, number).await;
        let soon = ask_by_text(&provider, &browser, NATURAL_PERSON).await;
        assert!(soon.status == 429 && soon.body.contains("改用電子郵件"), "{}", soon.body);
        provider.advance(Duration::from_secs(60)).await.unwrap();
    }
    let seventh = ask_by_text(&provider, &browser, NATURAL_PERSON).await;
    assert_eq!((seventh.status.as_u16(), &seventh.headers["retry-after"]), (429, &"86040".parse().unwrap()));
    assert_eq!(asked(&provider, "/forgot-password", NATURAL_PERSON).await.status, 200);
    so_many_mails(&provider, 1).await;
    // The same mobile of other accounts: ten a day, whoever asks, and the first two of each besides.
    for account in [CIVIL_SERVANT, EDUCATOR] {
        equip(&provider, account, None, Some(MOBILE)).await;
        for _ in 0..5 {
            assert_eq!(ask_by_text(&provider, &browser, account).await.status, 200);
            provider.advance(Duration::from_secs(60)).await.unwrap();
        }
    }
    until("all is delivered", async || settled(&provider).await == 17).await;
    assert_eq!(texts(&provider).len(), 12, "six, four, two");
    // Who waits for another reads why it does not come and what to do, and so does whoever has no account.
    let told = async |account: &str| {
        let page = ask_by_text(&provider, &browser, account).await;
        assert!(page.has("text-code") && page.body.contains("同一支手機一天最多傳 10 則"), "{}", page.body);
        assert!(page.body.contains("前 2 則") && page.body.contains("20 則"), "{}", page.body);
        let link = page.body.split("id=\"forgot-password\"").next().unwrap().rsplit('<').next().unwrap();
        assert!(link.starts_with("a href=\"/forgot-password\""), "{link}");
        page.body.replace(account, "").replace(&page.field("asking").unwrap(), "")
    };
    let (another, nobodys) = (told(EDUCATOR).await, told("nobody0000001").await);
    let words = |body: &str| body.split("<main").nth(1).unwrap().split("</main>").next().unwrap().to_owned();
    assert_eq!(words(&another), words(&nobodys));
    until("both are looked at", async || settled(&provider).await == 19).await;
    assert_eq!(texts(&provider).len(), 12);
}

/// Attack: shutting somebody out of texts by accounts of one's own that have their number.
#[tokio::test]
async fn two_accounts_with_somebodys_number_keep_no_text_from_them() {
    let provider = with_mobile().await;
    let stranger = browser(&provider);
    for account in [CIVIL_SERVANT, EDUCATOR] {
        equip(&provider, account, None, Some(MOBILE)).await;
        for _ in 0..6 {
            assert_eq!(ask_by_text(&provider, &stranger, account).await.status, 200);
            provider.advance(Duration::from_secs(60)).await.unwrap();
        }
    }
    until("all is delivered", async || settled(&provider).await == 12).await;
    let (before, mine) = (texts(&provider).len(), browser(&provider));
    assert_eq!(before, 10);
    let (page, code) = asked_and_texted(&provider, &mine, before + 1).await;
    assert!(type_code(&mine, &page, &code).await.has("new-password"));
    provider.advance(Duration::from_secs(60)).await.unwrap();
    asked_and_texted(&provider, &mine, before + 2).await;
}

#[tokio::test]
async fn the_code_stands_nowhere_in_the_database() {
    let provider = with_mobile().await;
    std::fs::write(provider.folder().join("texts"), "in the way").unwrap();
    let page = ask_by_text(&provider, &browser(&provider), NATURAL_PERSON).await;
    let late = provider.clock.now().plus(Duration::from_secs(3600));
    let due =
        provider.wired.base.db.scan(move |conn| idp_store::messages::due(conn, Channel::Text, late, 10)).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].content_sealed, None);
    tried_in_vain(&provider, Channel::Text).await;
    std::fs::remove_file(provider.folder().join("texts")).unwrap();
    provider.advance(Duration::from_secs(6)).await.unwrap();
    let code = code_in(&so_many_texts(&provider, 1).await[0].1);
    assert!(!page.body.contains(&code));
    let master = std::fs::read_to_string(provider.settings.master_key_file().unwrap()).unwrap();
    let write = move |conn: &mut idp_store::Conn| {
        let master = MasterKey::parse(master.trim()).unwrap();
        let now = idp_core::UnixMillis(0);
        let about = About { issuer: "https://idp.example", now, program: "test", master: &master };
        let mut bytes = Vec::new();
        backup::write(conn, &about, &mut bytes)?;
        Ok(bytes)
    };
    let bytes = provider.wired.base.db.snapshot(write).await.unwrap();
    assert!(bytes.windows(11).any(|part| part == b"reset_codes"), "every row stands in a backup");
    assert!(!bytes.windows(8).any(|part| part == code.as_bytes()));
    assert!(!bytes.windows(10).any(|part| part == MOBILE.as_bytes()));
}

#[tokio::test]
async fn people_are_offered_no_text_message_where_nobody_would_read_it() {
    let mut provider = with_mobile().await;
    provider.settings.server.issuer = "https://idp.example.gov.tw".into();
    assert!(!provider.settings.offers_texts().unwrap(), "a folder");
    provider.settings.texts.url = idp::settings::SecretUrl("https://sms.example.tw/".into());
    assert!(provider.settings.offers_texts().unwrap(), "a gateway");
    assert!(sign_in(&provider, NATURAL_PERSON, OLD).await.body.contains("蘇小美"));
}

/// Attack: whoever is signed in names a stranger's mobile, and has it texted of one change after the other.
#[tokio::test]
async fn a_mobile_is_texted_of_six_changes_a_day_and_no_more() {
    let provider = Provider::start().await.unwrap();
    equip(&provider, NATURAL_PERSON, None, Some(MOBILE)).await;
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let mut password = OLD.to_owned();
    for number in 0..9 {
        let next = format!("vT4-hN8wq{number}");
        let fields = [("current-password", &*password), ("new-password", &*next), ("new-password-again", &*next)];
        let changed = send(&provider, &browser, "/account/password", &fields).await;
        assert!(changed.has("password-changed"), "{}", changed.body);
        password = next;
        provider.advance(Duration::from_secs(2)).await.unwrap();
    }
    until("all is delivered", async || settled(&provider).await == noted(&provider).await).await;
    assert_eq!(texts(&provider).len(), 6);
    provider.advance(Duration::from_secs(24 * 3600)).await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, &password).await;
    let fields = [("current-password", &*password), ("new-password", LAST), ("new-password-again", LAST)];
    assert!(send(&provider, &browser, "/account/password", &fields).await.has("password-changed"));
    so_many_texts(&provider, 7).await;
}
