//! Pictures, mailed codes and limits of membership: one for all nodes.

use crate::browser::{Browser, Got, Way};
use crate::support::{Cluster, Options, within};
use conformance::captcha::answer_at;
use futures_util::future::join_all;
use idp::settings::{SecretUrl, Settings};
use idp_store::ephemeral::AHEAD;
use std::time::Duration;

const PASSWORD: &str = "xK9mQ2v-z";

impl Cluster {
    /// What a page asks, and the answer, as the fields of its form.
    async fn proof(&self, page: &Got) -> [(&'static str, String); 2] {
        let challenge = page.field("captcha").unwrap_or_else(|| panic!("nothing is asked: {page:?}"));
        let mut settings = Settings::default();
        settings.database.url = SecretUrl(self.database.url());
        settings.keys.master_key_file = Some(self.folder.path().join("idp.master-key"));
        let answer = answer_at(&settings, &challenge).await.unwrap();
        [("captcha", challenge), ("captcha-answer", answer)]
    }

    /// Waits until Redis vouches for what is shown now: it does for nothing of about the time at which it was first seen empty.
    async fn remembers(&self) {
        let browser = self.browser();
        let is_read = async || {
            let page = browser.open(&self.only_a(), "/forgot-account").await;
            let proof = self.proof(&page).await;
            let [challenge, answer] = proof.each_ref().map(|(name, value)| (*name, value.as_str()));
            let email = ("email", "nobody@example.gov.tw");
            let got = browser.submit(&self.only_a(), "/forgot-account", &[email, challenge, answer]).await;
            !got.body.contains("已使用過")
        };
        within(2 * AHEAD, "a picture that is read is believed", is_read).await;
    }

    async fn messages(&self, purpose: &str) -> u64 {
        self.database.count(&format!("SELECT count(*) FROM messages WHERE purpose = '{purpose}'")).await
    }

    /// Half the ways lead to A, half to B.
    fn both(&self, number: usize) -> Vec<Way> {
        (0..number).map(|number| if number % 2 == 0 { self.only_a() } else { self.only_b() }).collect()
    }
}

/// Goes on from a step of 加入會員.
async fn step(browser: &Browser, way: &Way, page: &Got, fields: &[(&str, &str)]) -> Got {
    let application = page.field("application").unwrap_or_else(|| panic!("no step: {page:?}"));
    // Which documents the last step showed.
    let documents = page.field("documents");
    let shown: Vec<_> = documents.iter().map(|shown| ("documents", shown.as_str())).collect();
    browser.submit(way, "/join", &[&[("application", application.as_str())], shown.as_slice(), fields].concat()).await
}

/// The last step of 加入會員.
async fn to_the_last(browser: &Browser, way: &Way, account: &str, email: &str) -> Got {
    let page = browser.open(way, "/join?kind=general").await;
    let chosen = [("account", account), ("new-password", PASSWORD), ("new-password-again", PASSWORD)];
    let page = step(browser, way, &page, &chosen).await;
    let basics = [("name", "蘇小美"), ("email", email), ("email-again", email), ("nickname", "")];
    let page = step(browser, way, &page, &basics).await;
    let page = step(browser, way, &page, &[("decision", "skip")]).await;
    step(browser, way, &page, &[("decision", "skip")]).await
}

async fn agree(browser: &Browser, way: &Way, page: &Got, [challenge, answer]: [(&str, &str); 2]) -> Got {
    step(browser, way, page, &[("agree", "yes"), challenge, answer]).await
}

/// Attack: one picture read, a mail asked for at every node.
#[tokio::test]
async fn a_picture_that_is_answered_at_both_nodes_at_once_counts_once() {
    let Some(cluster) = Cluster::start().await else { return };
    cluster.remembers().await;
    for round in 0..6 {
        let browser = cluster.browser();
        let page = browser.open(&cluster.a_first(), "/forgot-password").await;
        let proof = cluster.proof(&page).await;
        let [challenge, answer] = proof.each_ref().map(|(name, value)| (*name, value.as_str()));
        let (browser, ways) = (&browser, cluster.both(10));
        let ask = |(number, way): (usize, &Way)| {
            let (account, way) = (format!("nobody{round}{number:03}"), Way::new([way.url("")]));
            async move { browser.submit(&way, "/forgot-password", &[("account", &*account), challenge, answer]).await }
        };
        let all = join_all(ways.iter().enumerate().map(ask)).await;
        let taken = all.iter().filter(|got| got.status == 200 && !got.has("account")).count();
        let refused = all.iter().filter(|got| got.status == 422 && got.body.contains("已使用過")).count();
        assert_eq!((taken, refused), (1, 9), "round {round}: {all:?}");
        assert_eq!(cluster.messages("password_reset").await, round + 1);
    }
}

/// Attack: trying all codes, five at each node.
#[tokio::test]
async fn a_mailed_code_is_tried_five_times_over_both_nodes() {
    let Some(cluster) = Cluster::start().await else { return };
    let (browser, way) = (cluster.browser(), cluster.a_first());
    let page = to_the_last(&browser, &way, "tried0001", "claire@example.gov.tw").await;
    let page = step(&browser, &way, &page, &[("decision", "mail-code")]).await;
    let proof = cluster.proof(&page).await;
    let [challenge, answer] = proof.each_ref().map(|(name, value)| (*name, value.as_str()));
    let wrong = ("captcha-answer", if answer.1 == "000000" { "000001" } else { "000000" });
    let ways = cluster.both(12);
    let all = join_all(ways.iter().map(|way| agree(&browser, way, &page, [challenge, wrong]))).await;
    let looked_at = all.iter().filter(|got| got.body.contains("電子郵件驗證碼不正確")).count();
    let over = all.iter().filter(|got| got.body.contains("輸入錯誤太多次")).count();
    assert_eq!((looked_at, over), (4, 8), "the fifth ends it: {all:?}");
    for way in [cluster.only_a(), cluster.only_b()] {
        let late = agree(&browser, &way, &page, [challenge, answer]).await;
        assert!(late.status == 422 && late.body.contains("輸入錯誤太多次"), "{late:?}");
    }
    assert_eq!(cluster.messages("activation").await, 0);
}

/// Attack: filling somebody's mailbox, half of it by each node.
#[tokio::test]
async fn mails_to_a_mailbox_count_together() {
    let Some(cluster) = Cluster::start().await else { return };
    cluster.remembers().await;
    let apply = async |number: usize, way: &Way| {
        let browser = cluster.browser();
        let page = to_the_last(&browser, way, &format!("filling{number:02}"), "claire@example.gov.tw").await;
        let proof = cluster.proof(&page).await;
        agree(&browser, way, &page, proof.each_ref().map(|(name, value)| (*name, value.as_str()))).await
    };
    for (number, way) in cluster.both(8).iter().enumerate() {
        let got = apply(number, way).await;
        assert_eq!(got.status, 200, "nobody is told what others had sent there: {got:?}");
    }
    let so_many = async |which: &str| {
        cluster.database.count(&format!("SELECT count(*) FROM messages WHERE purpose = 'activation' AND {which}")).await
    };
    let all = async || (so_many("state = 'sent'").await, so_many("detail = 'waits: mailbox limit'").await) == (6, 2);
    within(Duration::from_secs(20), "six are sent and two wait", all).await;
}

#[tokio::test]
async fn mails_that_are_asked_for_from_an_address_count_together() {
    let settings = vec![("IDP__MEMBERSHIP__MAILS_PER_ADDRESS", "5".to_owned())];
    let Some(cluster) = Cluster::start_with(Options { settings, ..Options::default() }).await else { return };
    let ask = async |number: usize, way: &Way| {
        let account = format!("nobody{number:04}");
        let fields = [("account", &*account), ("decision", "without-picture")];
        cluster.browser().submit(way, "/forgot-password", &fields).await
    };
    for (number, way) in cluster.both(5).iter().enumerate() {
        assert_eq!(ask(number, way).await.status, 200);
    }
    for (number, way) in cluster.both(4).iter().enumerate() {
        let got = ask(10 + number, way).await;
        assert!(got.status == 429 && got.headers.contains_key("retry-after"), "{got:?}");
    }
    assert_eq!(cluster.messages("password_reset").await, 5);
}
