//! What people do with their accounts, where the audit line, the message or the row that tells portals cannot be written: nothing
//! at all was done then, the person is told, and the same form works once it can be written again.

mod help;
mod members;
mod newcomers;
mod records;
#[allow(dead_code, reason = "shared with the tests of membership")]
#[path = "../../membership/support.rs"]
pub mod support;

use conformance::servers::are_installed;
use conformance::servers::postgres::{Postgres, PostgresOptions};
use conformance::steps::seconds;
use conformance::{Browser, Page, Provider, ProviderOptions};
use records::Records;
use support::{noted, settled, until};

const AUDIT: &str = "audit";
const MESSAGES: &str = "messages";
/// That a portal is to be told.
const OUTBOX: &str = "outbox";

/// A provider whose tables can be broken.
struct World {
    provider: Provider,
    records: Records,
    _server: Option<Postgres>,
}

impl World {
    /// On SQLite, or whatever else the environment chooses.
    async fn start() -> Self {
        Self::on(None).await
    }

    /// On a PostgreSQL of its own; `None`: none is installed.
    async fn on_postgres() -> Option<Self> {
        if !are_installed() {
            return None;
        }
        Some(Self::on(Some(Postgres::start_new(&PostgresOptions::default()).unwrap())).await)
    }

    async fn on(server: Option<Postgres>) -> Self {
        let database_server = server.as_ref().map(|server| server.url("postgres"));
        let settings: fn(&mut idp::settings::Settings) = |settings| settings.membership.mails_per_address = 100;
        let options = ProviderOptions { database_server, settings: Some(settings), ..ProviderOptions::default() };
        let provider = Provider::start_with(options).await.unwrap();
        let records = Records::of(&provider).await;
        Self { provider, records, _server: server }
    }

    fn browser(&self) -> Browser {
        Browser::new(&self.provider.issuer).unwrap()
    }

    /// Waits until no job has anything to do.
    async fn rests(&self) {
        let provider = &self.provider;
        until("all messages are settled", async || settled(provider).await == noted(provider).await).await;
        let told = async || provider.wired.base.db.scan(idp_store::outbox::depth).await.unwrap().0 == 0;
        until("all portals are told", told).await;
    }

    /// Sends a form while each of the tables that it writes is broken, and then while none is. What it says in the end.
    async fn send(&self, form: &Form<'_>) -> Page {
        for table in form.writes {
            let what = format!("{} without {table}", form.what);
            // Nobody is held back for having asked a moment ago, and mails have an order.
            self.provider.advance(seconds(61)).await.unwrap();
            self.rests().await;
            // Of somebody who is signed in, that is a use of the session, and noted now.
            form.browser.open(&self.provider.url("/account")).await.unwrap();
            let before = self.records.all().await;
            self.records.break_table(table).await;
            let page = self.send_once(form).await;
            assert_eq!(page.status, 500, "{what}: {}", page.body);
            assert!(page.has("error-title") && page.has("incident"), "{what}: {}", page.body);
            self.rests().await;
            let after = self.records.all().await;
            self.records.mend_table(table).await;
            for (name, rows) in &before {
                assert_eq!(rows, &after[name], "{what}: {name}");
            }
        }
        self.provider.advance(seconds(61)).await.unwrap();
        let page = self.send_once(form).await;
        assert!((form.done)(&page), "{}: {} {} {}", form.what, page.status, page.url, page.body);
        self.rests().await;
        page
    }

    /// A picture that was read already is shown anew, and read again.
    async fn send_once(&self, form: &Form<'_>) -> Page {
        let mut page = form.page.clone();
        for _ in 0..3 {
            let mut fields = self.provider.proof(&page).unwrap();
            let hidden = HIDDEN.iter().filter_map(|name| Some((*name, page.field(name)?)));
            fields.extend(hidden.chain(form.typed.iter().map(|(name, text)| (*name, (*text).to_owned()))));
            let fields: Vec<_> = fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
            let next = form.browser.submit(form.path, &fields).await.unwrap();
            if !next.has("captcha-answer") {
                return next;
            }
            page = next;
        }
        panic!("{}: no picture is good enough: {}", form.what, page.body);
    }
}

/// What pages carry beside what a person types.
const HIDDEN: [&str; 7] = ["application", "documents", "waiting", "key", "interaction", "page", "asking"];

/// A form of a page that somebody sees.
struct Form<'a> {
    what: &'static str,
    browser: &'a Browser,
    page: &'a Page,
    path: &'static str,
    typed: &'a [(&'static str, &'a str)],
    /// Which of the tables it has to write.
    writes: &'static [&'static str],
    done: fn(&Page) -> bool,
}
