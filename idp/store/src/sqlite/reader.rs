//! Reading connections: each thread keeps its own, so that a read by key costs no hop and waits for nobody (WAL).

use super::batch;
use crate::{Conn, Fault};
use std::cell::RefCell;

thread_local! {
    /// The connections of this thread, by the number of their file. A program has one file; tests have a few.
    static CONNECTIONS: RefCell<Vec<(u64, Conn)>> = const { RefCell::new(Vec::new()) };
}

/// Runs `unit` on this thread's connection to the file, which it makes at first.
pub(super) fn with<T>(
    number: u64,
    connect: impl FnOnce() -> Result<Conn, Fault>,
    unit: impl FnOnce(&mut Conn) -> Result<T, Fault>,
) -> Result<T, Fault> {
    CONNECTIONS.with(|connections| {
        let mut connections =
            connections.try_borrow_mut().map_err(|_| Fault::Database("a read inside a read".into()))?;
        if let Some((_, conn)) = connections.iter_mut().find(|(of, _)| *of == number) {
            return unit(conn);
        }
        let mut conn = connect()?;
        // What writes does so through `Tx`, on the writer's connection.
        batch(&mut conn, "PRAGMA query_only=ON;")?;
        let out = unit(&mut conn);
        connections.push((number, conn));
        out
    })
}
