//! 圖形驗證碼 on the last step of 加入會員 and where help is asked for.

use crate::support::*;
use conformance::{Browser, NATURAL_PERSON, Page, Provider, ProviderOptions};
use idp_core::membership::message::Channel;
use std::time::Duration;

const MISREAD: &str = "驗證碼不正確";
const OVER: &str = "已使用過或已逾時";

async fn applicant(provider: &Provider, account: &str) -> (Browser, Page) {
    let browser = Browser::new(&provider.issuer).unwrap();
    let last = to_the_last(provider, &browser, account).await;
    (browser, last)
}

/// The last step, with this challenge and answer.
async fn agree_with(browser: &Browser, page: &Page, challenge: &str, answer: &str) -> Page {
    step(browser, page, &[("agree", "yes"), ("captcha", challenge), ("captcha-answer", answer)]).await
}

fn answer(provider: &Provider, page: &Page) -> (String, String) {
    let [(_, challenge), (_, answer)] = provider.proof(page).unwrap().try_into().unwrap();
    (challenge, answer)
}

async fn picture(browser: &Browser, provider: &Provider, challenge: &str) -> reqwest::Response {
    let url = provider.url(&format!("/captcha/image?challenge={challenge}"));
    browser.http.get(url).send().await.unwrap()
}

#[tokio::test]
async fn without_the_letters_no_account_is_made_and_what_was_typed_stays() {
    let provider = Provider::start().await.unwrap();
    let (browser, last) = applicant(&provider, "letters01").await;
    let (challenge, answer) = answer(&provider, &last);
    assert!(!last.body.contains(&answer), "the page tells what the picture shows: {}", last.body);
    // Nothing typed: the same picture, and the box stays ticked.
    let page = agree_with(&browser, &last, &challenge, " ").await;
    assert!(page.status == 422 && page.body.contains("請輸入圖片中的驗證碼"), "{}", page.body);
    assert!(page.body.contains("name=\"agree\" type=\"checkbox\" value=\"yes\" checked"), "{}", page.body);
    assert_eq!(self::answer(&provider, &page).1, answer);
    // Not agreed: what was read is not lost.
    let page = step(&browser, &page, &[("captcha", &challenge), ("captcha-answer", &answer)]).await;
    assert_eq!((page.status.as_u16(), page.field("captcha-answer")), (422, Some(answer)));
    // Misread: another picture.
    let page = agree_with(&browser, &page, &challenge, "xxxxx").await;
    assert!(page.status == 422 && page.body.contains(MISREAD), "{}", page.body);
    let (other, letters) = self::answer(&provider, &page);
    assert_ne!(other, challenge);
    assert_eq!(events(&provider).await, Vec::<String>::new());
    // Typed by an input method for Chinese, in capitals.
    let wide: String = letters
        .chars()
        .map(|letter| char::from_u32(u32::from(letter.to_ascii_uppercase()) + 0xfee0).unwrap())
        .collect();
    let page = agree_with(&browser, &page, &other, &wide).await;
    assert!(page.url.contains("/join/sent"), "{wide}: {}", page.body);
}

#[tokio::test]
async fn a_picture_is_answered_once_in_its_browser_on_its_page_and_in_its_time() {
    let provider = Provider::start().await.unwrap();
    let (browser, last) = applicant(&provider, "letters02").await;
    let refused = async |browser: &Browser, page: &Page, (challenge, answer): &(String, String), why: &str| {
        let page = agree_with(browser, page, challenge, answer).await;
        assert!(page.status == 422 && page.body.contains(OVER), "{why}: {}", page.body);
        page
    };
    // A wrong answer uses it up.
    let misread = answer(&provider, &last);
    agree_with(&browser, &last, &misread.0, "xxxxx").await;
    let page = refused(&browser, &last, &misread, "answered wrongly before").await;
    // Another browser's.
    let (theirs, their_last) = applicant(&provider, "letters03").await;
    refused(&theirs, &their_last, &answer(&provider, &page), "another browser's").await;
    // Another page's.
    let asked = browser.open(&provider.url("/forgot-password")).await.unwrap();
    let page = refused(&browser, &page, &answer(&provider, &asked), "another page's").await;
    // Too old.
    let old = answer(&provider, &page);
    provider.advance(Duration::from_secs(600)).await.unwrap();
    let page = refused(&browser, &page, &old, "ten minutes old").await;
    // Not ours.
    let forged = ("AAAA".to_owned(), "abdeh".to_owned());
    let page = refused(&browser, &page, &forged, "forged").await;
    assert_eq!(events(&provider).await, Vec::<String>::new());
    assert!(agree(&provider, &browser, &page).await.url.contains("/join/sent"));
}

