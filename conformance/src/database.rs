//! Where the provider of a test keeps its records: in a SQLite file in its folder, or, when `IDP_TEST_PROVIDER_DATABASE` is
//! `postgres`, in a database of its own on the server of `IDP_TEST_POSTGRES_URL`.

use crate::template;
use idp::settings::{SecretUrl, Settings};
use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A database for one provider. One on a server is dropped with this.
#[derive(Debug)]
pub enum TestDatabase {
    /// `idp.db` in the provider's folder.
    File,
    /// On a server.
    OnServer {
        /// Of the server, `postgres://…/postgres`.
        server: String,
        /// Of the database.
        name: String,
    },
}

impl TestDatabase {
    /// A database that nobody set up yet, as the environment chooses, and the settings that lead there. `folder` takes the
    /// file or the master key.
    ///
    /// # Errors
    /// When the server that the environment names does not answer.
    pub async fn empty(folder: &Path, settings: &mut Settings) -> Outcome<Self> {
        let Some(server) = server()? else {
            settings.database.url = SecretUrl(format!("sqlite:{}", folder.join("idp.db").display()));
            return Ok(Self::File);
        };
        Self::on_server(server, folder, settings).await
    }

    /// A database of its own on a server, that nobody set up yet, and the settings that lead there.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn on_server(server: String, folder: &Path, settings: &mut Settings) -> Outcome<Self> {
        let name = fresh_name("provider");
        run(&server, &format!("CREATE DATABASE {name}")).await?;
        Ok(Self::on(server, name, folder, settings))
    }

    /// The same as [`Self::empty`], copied from one with keys: making RSA keys takes seconds.
    ///
    /// # Errors
    /// When it cannot be made or copied.
    pub async fn with_keys(folder: &Path, settings: &mut Settings) -> Outcome<Self> {
        let Some(server) = server()? else {
            template::copy_into(folder)?;
            return Self::empty(folder, settings).await;
        };
        let template = template::copy_master_key_into(folder, &server)?;
        let name = fresh_name("provider");
        run(&server, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await?;
        Ok(Self::on(server, name, folder, settings))
    }

    fn on(server: String, name: String, folder: &Path, settings: &mut Settings) -> Self {
        settings.database.url = SecretUrl(url_of(&server, &name));
        settings.keys.master_key_file = Some(folder.join(template::MASTER_KEY));
        Self::OnServer { server, name }
    }
}

/// The server that the environment chooses.
fn server() -> Outcome<Option<String>> {
    match std::env::var("IDP_TEST_PROVIDER_DATABASE").as_deref() {
        Err(_) | Ok("sqlite") => Ok(None),
        Ok("postgres") => match std::env::var("IDP_TEST_POSTGRES_URL") {
            Ok(server) => Ok(Some(server)),
            Err(_) => Err("IDP_TEST_PROVIDER_DATABASE=postgres needs IDP_TEST_POSTGRES_URL".into()),
        },
        Ok(other) => Err(format!("IDP_TEST_PROVIDER_DATABASE={other} is neither sqlite nor postgres").into()),
    }
}

/// A name that no other test has.
pub(crate) fn fresh_name(kind: &str) -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    format!("{kind}_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed))
}

/// A database of a server whose URL ends in another.
pub(crate) fn url_of(server: &str, name: &str) -> String {
    server.rsplit_once('/').map_or_else(String::new, |(before, _)| format!("{before}/{name}"))
}

/// Runs SQL on a server. A database that somebody is just leaving is waited for.
pub(crate) async fn run(server: &str, sql: &str) -> Outcome<()> {
    let (client, connection) = tokio_postgres::connect(server, NoTls).await?;
    let driver = tokio::spawn(connection);
    let mut tries = 0;
    let done = loop {
        tries += 1;
        match client.batch_execute(sql).await {
            Err(why) if why.code() == Some(&SqlState::OBJECT_IN_USE) && tries < 200 => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            done => break done,
        }
    };
    driver.abort();
    Ok(done?)
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Self::OnServer { server, name } = self {
            let (server, sql) = (server.clone(), format!("DROP DATABASE {name} WITH (FORCE)"));
            // The test's own runtime cannot wait in here. What cannot be dropped goes with the server.
            let dropping = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.map(|runtime| runtime.block_on(run(&server, &sql)).is_ok())
            });
            let _ = dropping.join();
        }
    }
}
