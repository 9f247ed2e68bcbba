//! Attack: a forged host in a mailed link (GHSA-2wmj-46rj-qm2w), at everything that has a mail sent. Links are made of the issuer, and
//! of nothing that a request says.

use crate::account::{send, send_from};
use crate::limits::{asked_for_letters_in, code_for_sign_in};
use crate::support::*;
use conformance::steps::seconds;
use conformance::{Browser, CIVIL_SERVANT, EDUCATOR, NATURAL_PERSON, PASSWORD as OLD, Page, Provider};
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use std::collections::BTreeSet;

const FORGED: [(&str, &str); 7] = [
    ("host", "evil.example"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-prefix", "//evil.example"),
    ("forwarded", "host=evil.example;proto=https"),
    ("x-original-host", "evil.example"),
    ("referer", "https://evil.example/"),
];

/// A browser behind somebody who forges all of it.
fn forged(provider: &Provider) -> Browser {
    let headers = FORGED.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    Browser::with(&provider.issuer, HeaderMap::from_iter(headers)).unwrap()
}

async fn minute(provider: &Provider) {
    provider.advance(seconds(61)).await.unwrap();
}

/// 加入會員, its mail again, and what is asked for without signing in.
async fn strangers(provider: &Provider) {
    let browser = forged(provider);
    let last = to_the_last(provider, &browser, "newcomer01").await;
    assert_eq!(step(&browser, &last, &[("decision", "mail-code")]).await.status, 200);
    let waiting = agree(provider, &browser, &last).await;
    minute(provider).await;
    let handle = waiting.field("waiting").unwrap();
    let right = "right@example.gov.tw";
    let correct = [("waiting", handle.as_str()), ("decision", "correct"), ("email", right), ("email-again", right)];
    assert_eq!(browser.submit("/join/sent", &correct).await.unwrap().status, 200);
    minute(provider).await;
    let again = [("waiting", handle.as_str()), ("decision", "again")];
    assert_eq!(browser.submit("/join/sent", &again).await.unwrap().status, 200);
    minute(provider).await;
    for (path, typed) in [
        ("/resend-confirmation", "newcomer01"),
        ("/forgot-account", "clairesu1234@example.gov.tw"),
        ("/forgot-password", NATURAL_PERSON),
        ("/forgot-password", "newcomer01"),
    ] {
        assert_eq!(asked_by(provider, &browser, path, typed).await.status, 200, "{path}");
    }
}

/// 我的專區.
async fn members(provider: &Provider) {
    equip(provider, CIVIL_SERVANT, None, Some(MOBILE)).await;
    let browser = forged(provider);
    assert!(sign_in_by(provider, &browser, CIVIL_SERVANT, OLD).await.has("person-name"));
    let new = "new@example.tw";
    let email = [("email", new), ("email-again", new), ("current-password", OLD)];
    assert!(send(provider, &browser, "/account/email", &email).await.has("withdraw"));
    let mails = so_many_mails_to(provider, new).await;
    let page = browser.open(&mails).await.unwrap();
    let key = page.field("key").unwrap();
    assert!(send_from(&browser, &page, "/account/email/confirm", &[("key", &key)]).await.has("email-changed"));
    let helps = [("rescue-mobile", "0922333444"), ("current-password", OLD)];
    assert!(send(provider, &browser, "/account/recovery", &helps).await.has("saved"));
    let password = [("current-password", OLD), ("new-password", "vT4-hN8wq"), ("new-password-again", "vT4-hN8wq")];
    assert!(send(provider, &browser, "/account/password", &password).await.has("password-changed"));
    let browser = forged(provider);
    assert!(sign_in_by(provider, &browser, EDUCATOR, OLD).await.has("person-name"));
    let sure = [("current-password", OLD), ("understood", "yes")];
    assert!(send(provider, &browser, "/account/delete", &sure).await.has("deletion-asked"));
    let page: Page = sign_in_by(provider, &browser, EDUCATOR, OLD).await;
    let (key, interaction) = (page.field("key").unwrap(), page.field("interaction").unwrap());
    let undone = browser.submit("/undo-deletion", &[("key", &key), ("interaction", &interaction)]).await.unwrap();
    assert!(undone.has("deletion-undone"), "{}", undone.body);
}

/// The link in the mail to an address.
async fn so_many_mails_to(provider: &Provider, to: &str) -> String {
    let to_it = || mails(provider).into_iter().find(|mail| mail.to().unwrap().first().unwrap().address() == Some(to));
    until("the mail is there", async || to_it().is_some()).await;
    link(provider, &to_it().unwrap())
}

/// Who guesses: a code by mail, and a lock.
async fn guessers(provider: &Provider) {
    let browser = forged(provider);
    let letters = asked_for_letters_in(provider, &browser, NATURAL_PERSON).await;
    assert_eq!(code_for_sign_in(&browser, &letters, NATURAL_PERSON).await.status, 200);
    for _ in 0..2 {
        minute(provider).await;
        sign_in_by(provider, &browser, NATURAL_PERSON, "wrong-one").await;
    }
    assert_eq!(sign_in_by(provider, &browser, NATURAL_PERSON, OLD).await.status, 429);
}

/// Every address in some text.
fn addresses(text: &str) -> Vec<String> {
    let ends = |c: char| c.is_whitespace() || "\"'<>「」，。）".contains(c);
    let at = text.match_indices("http").map(|(at, _)| &text[at..]).filter(|rest| rest.contains("://"));
    at.filter_map(|rest| rest.split(ends).next()).filter(|word| word.contains("://")).map(str::to_owned).collect()
}

#[tokio::test]
async fn no_header_of_a_request_reaches_any_link_that_is_mailed_or_texted() {
    let provider = Provider::start().await.unwrap();
    strangers(&provider).await;
    members(&provider).await;
    guessers(&provider).await;
    until("all is delivered", async || settled(&provider).await == noted(&provider).await).await;
    let (mut subjects, mut links) = (BTreeSet::new(), 0);
    for mail in mails(&provider) {
        let subject = mail.subject().unwrap().to_owned();
        for said in [mail.body_text(0).unwrap(), mail.body_html(0).unwrap()] {
            assert!(!said.contains("evil"), "{subject}: {said}");
            for address in addresses(&said) {
                assert!(address.starts_with(&provider.issuer), "{subject}: {address}");
                links += 1;
            }
        }
        assert!(!mail.message_id().unwrap().contains("evil"), "{subject}");
        subjects.insert(subject);
    }
    assert_eq!(subjects.len(), 12, "each of them says something else: {subjects:#?}");
    assert!(links >= 2 * subjects.len(), "{links} links");
    let texts = texts(&provider);
    assert!(!texts.is_empty() && texts.iter().all(|(_, says)| !says.contains("evil")), "{texts:?}");
}