/// Attack: one picture read, many accounts made.
#[tokio::test]
async fn of_many_forms_at_once_with_one_picture_one_makes_an_account() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let mut lasts = Vec::new();
    for number in 0..6 {
        lasts.push(to_the_last(&provider, &browser, &format!("swarm00{number}")).await);
    }
    let (challenge, answer) = answer(&provider, &lasts[0]);
    let all = lasts.iter().map(|last| agree_with(&browser, last, &challenge, &answer));
    let all = futures_util::future::join_all(all).await;
    assert_eq!(all.iter().filter(|page| page.url.contains("/join/sent")).count(), 1);
    assert_eq!(all.iter().filter(|page| page.body.contains(OVER)).count(), 5);
    assert_eq!(events(&provider).await, ["account.applied"]);
}

#[tokio::test]
async fn a_picture_is_a_png_for_its_browser_alone_the_same_each_time() {
    let provider = Provider::start().await.unwrap();
    let (browser, last) = applicant(&provider, "letters04").await;
    let (challenge, letters) = answer(&provider, &last);
    let first = picture(&browser, &provider, &challenge).await;
    assert_eq!(first.status(), 200);
    let header = |name: &str| first.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/png");
    assert_eq!(header("cache-control"), "private, max-age=600");
    assert_eq!(header("x-content-type-options"), "nosniff");
    let first = first.bytes().await.unwrap();
    assert!(first.starts_with(b"\x89PNG\r\n") && !first.windows(5).any(|part| part == letters.as_bytes()));
    assert_eq!(picture(&browser, &provider, &challenge).await.bytes().await.unwrap(), first);
    let stranger = Browser::new(&provider.issuer).unwrap();
    assert_eq!(picture(&stranger, &provider, &challenge).await.status(), 400);
    for forged in ["", "x", "AAAA", &challenge[1..]] {
        assert_eq!(picture(&browser, &provider, forged).await.status(), 400, "{forged}");
    }
    provider.advance(Duration::from_secs(600)).await.unwrap();
    assert_eq!(picture(&browser, &provider, &challenge).await.status(), 400, "it is over");
}

#[tokio::test]
async fn another_picture_loses_nothing() {
    let provider = Provider::start().await.unwrap();
    let (browser, last) = applicant(&provider, "letters05").await;
    let page = step(&browser, &last, &[("agree", "yes"), ("decision", "another-picture")]).await;
    assert_eq!(page.status, 200, "nothing is wrong: {}", page.body);
    assert!(page.body.contains("value=\"yes\" checked") && page.body.contains("letters05"), "{}", page.body);
    assert_ne!(answer(&provider, &page), answer(&provider, &last));
    // Where a name is typed, too.
    let asking = Browser::new(&provider.issuer).unwrap();
    let fields = [("account", NATURAL_PERSON), ("decision", "another-picture")];
    let page = asking.submit("/forgot-password", &fields).await.unwrap();
    assert_eq!((page.status.as_u16(), page.field("account").as_deref()), (200, Some(NATURAL_PERSON)));
    assert_eq!(noted(&provider).await, 0);
}

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
    // Not in the middle of the first try: its lease is longer than this.
    let soon = provider.clock.now().plus(Duration::from_secs(10));
    let tried = async || {
        let due = move |conn: &mut idp_store::Conn| idp_store::messages::due(conn, Channel::Mail, soon, 10);
        provider.wired.base.db.scan(due).await.unwrap().iter().any(|row| row.attempts > 0)
    };
    until("it was tried", tried).await;
    std::fs::remove_file(provider.folder().join("mail")).unwrap();
    provider.advance(Duration::from_secs(15 * 60)).await.unwrap();
    until("the message is given up", async || due().await.is_empty()).await;
    assert!(mails(&provider).is_empty(), "nobody can use it any more");
}

