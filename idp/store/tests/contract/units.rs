//! Units of work: what commits, what rolls back, what is seen.

use crate::backends::{every_database, every_pair_of_nodes, on_server_from_here, postgres};
use crate::fixtures::{NOW, after, new_account, new_session, secret, store_account};
use crate::race::race;
use idp_core::AccountId;
use idp_core::people::account::AccountState;
use idp_core::people::password_attempt::AttemptPolicy;
use idp_store::{Db, Fault, accounts, migrate, password_attempts, secrets, sessions};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

async fn exists(db: &Db, number: u8) -> bool {
    let id = AccountId::new([number; 16]);
    db.read(move |conn| accounts::find(conn, &id)).await.unwrap().is_some()
}

#[tokio::test]
async fn a_refusal_commits_what_was_written_on_the_way() {
    every_database(async |db| {
        let refused: Result<(), &str> = db
            .write(|tx| {
                accounts::insert(tx, &new_account(1), NOW)?;
                Ok(Err("invalid_grant"))
            })
            .await
            .unwrap();
        assert_eq!(refused, Err("invalid_grant"));
        assert!(exists(&db, 1).await);
    })
    .await;
}

#[tokio::test]
async fn a_fault_rolls_back_everything_its_unit_wrote_and_comes_back_as_it_was() {
    every_database(async |db| {
        store_account(&db, 1).await;
        let fault = Fault::Keys("a test".into());
        let told = fault.clone();
        let broken = db.write(move |tx| {
            accounts::insert(tx, &new_account(2), NOW)?;
            sessions::insert(tx, &new_session(1), &secret(1))?;
            Err::<(), _>(fault.clone())
        });
        assert_eq!(broken.await, Err(told));
        assert!(!exists(&db, 2).await);
        assert_eq!(db.read(|conn| sessions::by_secret(conn, &secret(1))).await, Ok(None));
        assert!(exists(&db, 1).await, "what was there before stays");
    })
    .await;
}

#[tokio::test]
async fn a_statement_that_fails_in_the_middle_takes_the_unit_back() {
    every_database(async |db| {
        let broken = db.write(|tx| {
            accounts::insert(tx, &new_account(1), NOW)?;
            sessions::insert(tx, &new_session(2), &secret(2)) // of an account that is not there
        });
        assert!(matches!(broken.await, Err(Fault::Database(_))));
        assert!(!exists(&db, 1).await);
    })
    .await;
}

#[tokio::test]
async fn a_panic_is_a_fault_of_its_own_unit_and_the_next_one_works() {
    every_database(async |db| {
        let panicked = db.write(|tx| -> Result<(), Fault> {
            accounts::insert(tx, &new_account(1), NOW)?;
            panic!("a test")
        });
        assert!(matches!(panicked.await, Err(Fault::Database(_))));
        assert!(!exists(&db, 1).await);
        store_account(&db, 1).await;
        assert!(exists(&db, 1).await);
    })
    .await;
}

#[tokio::test]
async fn a_panic_in_a_scan_is_a_fault() {
    every_database(async |db| {
        let panicked = db.scan(|_| -> Result<(), Fault> { panic!("a test") }).await;
        assert!(matches!(panicked, Err(Fault::Database(_))));
        assert!(!exists(&db, 1).await);
    })
    .await;
}

#[tokio::test]
async fn a_unit_reads_what_it_wrote_and_others_see_it_once_it_is_answered() {
    every_pair_of_nodes(async |one, other| {
        let seen_inside = one.write(|tx| {
            accounts::insert(tx, &new_account(1), NOW)?;
            Ok(accounts::find(tx.conn(), &AccountId::new([1; 16]))?.is_some())
        });
        assert!(seen_inside.await.unwrap());
        assert!(exists(&one, 1).await && exists(&other, 1).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_units_at_once_each_stands_or_falls_alone() {
    every_database(async |db| {
        let results = race(200, |number| {
            let (db, name) = (db.clone(), format!("secret{number}"));
            async move {
                // Whoever is told that too much is waiting comes back: nothing was done for them.
                loop {
                    let name = name.clone();
                    let written = db.write(move |tx| {
                        secrets::insert(tx, &name, &[1])?;
                        if number % 3 == 0 { Err(Fault::corrupt("a test")) } else { Ok(()) }
                    });
                    match written.await {
                        Err(Fault::Busy) => {}
                        written => break written,
                    }
                }
            }
        })
        .await;
        for (number, result) in results.iter().enumerate() {
            assert_eq!(result.is_err(), number % 3 == 0, "{number}");
        }
        let mut kept: Vec<_> = db.scan(secrets::all).await.unwrap().into_iter().map(|(name, _)| name).collect();
        kept.sort();
        let mut expected: Vec<_> =
            (0..200).filter(|number| number % 3 != 0).map(|number| format!("secret{number}")).collect();
        expected.sort();
        assert_eq!(kept, expected);
    })
    .await;
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_undo_what_it_asked_for() {
    every_database(async |db| {
        // Polled once: the unit waits or runs; then the caller is gone.
        let abandoned = Box::pin(db.write(|tx| accounts::insert(tx, &new_account(1), NOW)));
        tokio::select! {
            biased;
            result = abandoned => assert!(result.unwrap()),
            () = std::future::ready(()) => {}
        }
        let done = async {
            while !exists(&db, 1).await {
                tokio::task::yield_now().await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(10), done).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn what_one_node_counts_holds_on_the_other() {
    every_pair_of_nodes(async |one, other| {
        let policy = AttemptPolicy::default();
        let guess = async |db: &Db, at| {
            let policy = policy.clone();
            db.write(move |tx| password_attempts::take(tx, &[1; 32], at, &policy)).await.unwrap()
        };
        assert!(guess(&one, NOW).await.is_ok());
        assert!(guess(&other, after(1)).await.is_err());
        assert!(guess(&other, after(5)).await.is_ok());
    })
    .await;
}

/// Somebody else changes the row each time after the unit has read it, for a while. (On SQLite nobody can: there is one writer.)
#[tokio::test]
async fn a_unit_whose_rows_others_change_all_the_time_goes_on_until_it_is_through() {
    let Ok(server) = std::env::var("IDP_TEST_POSTGRES_URL") else { return };
    let database = postgres(server).await;
    let db = database.node();
    migrate::run(&db).await.unwrap();
    store_account(&db, 1).await;
    let (address, runs) = (database.address(), Arc::new(AtomicU32::new(0)));
    let counted = Arc::clone(&runs);
    let lock = db.write(move |tx| {
        let id = AccountId::new([1; 16]);
        accounts::find(tx.conn(), &id)?;
        if counted.fetch_add(1, Ordering::Relaxed) < 12 {
            on_server_from_here(&address, "UPDATE accounts SET security_epoch = security_epoch + 1");
        }
        accounts::set_state(tx, &id, AccountState::Locked, NOW)
    });
    lock.await.unwrap();
    assert_eq!(runs.load(Ordering::Relaxed), 13);
    let person = db.read(|conn| accounts::find(conn, &AccountId::new([1; 16]))).await.unwrap().unwrap();
    assert_eq!((person.state, person.security_epoch), (AccountState::Locked, 14), "nothing of the others is lost");
}
