//! One node's clock is wrong.

use conformance::servers::are_installed;
use conformance::servers::postgres::{Postgres, PostgresOptions};
use conformance::steps::{self, EMIC};
use conformance::{Answer, CIVIL_SERVANT, PASSWORD, Provider, ProviderOptions};
use idp::clock::Clock;
use idp::commands::{Cli, Context, Output};
use idp::keystore::signing_ring;
use idp::settings::{SecretUrl, Settings};
use keys::Algorithm;
use keys::ring::{RotateOutcome, rotate};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

const FIVE_MINUTES: i64 = 5 * 60 * 1000;

fn wrong_by(millis: i64) -> (Arc<AtomicI64>, Option<Clock>) {
    let by = Arc::new(AtomicI64::new(millis));
    (Arc::clone(&by), Some(Clock::Wrong(by)))
}

/// A node whose clock is right until it is changed, and its database.
async fn right_so_far() -> (Postgres, Arc<AtomicI64>, Provider) {
    let postgres = Postgres::start_new(&PostgresOptions::default()).unwrap();
    let (by, clock) = wrong_by(0);
    let options = ProviderOptions { database_server: Some(postgres.url("postgres")), clock, ..Default::default() };
    let provider = Provider::start_with(options).await.unwrap();
    (postgres, by, provider)
}

