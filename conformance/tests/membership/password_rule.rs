//! Which passwords may be chosen: the same rule at every page where one is.

use crate::account::{send_from, signed_in};
use crate::support::*;
use conformance::{Browser, CIVIL_SERVANT, NATURAL_PERSON, PASSWORD as OLD, Page, Provider, ProviderOptions};
use idp::settings::{PasswordRule, Settings};
use std::path::PathBuf;

/// Somebody at a page where a password is chosen.
struct Chooser {
    browser: Browser,
    page: Page,
    account: &'static str,
    path: &'static str,
    /// What it says once one is taken.
    taken: fn(&Page) -> bool,
}

impl Chooser {
    /// At every such page there is: 加入會員, 忘記密碼, 密碼維護.
    async fn everywhere(provider: &Provider) -> [Self; 3] {
        let browser = Browser::new(&provider.issuer).unwrap();
        let page = begin(provider, &browser).await;
        let taken = |page: &Page| page.status == 200 && page.has("email-again");
        let newcomer = Self { browser, page, account: "rulelist1", path: "/join", taken };

        let browser = Browser::new(&provider.issuer).unwrap();
        assert_eq!(asked(provider, "/forgot-password", NATURAL_PERSON).await.status, 200);
        let link = link(provider, &so_many_mails(provider, 1).await[0]);
        let page = browser.open(&link).await.unwrap();
        let taken = |page: &Page| page.body.contains("密碼已經重設");
        let forgetful = Self { browser, page, account: NATURAL_PERSON, path: "/reset-password", taken };

        let browser = signed_in(provider, CIVIL_SERVANT, OLD).await;
        let page = browser.open(&provider.url("/account/password")).await.unwrap();
        let taken = |page: &Page| page.has("password-changed");
        let member = Self { browser, page, account: CIVIL_SERVANT, path: "/account/password", taken };
        [newcomer, forgetful, member]
    }

    async fn chooses(&self, password: &str) -> Page {
        let fields = [("new-password", password), ("new-password-again", password)];
        match self.path {
            "/join" => {
                step(&self.browser, &self.page, &[&[("account", self.account)], fields.as_slice()].concat()).await
            }
            "/reset-password" => set_password(&self.browser, &self.page, password).await,
            path => {
                let current = [("current-password", OLD)];
                send_from(&self.browser, &self.page, path, &[&current, fields.as_slice()].concat()).await
            }
        }
    }

    async fn may_not(&self, password: &str, said: &str) {
        let page = self.chooses(password).await;
        let what = format!("{}, {password}", self.path);
        assert!(page.status == 422 && page.body.contains(said), "{what}, {said}: {} {}", page.status, page.body);
        assert!(page.has("new-password-error") && !page.body.contains(password), "{what}: {}", page.body);
    }

    async fn may(&self, password: &str) {
        let page = self.chooses(password).await;
        assert!((self.taken)(&page), "{}, {password}: {} {}", self.path, page.status, page.body);
    }
}

/// A list of the operator's own.
fn list(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("shenfen-common-{name}-{}.txt", std::process::id()))
}

fn listed(settings: &mut Settings, name: &str) {
    std::fs::write(list(name), "hualien-1\nTaroko2026x\n\n").unwrap();
    settings.passwords.common_file = Some(list(name));
}

async fn start(settings: fn(&mut Settings)) -> Provider {
    Provider::start_with(ProviderOptions { settings: Some(settings), ..ProviderOptions::default() }).await.unwrap()
}

#[tokio::test]
async fn the_rule_of_length_and_the_list_of_the_operator_hold_wherever_a_password_is_chosen() {
    let provider = start(|settings| listed(settings, "length")).await;
    let longest: String = "正確的馬電池釘書針Xk9".chars().cycle().take(128).collect();
    for chooser in Chooser::everywhere(&provider).await {
        assert!(!chooser.page.body.contains("8 到 15 個英文字母"), "{}", chooser.page.body);
        for (password, said) in [
            ("xK9mQ2v", "至少要 8 個字"),
            (format!("{longest}x").as_str(), "最多 128 個字"),
            ("tarokO2026X", "太常見"),
            ("HUALIEN-1", "太常見"),
            ("password1", "太常見"),
            ("123456789987654321", "太常見"),
            (chooser.account.to_uppercase().as_str(), "不能與帳號相同"),
        ] {
            chooser.may_not(password, said).await;
        }
        chooser.may(&longest).await;
    }
    std::fs::remove_file(list("length")).unwrap();
}

#[tokio::test]
async fn the_rule_of_the_manuals_holds_wherever_a_password_is_chosen() {
    let provider = start(|settings| {
        listed(settings, "manuals");
        settings.passwords.policy = PasswordRule::Manuals;
    })
    .await;
    for chooser in Chooser::everywhere(&provider).await {
        assert!(chooser.page.body.contains("8 到 15 個英文字母"), "{}", chooser.page.body);
        for (password, said) in [
            ("xK9mQ2v", "至少要 8 個字"),
            ("xK9#mQ2vxK9#mQ2v", "最多 15 個字"),
            ("xKw#mQzvab", "須包含英文字母及數字"),
            ("7391#4820", "須包含英文字母及數字"),
            ("松xK9mQ2vw", "只能使用英文字母"),
            ("tarokO2026X", "太常見"),
            ("password1", "太常見"),
            (chooser.account.to_uppercase().as_str(), "不能與帳號相同"),
        ] {
            chooser.may_not(password, said).await;
        }
        chooser.may("xK9#mQ2vzW4!tB7").await;
    }
    std::fs::remove_file(list("manuals")).unwrap();
}
