//! The writer: one thread owns the writing connection. It takes what waits, undoes a unit that fails and no other, commits
//! once for all of them, and only then lets the answers go.

use super::batch;
use crate::{Conn, Fault, Tx};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use tokio::sync::oneshot;

/// Units that may wait; one more is [`Fault::Busy`].
const QUEUE: usize = 512;
/// Units in one commit at most, so that the first of them does not wait for ever.
const IN_ONE_COMMIT: usize = 64;

/// What to do with the result once it is known whether the commit stood.
type Answer = Box<dyn FnOnce(bool) + Send>;
/// Runs inside a savepoint; says whether to keep what it wrote.
type Unit = Box<dyn FnOnce(&mut Conn) -> (bool, Answer) + Send>;

pub(super) struct Writer {
    queue: SyncSender<Unit>,
}

impl Writer {
    pub(super) fn start(conn: Conn) -> Result<Self, Fault> {
        let (queue, units) = sync_channel(QUEUE);
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || run(&units, conn))
            .map_err(|why| Fault::Database(format!("cannot start the writer: {why}")))?;
        Ok(Self { queue })
    }

    pub(super) async fn write<T, F>(&self, unit: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Fault> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let unit: Unit = Box::new(move |conn| {
            let out = unit(&mut Tx(conn));
            let keep = out.is_ok();
            let answer = move |committed: bool| {
                let lost = || Err(Fault::Database("the commit failed".into()));
                // Nobody may be listening any more: the client went away.
                let _ = tell.send(if committed || !keep { out } else { lost() });
            };
            (keep, Box::new(answer))
        });
        self.queue.try_send(unit).map_err(|why| match why {
            TrySendError::Full(_) => Fault::Busy,
            TrySendError::Disconnected(_) => Fault::Database("the writer is gone".into()),
        })?;
        // Dropped without an answer: the log says which.
        told.await.map_err(|_| Fault::Database("the unit panicked, or its transaction could not begin".into()))?
    }
}

fn run(units: &Receiver<Unit>, mut conn: Conn) {
    while let Ok(first) = units.recv() {
        let mut waiting = Vec::new();
        let mut sound =
            batch(&mut conn, "BEGIN IMMEDIATE").map_err(|why| tracing::error!(%why, "cannot begin")).is_ok();
        let mut next = Some(first);
        while let Some(unit) = next {
            sound = sound && run_one(&mut conn, unit, &mut waiting);
            next = if waiting.len() < IN_ONE_COMMIT && sound { units.try_recv().ok() } else { None };
        }
        let committed =
            sound && batch(&mut conn, "COMMIT").map_err(|why| tracing::error!(%why, "cannot commit")).is_ok();
        if !committed {
            // Fails when nothing was begun, which is then as it should be.
            let _ = batch(&mut conn, "ROLLBACK");
        }
        for answer in waiting {
            answer(committed);
        }
    }
}

/// Runs one unit. `false`: the transaction itself is broken, not only this unit.
///
/// The first needs no savepoint: if it fails, the transaction begins anew. Most are alone in theirs.
fn run_one(conn: &mut Conn, unit: Unit, waiting: &mut Vec<Answer>) -> bool {
    let first = waiting.is_empty();
    if !first && batch(conn, "SAVEPOINT unit").is_err() {
        return false;
    }
    // A panic drops the answer's sender: its request is told, the others and the thread go on.
    let out = catch_unwind(AssertUnwindSafe(|| unit(conn))).ok();
    let keep = matches!(out, Some((true, _)));
    waiting.extend(out.map(|(_, answer)| answer));
    match (first, keep) {
        (true, true) => true,
        (true, false) => batch(conn, "ROLLBACK; BEGIN IMMEDIATE").is_ok(),
        (false, true) => batch(conn, "RELEASE unit").is_ok(),
        (false, false) => batch(conn, "ROLLBACK TO unit; RELEASE unit").is_ok(),
    }
}

#[cfg(test)]
mod tests;
