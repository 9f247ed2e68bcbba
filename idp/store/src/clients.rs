//! Relying parties: one document each, held in memory by every node.

use crate::conn::on;
use crate::schema::{clients as k, consents, registrations};
use crate::{Conn, Fault, Tx, client_logos, directory_version};
use diesel::prelude::*;
use idp_core::client::{Client, LogoutChannels};
use idp_core::{ClientId, UnixMillis};

/// A client as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredClient {
    /// The client.
    pub client: Client,
    /// Its secrets, sealed.
    pub secrets_sealed: Vec<u8>,
}

/// A client whose document this program cannot read: a newer one wrote it, with members that may forbid what this program
/// would allow. It costs that client alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Its `client_id`.
    pub id: ClientId,
    /// Why, for the log.
    pub why: String,
    /// How it can be told when a session ends: by a program that can read it, so never through a page of this one.
    pub channels: LogoutChannels,
}

/// Every client there is, each list by id.
#[derive(Clone, Debug, Default)]
pub struct All {
    /// Those that can be read.
    pub readable: Vec<StoredClient>,
    /// The others.
    pub unreadable: Vec<Unreadable>,
}

/// Every client.
///
/// # Errors
/// When the database cannot be read.
pub fn all(conn: &mut Conn) -> Result<All, Fault> {
    let rows: Vec<(String, String, Vec<u8>)> =
        on!(conn, |c| k::table.select((k::id, k::document, k::secrets_sealed)).order(k::id).get_results(c)?);
    let mut all = All::default();
    for (id, document, secrets_sealed) in rows {
        match serde_json::from_str(&document) {
            Ok(client) => all.readable.push(StoredClient { client, secrets_sealed }),
            Err(why) => all.unreadable.push(Unreadable {
                id: ClientId::from_trusted(id),
                why: why.to_string(),
                channels: LogoutChannels { back: listens(&document), front: false },
            }),
        }
    }
    Ok(all)
}

/// Whether a document that cannot be read names a back-channel logout URI.
fn listens(document: &str) -> bool {
    let document: Option<serde_json::Value> = serde_json::from_str(document).ok();
    document.is_some_and(|members| members.get("backchannel_logout_uri").is_some_and(serde_json::Value::is_string))
}

/// One client.
///
/// # Errors
/// When the database or the client's document cannot be read.
pub fn find(conn: &mut Conn, id: &ClientId) -> Result<Option<StoredClient>, Fault> {
    let query = k::table.filter(k::id.eq(id.as_str())).select((k::document, k::secrets_sealed));
    let row: Option<(String, Vec<u8>)> = on!(conn, |c| query.get_result(c).optional()?);
    let Some((document, secrets_sealed)) = row else { return Ok(None) };
    let unreadable = |why: serde_json::Error| {
        Fault::Database(format!("client {id} cannot be read by this program; a newer one may have written it: {why}"))
    };
    Ok(Some(StoredClient { client: serde_json::from_str(&document).map_err(unreadable)?, secrets_sealed }))
}

/// When a client was last changed. `None`: there is none.
///
/// # Errors
/// When the database cannot be read.
pub fn changed_at(conn: &mut Conn, id: &ClientId) -> Result<Option<UnixMillis>, Fault> {
    let query = k::table.filter(k::id.eq(id.as_str())).select(k::updated_at);
    let changed: Option<i64> = on!(conn, |c| query.get_result(c).optional()?);
    Ok(changed.map(UnixMillis))
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

/// Removes a client with all that hangs on its name; what people gave it is worth nothing without it, and goes in its time.
/// `false`: there is none.
///
/// # Errors
/// When the database says no.
pub fn remove(tx: &mut Tx<'_>, id: &ClientId) -> Result<bool, Fault> {
    client_logos::remove_all(tx, id)?;
    let id = id.as_str();
    on!(tx.0, |c| diesel::delete(registrations::table.filter(registrations::client_id.eq(id))).execute(c)?);
    on!(tx.0, |c| diesel::delete(consents::table.filter(consents::client_id.eq(id))).execute(c)?);
    let removed = on!(tx.0, |c| diesel::delete(k::table.filter(k::id.eq(id))).execute(c)?) == 1;
    if removed {
        directory_version::raise(tx)?;
    }
    Ok(removed)
}
