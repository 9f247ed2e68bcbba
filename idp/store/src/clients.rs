//! Relying parties: one document each, held in memory by every node.

use crate::conn::on;
use crate::schema::clients as k;
use crate::{Conn, Fault, Tx, directory_version};
use diesel::prelude::*;
use idp_core::client::Client;
use idp_core::{ClientId, UnixMillis};

/// A client as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredClient {
    /// The client.
    pub client: Client,
    /// Its secrets, sealed.
    pub secrets_sealed: Vec<u8>,
}

/// Every client, by id.
///
/// # Errors
/// When the database cannot be read.
pub fn all(conn: &mut Conn) -> Result<Vec<StoredClient>, Fault> {
    let rows: Vec<(String, Vec<u8>)> =
        on!(conn, |c| k::table.select((k::document, k::secrets_sealed)).order(k::id).get_results(c)?);
    rows.into_iter().map(parse).collect()
}

/// One client.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, id: &ClientId) -> Result<Option<StoredClient>, Fault> {
    let query = k::table.filter(k::id.eq(id.as_str())).select((k::document, k::secrets_sealed));
    let row: Option<(String, Vec<u8>)> = on!(conn, |c| query.get_result(c).optional()?);
    row.map(parse).transpose()
}

fn parse((document, secrets_sealed): (String, Vec<u8>)) -> Result<StoredClient, Fault> {
    Ok(StoredClient { client: serde_json::from_str(&document)?, secrets_sealed })
}

/// Stores a new client. `false`: there is one of that id, and nothing changed.
///
/// # Errors
/// When the database says no.
pub fn insert(tx: &mut Tx<'_>, stored: &StoredClient, now: UnixMillis) -> Result<bool, Fault> {
    let row = (
        k::id.eq(stored.client.id.as_str()),
        k::document.eq(serde_json::to_string(&stored.client)?),
        k::secrets_sealed.eq(&stored.secrets_sealed),
        k::created_at.eq(now.0),
        k::updated_at.eq(now.0),
    );
    let inserted = on!(tx.0, |c| diesel::insert_into(k::table).values(row).on_conflict_do_nothing().execute(c)?) == 1;
    if inserted {
        directory_version::raise(tx)?;
    }
    Ok(inserted)
}

/// Replaces a client's document and secrets. `false`: it is not `before` any more, and nothing changed; whoever decided by
/// that decides again.
///
/// # Errors
/// When the database says no.
pub fn update(tx: &mut Tx<'_>, before: &StoredClient, after: &StoredClient, now: UnixMillis) -> Result<bool, Fault> {
    if find(tx.conn(), &before.client.id)?.as_ref() != Some(before) {
        return Ok(false);
    }
    let row = (
        k::document.eq(serde_json::to_string(&after.client)?),
        k::secrets_sealed.eq(&after.secrets_sealed),
        k::updated_at.eq(now.0),
    );
    let which = k::table.filter(k::id.eq(before.client.id.as_str()));
    on!(tx.0, |c| diesel::update(which).set(row).execute(c)?);
    directory_version::raise(tx)?;
    Ok(true)
}
