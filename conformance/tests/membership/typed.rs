//! What somebody typed is there again: after an error and in the other language, a step back and forth, and when the page was open for too
//! long. Passwords alone are typed anew.

use crate::account::{send_from, signed_in};
use crate::support::*;
use conformance::{Browser, NATURAL_PERSON, PASSWORD as OLD, Page, Provider};

type Fields<'a> = Vec<(&'a str, &'a str)>;

/// What a field of a page holds: typed, chosen from a list, or chosen with a button.
fn holds(page: &Page, name: &str) -> Option<String> {
    let tags = || page.body.split('<').map(|tag| tag.split('>').next().unwrap());
    let value = |tag: &str| tag.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned);
    let named = |tag: &&str| tag.contains(&format!("name=\"{name}\""));
    if tags().any(|tag| tag.starts_with("select") && named(&tag)) {
        let from = page.body.split(&format!("name=\"{name}\"")).nth(1)?;
        let list = from.split("</select>").next()?;
        return list.split("<option").find(|option| option.contains(" selected")).and_then(value);
    }
    if tags().any(|tag| tag.contains("type=\"radio\"") && named(&tag)) {
        return tags().find(|tag| named(tag) && tag.contains(" checked")).and_then(value);
    }
    page.field(name)
}

fn same(page: &Page, typed: &[(&str, &str)], what: &str) {
    for (name, text) in typed.iter().filter(|(name, _)| !name.contains("password")) {
        assert_eq!(holds(page, name).as_deref(), Some(*text), "{what}: {name}: {}", page.body);
    }
    assert!(typed.iter().filter(|(name, _)| name.contains("password")).all(|(_, text)| !page.body.contains(text)));
}

const ACCOUNT: [(&str, &str); 3] =
    [("account", "1typed"), ("new-password", "gaPing-27"), ("new-password-again", "gaPing-72")];
const BASICS: [(&str, &str); 4] =
    [("name", "蘇小 <美>"), ("email", "claire@"), ("email-again", "claire@example"), ("nickname", "小\"美")];
const FURTHER: [(&str, &str); 11] = [
    ("birth-year", "７０"),
    ("birth-month", "13"),
    ("birth-day", "32"),
    ("national-id", "A12345678"),
    ("gender", "male"),
    ("county", "連江縣"),
    ("district", "北竿鄉"),
    ("postal-code", "20"),
    ("street", "塘岐村"),
    ("phone", "12-34"),
    ("extension", "12x"),
];
const RECOVERY: [(&str, &str); 4] =
    [("hint-question", "own"), ("own-question", "？"), ("hint-answer", "我"), ("rescue-mobile", "12")];

/// The pages of 加入會員 with what is typed wrongly into each.
async fn steps(provider: &Provider, browser: &Browser) -> Vec<(Page, Fields<'static>)> {
    let first_page = begin(provider, browser).await;
    let second = step(browser, &first_page, &first("typed0001")).await;
    let third = step(browser, &second, &SECOND).await;
    let fourth = step(browser, &third, &SKIP).await;
    let last = step(browser, &fourth, &SKIP).await;
    let typed = [ACCOUNT.to_vec(), BASICS.to_vec(), FURTHER.to_vec(), RECOVERY.to_vec(), vec![("captcha-answer", "")]];
    [first_page, second, third, fourth, last].into_iter().zip(typed).collect()
}

/// A page in the other language, by the button of its form.
fn has_switch(page: &Page, to: &str) {
    let button = format!("<button form=\"typed\" name=\"lang\" value=\"{to}\" lang=\"{to}\" formnovalidate>");
    assert!(page.body.contains(&button), "{}", page.body);
    assert_eq!(page.body.matches("id=\"typed\"").count(), 1, "{}", page.body);
    let first = page.body.split("<button").nth(1).unwrap();
    assert!(first.starts_with(" class=\"unseen\" form=\"typed\" tabindex"), "Enter presses the first: {first}");
}

fn is_in(page: &Page, lang: &str) {
    assert!(page.status == 200 && page.body.contains(&format!("<html lang=\"{lang}\">")), "{}", page.body);
    assert!(!page.body.contains("class=\"error\""), "nothing was judged: {}", page.body);
}

