//! The rows of a provider's database, and triggers that let nobody write to a table.

use conformance::Provider;
use std::collections::BTreeMap;
use tokio_postgres::{Client, NoTls};

/// Every row of every table, by table.
pub type Rows = BTreeMap<String, Vec<String>>;

/// The database of a provider, from outside.
pub enum Records {
    File(rusqlite::Connection),
    Server(Client),
}

impl Records {
    pub async fn of(provider: &Provider) -> Self {
        let url = &provider.settings.database.url.0;
        if let Some(file) = url.strip_prefix("sqlite:") {
            let database = rusqlite::Connection::open(file).unwrap();
            database.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
            return Self::File(database);
        }
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        Self::Server(client)
    }

    pub async fn break_table(&self, table: &str) {
        match self {
            Self::File(_) => {
                self.run(&format!(
                    "CREATE TRIGGER broken BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'broken'); END"
                ))
                .await;
            }
            Self::Server(_) => {
                let function = "CREATE OR REPLACE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql
                    AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$";
                let trigger = format!("CREATE TRIGGER broken BEFORE INSERT ON {table} EXECUTE FUNCTION broken()");
                self.run(&format!("{function}; {trigger}")).await;
            }
        }
    }

    pub async fn mend_table(&self, table: &str) {
        let of = if matches!(self, Self::Server(_)) { format!(" ON {table}") } else { String::new() };
        self.run(&format!("DROP TRIGGER broken{of}")).await;
    }

    async fn run(&self, sql: &str) {
        match self {
            Self::File(database) => database.execute_batch(sql).unwrap(),
            Self::Server(client) => client.batch_execute(sql).await.unwrap(),
        }
    }

    /// All there is, but for whose turn a job is, and the attempts at passwords: one is taken before anything is hashed.
    pub async fn all(&self) -> Rows {
        let mut all = Rows::new();
        for table in self.tables().await {
            let mut rows = self.rows(&table).await;
            rows.sort();
            all.insert(table, rows);
        }
        assert!(all.len() > 20 && all["accounts"].len() >= 3, "{all:?}");
        all
    }

    async fn tables(&self) -> Vec<String> {
        let mut tables = match self {
            Self::File(_) => self.texts("SELECT name FROM sqlite_master WHERE type = 'table'").await,
            Self::Server(_) => self.texts("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'").await,
        };
        let by_itself = ["job_turns", "password_attempts"];
        tables.retain(|table| !by_itself.contains(&table.as_str()) && !table.starts_with("sqlite_"));
        tables
    }

    async fn rows(&self, table: &str) -> Vec<String> {
        match self {
            Self::File(database) => {
                let mut query = database.prepare(&format!("SELECT * FROM {table}")).unwrap();
                let columns = query.column_count();
                let read = |row: &rusqlite::Row<'_>| {
                    let cells = (0..columns).map(|column| row.get::<_, rusqlite::types::Value>(column));
                    Ok(format!("{:?}", cells.collect::<Result<Vec<_>, _>>()?))
                };
                query.query_map([], read).unwrap().map(Result::unwrap).collect()
            }
            Self::Server(_) => self.texts(&format!("SELECT row_of::text FROM {table} AS row_of")).await,
        }
    }

    async fn texts(&self, sql: &str) -> Vec<String> {
        match self {
            Self::File(database) => {
                let mut query = database.prepare(sql).unwrap();
                query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
            }
            Self::Server(client) => client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect(),
        }
    }
}
