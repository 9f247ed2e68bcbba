use super::by_secret;
use crate::conn::on;
use crate::{Db, DbUrl, Fault, migrate};
use diesel::connection::SimpleConnection;

/// A database in which somebody wrote by hand.
async fn with(sql: &'static str) -> (tempfile::TempDir, Db) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&DbUrl::Sqlite(folder.path().join("idp.db"))).unwrap();
    migrate::run(&db).await.unwrap();
    db.write(move |tx| on!(tx.0, |c| c.batch_execute(sql).map_err(Fault::from))).await.unwrap();
    (folder, db)
}

const ACCOUNT: &str = "INSERT INTO accounts (id, account_key, account, name, email_verified, state, password_hash,
    security_epoch, capacity_epoch, national_id_verified, created_at, updated_at)
    VALUES ('a', 'clairesu1234', 'clairesu1234', '蘇', FALSE, 'active', '', 1, 1, FALSE, 0, 0);
    INSERT INTO sessions (id, secret_hash, account_id, security_epoch, auth_time, acr, last_used_at, expires_at)
    VALUES ('s', zeroblob(32), 'a', 1, 0, 'urn:shenfen:acr:made-up', 0, 0);";

#[tokio::test]
async fn a_session_that_makes_no_sense_is_a_fault_and_not_nobody() {
    let (_folder, db) = with(ACCOUNT).await;
    let read = db.read(|conn| by_secret(conn, &[0; 32])).await;
    assert_eq!(read, Err(Fault::corrupt("acr of a session")));
}

#[tokio::test]
async fn a_database_that_cannot_be_read_is_a_fault_and_not_nobody() {
    let (_folder, db) = with("ALTER TABLE sessions RENAME TO lost").await;
    let read = db.read(|conn| by_secret(conn, &[0; 32])).await;
    assert!(matches!(read, Err(Fault::Database(_))));
}