#[tokio::test]
async fn in_the_other_language_a_step_shows_what_was_typed_and_judges_nothing() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    for (page, typed) in steps(&provider, &browser).await {
        let what = page.url.clone();
        let wrong = step(&browser, &page, &typed).await;
        assert_eq!(wrong.status, 422, "{}", wrong.body);
        same(&wrong, &typed, &what);
        let mut shown = wrong;
        for (lang, other) in [("en", "zh-Hant-TW"), ("zh-Hant-TW", "en")] {
            has_switch(&shown, lang);
            let fields = [&typed[..], &[("lang", lang)]].concat();
            shown = step(&browser, &shown, &fields).await;
            is_in(&shown, lang);
            same(&shown, &typed, &what);
            has_switch(&shown, other);
            assert!(browser.open(&provider.url("/join")).await.unwrap().body.contains(&format!("lang=\"{lang}\"")));
        }
    }
    assert_eq!(events(&provider).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_last_step_in_the_other_language_keeps_the_tick_and_the_letters_that_were_read() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let last = to_the_last(&provider, &browser, "typed0002").await;
    let proof = provider.proof(&last).unwrap();
    let mut fields: Fields<'_> = proof.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fields.extend([("agree", "yes"), ("lang", "en")]);
    let shown = step(&browser, &last, &fields).await;
    is_in(&shown, "en");
    assert!(shown.body.contains("value=\"yes\" checked"), "{}", shown.body);
    assert_eq!(provider.proof(&shown).unwrap()[1], proof[1], "the same picture");
    assert_eq!(shown.field("captcha-answer").as_deref(), Some(proof[1].1.as_str()));
    assert_eq!(events(&provider).await, Vec::<String>::new(), "nothing was made");
    let done = agree(&provider, &browser, &shown).await;
    assert!(done.url.contains("/join/sent"), "{}", done.body);
}

#[tokio::test]
async fn a_step_back_and_forth_shows_what_was_typed() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let all = steps(&provider, &browser).await;
    let forth: [&[(&str, &str)]; 3] = [&[("account", "typed0001")], &SECOND, &SKIP];
    for ((page, typed), forth) in all.iter().skip(1).zip(forth) {
        let back = [&typed[..], &[("decision", "back")]].concat();
        let before = step(&browser, page, &back).await;
        assert!(before.status == 200 && !before.body.contains("class=\"error\""), "{}", before.body);
        let again = step(&browser, &before, forth).await;
        is_in(&again, "zh-Hant-TW");
        same(&again, typed, &page.url);
        // What was taken then is what counts.
        assert_eq!(step(&browser, &again, typed).await.status, 422);
    }
    // From the third to the first, both with something typed.
    let third = step(&browser, &all[2].0, &[&FURTHER[..], &[("decision", "back")]].concat()).await;
    let second = step(&browser, &third, &[&BASICS[..], &[("decision", "back")]].concat()).await;
    let second = step(&browser, &second, forth[0]).await;
    same(&second, &BASICS, "from the first");
    let third = step(&browser, &second, &SECOND).await;
    same(&third, &FURTHER, "from the second");
    // What is corrected replaces it, and what is left out is gone.
    let third = step(&browser, &step(&browser, &third, &SKIP).await, &[("decision", "back")]).await;
    assert_eq!(holds(&third, "street").as_deref(), Some(""));
    let second = step(&browser, &third, &[("decision", "back")]).await;
    same(&second, &SECOND, "what was taken");
    // Emptied is emptied.
    let empty = [("name", "蘇小美"), ("email", MAIL), ("email-again", MAIL), ("nickname", "")];
    let first = step(&browser, &second, &[&empty[..], &[("decision", "back")]].concat()).await;
    same(&step(&browser, &first, forth[0]).await, &empty, "emptied");
}

#[tokio::test]
async fn more_than_fits_into_an_address_is_not_carried_along_and_the_rest_is() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = step(&browser, &begin(&provider, &browser).await, &first("typed0003")).await;
    let long = "長".repeat(1_500);
    let back =
        [("name", long.as_str()), ("email", "claire@"), ("email-again", ""), ("nickname", "小"), ("decision", "back")];
    let before = step(&browser, &page, &back).await;
    let again = step(&browser, &before, &[("account", "typed0003")]).await;
    assert!(again.url.len() - provider.issuer.len() < 4_000, "{}", again.url.len());
    same(&again, &[("name", ""), ("email", "claire@"), ("nickname", "小")], "what fits");
}

