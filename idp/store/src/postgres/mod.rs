//! PostgreSQL: a bounded number of workers, each with a connection of its own.

mod connect;
mod last_error;
mod line;
mod sqlstate;
mod unit;
mod url;
mod worker;

pub use url::{CONNECTIONS, PostgresUrl};
pub(crate) use worker::OnWorker;

use crate::{Conn, Fault, Tx};
use connect::Target;
use line::Line;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};
use unit::Writing;
use worker::Worker;

/// How long a unit waits until a worker is free.
const SLOT: Duration = Duration::from_millis(250);
/// How long a unit takes at most, from having a worker to its answer.
const UNIT: Duration = Duration::from_secs(8);
/// How long a migration takes at most, with waiting for another program that migrates.
const MIGRATION: Duration = Duration::from_secs(600);

/// How long a backup or a restore takes at most.
const AT_LENGTH: Duration = Duration::from_secs(24 * 60 * 60);

/// A PostgreSQL database.
#[derive(Clone)]
pub(crate) struct Postgres(Arc<Shared>);

struct Shared {
    target: Arc<Target>,
    slots: Arc<Semaphore>,
    /// What was used last is used first, so that few connections serve few requests.
    idle: Mutex<Vec<Worker>>,
}

impl Postgres {
    /// Connects when somebody needs it.
    pub(crate) fn open(url: &PostgresUrl) -> Result<Self, Fault> {
        let target = Arc::new(Target::new(url)?);
        let slots = Arc::new(Semaphore::new(usize::from(url.connections)));
        Ok(Self(Arc::new(Shared { target, slots, idle: Mutex::default() })))
    }

    pub(crate) async fn read<T, F>(&self, unit: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Result<T, Fault> + Send + 'static,
    {
        self.on_a_line(UNIT, move |line| unit::read(line, &unit)).await
    }

    pub(crate) async fn scan<T, F>(&self, unit: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Result<T, Fault> + Send + 'static,
    {
        self.on_a_line(UNIT, move |line| unit::scan(line, &unit)).await
    }

    /// Waits until the server has a moment at which nothing that collides is under way, and sees that one.
    pub(crate) async fn snapshot<T, F>(&self, unit: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Result<T, Fault> + Send + 'static,
    {
        self.on_a_line(AT_LENGTH, move |line| unit::snapshot(line, &unit)).await
    }

    /// As [`Postgres::migrate`], for longer.
    pub(crate) async fn fill<T, F>(&self, unit: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Fault> + Send + 'static,
    {
        self.on_a_line(AT_LENGTH, move |line| unit::write(line, Writing::InTurn, &unit)).await
    }

    pub(crate) async fn write<T, F>(&self, unit: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Fault> + Send + 'static,
    {
        self.on_a_line(UNIT, move |line| unit::write(line, Writing::AtOnce, &unit)).await
    }

    /// Migrates: under an advisory lock that is taken before the unit sees anything.
    pub(crate) async fn migrate<T, F>(&self, unit: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Fault> + Send + 'static,
    {
        self.on_a_line(MIGRATION, move |line| unit::write(line, Writing::InTurn, &unit)).await
    }

    /// Waits for a worker and for what it answers. Whoever stops waiting undoes nothing.
    async fn on_a_line<T, F>(&self, limit: Duration, work: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&mut Line) -> Result<T, Fault> + Send + 'static,
    {
        let slot = Arc::clone(&self.0.slots).acquire_owned();
        let slot = tokio::time::timeout(SLOT, slot).await;
        let slot = slot.map_err(|_| Fault::Busy)?.map_err(|_| Fault::Busy)?;
        let waiting = self.0.idle().pop();
        let worker = waiting.map_or_else(|| Worker::start(&self.0.target), Ok)?;
        let (tell, told) = oneshot::channel();
        let (shared, itself) = (Arc::clone(&self.0), worker.clone());
        let asked = worker.ask(Box::new(move |line| {
            let out = line.within(limit, work);
            shared.idle().push(itself);
            drop(slot);
            // Nobody may be listening any more: the client went away.
            let _ = tell.send(out);
        }));
        let gone = || Fault::Database("a database thread ended".into());
        if asked { told.await.map_err(|_| gone())? } else { Err(gone()) }
    }
}

impl Shared {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
