//! Equal work: what the database is asked at a public form is the same, statement by statement, whether anybody has what was typed,
//! can use it, or nobody has it. So the time of an answer tells no more than the answer. Only with `IDP_TEST_SERVERS=1`.

use crate::support::*;
use conformance::servers::are_installed;
use conformance::servers::postgres::{Postgres, PostgresOptions};
use conformance::servers::statements::asked as statements;
use conformance::steps::lock;
use conformance::{Browser, CIVIL_SERVANT, EDUCATOR, NATURAL_PERSON, Page, Provider, ProviderOptions};
use std::time::Duration;

const WAITING: &str = "waiting01";
/// An account with every way of recovery, one with none, one that an operator locked, one that is not activated, and nobody's.
const NAMES: [&str; 5] = [NATURAL_PERSON, CIVIL_SERVANT, EDUCATOR, WAITING, "nobody01234x"];
/// Their addresses.
const ADDRESSES: [&str; 5] = [
    "clairesu1234@example.gov.tw",
    "fireman0119@example.gov.tw",
    "teacher0001@example.gov.tw",
    MAIL,
    "nobody@example.gov.tw",
];

/// A provider that does nothing but answer, and the log of its database.
struct Watched {
    provider: Provider,
    postgres: Postgres,
}

impl Watched {
    /// `None`: there are no programs of servers here.
    async fn start() -> Option<Self> {
        if !are_installed() {
            return None;
        }
        let postgres = Postgres::start_new(&PostgresOptions::default()).unwrap();
        let database_server = Some(postgres.url("postgres"));
        // So many ask from one address here.
        let many = |settings: &mut idp::settings::Settings| {
            settings.membership.applications_per_address = 10_000;
            settings.membership.mails_per_address = 10_000;
            settings.passwords.failures_per_address = 10_000;
        };
        let options = ProviderOptions { database_server, settings: Some(many), ..Default::default() };
        let mut provider = Provider::start_with(options).await.unwrap();
        equip(&provider, NATURAL_PERSON, Some(QUESTION), Some(MOBILE)).await;
        lock(&provider, EDUCATOR).await;
        apply(&provider, &Browser::new(&provider.issuer).unwrap(), WAITING).await;
        so_many_mails(&provider, 1).await;
        provider.without_jobs().await.unwrap();
        postgres.log_statements().await.unwrap();
        Some(Self { provider, postgres })
    }

    /// What the database is asked while a page is answered, and its status.
    async fn work(&self, answered: impl Future<Output = Page>) -> (u16, Vec<String>) {
        let before = self.postgres.log().unwrap().len();
        let page = answered.await;
        let log = self.postgres.log().unwrap();
        let mut asked: Vec<_> = statements(&log[before..]).into_iter().map(|asked| asked.statement).collect();
        // A connection that is new.
        asked.retain(|statement| !statement.starts_with("SET "));
        (page.status.as_u16(), asked)
    }

    /// Nothing that was asked before is too soon, or too much, any more.
    async fn later(&self) {
        self.provider.advance(Duration::from_secs(2 * 3_600)).await.unwrap();
    }

    fn browser(&self) -> Browser {
        Browser::new(&self.provider.issuer).unwrap()
    }
}

/// Whether anybody has what was typed is found out by a job: no answer waits for it.
fn nobody_is_looked_up(what: &str, asked: &[String]) {
    let people = |table: &str| ["accounts", "recovery"].contains(&table);
    let looked_up = asked.iter().find(|statement| statement.split(' ').skip(1).any(people));
    assert_eq!(looked_up, None, "{what}");
}

