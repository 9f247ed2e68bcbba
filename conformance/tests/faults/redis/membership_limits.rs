//! What is counted for an application and for the address it comes from: in Redis, so that no other process forgets it; and here while
//! Redis is away, so that its return forgives nobody.

use super::{eventually, redis, switched_on};
use crate::membership::support::{apply, begin, first, step, to_the_last};
use conformance::servers::redis::RedisServer;
use conformance::steps::seconds;
use conformance::{Browser, NATURAL_PERSON, PASSWORD, Page, Provider, ProviderOptions};
use std::cell::Cell;

/// Applications of one address.
const APPLICATIONS: usize = 5;

/// Somebody who waits for a mail, has another application on its last step, and begins more.
struct Somebody {
    browser: Browser,
    waiting: Page,
    last: Page,
    number: Cell<usize>,
}

impl Somebody {
    async fn of(provider: &Provider) -> Self {
        let browser = Browser::new(&provider.issuer).unwrap();
        let waiting = apply(provider, &browser, "counted01").await;
        let last = to_the_last(provider, &browser, "counted02").await;
        Self { browser, waiting, last, number: Cell::new(0) }
    }

    fn next(&self) -> usize {
        self.number.set(self.number.get() + 1);
        self.number.get()
    }

    /// Begins another application.
    async fn begins(&self, provider: &Provider) -> Page {
        let page = begin(provider, &self.browser).await;
        step(&self.browser, &page, &first(&format!("another{:03}", self.next()))).await
    }

    /// Names another address.
    async fn corrects(&self) -> Page {
        let (handle, to) = (self.waiting.field("waiting").unwrap(), format!("right{}@example.gov.tw", self.next()));
        let fields = [("waiting", &*handle), ("decision", "correct"), ("email", &*to), ("email-again", &*to)];
        self.browser.submit("/join/sent", &fields).await.unwrap()
    }

    /// Has a code mailed in place of the picture.
    async fn asks_for_a_code(&self) -> Page {
        step(&self.browser, &self.last, &[("decision", "mail-code")]).await
    }

    /// Asks for help without having read the picture.
    async fn asks_unseen(&self) -> Page {
        let account = format!("nobody{:05}", self.next());
        let fields = [("account", &*account), ("decision", "without-picture")];
        self.browser.submit("/forgot-password", &fields).await.unwrap()
    }

    /// How often each is done before it is refused: applications, corrections, codes, mails without a picture.
    async fn until_refused(&self, provider: &Provider) -> [usize; 4] {
        [
            count(provider, "applications", async || self.begins(provider).await).await,
            count(provider, "corrections", async || self.corrects().await).await,
            count(provider, "codes", async || self.asks_for_a_code().await).await,
            count(provider, "unseen", async || self.asks_unseen().await).await,
        ]
    }
}

/// A minute goes by each time: nobody is refused for coming too soon.
async fn count(provider: &Provider, what: &str, act: impl AsyncFn() -> Page) -> usize {
    for done in 0..30 {
        provider.advance(seconds(61)).await.unwrap();
        let page = act().await;
        let is_refused = page.status == 429 || page.body.contains("不能再更正");
        assert!(is_refused || page.status == 200, "{what}, {done}: {}", page.body);
        if is_refused {
            return done;
        }
    }
    panic!("{what}: never refused");
}

async fn start(server: &RedisServer) -> Provider {
    let few = |settings: &mut idp::settings::Settings| {
        settings.membership.mails_per_address = 100;
        settings.membership.applications_per_address = u32::try_from(APPLICATIONS).unwrap();
    };
    let ephemeral = Some(server.settings().unwrap());
    Provider::start_with(ProviderOptions { ephemeral, settings: Some(few), ..Default::default() }).await.unwrap()
}

async fn is(provider: &Provider, well: bool) {
    let is_well = async || {
        let said = reqwest::get(provider.url("/readyz")).await.unwrap().text().await.unwrap();
        !said.contains("warning")
    };
    eventually("it is noticed", async || is_well().await == well).await;
}

#[tokio::test]
async fn what_one_process_counted_another_counts_on() {
    if !switched_on() {
        return;
    }
    let server = redis().await;
    let mut provider = start(&server).await;
    let somebody = Somebody::of(&provider).await;
    // Two applications were begun; and each code went out unseen.
    assert_eq!(somebody.until_refused(&provider).await, [APPLICATIONS - 2, 5, 3, 20 - 3]);
    provider.restart().await.unwrap();
    is(&provider, true).await;
    assert_eq!(somebody.until_refused(&provider).await, [0; 4]);
}

#[tokio::test]
async fn while_redis_is_away_this_node_counts_for_itself_and_its_return_forgives_nobody() {
    if !switched_on() {
        return;
    }
    let mut server = redis().await;
    let provider = start(&server).await;
    let somebody = Somebody::of(&provider).await;
    assert_eq!(somebody.corrects().await.status, 200);
    server.stop().unwrap();
    is(&provider, false).await;
    assert_eq!(somebody.until_refused(&provider).await, [APPLICATIONS, 5, 3, 20 - 3]);
    server.start_again().await.unwrap();
    is(&provider, true).await;
    assert_eq!(somebody.until_refused(&provider).await, [0; 4]);
}

/// Somebody who is signed in and changes their nickname: how often, before they are refused.
async fn changes_until_refused(provider: &Provider, browser: &Browser, from: usize) -> usize {
    for done in 0..40 {
        let page = browser.open(&provider.url("/account/profile")).await.unwrap();
        let (sealed, nickname) = (page.field("page").unwrap(), format!("第{}次", from + done));
        let fields = [("page", &*sealed), ("name", "蘇小美"), ("nickname", &nickname)];
        let page = browser.submit("/account/profile", &fields).await.unwrap();
        if page.status == 429 {
            return done;
        }
        assert!(page.has("saved"), "{done}: {}", page.body);
    }
    panic!("never refused");
}

#[tokio::test]
async fn changes_of_ones_details_are_counted_by_all_nodes_and_by_this_one_while_redis_is_away() {
    if !switched_on() {
        return;
    }
    let mut server = redis().await;
    let mut provider = start(&server).await;
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = browser.open(&provider.url("/sign-in")).await.unwrap();
    assert!(browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap().has("person-name"));
    assert_eq!(changes_until_refused(&provider, &browser, 0).await, 30);
    provider.restart().await.unwrap();
    is(&provider, true).await;
    assert_eq!(changes_until_refused(&provider, &browser, 100).await, 0);

    // By itself it counts from the beginning, and no more than that.
    server.stop().unwrap();
    is(&provider, false).await;
    assert_eq!(changes_until_refused(&provider, &browser, 200).await, 30);
    server.start_again().await.unwrap();
    is(&provider, true).await;
    assert_eq!(changes_until_refused(&provider, &browser, 300).await, 0);
}
