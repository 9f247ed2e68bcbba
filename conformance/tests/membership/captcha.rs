//! 圖形驗證碼 on the last step of 加入會員 and where help is asked for.

use crate::support::*;
use conformance::{Browser, NATURAL_PERSON, Page, Provider, ProviderOptions};
use std::time::Duration;

const MISREAD: &str = "驗證碼不正確";
const OVER: &str = "已使用過或已逾時";

pub async fn applicant(provider: &Provider, account: &str) -> (Browser, Page) {
    let browser = Browser::new(&provider.issuer).unwrap();
    let last = to_the_last(provider, &browser, account).await;
    (browser, last)
}

/// The last step, with this challenge and answer.
pub async fn agree_with(browser: &Browser, page: &Page, challenge: &str, answer: &str) -> Page {
    step(browser, page, &[("agree", "yes"), ("captcha", challenge), ("captcha-answer", answer)]).await
}

pub fn answer(provider: &Provider, page: &Page) -> (String, String) {
    let [(_, challenge), (_, answer)] = provider.proof(page).unwrap().try_into().unwrap();
    (challenge, answer)
}

pub async fn picture(browser: &Browser, provider: &Provider, challenge: &str) -> reqwest::Response {
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
