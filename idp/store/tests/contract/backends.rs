//! The back ends that every contract runs on. A further one joins by a line in [`databases`] or [`ephemerals`].

use idp_store::{Db, DbUrl, Ephemeral, migrate};
use tempfile::TempDir;

/// A database that nobody has opened yet; gone when dropped.
pub(crate) struct Database {
    name: &'static str,
    url: DbUrl,
    _folder: TempDir,
}

impl Database {
    /// One node: a program that has the database open.
    pub(crate) fn node(&self) -> Db {
        Db::open(&self.url).unwrap()
    }
}

fn databases() -> Vec<Database> {
    vec![sqlite()]
}

fn ephemerals() -> Vec<(&'static str, Ephemeral)> {
    vec![("in process", Ephemeral::in_process())]
}

fn sqlite() -> Database {
    let folder = tempfile::tempdir().unwrap();
    let url = DbUrl::Sqlite(folder.path().join("idp.db"));
    Database { name: "SQLite", url, _folder: folder }
}

/// Runs a contract on every database, migrated and empty.
pub(crate) async fn every_database(contract: impl AsyncFn(Db)) {
    every_pair_of_nodes(async |db, _| contract(db).await).await;
}

/// Runs a contract with two nodes on every database, migrated and empty.
pub(crate) async fn every_pair_of_nodes(contract: impl AsyncFn(Db, Db)) {
    every_new_database(async |database| {
        let db = database.node();
        migrate::run(&db).await.unwrap();
        contract(db, database.node()).await;
    })
    .await;
}

/// Runs a contract on every database as it is before anybody opened it.
pub(crate) async fn every_new_database(contract: impl AsyncFn(&Database)) {
    for database in databases() {
        println!("on {}", database.name);
        contract(&database).await;
    }
}

/// Runs a contract on every ephemeral store, empty.
pub(crate) async fn every_ephemeral(contract: impl AsyncFn(Ephemeral)) {
    for (name, ephemeral) in ephemerals() {
        println!("on {name}");
        contract(ephemeral).await;
    }
}
