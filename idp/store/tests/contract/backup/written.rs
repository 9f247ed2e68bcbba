//! How a backup is written: of one moment, row by row, everything.

use super::{AS_MOVED, back_up, master, numbered, restore, rows, set_up, something_everywhere, verify};
use crate::backends::{every_new_database, every_way};
use crate::fixtures::{NOW, new_grant, new_session, secret};
use idp_core::ClientId;
use idp_core::audit::Event;
use idp_store::backup::{self, About};
use idp_store::migrate::{self, Fit};
use idp_store::{Fault, accounts, audit, directory_version, grants, sessions};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn what_was_in_one_database_is_row_by_row_in_another() {
    every_way(async |from, to| {
        let source = set_up(from).await;
        something_everywhere(&source).await;
        let (header, bytes) = back_up(&source).await;
        assert!(header.tables.iter().all(|table| table.rows > 0), "a table was not tried: {header:?}");
        assert_eq!(verify(&bytes).unwrap().rows(), header.rows());
        let target = to.node();
        restore(&target, &bytes, AS_MOVED).await.unwrap();
        let (mut before, mut after) = (rows(&bytes), rows(&back_up(&target).await.1));
        let audit = after.get_mut("audit").unwrap();
        let noted = audit.iter().position(|line| line.contains("restore")).unwrap();
        assert!(audit.remove(noted).contains("https://idp.example"));
        for (table, rows) in before.drain() {
            assert_eq!(after[&table], rows, "{table}");
        }
        // And to the records' own eyes.
        let id = new_grant(1, 2, "weather").id;
        let (one, other) = (id.clone(), id);
        let there = source.read(move |conn| grants::standing(conn, &one)).await.unwrap().unwrap();
        let here = target.read(move |conn| grants::standing(conn, &other)).await.unwrap().unwrap();
        assert_eq!((here.grant, here.person, here.session), (there.grant, there.person, there.session));
        assert_eq!(here.personal.claims, Some((0..=255).collect()));
        assert_eq!(migrate::fit(&target).await, Ok(Fit::Serves));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_while_people_sign_in_is_of_one_moment() {
    every_way(async |from, to| {
        let source = set_up(from).await;
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, counted, node) = (stop.clone(), done.clone(), from.node());
        let writer = tokio::spawn(async move {
            let mut number = 0;
            while !stopped.load(Ordering::Relaxed) && number < 20_000 {
                number += 1;
                node.write(move |tx| sign_in(tx, number)).await.unwrap();
                counted.store(u64::from(number), Ordering::Relaxed);
            }
        });
        let mut sizes = Vec::new();
        for round in 0..5 {
            while done.load(Ordering::Relaxed) < (round + 1) * 20 {
                tokio::task::yield_now().await;
            }
            let header_and_bytes = back_up(&source).await;
            let found = rows(&header_and_bytes.1);
            let count = |table: &str| found[table].len() as u64;
            let of_one_moment = [count("accounts"), count("sessions"), count("grants"), count("audit")];
            assert!(of_one_moment.iter().all(|size| *size == of_one_moment[0]), "{of_one_moment:?}");
            // Each sign-in raises the number, which began at 1, together with its rows.
            assert_eq!(header_and_bytes.0.directory_version as u64, of_one_moment[0] + 1);
            sizes.push((of_one_moment[0], header_and_bytes.1));
        }
        stop.store(true, Ordering::Relaxed);
        writer.await.unwrap();
        assert!(sizes[0].0 < sizes[4].0, "nobody signed in meanwhile");
        // Foreign keys are checked on the way in.
        restore(&to.node(), &sizes[4].1, AS_MOVED).await.unwrap();
    })
    .await;
}

fn sign_in(tx: &mut idp_store::Tx<'_>, number: u16) -> Result<(), Fault> {
    let account = numbered(number);
    accounts::insert(tx, &account, NOW)?;
    let [high, low] = number.to_be_bytes();
    let mut session = new_session(1);
    session.account_id = account.id.clone();
    session.id = idp_core::SessionId::from_trusted(format!("session{number}"));
    let mut hash = secret(1);
    (hash[0], hash[1]) = (high, low);
    sessions::insert(tx, &session, &hash)?;
    let mut grant = new_grant(1, 1, "emic");
    grant.id = idp_core::GrantId::from_trusted(format!("grant{number}"));
    (grant.account_id, grant.session_id) = (account.id.clone(), session.id);
    grants::insert(tx, &grant)?;
    let event = Event::TokensIssued { account: account.id, client: ClientId::from_trusted("emic") };
    audit::write(tx, event, NOW, keys::random().unwrap())?;
    directory_version::raise(tx)
}

/// Counts what is written into it, and how much was held back: nothing.
#[derive(Clone, Default)]
struct Sizes(Arc<Mutex<Vec<usize>>>);

impl std::io::Write for Sizes {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().push(piece.len());
        Ok(piece.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_backup_is_written_row_by_row() {
    every_new_database(async |database| {
        let db = set_up(database).await;
        something_everywhere(&db).await;
        let sizes = Sizes::default();
        let into = sizes.clone();
        db.snapshot(move |conn| {
            let master = master();
            let about = About { issuer: "https://idp.example", now: NOW, program: "test", master: &master };
            backup::write(conn, &about, into.clone())
        })
        .await
        .unwrap();
        let sizes = sizes.0.lock().unwrap();
        assert!(sizes.len() > 1_200 && sizes.iter().all(|size| *size < 8_192), "{:?}", sizes.iter().max());
    })
    .await;
}
