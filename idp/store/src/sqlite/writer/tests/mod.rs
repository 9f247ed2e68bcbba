mod trouble;

use super::super::tests::{migrate, new_file, sqlite_of};
use super::super::{Sqlite, batch, connect};
use super::{IN_ONE_COMMIT, QUEUE};
use crate::{Fault, Tx, secrets};
use diesel::Connection;
use diesel::connection::{Instrumentation, InstrumentationEvent};
use std::future::poll_fn;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::Poll;
use tempfile::TempDir;
use tokio::sync::oneshot;

/// A migrated file, and how often its writer committed.
struct File {
    sqlite: Sqlite,
    commits: Arc<AtomicUsize>,
    path: PathBuf,
    _folder: TempDir,
}

struct Commits(Arc<AtomicUsize>);

impl Instrumentation for Commits {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if matches!(event, InstrumentationEvent::StartQuery { query, .. } if query.to_string() == "COMMIT") {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A unit that is in the queue or running.
type Waiting<'a> = Pin<Box<dyn Future<Output = Result<bool, Fault>> + 'a>>;

impl File {
    async fn new() -> Self {
        let (folder, path) = new_file();
        let sqlite = Sqlite::open(&path).unwrap();
        migrate(&path);
        let commits = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&commits);
        let count = move |tx: &mut Tx<'_>| {
            sqlite_of(tx.conn()).set_instrumentation(Commits(Arc::clone(&counter)));
            Ok(())
        };
        sqlite.write(count).await.unwrap();
        assert_eq!(commits.swap(0, Ordering::Relaxed), 1);
        Self { sqlite, commits, path, _folder: folder }
    }

    async fn write(&self, unit: Unit) -> Result<bool, Fault> {
        self.sqlite.write(unit).await
    }

    /// Puts a unit into the queue and does not wait for its answer.
    async fn queue(&self, unit: Unit) -> Waiting<'_> {
        let mut waiting: Waiting<'_> = Box::pin(self.write(unit));
        let answered = poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context).is_ready())).await;
        assert!(!answered);
        waiting
    }

    /// Keeps the writer inside a unit, so that whatever comes meanwhile waits.
    async fn hold(&self) -> Hold<'_> {
        self.hold_before(insert("held")).await
    }

    /// The same, and what the unit does when it is let go.
    async fn hold_before(&self, act: Unit) -> Hold<'_> {
        let (let_go, held) = mpsc::channel::<()>();
        let (say_running, running) = oneshot::channel();
        let (held, say_running) = (Mutex::new(held), Mutex::new(Some(say_running)));
        let unit = self.queue(Box::new(move |tx| {
            say_running.lock().unwrap().take().unwrap().send(()).unwrap();
            // Ends when the other side is dropped.
            let _ = held.lock().unwrap().recv();
            act(tx)
        }));
        let unit = unit.await;
        running.await.unwrap();
        Hold { let_go, unit }
    }

    fn commits(&self) -> usize {
        self.commits.load(Ordering::Relaxed)
    }

    fn stored(&self) -> Vec<String> {
        let mut names: Vec<_> = self.sqlite.read(secrets::all).unwrap().into_iter().map(|(name, _)| name).collect();
        names.sort();
        names
    }
}

struct Hold<'a> {
    let_go: mpsc::Sender<()>,
    unit: Waiting<'a>,
}

impl Hold<'_> {
    async fn release(self) -> Result<bool, Fault> {
        drop(self.let_go);
        self.unit.await
    }
}