#[tokio::test]
async fn who_asks_for_help_in_the_other_language_types_nothing_twice() {
    let provider = Provider::start().await.unwrap();
    for (path, typed) in [
        ("/forgot-password", vec![("account", "no such name"), ("way", "text")]),
        ("/forgot-account", vec![("email", "claire@")]),
        ("/resend-confirmation", vec![("account", "1x")]),
    ] {
        let browser = Browser::new(&provider.issuer).unwrap();
        let page = browser.open(&provider.url(path)).await.unwrap();
        let proof = provider.proof(&page).unwrap();
        let read: Fields<'_> = proof.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let sent = [&typed[..], &read].concat();
        let wrong = browser.submit(path, &sent).await.unwrap();
        assert_eq!(wrong.status, 422, "{}", wrong.body);
        has_switch(&wrong, "en");
        let shown = browser.submit(path, &[&sent[..], &[("lang", "en")]].concat()).await.unwrap();
        is_in(&shown, "en");
        same(&shown, &typed, path);
        assert_eq!(provider.proof(&shown).unwrap()[1], proof[1], "the same picture");
        same(&shown, &[("captcha-answer", &proof[1].1)], path);
        assert_eq!(noted(&provider).await, 0, "{path}: nothing was asked for");
    }
}

const PROFILE: [(&str, &str); 2] = [("name", "蘇小 <美>"), ("nickname", "\u{202e}")];
const EMAIL: [(&str, &str); 3] =
    [("email", "claire@"), ("email-again", "claire@example"), ("current-password", "wrOng-27")];

fn area() -> [(&'static str, Fields<'static>); 3] {
    let recovery = [&RECOVERY[..], &[("current-password", "wrOng-27")]].concat();
    let profile = [&PROFILE[..], &FURTHER].concat();
    [("/account/profile", profile), ("/account/recovery", recovery), ("/account/email", EMAIL.to_vec())]
}

#[tokio::test]
async fn the_pages_of_who_is_signed_in_show_it_in_the_other_language_too_and_when_they_were_open_too_long() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    for (path, typed) in area() {
        let page = browser.open(&provider.url(path)).await.unwrap();
        let wrong = send_from(&browser, &page, path, &typed).await;
        assert_eq!(wrong.status, 422, "{}", wrong.body);
        same(&wrong, &typed, path);
        has_switch(&wrong, "en");
        let english = send_from(&browser, &wrong, path, &[&typed[..], &[("lang", "en")]].concat()).await;
        is_in(&english, "en");
        same(&english, &typed, path);
        let chinese = send_from(&browser, &english, path, &[&typed[..], &[("lang", "zh-Hant-TW")]].concat()).await;
        is_in(&chinese, "zh-Hant-TW");
        // The page was open for too long, the session is not over.
        let lifetimes = &provider.wired.base.lifetimes;
        let steps = lifetimes.sign_in_page.as_secs() / 300 + 1;
        for _ in 0..steps {
            provider.advance(std::time::Duration::from_secs(300)).await.unwrap();
            browser.open(&provider.url("/account")).await.unwrap();
        }
        for more in [&[][..], &[("lang", "zh-Hant-TW")]] {
            let expired = send_from(&browser, &chinese, path, &[&typed[..], more].concat()).await;
            assert!(expired.status == 400 && expired.body.contains("role=\"alert\""), "{path}: {}", expired.body);
            same(&expired, &typed, path);
        }
    }
    assert_eq!(events(&provider).await, Vec::<String>::new());
}

/// A switch of the language is no way around the check that nothing of another tab is written over.
#[tokio::test]
async fn in_the_other_language_a_form_is_still_of_the_state_that_it_was_made_of() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let path = "/account/profile";
    let one = browser.open(&provider.url(path)).await.unwrap();
    let other = browser.open(&provider.url(path)).await.unwrap();
    assert!(send_from(&browser, &other, path, &[("name", "蘇大美")]).await.has("saved"));
    let english = send_from(&browser, &one, path, &[("name", "蘇小小"), ("lang", "en")]).await;
    let told = send_from(&browser, &english, path, &[("name", "蘇小小")]).await;
    assert!(!told.has("saved") && told.status == 409, "{}: {}", told.status, told.body);
    // A form of another session's page shows nothing of it.
    let stranger = signed_in(&provider, conformance::CIVIL_SERVANT, OLD).await;
    let shown = send_from(&stranger, &english, path, &[("name", "蘇小小"), ("lang", "en")]).await;
    assert!(!shown.body.contains("蘇小小"), "{}", shown.body);
}
