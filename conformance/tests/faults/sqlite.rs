//! SQLite on a bad day: the disk is full, the file became read-only, somebody holds its lock, its folder is gone, it is
//! damaged.

use crate::small_disk::{SmallDisk, may_mount, run};
use conformance::steps::{arrive, browser, code, register, seconds, silent, start, tokens};
use conformance::{Answer, Browser, CIVIL_SERVANT, NATURAL_PERSON, PASSWORD, Page, Portal, Provider, ProviderOptions};
use conformance::{Request, Tokens};
use idp::settings::SecretUrl;
use idp_core::client::{AuthMethod, GrantType};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Somebody who is signed in, with tokens and with a code that is not redeemed yet.
struct Before {
    provider: Provider,
    portal: Portal,
    browser: Browser,
    tokens: Tokens,
    request: Request,
    code: String,
    /// One that acts for itself, too.
    robot: Portal,
}

impl Before {
    async fn of(provider: Provider) -> Self {
        let portal =
            Portal::new(&provider, "emic", conformance::steps::EMIC, AuthMethod::ClientSecretBasic).await.unwrap();
        let browser = browser(&provider);
        let tokens = tokens(&portal, &browser, &portal.request(), CIVIL_SERVANT).await;
        let request = portal.request();
        let code = code(&browser, &request, CIVIL_SERVANT).await;
        let robot = register(&provider, "robot", |asked| asked.grant_types.push(GrantType::ClientCredentials)).await;
        Self { provider, portal, browser, tokens, request, code, robot }
    }

    /// Everything that has to write asks to come back; everything that reads goes on.
    async fn is_refused_for_now(&self) {
        comes_back(&self.portal.refresh(&self.tokens.refresh).await.unwrap());
        comes_back(&self.portal.redeem(&self.request, &self.code).await.unwrap());
        // No line can be written for it.
        comes_back(&self.robot.token(&[("grant_type", "client_credentials")]).await.unwrap());
        comes_back(&self.portal.post("/connect/revoke", &[("token", &self.tokens.refresh)]).await.unwrap());
        let page = sign_in(&self.portal, &browser(&self.provider)).await;
        assert_eq!((page.status.as_u16(), page.has("error-title")), (503, true), "{}", page.body);
        assert!(page.headers.contains_key("retry-after"));
        assert!(page.body.contains("服務暫時無法使用"), "nobody is told that many people are here: {}", page.body);
        self.reads_go_on().await;
    }

    async fn reads_go_on(&self) {
        for path in ["/.well-known/openid-configuration", "/.well-known/jwks.json", "/livez"] {
            assert_eq!(self.browser.open(&self.provider.url(path)).await.unwrap().status, 200, "{path}");
        }
        assert_eq!(self.portal.userinfo(&self.tokens.access).await.unwrap().status, 200);
        assert_eq!(silent(&self.portal, &self.browser).await, None, "whoever is signed in comes to every portal");
    }

    /// Nothing was half-done: after the grace of refresh tokens, the one that was refused is still the newest; the code is not
    /// burnt; nothing was revoked.
    async fn goes_on_as_if_nothing_had_been(&self) {
        self.provider.advance(seconds(11)).await.unwrap();
        let refreshed = self.portal.refresh(&self.tokens.refresh).await.unwrap();
        let given = refreshed.tokens().unwrap();
        self.portal.redeem(&self.request, &self.code).await.unwrap().tokens().unwrap();
        arrive(&browser(&self.provider), &self.portal.request(), NATURAL_PERSON).await;
        assert_eq!(silent(&self.portal, &self.browser).await, None);
        assert_eq!(self.portal.post("/connect/revoke", &[("token", &given.refresh)]).await.unwrap().status, 200);
        assert_eq!(self.portal.refresh(&given.refresh).await.unwrap().error(), "invalid_grant");
    }
}

/// As far as the answer to the password.
async fn sign_in(portal: &Portal, browser: &Browser) -> Page {
    let page = browser.open(&portal.request().url()).await.unwrap();
    browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap()
}

#[track_caller]
fn comes_back(answer: &Answer) {
    assert_eq!((answer.status.as_u16(), answer.error()), (503, "temporarily_unavailable"), "{}", answer.body);
    let seconds: u32 = answer.header("retry-after").expect("says when").parse().unwrap();
    assert!(seconds >= 1);
}

#[tokio::test]
async fn a_full_disk_takes_nothing_back_does_nothing_half_and_is_forgotten_when_there_is_room() {
    if !may_mount() {
        return;
    }
    let disk = SmallDisk::mount("12m");
    let options = ProviderOptions { disk: Some(disk.path().to_owned()), ..ProviderOptions::default() };
    let mut before = Before::of(Provider::start_with(options).await.unwrap()).await;
    disk.fill();
    // The log has room of its own until it has to grow.
    let mut acknowledged = 0;
    let refused = loop {
        let answer = before.portal.refresh(&before.tokens.refresh).await.unwrap();
        match answer.tokens() {
            Ok(next) => before.tokens = next,
            Err(_) => break answer,
        }
        acknowledged += 1;
        assert!(acknowledged < 5_000, "the disk is not full");
    };
    comes_back(&refused);
    before.is_refused_for_now().await;
    disk.free();
    before.goes_on_as_if_nothing_had_been().await;
}

