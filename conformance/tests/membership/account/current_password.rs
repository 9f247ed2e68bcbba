//! 目前的密碼, wherever it is asked for: a wrong one counts as at the sign-in page, and no page is a way to guess around a lock.

use super::{send_from, signed_in};
use crate::limits::{says_until, tells};
use crate::support::*;
use conformance::steps::seconds;
use conformance::{Browser, CIVIL_SERVANT, EDUCATOR, NATURAL_PERSON, PASSWORD as OLD, Page, Provider};

/// What is typed beside it.
type Fields = &'static [(&'static str, &'static str)];

/// Every page of the area that asks for it.
const PAGES: [(&str, Fields); 4] = [
    ("/account/password", &[("new-password", "vT4-hN8wq"), ("new-password-again", "vT4-hN8wq")]),
    ("/account/email", &[("email", "new@example.tw"), ("email-again", "new@example.tw")]),
    ("/account/recovery", &[("rescue-mobile", "0922333444")]),
    ("/account/delete", &[("understood", "yes")]),
];

/// Somebody at a form that asks for it.
struct Asked {
    browser: Browser,
    url: String,
    path: &'static str,
    beside: Fields,
}

impl Asked {
    /// A newcomer with the link of their mail.
    async fn newcomer(provider: &Provider, account: &str) -> Self {
        let browser = Browser::new(&provider.issuer).unwrap();
        let before = mails(provider).len();
        apply(provider, &browser, account).await;
        let url = link(provider, so_many_mails(provider, before + 1).await.last().unwrap());
        Self { browser, url, path: "/activate", beside: &[] }
    }

    async fn member(provider: &Provider, account: &str, (path, beside): (&'static str, Fields)) -> Self {
        let browser = signed_in(provider, account, OLD).await;
        Self { browser, url: provider.url(path), path, beside }
    }

    async fn types(&self, password: &str) -> Page {
        let page = self.browser.open(&self.url).await.unwrap();
        self.types_on(&page, password).await
    }

    async fn types_on(&self, page: &Page, password: &str) -> Page {
        let typed = [self.beside, &[("current-password", password)]].concat();
        if self.path != "/activate" {
            return send_from(&self.browser, page, self.path, &typed).await;
        }
        let key = page.field("key").unwrap();
        self.browser.submit(self.path, &[typed.as_slice(), &[("key", &key)]].concat()).await.unwrap()
    }

    async fn reads(&self, tag: &str) {
        let page = self.browser.open(&self.url).await.unwrap();
        in_language(&self.browser, &page, tag).await;
    }

    fn right(&self) -> &'static str {
        if self.path == "/activate" { PASSWORD } else { OLD }
    }
}

async fn failures(provider: &Provider) -> usize {
    provider.audit(1000).await.unwrap().iter().filter(|line| line.event == "sign_in.failed").count()
}

/// The whole sequence: five seconds twice, then longer, then a lock; each said in words and in `Retry-After`.
async fn is_counted(provider: &Provider, asked: &Asked) {
    let (path, before) = (asked.path, (failures(provider).await, provider.wired.sign_in.passwords.hashed()));
    for (failure, wait) in [5, 5, 15, 30, 15 * 60].into_iter().enumerate() {
        asked.reads(if failure % 2 == 0 { "en" } else { "zh-Hant-TW" }).await;
        let until = provider.clock.now().plus(seconds(wait));
        let what = format!("{path}, the wrong one number {}", failure + 1);
        let page = asked.types("wrong-one").await;
        assert_eq!(page.status, if wait < 60 { 422 } else { 429 }, "{what}: {}", page.body);
        assert_eq!(page.has("current-password-error"), wait < 60, "{what}: {}", page.body);
        says_until(provider, &what, &page, until);
        // Not looked at, right or wrong, to the last second.
        provider.advance(seconds(wait - 1)).await.unwrap();
        for password in [asked.right(), "wrong-one"] {
            tells(provider, &what, &asked.types(password).await, until);
        }
        provider.advance(seconds(1)).await.unwrap();
    }
    let after = (failures(provider).await, provider.wired.sign_in.passwords.hashed());
    assert_eq!((after.0 - before.0, after.1 - before.1), (5, 5), "{path}");
}

#[tokio::test]
async fn a_wrong_one_counts_as_at_the_sign_in_page_wherever_it_is_asked_for_and_every_page_says_until_when() {
    let provider = Provider::start().await.unwrap();
    for page in PAGES {
        // A browser of one's own is a counter of its own.
        let asked = Asked::member(&provider, NATURAL_PERSON, page).await;
        is_counted(&provider, &asked).await;
        assert!(events(&provider).await.is_empty(), "{}", asked.path);
    }
    let asked = Asked::newcomer(&provider, "newcomer01").await;
    is_counted(&provider, &asked).await;
    assert_eq!(events(&provider).await, ["account.applied"]);
    asked.reads("zh-Hant-TW").await;
    assert!(asked.types(PASSWORD).await.body.contains("帳號已啟用成功"), "the lock opened by itself");
    let delete = Asked::member(&provider, NATURAL_PERSON, PAGES[3]).await;
    assert!(delete.types(OLD).await.has("deletion-asked"));
}

#[tokio::test]
async fn wrong_ones_at_different_pages_add_up_and_the_lock_holds_at_all_of_them() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, CIVIL_SERVANT, OLD).await;
    let pages = PAGES.map(|(path, beside)| Asked { browser: browser.clone(), url: provider.url(path), path, beside });
    for asked in pages.iter().chain(&pages[..1]) {
        provider.advance(seconds(30)).await.unwrap();
        asked.types("wrong-one").await;
    }
    let until = provider.clock.now().plus(seconds(15 * 60));
    for asked in &pages {
        tells(&provider, asked.path, &asked.types(OLD).await, until);
    }
    assert_eq!(failures(&provider).await, 5);
}

/// Attack: guessing in parallel, with a session or a mailed link that somebody got hold of.
#[tokio::test]
async fn of_twenty_at_once_one_is_looked_at_wherever_it_is_asked_for() {
    let provider = Provider::start().await.unwrap();
    let mut all = vec![Asked::newcomer(&provider, "newcomer01").await];
    for page in PAGES {
        all.push(Asked::member(&provider, EDUCATOR, page).await);
    }
    for asked in &all {
        let page = asked.browser.open(&asked.url).await.unwrap();
        let before = (failures(&provider).await, provider.wired.sign_in.passwords.hashed());
        let guesses = (0..20).map(|number| {
            let page = &page;
            async move { asked.types_on(page, &format!("guess-{number}")).await.status.as_u16() }
        });
        let statuses = futures_util::future::join_all(guesses).await;
        let after = (failures(&provider).await, provider.wired.sign_in.passwords.hashed());
        assert_eq!((after.0 - before.0, after.1 - before.1), (1, 1), "{}: {statuses:?}", asked.path);
        assert_eq!(statuses.iter().filter(|status| **status == 422).count(), 1, "{}: {statuses:?}", asked.path);
        assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 19, "{}: {statuses:?}", asked.path);
    }
}
