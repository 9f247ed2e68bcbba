//! Checks whose answers are long on their way.

use super::Directory;
use crate::clock::Clock;
use crate::failure::Failure;
use crate::keystore::{Prepared, secrets};
use crate::outside::fetch::{Fetch, FetchSettings};
use crate::outside::reach::Reach;
use idp_core::UnixMillis;
use idp_store::{Db, DbUrl, directory_version, migrate};
use keys::MasterKey;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

const NOW: UnixMillis = UnixMillis(1_763_000_000_000);

/// One thread reads what changed, so that whoever asks it to do something else waits until all before is read.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap()
}

/// Keeps that thread busy until what this gives is dropped.
fn keep_busy() -> std::sync::mpsc::Sender<()> {
    let (let_go, held) = std::sync::mpsc::channel();
    tokio::task::spawn_blocking(move || held.recv());
    let_go
}

async fn load(clock: &Clock) -> (TempDir, Db, Directory) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&DbUrl::Sqlite(folder.path().join("idp.db"))).unwrap();
    migrate::run(&db).await.unwrap();
    let (master, master_key_file) = (Arc::new(MasterKey::generate().unwrap()), folder.path().join("master.key"));
    secrets::ensure(&db, &master, NOW).await.unwrap();
    let prepared =
        Prepared { db: db.clone(), master, master_key_file, allowed: Default::default(), shows_open_logos: false };
    let reach = Reach::new(Fetch::new(FetchSettings::default()).unwrap(), false);
    let directory = Directory::load(prepared, reach, (clock.clone(), Duration::from_secs(5))).await.unwrap();
    (folder, db, directory)
}

/// A check that has asked and waits for its answer.
fn asked(directory: &Directory) -> Pin<Box<impl Future<Output = Result<(), Failure>>>> {
    let mut check = Box::pin(directory.check());
    assert!(matches!(check.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
    check
}

#[test]
fn an_answer_that_was_long_on_its_way_is_as_old_as_its_question() {
    runtime().block_on(async {
        let clock = Clock::manual();
        let (_folder, db, directory) = load(&clock).await;
        db.write(directory_version::raise).await.unwrap();
        let busy = keep_busy();
        let slow = asked(&directory);
        clock.advance(Duration::from_secs(11));
        drop(busy);
        slow.await.unwrap();
        assert_eq!(directory.age(clock.now()), Duration::from_secs(11));
        assert!(directory.is_stale(clock.now()), "what changed since nobody asked is not known");
        directory.check().await.unwrap();
        assert!(!directory.is_stale(clock.now()));
    });
}

#[test]
fn what_was_read_earlier_and_comes_later_does_not_replace_what_is_newer() {
    runtime().block_on(async {
        let (_folder, db, directory) = load(&Clock::manual()).await;
        db.write(directory_version::raise).await.unwrap();
        let busy = keep_busy();
        let slow = asked(&directory);
        drop(busy);
        // It has read, and does not get to say so.
        tokio::task::spawn_blocking(|| ()).await.unwrap();
        db.write(directory_version::raise).await.unwrap();
        directory.check().await.unwrap();
        let newest = directory.snapshot().version;
        slow.await.unwrap();
        assert_eq!(directory.snapshot().version, newest);
        assert_eq!(db.read(directory_version::current).await, Ok(newest));
    });
}

#[test]
fn an_older_question_that_is_answered_later_makes_the_directory_no_older() {
    runtime().block_on(async {
        let clock = Clock::manual();
        let (_folder, db, directory) = load(&clock).await;
        db.write(directory_version::raise).await.unwrap();
        let busy = keep_busy();
        let slow = asked(&directory);
        clock.advance(Duration::from_secs(11));
        let newer = asked(&directory);
        drop(busy);
        newer.await.unwrap();
        slow.await.unwrap();
        assert_eq!(directory.age(clock.now()), Duration::ZERO);
    });
}
