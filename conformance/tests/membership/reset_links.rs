//! A link that sets a password is worth nothing once the password is another, whoever changed it and however.

use crate::account::{send, signed_in};
use crate::support::*;
use conformance::steps::run;
use conformance::{Browser, NATURAL_PERSON, PASSWORD as OLD, Provider};

const NEW: &str = "vT4-hN8wq";

/// A link of 忘記密碼, the page that it opens, and a code that was texted.
struct Asked {
    browser: Browser,
    link: String,
    page: conformance::Page,
    code_page: conformance::Page,
    code: String,
}

impl Asked {
    async fn by(provider: &Provider) -> Self {
        equip(provider, NATURAL_PERSON, None, Some(MOBILE)).await;
        let browser = Browser::new(&provider.issuer).unwrap();
        assert_eq!(asked(provider, "/forgot-password", NATURAL_PERSON).await.status, 200);
        let link = link(provider, &so_many_mails(provider, 1).await[0]);
        let page = browser.open(&link).await.unwrap();
        assert!(page.has("reset"), "{}", page.body);
        let code_page = ask_by_text(provider, &browser, NATURAL_PERSON).await;
        let code = code_in(&so_many_texts(provider, 1).await[0].1);
        Self { browser, link, page, code_page, code }
    }

    /// Neither the link, nor the page that is open already, nor the code sets another.
    async fn are_worth_nothing(&self, provider: &Provider, password: &str) {
        let opened = self.browser.open(&self.link).await.unwrap();
        assert!(opened.body.contains("這個連結已經失效") && !opened.has("reset"), "{}", opened.body);
        let set = set_password(&self.browser, &self.page, "thief-9Xk2").await;
        assert!(set.body.contains("這個連結已經失效"), "{}", set.body);
        let typed = type_code(&self.browser, &self.code_page, &self.code).await;
        assert!(typed.status == 422 && !typed.has("reset"), "{}", typed.body);
        assert!(sign_in(provider, NATURAL_PERSON, password).await.has("person-name"));
        assert!(!events(provider).await.contains(&"account.password_reset".to_owned()));
    }
}

#[tokio::test]
async fn a_password_that_its_person_changed_makes_links_and_codes_of_before_worthless() {
    let provider = Provider::start().await.unwrap();
    let asked = Asked::by(&provider).await;
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let typed = [("current-password", OLD), ("new-password", NEW), ("new-password-again", NEW)];
    assert!(send(&provider, &browser, "/account/password", &typed).await.has("password-changed"));
    asked.are_worth_nothing(&provider, NEW).await;
}

#[tokio::test]
async fn a_password_that_an_operator_set_makes_links_and_codes_of_before_worthless() {
    let provider = Provider::start().await.unwrap();
    let asked = Asked::by(&provider).await;
    let file = provider.folder().join("password");
    std::fs::write(&file, NEW).unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let set = ["accounts", "set-password", NATURAL_PERSON, "--password-file", file.to_str().unwrap()];
    run(&provider, &set).await.unwrap();
    asked.are_worth_nothing(&provider, NEW).await;
}