/// What each of these costs is what the first costs, and has this in it. Gives that.
async fn same(
    what: &str,
    typed: &[&'static str],
    holds: &str,
    mut work: impl AsyncFnMut(&'static str) -> (u16, Vec<String>),
) -> Vec<String> {
    let first = work(typed[0]).await;
    assert!(first.1.iter().any(|statement| statement == holds), "{what}: {first:?}");
    for other in &typed[1..] {
        assert_eq!(work(other).await, first, "{what}: {other} against {}", typed[0]);
    }
    first.1
}

#[tokio::test(flavor = "multi_thread")]
async fn where_help_is_asked_for_every_name_costs_the_same_statements() {
    let Some(watched) = Watched::start().await else { return };
    let provider = &watched.provider;
    for (path, field, typed) in [
        ("/forgot-password", "account", NAMES),
        ("/forgot-account", "email", ADDRESSES),
        ("/resend-confirmation", "account", NAMES),
    ] {
        for with in [&[][..], &[("way", "text")], &[("decision", "without-picture")]] {
            watched.later().await;
            // The first time, and too soon after it.
            for holds in ["INSERT messages", "SELECT messages"] {
                let what = format!("{path} {with:?}");
                let work = same(&what, &typed, holds, async |typed| {
                    let browser = watched.browser();
                    let page = browser.open(&provider.url(path)).await.unwrap();
                    let proof = provider.proof(&page).unwrap();
                    let mut fields = vec![(field, typed)];
                    fields.extend(proof.iter().map(|(name, value)| (*name, value.as_str())));
                    fields.extend(with);
                    watched.work(async { browser.submit(path, &fields).await.unwrap() }).await
                })
                .await;
                nobody_is_looked_up(&what, &work);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_code_is_typed_every_try_costs_the_same_statements() {
    let Some(watched) = Watched::start().await else { return };
    let mut pages = Vec::new();
    for name in NAMES {
        let browser = watched.browser();
        let page = ask_by_text(&watched.provider, &browser, name).await;
        pages.push((name, browser, page));
    }
    // The sixth is one too many.
    for (number, holds) in (1..=6).zip(["INSERT audit"; 5].into_iter().chain(["UPDATE reset_codes"])) {
        same(&format!("try {number}"), &NAMES, holds, async |name| {
            let (_, browser, page) = pages.iter().find(|(of, ..)| *of == name).unwrap();
            watched.work(type_code(browser, page, "00000000")).await
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_password_is_typed_and_a_code_is_mailed_every_name_costs_the_same_statements() {
    let Some(watched) = Watched::start().await else { return };
    let provider = &watched.provider;
    for number in 1..=4 {
        let what = format!("guess {number}");
        same(&what, &NAMES, "INSERT audit", async |name| {
            let browser = watched.browser();
            let page = browser.open(&provider.url("/sign-in")).await.unwrap();
            let interaction = page.field("interaction").unwrap();
            let fields = [("interaction", &*interaction), ("username", name), ("password", "wrong-one")];
            let Some(with) = picture(&watched, &browser, name, &interaction).await else {
                return watched.work(async { browser.submit("/sign-in", &fields).await.unwrap() }).await;
            };
            let with: Vec<_> = with.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let fields = [&fields[..], &with].concat();
            watched.work(async { browser.submit("/sign-in", &fields).await.unwrap() }).await
        })
        .await;
        provider.advance(Duration::from_secs(61)).await.unwrap();
    }
    for holds in ["INSERT messages", "SELECT messages"] {
        let work = same("a code by mail", &NAMES, holds, async |name| {
            let browser = watched.browser();
            let page = browser.open(&provider.url("/sign-in")).await.unwrap();
            let interaction = page.field("interaction").unwrap();
            let fields = [("interaction", &*interaction), ("username", name), ("decision", "mail-code")];
            watched.work(async { browser.submit("/sign-in", &fields).await.unwrap() }).await
        })
        .await;
        nobody_is_looked_up("a code by mail", &work);
    }
}

/// The fields that answer the picture that the page shows for this name, if it shows one.
async fn picture(
    watched: &Watched,
    browser: &Browser,
    name: &str,
    interaction: &str,
) -> Option<Vec<(&'static str, String)>> {
    let fields = [("interaction", interaction), ("username", name), ("decision", "another-picture")];
    let page = browser.submit("/sign-in", &fields).await.unwrap();
    Some(watched.provider.proof(&page).unwrap()).filter(|fields| !fields.is_empty())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_an_account_is_applied_for_every_address_costs_the_same_statements() {
    let Some(watched) = Watched::start().await else { return };
    for holds in ["INSERT messages", "SELECT messages"] {
        same("a code by mail", &ADDRESSES, holds, async |address| {
            let browser = watched.browser();
            let page = begin(&watched.provider, &browser).await;
            let page = step(&browser, &page, &first("applicant1")).await;
            let second = [("name", "蘇小美"), ("email", address), ("email-again", address), ("nickname", "")];
            let last = skip_both(&browser, &step(&browser, &page, &second).await).await;
            watched.work(step(&browser, &last, &[("decision", "mail-code")])).await
        })
        .await;
    }
    let mut number = 0;
    same("the application", &ADDRESSES, "INSERT accounts", async |address| {
        number += 1;
        let browser = watched.browser();
        let page = begin(&watched.provider, &browser).await;
        let page = step(&browser, &page, &first(&format!("applicant{number}"))).await;
        let second = [("name", "蘇小美"), ("email", address), ("email-again", address), ("nickname", "")];
        let last = skip_both(&browser, &step(&browser, &page, &second).await).await;
        watched.work(agree(&watched.provider, &browser, &last)).await
    })
    .await;
}
