//! The mailed code in place of the picture, for who cannot see it.

use crate::captcha::{agree_with, answer, applicant, picture};
use crate::support::*;
use conformance::{Browser, NATURAL_PERSON, Page, Provider};
use idp_core::membership::message::Channel;
use std::time::Duration;

const OVER: &str = "已使用過或已逾時";

#[tokio::test]
async fn who_cannot_see_the_picture_types_a_code_that_is_mailed() {
    let provider = Provider::start().await.unwrap();
    let (browser, last) = applicant(&provider, "letters06").await;
    let page = step(&browser, &last, &[("agree", "yes"), ("decision", "mail-code")]).await;
    assert!(
        page.status == 200 && !page.has("captcha-image") && page.body.contains("寄到您填寫的電子信箱"),
        "{}",
        page.body
    );
    let mail = so_many_mails(&provider, 1).await.pop().unwrap();
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some(MAIL));
    let said = mail.body_text(0).unwrap().into_owned();
    let code = said.split_whitespace().find(|word| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit()));
    let code = code.unwrap_or_else(|| panic!("no code: {said}")).to_owned();
    assert!(!said.contains("letters06") && !said.contains("蘇小美"), "a stranger's mailbox learns nothing: {said}");
    let challenge = page.field("captcha").unwrap();
    assert_eq!(picture(&browser, &provider, &challenge).await.status(), 400, "a code is no picture");
    // For another address it counts no more.
    let elsewhere = step(&browser, &page, &[("decision", "basics")]).await;
    let second = [("name", "蘇小美"), ("email", "o@example.tw"), ("email-again", "o@example.tw"), ("nickname", "")];
    let other = skip_both(&browser, &step(&browser, &elsewhere, &second).await).await;
    let refused = agree_with(&browser, &other, &challenge, &code).await;
    assert!(refused.status == 422 && refused.body.contains(OVER), "{}", refused.body);
    let wrong = agree_with(&browser, &page, &challenge, "1").await;
    assert!(wrong.status == 422 && wrong.body.contains("電子郵件驗證碼不正確"), "{}", wrong.body);
    let done = agree_with(&browser, &page, &challenge, &format!("{} {}", &code[..3], &code[3..])).await;
    assert!(done.url.contains("/join/sent"), "{}", done.body);
    // Once.
    let (again, their_last) = (browser.clone(), to_the_last(&provider, &browser, "letters07").await);
    let page = agree_with(&again, &their_last, &challenge, &code).await;
    assert!(page.status == 422 && page.body.contains("電子郵件驗證碼已使用過"), "{}", page.body);
}

/// Attack: trying all codes.
#[tokio::test]
async fn a_mailed_code_is_tried_five_times_however_many_come_at_once() {
    let provider = Provider::start().await.unwrap();
    let (browser, last) = applicant(&provider, "letters08").await;
    let page = step(&browser, &last, &[("decision", "mail-code")]).await;
    let (challenge, code) = answer(&provider, &page);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let guesses = (0..20).map(|_| agree_with(&browser, &page, &challenge, wrong));
    let guesses = futures_util::future::join_all(guesses).await;
    let looked_at = guesses.iter().filter(|page| page.body.contains("電子郵件驗證碼不正確")).count();
    assert_eq!(looked_at, 4, "the fifth ends it");
    let late = agree_with(&browser, &page, &challenge, &code).await;
    assert!(late.status == 422 && late.body.contains("輸入錯誤太多次"), "{}", late.body);
    assert_eq!(events(&provider).await, Vec::<String>::new());
}

