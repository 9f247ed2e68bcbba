//! The line to PostgreSQL breaks before an answer comes through: to a BEGIN, to a COMMIT.

use crate::backends::{Database, postgres};
use crate::fixtures::{NOW, new_account};
use idp_core::AccountId;
use idp_store::{Db, DbUrl, Fault, PostgresUrl, accounts, migrate};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A line to the server of this address that breaks once: at the first answer to what begins so. Gives its port.
async fn line_that_breaks(server: String, question: &'static [u8]) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let broke = Arc::new(AtomicBool::new(false));
    tokio::spawn(async move {
        while let Ok((here, _)) = listener.accept().await {
            let there = TcpStream::connect(&server).await.unwrap();
            tokio::spawn(pass(here, there, (question, Arc::clone(&broke))));
        }
    });
    port
}

/// Ends, and with it the line, when either side does, or at that answer.
async fn pass(mut here: TcpStream, mut there: TcpStream, (question, broke): (&[u8], Arc<AtomicBool>)) {
    let (mut asked, mut answered, mut comes) = ([0; 16 * 1024], [0; 16 * 1024], false);
    loop {
        tokio::select! {
            count = here.read(&mut asked) => {
                let Ok(count @ 1..) = count else { return };
                comes = asked[..count].windows(question.len()).any(|bytes| bytes == question);
                there.write_all(&asked[..count]).await.unwrap();
            }
            count = there.read(&mut answered) => {
                let Ok(count @ 1..) = count else { return };
                if comes && !broke.swap(true, Ordering::Relaxed) {
                    return;
                }
                here.write_all(&answered[..count]).await.unwrap();
            }
        }
    }
}

/// A migrated database, a node whose line breaks at the first answer to this, and how often its unit ran that stores an account.
async fn write_over_a_line_that_breaks(question: &'static [u8]) -> Option<(Database, Result<bool, Fault>, u32)> {
    let database = postgres(std::env::var("IDP_TEST_POSTGRES_URL").ok()?).await;
    migrate::run(&database.node()).await.unwrap();
    let address = database.address();
    let server = address.split('@').nth(1).unwrap().split('/').next().unwrap();
    let port = line_that_breaks(server.to_owned(), question).await;
    let url: PostgresUrl = address.replace(server, &format!("127.0.0.1:{port}")).parse().unwrap();
    let db = Db::open(&DbUrl::Postgres(Box::new(url))).unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let written = db.write(move |tx| {
        counted.fetch_add(1, Ordering::Relaxed);
        accounts::insert(tx, &new_account(1), NOW)
    });
    let written = written.await;
    Some((database, written, runs.load(Ordering::Relaxed)))
}

async fn is_stored(database: &Database) -> bool {
    let id = AccountId::new([1; 16]);
    database.node().read(move |conn| accounts::find(conn, &id)).await.unwrap().is_some()
}

#[tokio::test]
async fn a_commit_without_an_answer_is_not_known_to_stand_and_is_not_done_twice() {
    let Some((database, written, runs)) = write_over_a_line_that_breaks(b"COMMIT\0").await else { return };
    assert!(matches!(&written, Err(Fault::Unavailable(why)) if why.contains("not known")), "{written:?}");
    assert_eq!(runs, 1, "it was done again");
    assert!(is_stored(&database).await, "the server had committed");
}

#[tokio::test]
async fn a_connection_that_turns_out_to_be_dead_before_anything_was_done_costs_nobody_a_unit() {
    let Some((database, written, runs)) = write_over_a_line_that_breaks(b"BEGIN ").await else { return };
    assert_eq!((written, runs), (Ok(true), 1));
    assert!(is_stored(&database).await);
}