#[tokio::test]
async fn help_is_asked_for_by_who_reads_the_picture_or_a_little_more_seldom_without() {
    let provider = Provider::start().await.unwrap();
    for (path, field, typed) in [
        ("/forgot-password", "account", NATURAL_PERSON),
        ("/forgot-account", "email", "clairesu1234@example.gov.tw"),
        ("/resend-confirmation", "account", "nobody0001"),
    ] {
        let browser = Browser::new(&provider.issuer).unwrap();
        let before = noted(&provider).await;
        let blind = browser.submit(path, &[(field, typed)]).await.unwrap();
        assert_eq!((blind.status.as_u16(), blind.field(field).as_deref()), (422, Some(typed)), "{path}");
        assert!(blind.body.contains("請輸入圖片中的驗證碼"), "{path}: {}", blind.body);
        let (challenge, _) = answer(&provider, &blind);
        let fields = [(field, typed), ("captcha", challenge.as_str()), ("captcha-answer", "xxxxx")];
        let misread = browser.submit(path, &fields).await.unwrap();
        assert!(misread.status == 422 && misread.body.contains(MISREAD), "{path}: {}", misread.body);
        assert_eq!(noted(&provider).await, before, "{path}");
        let unseen = browser.submit(path, &[(field, typed), ("decision", "without-picture")]).await.unwrap();
        assert!(unseen.status == 200 && unseen.url.ends_with("asked=yes"), "{path}: {}", unseen.body);
        assert_eq!(noted(&provider).await, before + 1, "{path}");
    }
    // Without the picture no text message goes out: each costs money.
    let browser = Browser::new(&provider.issuer).unwrap();
    let fields = [("account", "nobody0002"), ("way", "text"), ("decision", "without-picture")];
    let page = browser.submit("/forgot-password", &fields).await.unwrap();
    assert!(page.url.ends_with("/forgot-password?asked=yes"), "{}: {}", page.url, page.body);
    let ask = async |number: usize| {
        let account = format!("nobody1{number:03}");
        let fields = [("account", account.as_str()), ("decision", "without-picture")];
        browser.submit("/forgot-password", &fields).await.unwrap()
    };
    for number in 4..20 {
        assert_eq!(ask(number).await.status, 200, "{number}");
    }
    let often = ask(20).await;
    assert_eq!((often.status.as_u16(), &often.headers["retry-after"]), (429, &"3600".parse().unwrap()));
    assert_eq!(asked(&provider, "/forgot-password", "nobody2000").await.status, 200, "with the picture it goes on");
}

#[tokio::test]
async fn an_operator_can_do_without() {
    let options = ProviderOptions {
        settings: Some(|settings| settings.captcha.membership = false),
        ..ProviderOptions::default()
    };
    let provider = Provider::start_with(options).await.unwrap();
    let (browser, last) = applicant(&provider, "letters12").await;
    assert!(!last.has("captcha-answer"), "{}", last.body);
    assert!(step(&browser, &last, &[("agree", "yes")]).await.url.contains("/join/sent"));
    let page = browser.submit("/forgot-password", &[("account", NATURAL_PERSON)]).await.unwrap();
    assert!(page.url.ends_with("asked=yes"), "{}", page.body);
}