/// Attack: filling somebody's mailbox.
#[tokio::test]
async fn codes_are_mailed_once_a_minute_and_the_page_tells_how_long_to_wait() {
    let provider = Provider::start().await.unwrap();
    let (browser, last) = applicant(&provider, "letters09").await;
    let page = step(&browser, &last, &[("decision", "mail-code")]).await;
    let (challenge, code) = answer(&provider, &page);
    let fields = [("decision", "mail-code"), ("captcha", challenge.as_str())];
    let soon = step(&browser, &page, &fields).await;
    assert!(soon.status == 429 && soon.body.contains("1 分鐘後再試"), "{}", soon.body);
    assert_eq!(answer(&provider, &soon).1, code, "the one that was sent still counts");
    let (other, their_last) = applicant(&provider, "letters10").await;
    let theirs = step(&other, &their_last, &[("decision", "mail-code")]).await;
    assert_eq!(theirs.status, 429, "whoever asks, it is one mailbox");
    for (browser, page) in [(&browser, &page), (&browser, &page), (&other, &their_last), (&other, &their_last)] {
        provider.advance(Duration::from_secs(60)).await.unwrap();
        assert_eq!(step(browser, page, &fields).await.status, 200);
    }
    provider.advance(Duration::from_secs(60)).await.unwrap();
    assert_eq!(step(&other, &their_last, &fields).await.status, 429, "five an hour");
    assert_eq!(noted(&provider).await, 5);
    until("all are over", async || settled(&provider).await == 5).await;
    assert_eq!(mails(&provider).len(), 5);
}

/// Attack: filling it in many spellings.
#[tokio::test]
async fn a_mailbox_gets_one_code_a_minute_however_its_address_is_spelt() {
    let provider = Provider::start().await.unwrap();
    let mut statuses = Vec::new();
    for (account, email) in [("letters16", "claire+1@example.tw"), ("letters17", "Claire+2@example.TW")] {
        let browser = Browser::new(&provider.issuer).unwrap();
        let second = step(&browser, &begin(&provider, &browser).await, &first(account)).await;
        let fields = [("name", "蘇小美"), ("email", email), ("email-again", email), ("nickname", "")];
        let last = skip_both(&browser, &step(&browser, &second, &fields).await).await;
        statuses.push(step(&browser, &last, &[("decision", "mail-code")]).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 429]);
}

/// Whether the page leads to the field, and to nothing else.
fn leads_to_the_field(page: &Page) -> bool {
    let field = page.body.split("<input id=\"captcha-answer\"").nth(1).and_then(|rest| rest.split('>').next());
    page.body.matches("autofocus").count() == 1 && field.is_some_and(|field| field.contains("autofocus"))
}

#[tokio::test]
async fn a_code_that_was_mailed_counts_whichever_link_was_pressed_since() {
    let provider = Provider::start().await.unwrap();
    let (browser, last) = applicant(&provider, "letters13").await;
    assert!(!last.body.contains("autofocus"), "{}", last.body);
    let mailed = step(&browser, &last, &[("decision", "mail-code")]).await;
    assert!(leads_to_the_field(&mailed), "{}", mailed.body);
    let (challenge, code) = answer(&provider, &mailed);
    let switch = async |page: &Page, decision: &str| {
        let shown = page.field("captcha").unwrap();
        step(&browser, page, &[("captcha", shown.as_str()), ("decision", decision)]).await
    };
    let picture = switch(&mailed, "another-picture").await;
    assert!(picture.status == 200 && picture.has("captcha-image") && leads_to_the_field(&picture), "{}", picture.body);
    assert!(picture.body.contains("role=\"status\">已顯示新的圖片"), "{}", picture.body);
    let back = switch(&picture, "mail-code").await;
    assert!(back.status == 429 && !back.has("captcha-image") && back.body.contains("驗證碼已經寄出"), "{}", back.body);
    assert_eq!(answer(&provider, &back).1, code);
    // The page as it is after going back and forth.
    let again = browser.open(&last.url).await.unwrap();
    assert_eq!(answer(&provider, &switch(&again, "mail-code").await).1, code);
    // In the picture's field, where the picture was not tried by it.
    let (shown, letters) = answer(&provider, &picture);
    let wrong = agree_with(&browser, &picture, &shown, if code == "000000" { "000001" } else { "000000" }).await;
    assert!(wrong.status == 422 && wrong.body.contains("電子郵件驗證碼不正確"), "{}", wrong.body);
    assert_eq!(answer(&provider, &wrong).1, code);
    // A browser that was mailed none is shown the picture, and told of no code that it has.
    let (other, their_last) = applicant(&provider, "letters14").await;
    let theirs = step(&other, &their_last, &[("decision", "mail-code")]).await;
    assert!(theirs.has("captcha-image") && !theirs.body.contains("已經寄出"), "{}", theirs.body);
    let stolen = agree_with(&other, &their_last, &answer(&provider, &their_last).0, &code).await;
    assert_eq!(stolen.status, 422, "{}", stolen.body);
    let done = agree_with(&browser, &picture, &shown, &code).await;
    assert!(done.url.contains("/join/sent"), "{}", done.body);
    // Once, by either field.
    let next = to_the_last(&provider, &browser, "letters15").await;
    for used in [&challenge, &answer(&provider, &next).0] {
        assert_eq!(agree_with(&browser, &next, used, &code).await.status, 422);
    }
    assert!(agree_with(&browser, &next, &shown, &letters).await.url.contains("/join/sent"), "the picture was not used");
}

