//! Where the program of a test keeps its records: in `idp.db` in its folder, or, when `IDP_TEST_PROVIDER_DATABASE` is
//! `postgres`, in a database of its own on the server of `IDP_TEST_POSTGRES_URL`.

use diesel::dsl::sql;
use diesel::sql_types::BigInt;
use diesel::{Connection, RunQueryDsl, SqliteConnection};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;

/// A database for one folder. One on a server is dropped with this.
pub enum Database {
    File,
    OnServer { server: String, name: String },
}

impl Database {
    /// Nobody set it up.
    pub fn empty() -> Self {
        match std::env::var("IDP_TEST_PROVIDER_DATABASE").as_deref() {
            Err(_) | Ok("sqlite") => Self::File,
            Ok("postgres") => Self::make(""),
            Ok(other) => panic!("IDP_TEST_PROVIDER_DATABASE={other} is neither sqlite nor postgres"),
        }
    }

    /// One with the same in it. Of a file, whoever copies the folder copies it.
    pub fn copied(&self) -> Self {
        match self {
            Self::File => Self::File,
            Self::OnServer { name, .. } => Self::make(&format!("TEMPLATE {name}")),
        }
    }

    fn make(how: &str) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var("IDP_TEST_POSTGRES_URL").expect("IDP_TEST_PROVIDER_DATABASE=postgres needs it");
        let name = format!("commands_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        ask(&server, &format!("CREATE DATABASE {name} {how}"));
        Self::OnServer { server, name }
    }

    pub fn is_on_a_server(&self) -> bool {
        matches!(self, Self::OnServer { .. })
    }

    /// The settings that lead there.
    pub fn settings(&self) -> Vec<(String, String)> {
        match self {
            Self::File => Vec::new(),
            Self::OnServer { server, name } => vec![
                ("IDP__DATABASE__URL".to_owned(), url(server, name)),
                ("IDP__KEYS__MASTER_KEY_FILE".to_owned(), "idp.master-key".to_owned()),
            ],
        }
    }

    /// Runs SQL behind the program's back.
    pub fn sql(&self, file: &Path, text: &str) {
        match self {
            Self::File => {
                let mut connection = open(file);
                diesel::sql_query(text).execute(&mut connection).unwrap();
            }
            Self::OnServer { server, name } => {
                ask(&url(server, name), text);
            }
        }
    }

    /// How many rows there are: a table, and what they have to be.
    pub fn count(&self, file: &Path, rows: &str) -> i64 {
        let text = format!("SELECT count(*) FROM {rows}");
        match self {
            Self::File => sql::<BigInt>(&text).get_result(&mut open(file)).unwrap(),
            Self::OnServer { server, name } => ask(&url(server, name), &text).unwrap().parse().unwrap(),
        }
    }
}

fn open(file: &Path) -> SqliteConnection {
    let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    diesel::sql_query("PRAGMA busy_timeout=5000").execute(&mut connection).unwrap();
    connection
}

fn url(server: &str, name: &str) -> String {
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

/// Runs SQL on a server; gives the first column of the first row. A database that somebody is just leaving, and a row that
/// somebody is just changing, are waited for.
fn ask(url: &str, text: &str) -> Option<String> {
    let (url, text) = (url.to_owned(), text.to_owned());
    let asking = async move {
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        let driver = tokio::spawn(connection);
        let mut tries = 0;
        let rows = loop {
            tries += 1;
            match client.simple_query(&text).await {
                Err(why) if tries < 200 && why.code().is_some_and(|code| PASSES.contains(code)) => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                rows => break rows.unwrap(),
            }
        };
        driver.abort();
        rows.iter().find_map(|row| match row {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        })
    };
    // The test may run on a runtime, which cannot wait for another.
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    std::thread::spawn(move || runtime().block_on(asking)).join().unwrap()
}

const PASSES: [SqlState; 2] = [SqlState::OBJECT_IN_USE, SqlState::T_R_SERIALIZATION_FAILURE];

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::OnServer { server, name } = self {
            ask(server, &format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}
