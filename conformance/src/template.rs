//! An empty database with its keys, made once in each test program and copied for every provider: making RSA keys takes
//! seconds. On PostgreSQL it stays until its server goes.

use crate::database::{fresh_name, run, url_of};
use idp::clock::Clock;
use idp::keystore::prepare::set_up;
use idp::settings::{SecretUrl, Settings};
use idp_store::Db;
use std::error::Error;
use std::path::Path;
use std::sync::OnceLock;
use std::thread::{sleep, spawn};
use std::time::Duration;
use tempfile::TempDir;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

static TEMPLATE: OnceLock<Result<TempDir, String>> = OnceLock::new();
static ON_SERVER: OnceLock<Result<(TempDir, String), String>> = OnceLock::new();
const DATABASE: &str = "idp.db";
pub(crate) const MASTER_KEY: &str = "idp.master-key";

/// Puts the database `idp.db` and its master key into a folder.
///
/// # Errors
/// When it cannot be made or copied.
pub fn copy_into(folder: &Path) -> Outcome<()> {
    let made = TEMPLATE.get_or_init(|| {
        // A thread of its own: with it go its connections to the database.
        let made = spawn(|| make().map_err(|error| error.to_string())).join();
        made.unwrap_or_else(|_| Err("the thread panicked".into()))
    });
    let template = made.as_ref().map_err(Clone::clone)?.path();
    for name in [DATABASE, MASTER_KEY] {
        std::fs::copy(template.join(name), folder.join(name))?;
    }
    Ok(())
}

/// Puts the master key of the template on a server into a folder; gives the template's name.
///
/// # Errors
/// When it cannot be made or copied.
pub(crate) fn copy_master_key_into(folder: &Path, server: &str) -> Outcome<String> {
    let made = ON_SERVER.get_or_init(|| {
        let made =
            std::thread::scope(|threads| threads.spawn(|| make_on(server).map_err(|error| error.to_string())).join());
        made.unwrap_or_else(|_| Err("the thread panicked".into()))
    });
    let (template, name) = made.as_ref().map_err(Clone::clone)?;
    std::fs::copy(template.path().join(MASTER_KEY), folder.join(MASTER_KEY))?;
    Ok(name.clone())
}

fn make_on(server: &str) -> Outcome<(TempDir, String)> {
    let (folder, name) = (tempfile::tempdir()?, fresh_name("template"));
    let mut settings = Settings::default();
    settings.database.url = SecretUrl(url_of(server, &name));
    settings.keys.master_key_file = Some(folder.path().join(MASTER_KEY));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(server, &format!("CREATE DATABASE {name}")))?;
    drop(runtime.block_on(set_up(&settings, &Clock::System))?);
    Ok((folder, name))
}

fn make() -> Outcome<TempDir> {
    let folder = tempfile::tempdir()?;
    let mut settings = Settings::default();
    settings.database.url = SecretUrl(format!("sqlite:{}", folder.path().join(DATABASE).display()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    drop(runtime.block_on(set_up(&settings, &Clock::System))?);
    drop(runtime);
    fold_log(&settings, &folder.path().join("idp.db-wal"))?;
    Ok(folder)
}

/// Whoever closes a database last folds its log into it. Two that close at once may each leave that to the other: then it
/// is opened and closed once more.
fn fold_log(settings: &Settings, log: &Path) -> Outcome<()> {
    for _ in 0..20 {
        for _ in 0..50 {
            if !log.exists() {
                return Ok(());
            }
            sleep(Duration::from_millis(10));
        }
        drop(Db::open(&settings.database_url()?)?);
    }
    Err("the database stays open".into())
}
