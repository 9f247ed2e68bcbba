//! After the third wrong password a person reads a picture, or a code by mail. Nobody learns from it who exists.

use crate::support::{Answer, Visitor, hashed, pair, wait};
use conformance::{CIVIL_SERVANT, PASSWORD, Provider, ProviderOptions};
use std::time::Duration;

const UNKNOWN: &str = "fireman0110";

/// Three wrong passwords for a name, and the wait after them.
async fn three(provider: &Provider, name: &str) {
    for seconds in [5, 5, 15] {
        let mut visitor = Visitor::of(provider);
        let page = visitor.sign_in_page().await;
        assert_eq!(visitor.guess_blindly(&page, name, "wrong").await.status, 422);
        wait(provider, seconds).await;
    }
}

/// Sends the form with what stands in the picture of the page before it, or with something else.
async fn send(visitor: &mut Visitor, page: &Answer, name: &str, password: &str, letters: &[String; 2]) -> Answer {
    let interaction = page.field("interaction");
    let fields = [("interaction", interaction.as_str()), ("username", name), ("password", password)];
    visitor.post("/sign-in", &[&fields, &pair(letters)[..]].concat()).await
}

#[tokio::test]
async fn from_the_third_wrong_password_on_none_is_looked_at_without_the_letters_alike_for_every_name() {
    let provider = Provider::start().await.unwrap();
    for seconds in [5, 5] {
        for name in [CIVIL_SERVANT, UNKNOWN] {
            let mut visitor = Visitor::of(&provider);
            let page = visitor.sign_in_page().await;
            let answer = visitor.guess_blindly(&page, name, "wrong").await;
            assert!(!answer.has("captcha-answer"), "{}", answer.body);
        }
        wait(&provider, seconds).await;
    }
    let (mut visitors, mut thirds, mut told) = (Vec::new(), Vec::new(), [Vec::new(), Vec::new()]);
    for (name, told) in [CIVIL_SERVANT, UNKNOWN].into_iter().zip(&mut told) {
        let mut visitor = Visitor::of(&provider);
        let page = visitor.sign_in_page().await;
        let third = visitor.guess_blindly(&page, name, "wrong").await;
        assert!(third.status == 422 && third.has("captcha-image"), "the third says what comes: {}", third.body);
        told.push(third.told(name));
        visitors.push((name, visitor));
        thirds.push(third);
    }
    wait(&provider, 15).await;
    let before = hashed(&provider);
    for (((name, visitor), third), told) in visitors.iter_mut().zip(&thirds).zip(&mut told) {
        // The right password as little as a wrong one, without letters and with wrong ones; nothing is counted.
        for password in [PASSWORD, "wrong"] {
            let page = visitor.guess_blindly(&third.field("interaction"), name, password).await;
            assert!(page.status == 422 && page.body.contains("請輸入圖片中的驗證碼"), "{}", page.body);
            assert!(page.body.contains(*name) && !page.body.contains(PASSWORD), "{}", page.body);
            told.push(page.told(name));
            let [challenge, _] = visitor.reads(&page);
            let page = send(visitor, &page, name, password, &[challenge, "xxxxx".into()]).await;
            assert!(page.status == 422 && page.body.contains("驗證碼不正確"), "{}", page.body);
            told.push(page.told(name));
        }
        assert_eq!(told[1], told[3], "the right password is told nothing else");
        assert_eq!(told[2], told[4]);
    }
    assert_eq!(hashed(&provider), before);
    for (((name, visitor), third), told) in visitors.iter_mut().zip(&thirds).zip(&mut told) {
        let fourth = visitor.guess(&third.field("interaction"), name, "wrong").await;
        assert_eq!((fourth.status.as_u16(), fourth.retry_after()), (422, Some(30)), "the fourth that is looked at");
        told.push(fourth.told(name));
    }
    assert_eq!(told[0], told[1]);
    wait(&provider, 30).await;
    let mut person = Visitor::of(&provider);
    person.sign_in(CIVIL_SERVANT, PASSWORD).await;
    assert_eq!(person.person().await.as_deref(), Some("林大勇"));
}

#[tokio::test]
async fn letters_that_were_typed_too_early_are_not_used_up() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let mut page = visitor.get("/sign-in").await;
    for seconds in [5, 5, 14] {
        page = visitor.guess_blindly(&page.field("interaction"), CIVIL_SERVANT, "wrong").await;
        wait(&provider, seconds).await;
    }
    let letters = visitor.reads(&page);
    let early = send(&mut visitor, &page, CIVIL_SERVANT, PASSWORD, &letters).await;
    assert_eq!((early.status.as_u16(), early.field("captcha-answer")), (429, letters[1].clone()), "they stay");
    wait(&provider, 1).await;
    assert_eq!(send(&mut visitor, &early, CIVIL_SERVANT, PASSWORD, &letters).await.status, 303);
}

