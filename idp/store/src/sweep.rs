//! Removing what nobody needs any more, in the order of the primary key and in bounded steps.
//!
//! Looking for it only reads: a stretch of so many rows at a time, whatever there is in it. What was found is removed by its
//! keys in a transaction of its own, which judges each once more; many nodes may do it at once.

use crate::conn::on;
use crate::schema::{
    accounts as a, audit as u, grants as g, messages as m, outbox as o, password_attempts as p, reset_codes as k,
    sessions as s,
};
use crate::{Conn, Fault, Tx};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use idp_core::UnixMillis;
use idp_core::ids::first_of;
use idp_core::membership::message::Purpose;

/// What a look at a stretch of a table found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<K> {
    /// The keys of the rows that can go.
    pub old: Vec<K>,
    /// The last key of the stretch; `None`: there is nothing behind it.
    pub end: Option<K>,
}

type Find<K> = fn(&mut Conn, &K, UnixMillis, i64) -> Result<Found<K>, Fault>;
type Remove<K> = fn(&mut Tx<'_>, &[K], UnixMillis) -> Result<usize, Fault>;

/// A kind of rows that get old.
pub struct Sweep<K> {
    /// For the log.
    pub name: &'static str,
    find: Find<K>,
    remove: Remove<K>,
}

impl<K> Sweep<K> {
    /// Looks at the next `stretch` rows behind `after` (at first the default of the key) for those that are old at `before`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn find(&self, conn: &mut Conn, after: &K, before: UnixMillis, stretch: i64) -> Result<Found<K>, Fault> {
        (self.find)(conn, after, before, stretch)
    }

    /// Removes those of the rows that are still old. Gives how many.
    ///
    /// # Errors
    /// When the database says no.
    pub fn remove(&self, tx: &mut Tx<'_>, keys: &[K], before: UnixMillis) -> Result<usize, Fault> {
        (self.remove)(tx, keys, before)
    }
}

/// Rows of `$table` of which `$old` holds. `$bound` narrows what is walked through: the rows whose key can be old at all.
macro_rules! sweep {
    ($table:ident, $key:ident: $type:ty, |$before:ident| walk $bound:expr, old $old:expr) => {
        Sweep {
            name: stringify!($table),
            find: |conn, after, $before, stretch| {
                let behind = $table::table.filter($table::$key.gt(after.clone())).filter($bound);
                let last = behind.clone().select($table::$key).order($table::$key).offset(stretch - 1).limit(1);
                let end: Option<$type> = on!(conn, |c| last.get_result(c).optional()?);
                let old = behind.filter($old).select($table::$key).order($table::$key);
                let old = match &end {
                    Some(end) => on!(conn, |c| old.filter($table::$key.le(end.clone())).get_results(c)?),
                    None => on!(conn, |c| old.get_results(c)?),
                };
                Ok(Found { old, end })
            },
            remove: |tx, keys, $before| {
                let these = $table::table.filter($table::$key.eq_any(keys.to_vec())).filter($old);
                Ok(on!(tx.0, |c| diesel::delete(these).execute(c)?))
            },
        }
    };
}

/// Whether a session was over.
macro_rules! session_over {
    ($before:expr) => {
        s::expires_at.lt($before.0).or(s::ended_at.lt($before.0).assume_not_null())
    };
}

/// Grants that were too old, of codes at least as old and of sessions that were over: until then a code that is presented
/// again finds its grant, and a sign-out finds the portals it has to tell.
pub static GRANTS: Sweep<String> = sweep!(g, id: String, |before|
    walk g::id.lt(first_of(before)),
    old g::expires_at.lt(before.0).and(exists(s::table.filter(s::id.eq(g::session_id)).filter(session_over!(before)))));

/// Sessions that were over, and on which no grant hangs any more.
pub static SESSIONS: Sweep<String> = sweep!(s, id: String, |before|
    walk s::id.is_not_null(),
    old session_over!(before).and(not(exists(g::table.filter(g::session_id.eq(s::id))))));

/// Rows of the outbox that were finished: delivered, or given up.
pub static OUTBOX: Sweep<String> = sweep!(o, id: String, |before|
    walk o::id.lt(first_of(before)),
    old o::finished_at.lt(before.0).assume_not_null());

/// Messages that were sent, refused or given up. That somebody asked to leave stays until they are gone: the last letter is in its
/// language.
pub static MESSAGES: Sweep<String> = sweep!(m, id: String, |before|
    walk m::id.lt(first_of(before)),
    old m::finished_at.lt(before.0).assume_not_null().and(m::purpose.ne(Purpose::DeletionAsked.as_str()).or(not(exists(
        a::table.filter(a::id.eq(m::account_id)).filter(a::leaves_at.is_not_null()))))));

/// Codes of text messages: a day old they count for nothing.
pub static RESET_CODES: Sweep<String> = sweep!(k, id: String, |before|
    walk k::id.lt(first_of(before)),
    old k::id.lt(first_of(before)));

/// Audit lines.
pub static AUDIT: Sweep<String> = sweep!(u, id: String, |before|
    walk u::id.lt(first_of(before)),
    old u::id.lt(first_of(before)));

/// Names at which nobody guessed since.
pub static PASSWORD_ATTEMPTS: Sweep<Vec<u8>> = sweep!(p, name_digest: Vec<u8>, |before|
    walk p::name_digest.is_not_null(),
    old p::last_at.lt(before.0));
