//! The line of a worker to the server: a connection while there is one, and how long a unit may take.

use super::connect::Target;
use super::last_error::LastError;
use super::sqlstate::SqlState;
use super::worker::OnWorker;
use crate::conn::{Backend, Pg};
use crate::{Conn, Fault};
use diesel::connection::SimpleConnection;
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::BlockOn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::AbortHandle;

/// A worker's line.
pub(super) struct Line {
    target: Arc<Target>,
    link: Option<Link>,
    watch: Arc<Watch>,
}

/// A connection, the task that drives it, and what the server complained about last.
pub(super) struct Link {
    pub(super) conn: Conn,
    driver: AbortHandle,
    last: LastError,
}

/// What the task that guards a unit's deadline shares with the unit.
#[derive(Default)]
struct Watch {
    over: AtomicBool,
    driver: Mutex<Option<AbortHandle>>,
}

impl Watch {
    fn drives(&self, driver: Option<AbortHandle>) {
        *self.driver.lock().unwrap_or_else(PoisonError::into_inner) = driver;
    }
}

impl Line {
    pub(super) fn new(target: Arc<Target>) -> Self {
        Self { target, link: None, watch: Arc::default() }
    }

    /// Runs `work`; after `limit` the connection is cut, which fails whatever waits for an answer on it.
    pub(super) fn within<T>(&mut self, limit: Duration, work: impl FnOnce(&mut Self) -> T) -> T {
        self.watch.over.store(false, Ordering::Relaxed);
        let watch = Arc::clone(&self.watch);
        let guard = OnWorker::spawn(async move {
            tokio::time::sleep(limit).await;
            watch.over.store(true, Ordering::Relaxed);
            if let Some(driver) = &*watch.driver.lock().unwrap_or_else(PoisonError::into_inner) {
                driver.abort();
            }
        });
        let out = work(self);
        guard.abort();
        out
    }

    /// Whether the time of [`Self::within`] is over.
    pub(super) fn is_over(&self) -> bool {
        self.watch.over.load(Ordering::Relaxed)
    }

    /// The connection: the one that is there, if it lives, or a new one.
    pub(super) fn link(&mut self) -> Result<&mut Link, Fault> {
        let alive = self.link.take_if(|link| link.is_alive());
        if self.is_over() {
            return Err(self.lost());
        }
        let link = match alive {
            Some(link) => link,
            None => Link::connect(&self.target)?,
        };
        self.watch.drives(Some(link.driver.clone()));
        Ok(self.link.insert(link))
    }

    /// The connection that a unit is using, if it lives.
    pub(super) fn link_in_use(&mut self) -> Result<&mut Link, Fault> {
        match &mut self.link {
            Some(link) if link.is_alive() => Ok(link),
            _ => Err(Fault::Unavailable("PostgreSQL broke the connection".into())),
        }
    }

    /// Drops the connection: nobody knows in which state it is.
    pub(super) fn hang_up(&mut self) {
        self.link = None;
        self.watch.drives(None);
    }

    /// The fault of a connection that broke under a unit.
    pub(super) fn lost(&self) -> Fault {
        let why = if self.is_over() { "did not answer in time" } else { "broke the connection" };
        Fault::Unavailable(format!("PostgreSQL {why}"))
    }
}

impl Link {
    fn connect(target: &Target) -> Result<Self, Fault> {
        let last = LastError::default();
        OnWorker.block_on(async {
            let (client, driver) = target.connect(last.clone()).await?;
            let driver = tokio::spawn(async move {
                if let Err(why) = driver.await {
                    tracing::debug!(%why, "a connection to PostgreSQL ended");
                }
            });
            let driver = driver.abort_handle();
            let conn = tokio::time::timeout(Duration::from_secs(1), AsyncPgConnection::try_from(client)).await;
            let conn = conn.map_err(|_| Fault::Unavailable("PostgreSQL did not answer within a second".into()))?;
            let conn = conn.map_err(|why| Fault::Unavailable(format!("PostgreSQL: {why}")))?;
            let conn = Conn(Backend::Postgres(Box::new(Pg::from(conn))));
            Ok(Self { conn, driver, last })
        })
    }

    pub(super) fn is_alive(&self) -> bool {
        !self.driver.is_finished()
    }

    /// What the server complained about since somebody asked.
    pub(super) fn complaint(&self) -> Option<SqlState> {
        self.last.take()
    }

    /// Statements without parameters or rows, in one message.
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        match &mut self.conn.0 {
            Backend::Postgres(conn) => Ok(conn.batch_execute(sql)?),
            Backend::Sqlite(_) => Err(Fault::Database("a line to PostgreSQL leads to SQLite".into())),
        }
    }
}