#[tokio::test]
async fn at_signing_in_too_a_mailed_code_counts_in_the_field_of_the_picture() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let mut page = browser.open(&provider.url("/sign-in")).await.unwrap();
    for _ in 0..3 {
        page = browser.sign_in(&page, NATURAL_PERSON, "wrong").await.unwrap();
        provider.advance(Duration::from_secs(20)).await.unwrap();
    }
    let send = async |page: &Page, more: &[(&str, &str)]| {
        let (interaction, captcha) = (page.field("interaction").unwrap(), page.field("captcha").unwrap());
        let fields = [("interaction", &*interaction), ("username", NATURAL_PERSON), ("captcha", &*captcha)];
        browser.submit("/sign-in", &[&fields, more].concat()).await.unwrap()
    };
    let mailed = send(&page, &[("decision", "mail-code")]).await;
    let code = answer(&provider, &mailed).1;
    let picture = send(&mailed, &[("decision", "another-picture")]).await;
    assert!(picture.has("captcha-image") && leads_to_the_field(&picture), "{}", picture.body);
    let back = send(&picture, &[("decision", "mail-code")]).await;
    assert_eq!((back.status.as_u16(), answer(&provider, &back).1), (429, code.clone()));
    let done = send(&picture, &[("captcha-answer", &code), ("password", conformance::PASSWORD)]).await;
    assert!(done.status == 200 && !done.has("captcha-answer") && !done.has("password"), "{}", done.body);
}

#[tokio::test]
async fn no_code_stands_in_the_queue_in_the_clear_and_none_is_sent_when_it_is_over() {
    let provider = Provider::start().await.unwrap();
    // Mail cannot leave: the folder is a file.
    std::fs::write(provider.folder().join("mail"), "in the way").unwrap();
    let (browser, last) = applicant(&provider, "letters11").await;
    let page = step(&browser, &last, &[("decision", "mail-code")]).await;
    let code = answer(&provider, &page).1;
    let later = provider.clock.now().plus(Duration::from_secs(3600));
    let due = async || {
        provider.wired.base.db.scan(move |conn| idp_store::messages::due(conn, Channel::Mail, later, 10)).await.unwrap()
    };
    for row in due().await {
        let sealed = [row.recipient_sealed.unwrap(), row.content_sealed.unwrap()].concat();
        assert!(!sealed.windows(6).any(|part| part == code.as_bytes() || part == b"claire"));
    }
    assert_eq!(due().await.len(), 1);
    tried_in_vain(&provider, Channel::Mail).await;
    std::fs::remove_file(provider.folder().join("mail")).unwrap();
    provider.advance(Duration::from_secs(15 * 60)).await.unwrap();
    until("the message is given up", async || due().await.is_empty()).await;
    assert!(mails(&provider).is_empty(), "nobody can use it any more");
}
