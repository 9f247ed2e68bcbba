//! A database of a test's own on the PostgreSQL of all tests.

use std::error::Error;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio_postgres::error::SqlState;
use tokio_postgres::{NoTls, SimpleQueryMessage};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Dropped with this.
pub struct Database {
    server: String,
    pub name: String,
}

impl Database {
    /// A copy of another one, or an empty one.
    pub async fn new(server: &str, template: Option<&str>) -> Outcome<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("cluster_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let from = template.map_or_else(String::new, |template| format!(" TEMPLATE {template}"));
        rows(server, &format!("CREATE DATABASE {name}{from}")).await?;
        Ok(Self { server: server.to_owned(), name })
    }

    /// As `database.url` names it.
    pub fn url(&self) -> String {
        self.server.rsplit_once('/').map_or_else(String::new, |(before, _)| format!("{before}/{}", self.name))
    }

    /// Runs SQL; gives the rows.
    pub async fn sql(&self, sql: &str) -> Vec<Vec<String>> {
        rows(&self.url(), sql).await.unwrap()
    }

    /// The one number that a statement gives.
    pub async fn count(&self, sql: &str) -> u64 {
        self.sql(sql).await[0][0].parse().unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, sql) = (self.server.clone(), format!("DROP DATABASE {} WITH (FORCE)", self.name));
        // The test's own runtime cannot wait in here. What cannot be dropped goes with the server.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(rows(&server, &sql)).is_ok())
        });
        let _ = dropping.join();
    }
}

/// A database that somebody is just leaving is waited for.
async fn rows(url: &str, sql: &str) -> Outcome<Vec<Vec<String>>> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let driver = tokio::spawn(connection);
    let mut tries = 0;
    let messages = loop {
        tries += 1;
        match client.simple_query(sql).await {
            Err(why) if why.code() == Some(&SqlState::OBJECT_IN_USE) && tries < 200 => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            done => break done,
        }
    };
    driver.abort();
    let row = |message| match message {
        SimpleQueryMessage::Row(row) => {
            Some((0..row.len()).map(|at| row.get(at).unwrap_or_default().to_owned()).collect())
        }
        _ => None,
    };
    Ok(messages?.into_iter().filter_map(row).collect())
}
