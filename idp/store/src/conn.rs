//! One SQL text, two databases: an enum of connections, and a macro that makes each arm concrete.

use crate::postgres::OnWorker;
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;

/// PostgreSQL, driven by the same synchronous units as SQLite. Pure Rust: no libpq.
pub(crate) type Pg = AsyncConnectionWrapper<AsyncPgConnection, OnWorker>;

/// A connection that reads.
pub struct Conn(pub(crate) Backend);

pub(crate) enum Backend {
    Sqlite(diesel::SqliteConnection),
    Postgres(Box<Pg>),
}

/// A connection inside a writing unit: the only way to reach a function that writes.
pub struct Tx<'a>(pub(crate) &'a mut Conn);

impl Tx<'_> {
    /// Reads inside the transaction: what the gate judges is read here.
    pub fn conn(&mut self) -> &mut Conn {
        self.0
    }
}

/// Runs an expression on whichever connection it is: `on!(conn, |c| table.find(id).get_result(c))`.
macro_rules! on {
    ($conn:expr, |$c:ident| $body:expr) => {
        match &mut $conn.0 {
            $crate::conn::Backend::Sqlite($c) => $body,
            $crate::conn::Backend::Postgres(boxed) => {
                let $c = boxed.as_mut();
                $body
            }
        }
    };
}
pub(crate) use on;
