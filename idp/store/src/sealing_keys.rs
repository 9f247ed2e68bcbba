//! Sealing keys, wrapped by the master key. One is current; the others open what was sealed before.

use crate::conn::on;
use crate::schema::sealing_keys as k;
use crate::{Conn, Fault, Tx};
use diesel::prelude::*;
use idp_core::UnixMillis;

/// A sealing key as stored.
#[derive(Clone, Debug, Queryable)]
pub struct SealingKeyRow {
    /// Eight hexadecimal digits, as in each sealed value.
    pub id: String,
    /// The key, wrapped.
    pub wrapped: Vec<u8>,
    /// Whether new values are sealed with it.
    pub is_current: bool,
}

/// Every sealing key.
///
/// # Errors
/// When the database cannot be read.
pub fn all(conn: &mut Conn) -> Result<Vec<SealingKeyRow>, Fault> {
    Ok(on!(conn, |c| k::table.select((k::id, k::wrapped, k::is_current)).get_results(c)?))
}

/// Stores a new current key beside the others, which stay to open what they sealed.
///
/// # Errors
/// When the database says no.
pub fn insert_current(tx: &mut Tx<'_>, id: &str, wrapped: &[u8], now: UnixMillis) -> Result<(), Fault> {
    let row = (k::id.eq(id), k::wrapped.eq(wrapped), k::is_current.eq(true), k::created_at.eq(now.0));
    on!(tx.0, |c| diesel::update(k::table).set(k::is_current.eq(false)).execute(c)?);
    on!(tx.0, |c| diesel::insert_into(k::table).values(row).execute(c)?);
    Ok(())
}
