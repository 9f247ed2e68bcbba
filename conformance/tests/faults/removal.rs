//! What is removed by itself, on hard days: a table from which nothing can be deleted, a program that is killed, a database that is.

use conformance::servers::are_installed;
use conformance::servers::idp_node::IdpNode;
use conformance::servers::postgres::{Postgres, PostgresOptions};
use conformance::steps::{EMIC, browser, portal, run, seconds, tokens};
use conformance::{CIVIL_SERVANT, EDUCATOR, NATURAL_PERSON, PASSWORD, Provider, ProviderOptions};
use idp::failure::Failure;
use idp::jobs::sweep;
use idp_core::membership::email_key::EmailChange;
use idp_core::people::account::Person;
use idp_store::{Conn, Tx, accounts, email_changes, former_emails, grants};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

const DAY: u64 = 86_400;
/// Of somebody who leaves: many small steps.
const GRANTS: usize = 20_000;

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..18_000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("after 90 s still not so: {what}");
}

async fn person(provider: &Provider, account: &'static str) -> Option<Person> {
    let find = move |conn: &mut Conn| accounts::login(conn, account);
    provider.wired.base.db.read(find).await.unwrap().map(|login| login.person)
}

/// Both sweeps, as the jobs run them.
async fn sweep_both(provider: &Provider) -> [Result<(), Failure>; 2] {
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    let jobs = &provider.wired.jobs;
    [sweep::often(jobs.clone(), stopped.clone()).await, sweep::now_and_then(jobs.clone(), stopped).await]
}

fn mails(folder: &Path) -> usize {
    std::fs::read_dir(folder.join("mail")).map_or(0, |entries| {
        entries.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|kind| kind == "eml")).count()
    })
}

#[tokio::test]
async fn a_table_from_which_nothing_can_be_removed_keeps_nothing_else() {
    let provider = Provider::start().await.unwrap();
    let emic = portal(&provider, "emic", EMIC).await;
    tokens(&emic, &browser(&provider), &emic.request(), CIVIL_SERVANT).await;
    let home = browser(&provider);
    let page = home.open(&provider.url("/sign-in")).await.unwrap();
    assert!(home.sign_in(&page, CIVIL_SERVANT, PASSWORD).await.unwrap().has("person-name"));
    let stranger = browser(&provider);
    let page = stranger.open(&provider.url("/sign-in")).await.unwrap();
    assert_eq!(stranger.sign_in(&page, NATURAL_PERSON, "wrong-one").await.unwrap().status, 422);
    let (somebody, now) = (person(&provider, NATURAL_PERSON).await.unwrap(), provider.clock.now());
    let id = somebody.account_id.clone();
    let change = EmailChange {
        email: "another@example.tw".into(),
        security_epoch: 1,
        asked_at: now,
        expires_at: now.plus(seconds(DAY)),
    };
    let unit = move |tx: &mut Tx<'_>| {
        email_changes::put(tx, &id, &change)?;
        former_emails::note(tx, &somebody, "new@example.tw", now)
    };
    provider.wired.base.db.write(unit).await.unwrap();
    run(&provider, &["accounts", "delete", EDUCATOR]).await.unwrap();
    let database = rusqlite::Connection::open(provider.folder().join("idp.db")).unwrap();
    let count = |table: &str| -> i64 {
        database.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    };
    let broken = ["password_attempts", "email_changes", "former_emails", "grants"];
    for table in broken {
        let sql =
            format!("CREATE TRIGGER no_{table} BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, 'broken'); END");
        database.execute_batch(&sql).unwrap();
    }
    assert_eq!((count("sessions"), broken.map(count)), (2, [1; 4]));
    provider.advance(seconds(14 * DAY + 60)).await.unwrap();
    let [often, all] = sweep_both(&provider).await;
    assert!(often.is_err() && all.is_err(), "it is said");
    assert_eq!(broken.map(count), [1; 4]);
    assert_eq!(person(&provider, EDUCATOR).await, None);
    assert_eq!(count("sessions"), 1, "the one without a grant is gone");
    for table in broken {
        database.execute_batch(&format!("DROP TRIGGER no_{table}")).unwrap();
    }
    // At once: the turns were given back.
    let [often, all] = sweep_both(&provider).await;
    often.unwrap();
    all.unwrap();
    assert_eq!((count("sessions"), broken.map(count)), (0, [0; 4]));
}

/// A process of its own, and the file of its database.
struct Machine {
    folder: TempDir,
    node: IdpNode,
    database: rusqlite::Connection,
}

impl Machine {
    /// With somebody who is to be removed at once, and has many grants.
    async fn with_somebody_who_leaves() -> Self {
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let settings = [
            ("IDP__DATABASE__URL", format!("sqlite:{}", at("idp.db"))),
            ("IDP__MAIL__URL", format!("folder:{}", at("mail"))),
            ("IDP__PASSWORDS__ARGON2_MEMORY_KIB", "7168".into()),
            ("IDP__PASSWORDS__ARGON2_PASSES", "1".into()),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value));
        let node = IdpNode::new(&settings, folder.path().join("log")).unwrap();
        node.command(&["keys", "init"]).await.unwrap();
        let password = folder.path().join("password");
        std::fs::write(&password, PASSWORD).unwrap();
        let add = ["accounts", "add", NATURAL_PERSON, "--password-file", password.to_str().unwrap()];
        let about = ["--name", "蘇小美", "--email", "claire@example.gov.tw"];
        node.command(&[add.as_slice(), &about].concat()).await.unwrap();
        let database = rusqlite::Connection::open(folder.path().join("idp.db")).unwrap();
        database.busy_timeout(seconds(10)).unwrap();
        let now = "(unixepoch() * 1000)";
        let session = format!(
            "INSERT INTO sessions SELECT 'a-session', x'01', id, 1, {now}, 'urn:shenfen:acr:password', {now},
             {now} + 86400000, {now} FROM accounts"
        );
        let grants = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {GRANTS})
             INSERT INTO grants SELECT 'grant-' || i, id, 'a-session', 'emic', 'openid', FALSE, 1, 1, {now},
             'urn:shenfen:acr:password', 1, {now}, {now} + 86400000, NULL FROM n, accounts"
        );
        database.execute_batch(&format!("{session}; {grants}")).unwrap();
        node.command(&["accounts", "delete", NATURAL_PERSON, "--now"]).await.unwrap();
        Self { folder, node, database }
    }

    fn count(&self, what: &str) -> i64 {
        self.database.query_row(&format!("SELECT count(*) FROM {what}"), [], |row| row.get(0)).unwrap()
    }

    /// Starts it. Whoever was killed keeps its turn for five minutes: another node would come by then.
    fn start(&mut self) {
        self.database.execute_batch("DELETE FROM job_turns").unwrap();
        self.node.start().unwrap();
    }
}

