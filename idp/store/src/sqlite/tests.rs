mod plans;

use super::{Sqlite, connect};
use crate::conn::Backend;
use crate::{Conn, Fault, accounts, clients, consents, directory_version, grants, sessions};
use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_migrations::MigrationHarness;
use idp_core::{AccountId, ClientId, GrantId};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use tempfile::TempDir;

/// A file that nobody has opened yet.
pub(super) fn new_file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("idp.db");
    (folder, path)
}

pub(super) fn sqlite_of(conn: &mut Conn) -> &mut SqliteConnection {
    match &mut conn.0 {
        Backend::Sqlite(conn) => conn,
        Backend::Postgres(_) => unreachable!("a SQLite file"),
    }
}

/// Migrates without the program's own writer, so that its tests need no `Db`.
pub(super) fn migrate(path: &std::path::Path) {
    let mut conn = connect(path).unwrap();
    sqlite_of(&mut conn).run_pending_migrations(crate::migrate::MIGRATIONS).unwrap();
}

/// What every connection must have, and what the pragma says.
fn settings(conn: &mut Conn) -> Result<[i64; 4], Fault> {
    let conn = sqlite_of(conn);
    let mut number = |pragma: &str| sql::<BigInt>(&format!("PRAGMA {pragma}")).get_result(conn);
    Ok([number("synchronous")?, number("foreign_keys")?, number("busy_timeout")?, number("secure_delete")?])
}

fn journal_mode(conn: &mut Conn) -> Result<String, Fault> {
    Ok(sql::<Text>("PRAGMA journal_mode").get_result(sqlite_of(conn))?)
}

/// `synchronous=FULL`, foreign keys checked, five seconds of patience, nothing left in free pages.
const SETTINGS: [i64; 4] = [2, 1, 5000, 1];

#[tokio::test]
async fn what_is_answered_survives_a_power_cut_on_every_connection() {
    let (_folder, path) = new_file();
    let file = Sqlite::open(&path).unwrap();
    let writer = file.write(|tx| Ok((settings(tx.conn())?, journal_mode(tx.conn())?))).await.unwrap();
    assert_eq!(writer, (SETTINGS, "wal".to_owned()));
    assert_eq!(file.read(|conn| Ok((settings(conn)?, journal_mode(conn)?))).unwrap(), (SETTINGS, "wal".to_owned()));
    // Another thread has a connection of its own.
    let elsewhere = tokio::task::spawn_blocking(move || file.read(settings)).await.unwrap();
    assert_eq!(elsewhere.unwrap(), SETTINGS);
}

#[tokio::test]
async fn a_reading_connection_cannot_write() {
    let (_folder, path) = new_file();
    let file = Sqlite::open(&path).unwrap();
    let wrote = file.read(|conn| Ok(sqlite_of(conn).batch_execute("CREATE TABLE sneaked (one BIGINT)")?));
    assert!(wrote.unwrap_err().to_string().contains("readonly"));
    file.write(|tx| Ok(sqlite_of(tx.conn()).batch_execute("CREATE TABLE allowed (one BIGINT)")?)).await.unwrap();
}

#[tokio::test]
async fn a_read_inside_a_read_is_a_fault_and_no_panic() {
    let (_folder, path) = new_file();
    let file = Sqlite::open(&path).unwrap();
    let inner = file.read(|_| Ok(file.read(settings)));
    assert_eq!(inner.unwrap(), Err(Fault::Database("a read inside a read".into())));
    assert_eq!(file.read(settings).unwrap(), SETTINGS);
}

#[tokio::test]
async fn files_of_one_process_are_told_apart_by_the_readers_of_a_thread() {
    let (_folder, path) = new_file();
    let (_other_folder, other_path) = new_file();
    let (file, other) = (Sqlite::open(&path).unwrap(), Sqlite::open(&other_path).unwrap());
    let make = |name: &'static str| {
        move |tx: &mut crate::Tx<'_>| {
            Ok(sqlite_of(tx.conn()).batch_execute(&format!("CREATE TABLE {name} (one BIGINT)"))?)
        }
    };
    file.write(make("here")).await.unwrap();
    other.write(make("there")).await.unwrap();
    let tables = |conn: &mut Conn| Ok(sql::<Text>("SELECT name FROM sqlite_master").get_results(sqlite_of(conn))?);
    assert_eq!(file.read(tables), Ok(vec!["here".to_owned()]));
    assert_eq!(other.read(tables), Ok(vec!["there".to_owned()]));
}

