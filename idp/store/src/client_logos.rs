//! Logos of clients as they are served: PNG, drawn anew by this program.

use crate::conn::on;
use crate::schema::client_logos as l;
use crate::{Conn, Fault, Tx};
use diesel::prelude::*;
use idp_core::{ClientId, UnixMillis};

/// Replaces a client's logo; `None` takes it away.
///
/// # Errors
/// When the database says no.
pub fn set(tx: &mut Tx<'_>, id: &ClientId, png: Option<&[u8]>, now: UnixMillis) -> Result<(), Fault> {
    on!(tx.0, |c| diesel::delete(l::table.filter(l::client_id.eq(id.as_str()))).execute(c)?);
    if let Some(png) = png {
        let row = (l::client_id.eq(id.as_str()), l::png.eq(png), l::fetched_at.eq(now.0));
        on!(tx.0, |c| diesel::insert_into(l::table).values(row).execute(c)?);
    }
    Ok(())
}

/// A client's logo.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, id: &ClientId) -> Result<Option<Vec<u8>>, Fault> {
    let query = l::table.filter(l::client_id.eq(id.as_str())).select(l::png);
    Ok(on!(conn, |c| query.get_result(c).optional()?))
}

/// The clients that have one.
///
/// # Errors
/// When the database cannot be read.
pub fn ids(conn: &mut Conn) -> Result<Vec<ClientId>, Fault> {
    let ids: Vec<String> = on!(conn, |c| l::table.select(l::client_id).order(l::client_id).get_results(c)?);
    Ok(ids.into_iter().map(ClientId::from_trusted).collect())
}
