//! PostgreSQL stopped, frozen, killed, restarted, full, read-only. Only with `IDP_TEST_SERVERS=1`.

use crate::small_disk::{SmallDisk, may_mount, run};
use conformance::servers::are_installed;
use conformance::servers::postgres::{Postgres, PostgresOptions};
use conformance::steps::{self, EMIC, seconds};
use conformance::{Answer, Browser, CIVIL_SERVANT, Portal, Provider, ProviderOptions, Request, Tokens};
use std::time::Duration;

/// Whoever asks has an answer by then, whatever the database does.
const DEADLINE: Duration = Duration::from_secs(10);
/// After the database is back.
const SOON: Duration = Duration::from_secs(1);

/// A provider on a server of its own, and somebody who is signed in.
struct Day {
    postgres: Postgres,
    provider: Provider,
    emic: Portal,
    browser: Browser,
    tokens: Tokens,
    /// Issued and not redeemed.
    code: (Request, String),
}

impl Day {
    async fn begin(options: PostgresOptions) -> Self {
        let postgres = Postgres::start_new(&options).unwrap();
        let server = Some(postgres.url("postgres"));
        let options = ProviderOptions { database_server: server, ..ProviderOptions::default() };
        let provider = Provider::start_with(options).await.unwrap();
        let emic = steps::portal(&provider, "emic", EMIC).await;
        let browser = steps::browser(&provider);
        let tokens = steps::tokens(&emic, &browser, &offline(&emic), CIVIL_SERVANT).await;
        let request = emic.request();
        let code = steps::code(&browser, &request, CIVIL_SERVANT).await;
        Self { postgres, provider, emic, browser, tokens, code: (request, code) }
    }

    async fn ask(&self, number: usize) -> (&'static str, Answer) {
        let Self { emic, browser, tokens, code: (request, code), provider, .. } = self;
        match number % 6 {
            0 => ("arriving", Answer::of(browser.http.get(emic.request().url())).await.unwrap()),
            1 => ("redeeming", emic.redeem(request, code).await.unwrap()),
            2 => ("refreshing", emic.refresh(&tokens.refresh).await.unwrap()),
            3 => ("userinfo", emic.userinfo(&tokens.access).await.unwrap()),
            4 => ("revoking", emic.revoke(&tokens.access).await.unwrap()),
            _ => ("the first page", Answer::of(browser.http.get(provider.url("/"))).await.unwrap()),
        }
    }

    /// Every kind of request, `times` over, all at once: 503, when to come back, in time.
    async fn everything_waits(&self, times: usize) {
        let ask = async |number| {
            let asked = tokio::time::timeout(DEADLINE, self.ask(number)).await;
            let (what, answer) = asked.unwrap_or_else(|_| panic!("request {number} has no answer in time"));
            assert_eq!(answer.status, 503, "{what}: {}", answer.body);
            assert!(answer.header("retry-after").is_some_and(|text| text.parse::<u32>().is_ok()), "{what}");
        };
        futures_join(0..times * 6, ask).await;
    }

    /// What needs no database.
    async fn keys_and_discovery_are_served(&self) {
        for path in ["/.well-known/openid-configuration", "/.well-known/jwks.json"] {
            let answer = self.get(path).await;
            assert_eq!(answer.status, 200, "{path}");
        }
        assert_eq!(self.get("/livez").await.status, 200);
    }

    async fn get(&self, path: &str) -> Answer {
        Answer::of(self.emic.http.get(self.provider.url(path))).await.unwrap()
    }

    /// The same session and tokens, and everything that writes, without one refusal on the way.
    async fn all_is_well(&mut self) {
        assert_eq!(self.emic.userinfo(&self.tokens.access).await.unwrap().status, 200);
        let refreshed = self.emic.refresh(&self.tokens.refresh).await.unwrap();
        self.tokens = refreshed.tokens().unwrap_or_else(|_| panic!("{}", refreshed.body));
        let request = self.emic.request();
        let page = self.browser.open(&request.url()).await.unwrap();
        let code = page.parameter("code").unwrap_or_else(|| panic!("the session is gone: {}", page.body));
        assert_eq!(self.emic.redeem(&request, &code).await.unwrap().status, 200);
        let fresh = steps::browser(&self.provider);
        steps::tokens(&self.emic, &fresh, &self.emic.request(), CIVIL_SERVANT).await;
    }
}

