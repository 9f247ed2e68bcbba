//! Audit lines, written in the transaction of the act.

use crate::conn::on;
use crate::schema::audit as a;
use crate::{Conn, Fault, Tx};
use diesel::prelude::*;
use idp_core::audit::{Event, Line};
use idp_core::ids::time_ordered;
use idp_core::{AccountId, ClientId, UnixMillis};

/// Writes one line.
///
/// * `random`: 80 random bits of its id.
///
/// # Errors
/// When the database says no.
pub fn write(tx: &mut Tx<'_>, event: Event, now: UnixMillis, random: [u8; 10]) -> Result<(), Fault> {
    let Line { name, account, client, detail } = event.into_line();
    let row = (
        a::id.eq(time_ordered(now, random)),
        a::event.eq(name),
        a::account_id.eq(account.as_ref().map(AccountId::as_str)),
        a::client_id.eq(client.as_ref().map(ClientId::as_str)),
        a::detail.eq(detail),
    );
    on!(tx.0, |c| diesel::insert_into(a::table).values(row).execute(c)?);
    Ok(())
}

/// An audit line as stored: id, event, account, client, detail.
pub type Stored = (String, String, Option<String>, Option<String>, Option<String>);

/// The newest lines, newest first, at most `limit`.
///
/// # Errors
/// When the database cannot be read.
pub fn newest(conn: &mut Conn, limit: i64) -> Result<Vec<Stored>, Fault> {
    Ok(on!(conn, |c| a::table.order(a::id.desc()).limit(limit).get_results(c)?))
}
