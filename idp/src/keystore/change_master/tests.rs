//! Whoever made ready before the change of the master key, and writes after it.

use super::change;
use crate::keystore::{sealing, secrets, signing_ring};
use idp_core::UnixMillis;
use idp_core::audit::Operator;
use idp_store::{Db, DbUrl, Fault, migrate};
use keys::ring::plan;
use keys::{Algorithm, MasterKey, Policy, Purpose, Step};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

const NOW: UnixMillis = UnixMillis(1_763_000_000_000);
const MEANWHILE: &str = "the master key of the database was changed meanwhile";

fn policy() -> Policy {
    Policy {
        jwks_max_age: Duration::from_secs(300),
        longest_token: Duration::from_secs(300),
        clock_skew: Duration::from_secs(5),
        rotate_every: None,
        algorithms: vec![Algorithm::Es256],
    }
}

/// A database that was set up with a master key.
async fn set_up() -> (TempDir, Db, Arc<MasterKey>) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&DbUrl::Sqlite(folder.path().join("idp.db"))).unwrap();
    migrate::run(&db).await.unwrap();
    let master = Arc::new(MasterKey::generate().unwrap());
    secrets::ensure(&db, &master, NOW).await.unwrap();
    let decide = |records: &[_]| Ok((plan(NOW, records, &policy()), ()));
    signing_ring::change(&db, &master, &policy(), NOW, decide).await.unwrap().unwrap();
    (folder, db, master)
}

/// How many signing keys there are; every key opens with this master key.
async fn signing_keys(db: &Db, master: &Arc<MasterKey>) -> usize {
    let master = master.clone();
    let read = move |conn: &mut idp_store::Conn| {
        secrets::read(conn, &master)?;
        let unwrap = |purpose: Purpose, _: &str, wrapped: &[u8]| Ok(master.unwrap(purpose, wrapped)?);
        Ok(signing_ring::parse(idp_store::signing_keys::all(conn)?, &unwrap)?.records().len())
    };
    db.scan(read).await.unwrap()
}

#[tokio::test]
async fn what_was_made_ready_before_the_change_is_not_written_after_it_with_the_old_master_key() {
    let (_folder, db, old) = set_up().await;
    let (new, third) = (Arc::new(MasterKey::generate().unwrap()), Arc::new(MasterKey::generate().unwrap()));
    let before = signing_keys(&db, &old).await;
    change(&db, &old, &new, (Operator::default(), NOW)).await.unwrap();

    let one_more = |_: &[_]| Ok((vec![Step::Generate { algorithm: Algorithm::Es256 }], ()));
    let refused = [
        signing_ring::change(&db, &old, &policy(), NOW, one_more).await.map(|_| ()),
        sealing::make_next(&db, &old, NOW).await.map(|_| ()),
        secrets::ensure(&db, &old, NOW).await,
        change(&db, &old, &third, (Operator::default(), NOW)).await.map(|_| ()),
    ];
    for (number, refused) in refused.into_iter().enumerate() {
        let words = refused.map_err(|failure| failure.to_string());
        assert_eq!(words, Err(Fault::Keys(MEANWHILE.into()).to_string()), "{number}");
    }

    assert_eq!(signing_keys(&db, &new).await, before);
    assert!(db.scan(idp_store::sealing_keys::all).await.unwrap().iter().all(|row| !row.is_next()));
    signing_ring::change(&db, &new, &policy(), NOW, one_more).await.unwrap().unwrap();
    assert_eq!(signing_keys(&db, &new).await, before + 1, "with the new one it goes on");
}