#[test]
fn many_programs_may_open_a_new_file_at_once() {
    for _ in 0..10 {
        let (_folder, path) = new_file();
        let start = Barrier::new(8);
        let opened: Vec<_> = std::thread::scope(|threads| {
            let open = || {
                start.wait();
                Sqlite::open(&path)
            };
            let running: Vec<_> = (0..8).map(|_| threads.spawn(open)).collect();
            running.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for result in opened {
            assert_eq!(result.and_then(|file| file.read(journal_mode)).as_deref(), Ok("wal"));
        }
    }
}

#[test]
fn a_file_that_cannot_be_opened_is_a_fault_that_names_it() {
    let (folder, _) = new_file();
    let path = folder.path().join("missing").join("idp.db");
    let fault = Sqlite::open(&path).err().unwrap().to_string();
    assert!(fault.contains("missing"), "{fault}");
    let text = folder.path().join("text.db");
    std::fs::write(&text, "This is no database, but a text of some length.".repeat(20)).unwrap();
    assert!(Sqlite::open(&text).is_err());
}

/// Without it, SQLite prepares a statement anew whenever something else is bound, once ANALYZE has run.
#[test]
fn sqlite_keeps_the_plan_of_a_statement_whatever_is_bound() {
    let (_folder, path) = new_file();
    let mut conn = connect(&path).unwrap();
    let options: Vec<String> = sql::<Text>("PRAGMA compile_options").get_results(sqlite_of(&mut conn)).unwrap();
    assert!(options.iter().any(|option| option == "ENABLE_QPSG"), "set by .cargo/config.toml");
}

/// `first` binds LIMIT, and SQLite prepares anew at each use: 14 µs instead of 2.
#[test]
fn no_read_ends_in_first() {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut seen) = (vec![source], 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().unwrap() != "tests.rs" {
                let text = std::fs::read_to_string(&path).unwrap();
                let offence = text.lines().position(|line| line.contains(".first(") || line.contains(".first::<"));
                assert_eq!(offence, None, "line (from 0) of {}; write get_result", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 20);
}

/// Counts the statements that diesel prepares to keep.
struct Prepared(Arc<AtomicUsize>);

impl Instrumentation for Prepared {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if matches!(event, InstrumentationEvent::CacheQuery { .. }) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

type Read = fn(&mut Conn, u8) -> Result<(), Fault>;

#[test]
fn every_read_of_a_request_is_prepared_once_and_kept() {
    let reads: [(&str, Read); 7] = [
        ("accounts::login", |conn, n| accounts::login(conn, &format!("person{n}")).map(drop)),
        ("clients::find", |conn, n| clients::find(conn, &ClientId::from_trusted(format!("client{n}"))).map(drop)),
        ("consents::find", |conn, n| {
            consents::find(conn, &AccountId::new([n; 16]), &ClientId::from_trusted("emic")).map(drop)
        }),
        ("directory_version::current", |conn, _| directory_version::current(conn).map(drop)),
        ("grants::standing", |conn, n| grants::standing(conn, &GrantId::from_trusted(format!("{n}"))).map(drop)),
        ("sessions::by_secret", |conn, n| sessions::by_secret(conn, &[n; 32]).map(drop)),
        ("sessions::by_secret_at", |conn, n| {
            sessions::by_secret_at(conn, &[n; 32], &ClientId::from_trusted(format!("client{n}"))).map(drop)
        }),
    ];
    let (_folder, path) = new_file();
    migrate(&path);
    for (name, read) in reads {
        let mut conn = connect(&path).unwrap();
        let prepared = Arc::new(AtomicUsize::new(0));
        sqlite_of(&mut conn).set_instrumentation(Prepared(Arc::clone(&prepared)));
        for n in 0..20 {
            read(&mut conn, n).unwrap();
        }
        assert_eq!(prepared.load(Ordering::Relaxed), 1, "{name}");
    }
}

/// How many files beside each other hold a text.
fn files_with(folder: &TempDir, text: &str) -> usize {
    let files = std::fs::read_dir(folder.path()).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
    files.filter(|file| file.windows(text.len()).any(|part| part == text.as_bytes())).count()
}

/// Somebody who is there, and somebody who was removed a moment ago.
async fn with_somebody_removed() -> (TempDir, Sqlite) {
    let (folder, path) = new_file();
    let sqlite = Sqlite::open(&path).unwrap();
    assert_eq!(sqlite.forget_removed(), Ok(true), "what a program before left");
    let sql = |sql: &'static str| sqlite.write(move |tx| Ok(sqlite_of(tx.conn()).batch_execute(sql)?));
    sql("CREATE TABLE people (name TEXT NOT NULL, hash TEXT NOT NULL)").await.unwrap();
    sql("INSERT INTO people VALUES ('removed-for-good', hex(randomblob(9000))), ('stays', 'x')").await.unwrap();
    assert!(files_with(&folder, "removed-for-good") > 0);
    sql("DELETE FROM people WHERE name = 'removed-for-good'").await.unwrap();
    (folder, sqlite)
}

/// Free pages, and the log, kept the name, address and password hash of who had deleted their account.
#[tokio::test]
async fn what_was_removed_stands_nowhere_in_the_files() {
    let (folder, sqlite) = with_somebody_removed().await;
    sqlite.removed();
    assert_eq!(sqlite.forget_removed(), Ok(true));
    assert_eq!((files_with(&folder, "removed-for-good"), files_with(&folder, "stays")), (0, 1));
}

#[tokio::test]
async fn what_was_removed_while_somebody_reads_is_still_owed() {
    let (folder, sqlite) = with_somebody_removed().await;
    sqlite.removed();
    let forgotten = sqlite.snapshot(|conn| {
        let _: i64 = sql::<BigInt>("SELECT count(*) FROM people").get_result(sqlite_of(conn))?;
        sqlite.forget_removed()
    });
    assert_eq!(forgotten, Ok(false));
    assert!(files_with(&folder, "removed-for-good") > 0);
    assert_eq!(sqlite.forget_removed(), Ok(true));
    assert_eq!(files_with(&folder, "removed-for-good"), 0);
}

#[tokio::test]
async fn a_log_that_holds_nothing_removed_is_left_alone() {
    let (folder, sqlite) = with_somebody_removed().await;
    assert_eq!(sqlite.forget_removed(), Ok(true));
    assert!(files_with(&folder, "removed-for-good") > 0, "nobody said that it was for good");
}