/// Attack: one picture read, many passwords tried.
#[tokio::test]
async fn letters_are_good_for_one_guess() {
    let provider = Provider::start().await.unwrap();
    three(&provider, CIVIL_SERVANT).await;
    let mut visitor = Visitor::of(&provider);
    let page = visitor.sign_in_page().await;
    let page = visitor.guess_blindly(&page, CIVIL_SERVANT, "wrong").await;
    let letters = visitor.reads(&page);
    assert_eq!(send(&mut visitor, &page, CIVIL_SERVANT, "wrong", &letters).await.status, 422);
    wait(&provider, 30).await;
    let before = hashed(&provider);
    let again = send(&mut visitor, &page, CIVIL_SERVANT, PASSWORD, &letters).await;
    assert!(again.status == 422 && again.body.contains("已使用過"), "{}", again.body);
    // Nor for another browser.
    let mut other = Visitor::of(&provider);
    let theirs = other.sign_in_page().await;
    let theirs = other.guess_blindly(&theirs, CIVIL_SERVANT, PASSWORD).await;
    let taken = send(&mut other, &theirs, CIVIL_SERVANT, PASSWORD, &visitor.reads(&again)).await;
    assert!(taken.status == 422 && taken.body.contains("已逾時"), "{}", taken.body);
    assert_eq!(hashed(&provider), before);
    assert_eq!(visitor.guess(&again.field("interaction"), CIVIL_SERVANT, PASSWORD).await.status, 303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_guesses_at_once_with_one_picture_one_is_hashed() {
    let provider = Provider::start().await.unwrap();
    three(&provider, CIVIL_SERVANT).await;
    let mut visitor = Visitor::of(&provider);
    let page = visitor.sign_in_page().await;
    let page = visitor.guess_blindly(&page, CIVIL_SERVANT, "wrong").await;
    let (letters, before) = (visitor.reads(&page), hashed(&provider));
    let guesses = (0..20).map(|_| {
        let (mut visitor, page, letters) = (visitor.clone(), page.clone(), letters.clone());
        async move { send(&mut visitor, &page, CIVIL_SERVANT, "wrong", &letters).await.status.as_u16() }
    });
    let statuses = futures_util::future::join_all(guesses).await;
    assert_eq!(hashed(&provider) - before, 1, "{statuses:?}");
}

/// Every mail there is: to whom, and its code.
fn codes(provider: &Provider) -> Vec<(String, String)> {
    let Ok(folder) = std::fs::read_dir(provider.folder().join("mail")) else { return Vec::new() };
    let files = folder.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "eml"));
    let read = |path| {
        let mail = String::from_utf8(std::fs::read(path).unwrap()).unwrap();
        let to = mail.lines().find_map(|line| line.strip_prefix("To: ")).unwrap().trim().to_owned();
        let parsed = mail_parser::MessageParser::default().parse(mail.as_bytes()).unwrap().into_owned();
        let text = parsed.body_text(0).unwrap().into_owned();
        let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
        (to, text.split_whitespace().find(is_code).unwrap_or_default().to_owned())
    };
    files.map(read).collect()
}

async fn noted(provider: &Provider) -> usize {
    provider.audit(100).await.unwrap().into_iter().filter(|line| line.event == "recovery.asked").count()
}

#[tokio::test]
async fn a_code_is_mailed_to_the_address_of_the_account_and_asking_for_it_tells_nothing() {
    let provider = Provider::start().await.unwrap();
    // Before anything was wrong nobody has a mail sent.
    let mut visitor = Visitor::of(&provider);
    let interaction = visitor.sign_in_page().await;
    let ask = |interaction: &str, name: &str| {
        [("interaction", interaction.to_owned()), ("username", name.to_owned()), ("decision", "mail-code".to_owned())]
    };
    let form = ask(&interaction, CIVIL_SERVANT);
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert!(!visitor.post("/sign-in", &form).await.has("captcha-answer"));
    assert_eq!(noted(&provider).await, 0);
    let mut seen = Vec::new();
    let mut kept = None;
    for name in [CIVIL_SERVANT, UNKNOWN] {
        three(&provider, name).await;
        let mut visitor = Visitor::of(&provider);
        let interaction = visitor.sign_in_page().await;
        let form = ask(&interaction, name);
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let before = noted(&provider).await;
        let page = visitor.post("/sign-in", &form).await;
        assert!(page.status == 200 && !page.has("captcha-image"), "{}", page.body);
        let soon = visitor.post("/sign-in", &form).await;
        assert_eq!(soon.status, 429);
        seen.push((page.told(name), soon.told(name), noted(&provider).await - before));
        kept.get_or_insert((visitor, page));
    }
    assert_eq!(seen[0], seen[1], "alike for every name");
    assert_eq!(seen[0].2, 1);
    for _ in 0..200 {
        if !codes(&provider).is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let codes = codes(&provider);
    assert_eq!(codes.len(), 1, "nobody is mailed about a name that nobody has: {codes:?}");
    assert_eq!(codes[0].0, format!("{CIVIL_SERVANT}@example.gov.tw"));
    let (mut visitor, page) = kept.unwrap();
    let letters = [page.field("captcha"), codes[0].1.clone()];
    // For another name it counts nothing.
    let other = send(&mut visitor, &page, UNKNOWN, "wrong", &letters).await;
    assert!(other.status == 422 && other.body.contains("已逾時"), "{}", other.body);
    assert_eq!(send(&mut visitor, &page, CIVIL_SERVANT, PASSWORD, &letters).await.status, 303);
}

#[tokio::test]
async fn an_operator_says_after_how_many_or_that_nobody_is_asked() {
    for (from, asked) in [(1, [true, true, true, true]), (0, [false; 4])] {
        let settings = match from {
            1 => |settings: &mut idp::settings::Settings| settings.captcha.sign_in_from = 1,
            _ => |settings: &mut idp::settings::Settings| settings.captcha.sign_in_from = 0,
        };
        let options = ProviderOptions { settings: Some(settings), ..ProviderOptions::default() };
        let provider = Provider::start_with(options).await.unwrap();
        let mut seen = Vec::new();
        for seconds in [5, 5, 15, 30] {
            let mut visitor = Visitor::of(&provider);
            let page = visitor.sign_in_page().await;
            seen.push(visitor.guess(&page, CIVIL_SERVANT, "wrong").await.has("captcha-image"));
            wait(&provider, seconds).await;
        }
        assert_eq!(seen, asked, "from {from}");
    }
}
