//! Connections to PostgreSQL: too few of them, and one that an operator ends under a unit.

use crate::backends::{Database, on_server_from_here, postgres};
use crate::fixtures::{NOW, new_account};
use idp_core::AccountId;
use idp_store::{Db, DbUrl, Fault, PostgresUrl, accounts, directory_version, migrate};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A migrated database, and a node that has so many connections to it.
async fn node_with(connections: u16) -> Option<(Database, Db)> {
    let database = postgres(std::env::var("IDP_TEST_POSTGRES_URL").ok()?).await;
    migrate::run(&database.node()).await.unwrap();
    let url: PostgresUrl = database.address().parse().unwrap();
    let db = Db::open(&DbUrl::Postgres(Box::new(url.with_connections(connections)))).unwrap();
    Some((database, db))
}

/// Ends every other connection to the database of this address.
fn end_connections(address: &str) {
    let others = "pid <> pg_backend_pid() AND datname = current_database()";
    let end = format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}");
    on_server_from_here(address, &end);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_finds_no_connection_free_is_told_so_in_a_moment_and_served_when_there_is_one() {
    let Some((_database, db)) = node_with(1).await else { return };
    let (let_go, held) = std::sync::mpsc::channel::<()>();
    let (begun, begins) = tokio::sync::oneshot::channel();
    let (begun, held) = (std::sync::Mutex::new(Some(begun)), std::sync::Mutex::new(held));
    let holder = db.clone();
    let holds = tokio::spawn(async move {
        let unit = move |_: &mut idp_store::Conn| {
            begun.lock().unwrap().take().unwrap().send(()).unwrap();
            let _ = held.lock().unwrap().recv();
            Ok(())
        };
        holder.scan(unit).await
    });
    begins.await.unwrap();
    let waits = tokio::time::timeout(Duration::from_secs(4), db.read(directory_version::current)).await;
    assert_eq!(waits.expect("it waits for as long as others need"), Err(Fault::Busy));
    let_go.send(()).unwrap();
    assert_eq!(holds.await.unwrap(), Ok(()));
    assert_eq!(db.read(directory_version::current).await, Ok(1));
}

#[tokio::test]
async fn a_writing_unit_whose_connection_an_operator_ends_is_to_come_back_and_nothing_of_it_stands() {
    let Some((database, db)) = node_with(1).await else { return };
    let (address, runs) = (database.address(), Arc::new(AtomicU32::new(0)));
    let counted = Arc::clone(&runs);
    let ended = db.write(move |tx| {
        counted.fetch_add(1, Ordering::Relaxed);
        accounts::insert(tx, &new_account(1), NOW)?;
        end_connections(&address);
        accounts::insert(tx, &new_account(2), NOW)
    });
    let ended = ended.await;
    assert!(matches!(ended, Err(Fault::Unavailable(_))), "{ended:?}");
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    for number in [1, 2] {
        let id = AccountId::new([number; 16]);
        assert_eq!(db.read(move |conn| accounts::find(conn, &id)).await, Ok(None));
    }
}

#[tokio::test]
async fn a_read_whose_connection_an_operator_ends_runs_once_more_on_another() {
    let Some((database, db)) = node_with(1).await else { return };
    let (address, runs) = (database.address(), Arc::new(AtomicU32::new(0)));
    let counted = Arc::clone(&runs);
    let read = db.read(move |conn| {
        if counted.fetch_add(1, Ordering::Relaxed) == 0 {
            end_connections(&address);
        }
        directory_version::current(conn)
    });
    assert_eq!(read.await, Ok(1));
    assert_eq!(runs.load(Ordering::Relaxed), 2);
}
