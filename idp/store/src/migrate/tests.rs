use super::{Fit, SCHEMA_VERSION, fit, run};
use crate::conn::on;
use crate::schema::schema_info;
use crate::{Db, DbUrl};
use diesel::prelude::*;
use tempfile::TempDir;

async fn migrated() -> (TempDir, Db) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&DbUrl::Sqlite(folder.path().join("idp.db"))).unwrap();
    run(&db).await.unwrap();
    (folder, db)
}

async fn pretend(db: &Db, version: i64, serves_from: i64) {
    let row = (schema_info::version.eq(version), schema_info::serves_from.eq(serves_from));
    db.write(move |tx| Ok(on!(tx.0, |c| diesel::update(schema_info::table).set(row).execute(c)?))).await.unwrap();
}

#[tokio::test]
async fn the_last_migration_writes_the_version_that_the_program_was_written_for() {
    let (_folder, db) = migrated().await;
    let columns = (schema_info::version, schema_info::serves_from);
    let row = db.read(move |conn| Ok(on!(conn, |c| schema_info::table.select(columns).get_results(c)?)));
    let rows: Vec<(i64, i64)> = row.await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].0, SCHEMA_VERSION);
    assert!(rows[0].1 <= SCHEMA_VERSION, "a program serves its own schema");
}

#[tokio::test]
async fn a_newer_schema_serves_as_long_as_it_says_so() {
    let (_folder, db) = migrated().await;
    for (version, serves_from, expected) in [
        (SCHEMA_VERSION - 1, 1, Fit::Older),
        (SCHEMA_VERSION, SCHEMA_VERSION, Fit::Serves),
        (SCHEMA_VERSION + 1, SCHEMA_VERSION, Fit::Serves),
        (SCHEMA_VERSION + 2, SCHEMA_VERSION + 1, Fit::TooNew { serves_from: SCHEMA_VERSION + 1 }),
    ] {
        pretend(&db, version, serves_from).await;
        assert_eq!(fit(&db).await, Ok(expected), "version {version}, serves from {serves_from}");
    }
}

#[tokio::test]
async fn a_schema_that_does_not_say_what_it_is_is_a_fault() {
    let (_folder, db) = migrated().await;
    db.write(|tx| Ok(on!(tx.0, |c| diesel::delete(schema_info::table).execute(c)?))).await.unwrap();
    assert!(fit(&db).await.is_err());
}