async fn get(provider: &Provider, path: &str) -> Answer {
    let browser = steps::browser(provider);
    Answer::of(browser.http.get(provider.url(path))).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_clock_is_five_minutes_off_says_so_and_issues_nothing_until_it_is_right() {
    if !are_installed() {
        return;
    }
    let (_postgres, by, provider) = right_so_far().await;
    let emic = steps::portal(&provider, "emic", EMIC).await;
    let browser = steps::browser(&provider);
    let tokens = steps::tokens(&emic, &browser, &emic.request(), CIVIL_SERVANT).await;
    for (millis, words) in [(FIVE_MINUTES, "300 s ahead of"), (-FIVE_MINUTES, "300 s behind"), (-62_000, "62 s behind")]
    {
        let request = emic.request();
        let code = steps::code(&browser, &request, CIVIL_SERVANT).await;
        by.store(millis, Ordering::SeqCst);
        let ready = get(&provider, "/readyz").await;
        assert!(ready.status == 503 && ready.body.contains(words), "{}", ready.body);
        let page = Answer::of(browser.http.get(emic.request().url())).await.unwrap();
        assert!(page.body.contains("服務暫時無法使用"), "{}", page.body);
        for answer in [emic.redeem(&request, &code).await.unwrap(), emic.userinfo(&tokens.access).await.unwrap(), page]
        {
            assert_eq!(answer.status, 503, "{}", answer.body);
            assert!(answer.header("retry-after").is_some());
        }
        assert_eq!(get(&provider, "/.well-known/jwks.json").await.status, 200);
        by.store(0, Ordering::SeqCst);
        assert_eq!(get(&provider, "/readyz").await.status, 200);
        assert_eq!(emic.redeem(&request, &code).await.unwrap().status, 200, "the code was not touched");
    }
    by.store(30_000, Ordering::SeqCst);
    assert_eq!(get(&provider, "/readyz").await.status, 200, "within the skew that the settings allow");
}

/// With SQLite there is nobody to compare with; what such a clock made is worth nothing all the same.
#[tokio::test]
async fn nothing_that_a_clock_made_which_was_ahead_outlives_its_time() {
    let (by, clock) = wrong_by(FIVE_MINUTES);
    let provider = Provider::start_with(ProviderOptions { clock, ..Default::default() }).await.unwrap();
    let emic = steps::portal(&provider, "emic", EMIC).await;
    let browser = steps::browser(&provider);
    let offline = emic.request().scope("openid offline_access").with("prompt", "consent");
    let tokens = steps::tokens(&emic, &browser, &offline, CIVIL_SERVANT).await;
    let request = emic.request();
    let code = steps::code(&browser, &request, CIVIL_SERVANT).await;
    let stranger = steps::browser(&provider);
    let page = stranger.open(&emic.request().url()).await.unwrap();
    by.store(0, Ordering::SeqCst);
    steps::refused(&emic.redeem(&request, &code).await.unwrap(), 400, "invalid_grant");
    steps::refused(&emic.refresh(&tokens.refresh).await.unwrap(), 400, "invalid_grant");
    assert!(steps::is_dead(&emic, &tokens.access).await);
    let again = stranger.sign_in(&page, CIVIL_SERVANT, PASSWORD).await.unwrap();
    assert!(again.has("login-submit"), "a page of a time to come signs nobody in: {}", again.url);
    assert_eq!(steps::silent(&emic, &browser).await.as_deref(), Some("login_required"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_jobs_of_a_node_whose_clock_is_ahead_rest_so_that_no_key_signs_or_goes_before_its_time() {
    if !are_installed() {
        return;
    }
    let (_postgres, by, provider) = right_so_far().await;
    let prepared = provider.wired.base.directory.prepared();
    let (policy, now) = (provider.settings.key_policy(), provider.clock.now());
    let in_an_hour = signing_ring::change(&prepared.db, &prepared.master, &policy, now, move |records| {
        let rotation = rotate(now, records, Algorithm::Es256)?;
        Ok((rotation.steps, rotation.outcome))
    });
    let outcome = in_an_hour.await.unwrap().unwrap();
    assert!(matches!(outcome, RotateOutcome::Scheduled { .. }), "{outcome:?}");
    let keys = async || signing_ring::records(&prepared.db.scan(idp_store::signing_keys::all).await.unwrap());
    let before = keys().await;
    // Seen by the job by then, as memory is where it looks.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    for hours in [2, 24 * 365] {
        by.store(hours * 3_600_000, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(2500)).await;
        assert_eq!(keys().await, before, "{hours} hours ahead");
    }
}

/// Runs a command as an operator does on a machine with this clock.
async fn command(settings: &Settings, clock: Clock, arguments: &[&str]) -> Result<(), String> {
    let cli = Cli::read(&[&["idp"], arguments].concat())?;
    let context = Context { settings: settings.clone(), out: Output { json: true }, clock };
    cli.perform(context).await.map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_whose_clock_is_wrong_changes_no_keys_and_restores_nothing() {
    if !are_installed() {
        return;
    }
    let postgres = Postgres::start_new(&PostgresOptions::default()).unwrap();
    let options = ProviderOptions { database_server: Some(postgres.url("postgres")), ..Default::default() };
    let provider = Provider::start_with(options).await.unwrap();
    let ring = || provider.wired.base.db.scan(idp_store::signing_keys::all);
    let before = signing_ring::records(&ring().await.unwrap());
    let kid = before[0].kid.as_str();
    for (millis, words) in [(FIVE_MINUTES, "300 s ahead of"), (-FIVE_MINUTES, "300 s behind")] {
        let clock = || wrong_by(millis).1.unwrap();
        for arguments in [
            &["keys", "rotate"][..],
            &["keys", "rotate", "--compromised", kid],
            &["keys", "activate", kid, "--now"],
            &["keys", "generate", "--alg", "ES256"],
            &["keys", "retire", kid],
            &["keys", "sealing", "rotate"],
        ] {
            let refused = command(&provider.settings, clock(), arguments).await.unwrap_err();
            assert!(refused.contains(words) && refused.contains("another machine"), "{arguments:?}: {refused}");
        }
        command(&provider.settings, clock(), &["keys", "list"]).await.unwrap();
    }
    assert_eq!(signing_ring::records(&ring().await.unwrap()), before);
    assert_eq!(provider.wired.base.db.scan(idp_store::sealing_keys::all).await.unwrap().len(), 1);
    command(&provider.settings, wrong_by(30_000).1.unwrap(), &["keys", "rotate"]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_behind_the_moment_of_the_backup_restores_nothing() {
    let provider = Provider::start_with(ProviderOptions { clock: wrong_by(0).1, ..Default::default() }).await.unwrap();
    let file = provider.folder().join("one.backup").display().to_string();
    let right = || wrong_by(0).1.unwrap();
    command(&provider.settings, right(), &["backup", &file]).await.unwrap();
    let mut there = provider.settings.clone();
    there.keys.master_key_file = Some(provider.settings.master_key_file().unwrap());
    there.database.url = SecretUrl(format!("sqlite:{}", provider.folder().join("there.db").display()));
    let refused = command(&there, wrong_by(-FIVE_MINUTES).1.unwrap(), &["restore", &file]).await.unwrap_err();
    assert!(refused.contains("clock is behind"), "{refused}");
    command(&there, right(), &["restore", &file]).await.unwrap();
}
