//! The back ends that every contract runs on. A further one joins by a line in [`databases`] or [`ephemerals`].

use crate::fixtures::NOW;
use idp_store::ephemeral::RedisSettings;
use idp_store::{Db, DbUrl, Ephemeral, EphemeralUrl, migrate};
use std::sync::Arc;
use std::time::Duration;
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

/// Two nodes of every ephemeral store, which began an hour before [`NOW`].
async fn ephemerals() -> Vec<(&'static str, (Ephemeral, Ephemeral))> {
    let start = NOW.minus(Duration::from_secs(3_600));
    let memory = Ephemeral::in_process(start);
    let mut stores = vec![("in process", (memory.clone(), memory))];
    if let Ok(url) = std::env::var("IDP_TEST_REDIS_URL") {
        let Ok(EphemeralUrl::Redis(url)) = url.parse() else { panic!("IDP_TEST_REDIS_URL is no Redis") };
        let prefix = format!("contract-{}:", keys::b64::encode(&keys::random::<9>().unwrap()));
        let settings = RedisSettings { url, tls: None, prefix };
        let node = async || {
            let node = Ephemeral::redis(settings.clone(), Arc::new(move || start)).await;
            assert_eq!(node.problem(), None, "IDP_TEST_REDIS_URL does not answer");
            node
        };
        stores.push(("Redis", (node().await, node().await)));
    }
    stores
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
    every_pair_of_ephemeral_nodes(async |nodes| contract(nodes.0).await).await;
}

/// Runs a contract with two nodes on every ephemeral store, empty.
pub(crate) async fn every_pair_of_ephemeral_nodes(contract: impl AsyncFn((Ephemeral, Ephemeral))) {
    for (name, nodes) in ephemerals().await {
        println!("on {name}");
        contract(nodes).await;
    }
}