fn offline(portal: &Portal) -> Request {
    portal.request().scope("openid identity offline_access").with("prompt", "consent")
}

/// Runs all at once on this task; gives up at the first panic.
async fn futures_join<F: Future<Output = ()>>(numbers: std::ops::Range<usize>, run: impl Fn(usize) -> F) {
    let mut running: Vec<_> = numbers.map(|number| Box::pin(run(number))).collect();
    std::future::poll_fn(|context| {
        running.retain_mut(|one| one.as_mut().poll(context).is_pending());
        if running.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_database_is_503_at_once_and_all_is_well_with_the_first_request_after_its_return() {
    if !are_installed() {
        return;
    }
    let mut day = Day::begin(PostgresOptions::default()).await;
    day.postgres.stop().unwrap();
    day.everything_waits(4).await;
    day.keys_and_discovery_are_served().await;
    assert_eq!(day.get("/readyz").await.status, 200, "for a moment it is no reason to take the node out");
    day.provider.clock.advance(seconds(11));
    let ready = day.get("/readyz").await;
    assert!(ready.status == 503 && ready.body.contains("the database does not answer"), "{}", ready.body);
    let keys = day.get("/.well-known/jwks.json").await;
    let max_age = keys.header("cache-control").unwrap().split("max-age=").nth(1).unwrap();
    assert!(max_age.split(',').next().unwrap().parse::<u32>().unwrap() <= 60, "{max_age}");
    day.everything_waits(1).await;
    day.postgres.start().unwrap();
    // The directory is checked every second.
    tokio::time::sleep(SOON).await;
    assert_eq!(day.get("/readyz").await.status, 200);
    day.all_is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_database_hangs_nobody_and_all_is_well_within_a_second_of_its_return() {
    if !are_installed() {
        return;
    }
    let mut day = Day::begin(PostgresOptions::default()).await;
    day.postgres.freeze().unwrap();
    // More than there are connections.
    day.everything_waits(8).await;
    day.keys_and_discovery_are_served().await;
    // Those that were open are cut by now, and new ones are not answered.
    day.everything_waits(1).await;
    day.postgres.thaw().unwrap();
    tokio::time::sleep(SOON).await;
    day.all_is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_balancer_hears_within_a_second_or_two_that_the_database_is_frozen() {
    if !are_installed() {
        return;
    }
    let day = Day::begin(PostgresOptions::default()).await;
    day.postgres.freeze().unwrap();
    let asked = async |day: &Day, status: u16, words: &str| {
        let answer = tokio::time::timeout(Duration::from_secs(2), day.get("/readyz")).await.expect("it hangs");
        assert!(answer.status == status && answer.body.contains(words), "{} {}", answer.status, answer.body);
    };
    for _ in 0..3 {
        asked(&day, 200, "the database did not answer this time").await;
    }
    day.provider.clock.advance(seconds(11));
    for _ in 0..3 {
        asked(&day, 503, "the database does not answer").await;
    }
    day.postgres.thaw().unwrap();
    tokio::time::sleep(SOON).await;
    assert_eq!(day.get("/readyz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_was_restarted_costs_nobody_a_request() {
    if !are_installed() {
        return;
    }
    let mut day = Day::begin(PostgresOptions::default()).await;
    for _ in 0..3 {
        // Every connection that was opened so far is dead afterwards.
        let open = async |_| assert_eq!(day.emic.userinfo(&day.tokens.access).await.unwrap().status, 200);
        futures_join(0..20, open).await;
        day.postgres.stop().unwrap();
        day.postgres.start().unwrap();
        futures_join(0..20, open).await;
        day.all_is_well().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_after_the_database_was_killed() {
    if !are_installed() {
        return;
    }
    let mut day = Day::begin(PostgresOptions::default()).await;
    let (request, code) = day.code.clone();
    let first = day.emic.redeem(&request, &code).await.unwrap();
    assert_eq!(first.status, 200);
    day.postgres.kill().unwrap();
    day.everything_waits(1).await;
    day.postgres.start().unwrap();
    day.provider.wired.base.directory.check().await.unwrap();
    steps::refused(&day.emic.redeem(&request, &code).await.unwrap(), 400, "invalid_grant");
    day.all_is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_a_free_connection_is_503_until_it_has_one() {
    if !are_installed() {
        return;
    }
    let mut day = Day::begin(PostgresOptions { max_connections: 8, ..PostgresOptions::default() }).await;
    // The provider loses its own, and somebody else takes every one.
    let mut others = Vec::new();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()";
    day.postgres.sql("postgres", cut).await.unwrap();
    for _ in 0..1000 {
        match tokio_postgres::connect(&day.postgres.url("postgres"), tokio_postgres::NoTls).await {
            Ok((client, connection)) => others.push((client, tokio::spawn(connection))),
            Err(_) if others.len() >= 4 => break,
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    // The jobs of the provider may have got one back; they let others use it.
    let answers = async |number| {
        let (what, answer) = tokio::time::timeout(DEADLINE, day.ask(number)).await.expect("an answer in time");
        assert!([200, 302, 303, 503].contains(&answer.status.as_u16()), "{what}: {} {}", answer.status, answer.body);
    };
    futures_join(0..12, answers).await;
    let full = "a server that is full";
    day.postgres.sql("postgres", cut).await.expect_err(full);
    for (_, driver) in &others {
        driver.abort();
    }
    drop(others);
    tokio::time::sleep(SOON).await;
    let fresh = steps::browser(&day.provider);
    day.tokens = steps::tokens(&day.emic, &fresh, &offline(&day.emic), CIVIL_SERVANT).await;
    day.browser = fresh;
    day.all_is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_only_reads_is_503_for_what_writes_and_serves_what_reads() {
    if !are_installed() {
        return;
    }
    let mut day = Day::begin(PostgresOptions::default()).await;
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname LIKE 'provider%'";
    day.postgres.sql("postgres", "ALTER ROLE tester SET default_transaction_read_only = on").await.unwrap();
    day.postgres.sql("postgres", cut).await.unwrap();
    assert_eq!(day.emic.userinfo(&day.tokens.access).await.unwrap().status, 200);
    let (request, code) = day.code.clone();
    let refused = day.emic.redeem(&request, &code).await.unwrap();
    assert!(refused.status == 503 && refused.header("retry-after").is_some(), "{}", refused.body);
    day.postgres.sql("postgres", "BEGIN READ WRITE; ALTER ROLE tester RESET ALL; COMMIT").await.unwrap();
    // What was refused for now is taken afterwards: the connections that only read are not kept.
    assert_eq!(day.emic.redeem(&request, &code).await.unwrap().status, 200);
    day.all_is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_503_for_what_writes_and_does_nothing_half() {
    if !may_mount() {
        return;
    }
    let mut day = Day::begin(PostgresOptions::default()).await;
    let disk = SmallDisk::mount("2m");
    run("chown", &["postgres:", disk.path().to_str().unwrap()]);
    let url = day.provider.settings.database.url.0.clone();
    let name = url.rsplit('/').next().unwrap();
    let small = format!("CREATE TABLESPACE small LOCATION '{}'", disk.path().display());
    day.postgres.sql(name, &small).await.unwrap();
    for table in ["grants", "audit"] {
        day.postgres.sql(name, &format!("ALTER TABLE {table} SET TABLESPACE small")).await.unwrap();
    }
    disk.fill();
    // What is there has a little room left.
    let (request, code) = loop {
        let request = day.emic.request();
        let code = day.browser.open(&request.url()).await.unwrap().parameter("code").unwrap();
        let answer = day.emic.redeem(&request, &code).await.unwrap();
        if answer.status != 200 {
            assert!(answer.status == 503 && answer.header("retry-after").is_some(), "{}", answer.body);
            break (request, code);
        }
    };
    assert_eq!(day.emic.redeem(&request, &code).await.unwrap().status, 503, "still full");
    assert_eq!(day.emic.userinfo(&day.tokens.access).await.unwrap().status, 200, "what reads goes on");
    day.keys_and_discovery_are_served().await;
    disk.free();
    // Nothing of what was refused stands: the same code works, once.
    assert_eq!(day.emic.redeem(&request, &code).await.unwrap().status, 200);
    day.all_is_well().await;
    drop(day);
}
