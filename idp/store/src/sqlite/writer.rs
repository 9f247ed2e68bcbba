//! The writer: one thread owns the writing connection. It takes what waits, undoes a unit that fails and no other, commits
//! once for all of them, and only then lets the answers go.

use super::batch;
use super::trouble::Place;
use crate::{Conn, Fault, Tx};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use tokio::sync::oneshot;

/// Units that may wait; one more is [`Fault::Busy`].
const QUEUE: usize = 512;
/// Units in one commit at most, so that the first of them does not wait for ever.
const IN_ONE_COMMIT: usize = 64;

/// What to do with the result once it is known whether the commit stood, or why not.
type Answer = Box<dyn FnOnce(&Result<(), Fault>) + Send>;
/// Runs inside a savepoint, or hears why it cannot; says why to undo what it wrote, if so.
type Unit = Box<dyn FnOnce(Result<&mut Conn, Fault>) -> (Option<Fault>, Answer) + Send>;

pub(super) struct Writer {
    queue: SyncSender<Unit>,
    place: Arc<Place>,
}

impl Writer {
    pub(super) fn start(conn: Conn, place: Arc<Place>) -> Result<Self, Fault> {
        let (queue, units) = sync_channel(QUEUE);
        let there = Arc::clone(&place);
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || run(&units, conn, &there))
            .map_err(|why| Fault::Database(format!("cannot start the writer: {why}")))?;
        Ok(Self { queue, place })
    }

    pub(super) async fn write<T, F>(&self, unit: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Fault> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let unit: Unit = Box::new(move |conn| {
            let out = conn.and_then(|conn| unit(&mut Tx(conn)));
            let fault = out.as_ref().err().cloned();
            let answer = move |committed: &Result<(), Fault>| {
                // Nobody may be listening any more: the client went away.
                let _ = tell.send(out.and_then(|out| committed.clone().map(|()| out)));
            };
            (fault, Box::new(answer))
        });
        self.queue.try_send(unit).map_err(|why| match why {
            TrySendError::Full(_) => Fault::Busy,
            TrySendError::Disconnected(_) => Fault::Database("the writer is gone".into()),
        })?;
        // Dropped without an answer: the log says which.
        let out = told.await.map_err(|_| Fault::Database("the unit panicked".into()))?;
        out.map_err(|fault| self.place.name(fault))
    }
}

fn run(units: &Receiver<Unit>, mut conn: Conn, place: &Place) {
    while let Ok(first) = units.recv() {
        match batch(&mut conn, "BEGIN IMMEDIATE") {
            Ok(()) => serve(first, units, &mut conn, place),
            Err(why) => {
                tracing::error!(%why, "cannot begin");
                // What came while this waited for a lock has waited, too, and hears the same. What comes from now on has not.
                let waited: Vec<_> = std::iter::once(first).chain(units.try_iter().take(QUEUE)).collect();
                waited.into_iter().for_each(|unit| refuse(unit, &why));
            }
        }
    }
}

/// One transaction, for `first` and for what waits behind it.
fn serve(first: Unit, units: &Receiver<Unit>, conn: &mut Conn, place: &Place) {
    let mut waiting = Vec::new();
    let mut sound = Ok(());
    let mut next = Some(first);
    while let Some(unit) = next {
        sound = run_one(conn, unit, &mut waiting);
        next = if waiting.len() < IN_ONE_COMMIT && sound.is_ok() { units.try_recv().ok() } else { None };
    }
    let committed = sound.and_then(|()| place.check()).and_then(|()| batch(conn, "COMMIT"));
    if let Err(why) = &committed {
        tracing::error!(%why, "cannot commit");
        // Fails when SQLite has rolled back by itself, which is then as it should be.
        let _ = batch(conn, "ROLLBACK");
    }
    for answer in waiting {
        answer(&committed);
    }
}

/// Runs one unit.
///
/// The first needs no savepoint: if it fails, the transaction begins anew. Most are alone in theirs.
///
/// # Errors
/// When the transaction itself is broken, not only this unit: of some faults (a full disk) SQLite rolls all of it back.
fn run_one(conn: &mut Conn, unit: Unit, waiting: &mut Vec<Answer>) -> Result<(), Fault> {
    let first = waiting.is_empty();
    if !first && let Err(why) = batch(conn, "SAVEPOINT unit") {
        refuse(unit, &why);
        return Err(why);
    }
    // A panic drops the answer's sender: its request is told, the others and the thread go on.
    let fault = match catch_unwind(AssertUnwindSafe(|| unit(Ok(conn)))) {
        Ok((fault, answer)) => {
            waiting.push(answer);
            fault
        }
        Err(_) => Some(Fault::Database("another unit panicked".into())),
    };
    let after = match (first, &fault) {
        (true, None) => return Ok(()),
        (true, Some(_)) => {
            let _ = batch(conn, "ROLLBACK");
            "BEGIN IMMEDIATE"
        }
        (false, None) => "RELEASE unit",
        (false, Some(_)) => "ROLLBACK TO unit; RELEASE unit",
    };
    // The unit's fault is why; that there is no savepoint any more is what comes of it.
    batch(conn, after).map_err(|broken| fault.unwrap_or(broken))
}

fn refuse(unit: Unit, why: &Fault) {
    let (_, answer) = unit(Err(why.clone()));
    answer(&Err(why.clone()));
}

#[cfg(test)]
mod tests;