type Unit = Box<dyn Fn(&mut Tx<'_>) -> Result<bool, Fault> + Send>;

fn insert(name: impl Into<String>) -> Unit {
    let name = name.into();
    Box::new(move |tx| secrets::insert(tx, &name, &[]))
}

fn insert_and_err(name: &'static str) -> Unit {
    Box::new(move |tx| {
        secrets::insert(tx, name, &[])?;
        Err(Fault::Keys("a test".into()))
    })
}

fn insert_and_panic(name: &'static str) -> Unit {
    Box::new(move |tx| {
        secrets::insert(tx, name, &[])?;
        panic!("a test")
    })
}

/// A unit that says yes and makes COMMIT say no: the account of the role does not exist, and is only asked for at the end.
fn break_the_commit() -> Unit {
    Box::new(|tx| {
        let sql = "PRAGMA defer_foreign_keys = ON; INSERT INTO account_roles (account_id, role) VALUES ('nobody', 'x')";
        batch(tx.conn(), sql).map(|()| true)
    })
}

async fn answers(waiting: Vec<Waiting<'_>>) -> Vec<Result<bool, Fault>> {
    let mut answers = Vec::new();
    for unit in waiting {
        answers.push(unit.await);
    }
    answers
}

#[tokio::test]
async fn what_waits_is_committed_together_and_each_unit_stands_or_falls_alone() {
    let file = File::new().await;
    let hold = file.hold().await;
    let mut waiting = Vec::new();
    for unit in [insert("a"), insert_and_err("b"), insert("c"), insert_and_panic("d"), insert("a"), insert("e")] {
        waiting.push(file.queue(unit).await);
    }
    assert_eq!(hold.release().await, Ok(true));
    let answers = answers(waiting).await;
    assert_eq!(answers[..3], [Ok(true), Err(Fault::Keys("a test".into())), Ok(true)]);
    assert!(matches!(answers[3], Err(Fault::Database(_))));
    assert_eq!(answers[4], Ok(false), "it sees what an earlier unit of the same commit wrote");
    assert_eq!(answers[5], Ok(true));
    assert_eq!(file.stored(), ["a", "c", "e", "held"]);
    assert_eq!(file.commits(), 1);
}

#[tokio::test]
async fn the_first_unit_of_a_commit_falls_alone_too() {
    for bad in [insert_and_err("bad"), insert_and_panic("bad")] {
        let file = File::new().await;
        let hold = file.hold_before(bad).await;
        let mut waiting = Vec::new();
        for unit in [insert_and_err("worse"), insert("a"), insert("b")] {
            waiting.push(file.queue(unit).await);
        }
        assert!(hold.release().await.is_err());
        let answers = answers(waiting).await;
        assert_eq!(answers, [Err(Fault::Keys("a test".into())), Ok(true), Ok(true)]);
        assert_eq!(file.stored(), ["a", "b"]);
        assert_eq!(file.commits(), 1);
    }
}

#[tokio::test]
async fn a_commit_takes_no_more_units_than_its_share() {
    let file = File::new().await;
    let hold = file.hold().await;
    let mut waiting = Vec::new();
    for number in 0..IN_ONE_COMMIT {
        waiting.push(file.queue(insert(format!("{number}"))).await);
    }
    assert_eq!(hold.release().await, Ok(true));
    assert_eq!(answers(waiting).await, vec![Ok(true); IN_ONE_COMMIT]);
    // The unit that held the writer is of the first commit, so that the last of the others needs a second.
    assert_eq!(file.commits(), 2);
}

#[tokio::test]
async fn if_the_commit_fails_every_unit_of_it_is_a_fault_and_nothing_is_stored() {
    let file = File::new().await;
    let hold = file.hold().await;
    let mut waiting = Vec::new();
    for unit in [insert("a"), break_the_commit(), insert_and_err("b"), insert("c")] {
        waiting.push(file.queue(unit).await);
    }
    let failed = Err(Fault::Database("FOREIGN KEY constraint failed".into()));
    assert_eq!(hold.release().await, failed);
    let its_own_reason = Err(Fault::Keys("a test".into()));
    assert_eq!(answers(waiting).await, [failed.clone(), failed.clone(), its_own_reason, failed]);
    assert_eq!(file.stored(), Vec::<String>::new());
    // The writer goes on: the same unit succeeds without the bad one.
    assert_eq!(file.write(insert("a")).await, Ok(true));
    assert_eq!(file.stored(), ["a"]);
}

#[tokio::test]
async fn one_more_than_the_queue_holds_is_busy_at_once_and_what_waits_is_served() {
    let file = File::new().await;
    let hold = file.hold().await;
    let mut waiting = Vec::new();
    for number in 0..QUEUE {
        waiting.push(file.queue(insert(format!("{number}"))).await);
    }
    assert_eq!(file.write(insert("one more")).await, Err(Fault::Busy));
    assert_eq!(hold.release().await, Ok(true));
    assert_eq!(answers(waiting).await, vec![Ok(true); QUEUE]);
    assert_eq!(file.write(insert("one more")).await, Ok(true));
    assert_eq!(file.stored().len(), QUEUE + 2);
}

#[tokio::test]
async fn a_writer_whose_every_unit_panics_still_lives() {
    let file = File::new().await;
    for _ in 0..3 {
        assert!(file.write(insert_and_panic("a")).await.is_err());
    }
    assert_eq!(file.write(insert("a")).await, Ok(true));
}

#[tokio::test]
async fn a_file_that_somebody_else_keeps_locked_is_a_fault_and_the_unit_does_not_run() {
    let file = File::new().await;
    file.sqlite.write(|tx| batch(tx.conn(), "PRAGMA busy_timeout = 0")).await.unwrap();
    let mut somebody = connect(&file.path).unwrap();
    batch(&mut somebody, "BEGIN IMMEDIATE").unwrap();
    let ran = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&ran);
    let unit = Box::new(move |_: &mut Tx<'_>| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok(true)
    });
    let refused = file.write(unit).await.unwrap_err();
    assert_eq!(refused, Fault::Unavailable(format!("{}: database is locked", file.path.display())));
    assert_eq!(ran.load(Ordering::Relaxed), 0);
    batch(&mut somebody, "ROLLBACK").unwrap();
    assert_eq!(file.write(insert("a")).await, Ok(true));
}