#[tokio::test]
async fn a_program_that_is_killed_while_it_removes_goes_on_where_it_ended_and_does_it_once() {
    if !are_installed() {
        return;
    }
    let mut machine = Machine::with_somebody_who_leaves().await;
    let mut left = machine.count("grants");
    assert_eq!(usize::try_from(left).unwrap(), GRANTS);
    for kill in 1..=3 {
        machine.start();
        until("it began", async || machine.count("grants") < left).await;
        machine.node.kill().unwrap();
        left = machine.count("grants");
        assert!(left > 0, "killed too late, the {kill}th time: nothing is shown here");
        assert_eq!((machine.count("accounts"), machine.count("former_accounts")), (1, 0));
    }
    // Between the commit and the last mail.
    machine.start();
    until("the account is gone", async || machine.count("accounts") == 0).await;
    machine.node.kill().unwrap();
    machine.start();
    // What was on its way is tried again when its lease is over, half a minute later.
    let settled = "messages WHERE purpose = 'account_deleted' AND finished_at IS NOT NULL";
    until("the last mail is sent", async || machine.count(settled) == 1).await;
    machine.node.stop().await.unwrap();
    machine.start();
    machine.node.ready().await.unwrap();
    until("another turn was taken", async || machine.count("job_turns WHERE job = 'sweep'") == 1).await;
    machine.node.stop().await.unwrap();
    assert_eq!(machine.count("audit WHERE event = 'account.deleted'"), 1);
    assert_eq!((machine.count("messages"), mails(machine.folder.path())), (1, 1));
    assert_eq!(["sessions", "grants"].map(|table| machine.count(table)), [0, 0]);
    assert_eq!(machine.count("former_accounts"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_while_accounts_are_removed_is_waited_for_and_they_go_once() {
    if !are_installed() {
        return;
    }
    let postgres = Postgres::start_new(&PostgresOptions::default()).unwrap();
    let server = Some(postgres.url("postgres"));
    let options = ProviderOptions { database_server: server, ..ProviderOptions::default() };
    let provider = Provider::start_with(options).await.unwrap();
    let emic = portal(&provider, "emic", EMIC).await;
    tokens(&emic, &browser(&provider), &emic.request(), NATURAL_PERSON).await;
    let database = provider.settings.database.url.0.rsplit('/').next().unwrap().to_owned();
    let more = format!(
        "INSERT INTO grants SELECT 'grant-' || i, account_id, session_id, client_id, scope, offline, security_epoch,
         capacity_epoch, auth_time, acr, generation, refreshed_at, expires_at, revoked_at
         FROM grants, generate_series(1, {GRANTS}) AS i"
    );
    postgres.sql(&database, &more).await.unwrap();
    run(&provider, &["accounts", "delete", NATURAL_PERSON, "--now"]).await.unwrap();
    let most = i64::try_from(2 * GRANTS).unwrap();
    let count = async || {
        let page = move |conn: &mut Conn| grants::list::page(conn, &Default::default(), None, most);
        provider.wired.base.db.scan(page).await.ok().map(|grants| grants.len())
    };
    let mut left = count().await.unwrap();
    for way in [Postgres::kill, Postgres::stop] {
        // Of the run before the turn could not be given back.
        provider.clock.advance(seconds(301));
        until("it may act again", async || provider.wired.base.directory.check().await.is_ok()).await;
        let (_stop, stopped) = tokio::sync::watch::channel(false);
        let sweeping = tokio::spawn(sweep::often(provider.wired.jobs.clone(), stopped));
        until("it began", async || count().await.is_some_and(|now| now < left)).await;
        way(&postgres).unwrap();
        assert!(sweeping.await.unwrap().is_err());
        postgres.start().unwrap();
        until("it is back", async || count().await.is_some()).await;
        left = count().await.unwrap();
        assert!(left > 0 && person(&provider, NATURAL_PERSON).await.is_some(), "too late: nothing is shown here");
    }
    provider.clock.advance(seconds(301));
    until("it may act again", async || provider.wired.base.directory.check().await.is_ok()).await;
    for _ in 0..2 {
        let _ = sweep_both(&provider).await;
        provider.advance(seconds(301)).await.unwrap();
    }
    assert_eq!((person(&provider, NATURAL_PERSON).await, count().await), (None, Some(0)));
    until("the last mail is there", async || mails(provider.folder()) == 1).await;
    tokio::time::sleep(seconds(1)).await;
    assert_eq!(mails(provider.folder()), 1);
    let gone = provider.audit(200).await.unwrap().into_iter().filter(|line| line.event == "account.deleted");
    assert_eq!(gone.count(), 1);
}
