//! The back ends that every contract runs on. A further one joins by a line in [`databases`] or [`ephemerals`].
//!
//! PostgreSQL joins when `IDP_TEST_POSTGRES_URL` names one (a role that may create databases): each test makes databases of
//! its own there. One that is named and does not answer fails the test.

use crate::fixtures::NOW;
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use idp_store::ephemeral::RedisSettings;
use idp_store::{Db, DbUrl, Ephemeral, EphemeralUrl, PostgresUrl, migrate};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio_postgres::NoTls;

/// A database that nobody has opened yet; gone when dropped.
pub(crate) struct Database {
    name: &'static str,
    url: DbUrl,
    place: Place,
}

enum Place {
    Folder(TempDir),
    /// Its name, and the server.
    Server(String, String),
}

impl Database {
    /// One node: a program that has the database open.
    pub(crate) fn node(&self) -> Db {
        Db::open(&self.url).unwrap()
    }

    /// Where to look behind the store's back: a path, or a URL.
    pub(crate) fn address(&self) -> String {
        match &self.place {
            Place::Folder(folder) => folder.path().join("idp.db").display().to_string(),
            Place::Server(name, server) => address_of(server, name),
        }
    }

    /// Runs SQL behind the store's back.
    pub(crate) async fn run(&self, sql: &str) {
        match &self.place {
            Place::Folder(_) => SqliteConnection::establish(&self.address()).unwrap().batch_execute(sql).unwrap(),
            Place::Server(..) => on_server(&self.address(), sql).await,
        }
    }
}

async fn databases() -> Vec<Database> {
    let mut all = vec![sqlite()];
    if let Ok(server) = std::env::var("IDP_TEST_POSTGRES_URL") {
        all.push(postgres(server).await);
    }
    all
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

pub(crate) fn sqlite() -> Database {
    let folder = tempfile::tempdir().unwrap();
    let url = DbUrl::Sqlite(folder.path().join("idp.db"));
    Database { name: "SQLite", url, place: Place::Folder(folder) }
}

pub(crate) async fn postgres(server: String) -> Database {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let name = format!("contract_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    on_server(&server, &format!("CREATE DATABASE {name}")).await;
    // Every racer of a test has a connection: what is tested is whether they collide, not whether they wait.
    let url: PostgresUrl = address_of(&server, &name).parse().unwrap();
    let url = DbUrl::Postgres(Box::new(url.with_connections(64)));
    Database { name: "PostgreSQL", url, place: Place::Server(name, server) }
}

fn address_of(server: &str, name: &str) -> String {
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

async fn on_server(server: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(server, NoTls).await.unwrap();
    let driver = tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
    driver.abort();
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Server(name, server) = self {
            let sql = format!("DROP DATABASE {name} WITH (FORCE)");
            on_server_from_here(server, &sql);
        }
    }
}

/// Runs SQL where the test's own runtime cannot wait.
pub(crate) fn on_server_from_here(server: &str, sql: &str) {
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(on_server(server, sql));
        });
    });
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
    for database in databases().await {
        println!("on {}", database.name);
        contract(&database).await;
    }
}

/// Runs a contract on every pair of databases that nobody opened yet: from each to each.
pub(crate) async fn every_way(contract: impl AsyncFn(&Database, &Database)) {
    for (from, _) in databases().await.iter().enumerate() {
        for to in databases().await {
            let source = databases().await.swap_remove(from);
            println!("from {} to {}", source.name, to.name);
            contract(&source, &to).await;
        }
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