#[tokio::test]
async fn a_file_that_became_read_only_is_said_clearly_and_forgotten_when_it_is_writable() {
    if !may_mount() {
        return;
    }
    /// Takes the permission from everybody, root too, also through files that are open.
    struct Immutable(Vec<PathBuf>);
    impl Immutable {
        fn set(&self, flag: &str) {
            for file in &self.0 {
                run("chattr", &[flag, file.to_str().unwrap()]);
            }
        }
    }
    impl Drop for Immutable {
        fn drop(&mut self) {
            self.set("-i");
        }
    }
    let before = Before::of(Provider::start().await.unwrap()).await;
    let files = ["idp.db", "idp.db-wal"].map(|name| before.provider.folder().join(name));
    let immutable = Immutable(files.to_vec());
    immutable.set("+i");
    before.is_refused_for_now().await;
    drop(immutable);
    before.goes_on_as_if_nothing_had_been().await;
}

#[tokio::test]
async fn on_a_read_only_disk_the_provider_refuses_to_start_and_says_why() {
    if !may_mount() {
        return;
    }
    let mut provider = Provider::start().await.unwrap();
    provider.stop().await;
    let disk = SmallDisk::mount("12m");
    let there = disk.path().join("there");
    run("cp", &["-r", provider.folder().to_str().unwrap(), there.to_str().unwrap()]);
    run("mount", &["-o", "remount,ro", disk.path().to_str().unwrap()]);
    let mut settings = provider.settings.clone();
    settings.database.url = SecretUrl(format!("sqlite:{}", there.join("idp.db").display()));
    let refused =
        idp::server::Server::set_up(&settings, provider.clock.clone()).await.err().expect("no server").to_string();
    assert!(refused.contains("idp.db: attempt to write a readonly database"), "{refused}");
}

#[tokio::test]
async fn another_programs_lock_makes_writers_come_back_and_readers_go_on() {
    let before = Before::of(Provider::start().await.unwrap()).await;
    let file = before.provider.folder().join("idp.db");
    let somebody = rusqlite::Connection::open(&file).unwrap();
    somebody.execute_batch("BEGIN IMMEDIATE").unwrap();
    // Longer than the writer waits, and not one wait after the other.
    let all = tokio::time::timeout(Duration::from_secs(40), before.is_refused_for_now());
    all.await.expect("every answer comes within the writer's patience");
    somebody.execute_batch("ROLLBACK").unwrap();
    before.goes_on_as_if_nothing_had_been().await;
}

#[tokio::test]
async fn a_lock_that_is_held_for_a_moment_is_waited_for() {
    let before = Before::of(Provider::start().await.unwrap()).await;
    let somebody = rusqlite::Connection::open(before.provider.folder().join("idp.db")).unwrap();
    somebody.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refreshing = before.portal.refresh(&before.tokens.refresh);
    let letting_go = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        somebody.execute_batch("ROLLBACK").unwrap();
    };
    let (refreshed, ()) = tokio::join!(refreshing, letting_go);
    refreshed.unwrap().tokens().unwrap();
}

#[tokio::test]
async fn while_the_folder_is_gone_nothing_is_promised_and_when_it_is_back_all_is_there() {
    let before = Before::of(Provider::start().await.unwrap()).await;
    let folder = before.provider.folder().to_owned();
    let elsewhere = folder.with_extension("elsewhere");
    fs::rename(&folder, &elsewhere).unwrap();
    before.is_refused_for_now().await;
    fs::rename(&elsewhere, &folder).unwrap();
    before.goes_on_as_if_nothing_had_been().await;
}

/// Overwrites the page where a table begins.
fn damage(file: &Path, table: &str) {
    let database = rusqlite::Connection::open(file).unwrap();
    let page: usize = database
        .query_row("SELECT rootpage FROM sqlite_master WHERE name = ?1", [table], |row| row.get::<_, i64>(0))
        .map(|page| page.try_into().unwrap())
        .unwrap();
    drop(database);
    let mut bytes = fs::read(file).unwrap();
    bytes[(page - 1) * 4096..page * 4096].fill(0xff);
    fs::write(file, bytes).unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_an_incident_that_the_person_and_the_log_name_alike() {
    let (mut provider, emic) = start().await;
    provider.stop().await;
    let file = provider.folder().join("idp.db");
    damage(&file, "sessions");
    provider.restart().await.unwrap();
    let page = sign_in(&emic, &browser(&provider)).await;
    assert_eq!((page.status.as_u16(), page.has("error-title")), (500, true), "{}", page.body);
    assert!(!page.headers.contains_key("retry-after"), "it does not pass by itself");
    assert!(!page.body.contains("malformed"), "the reason is for the log");
}
