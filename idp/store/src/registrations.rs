//! Clients that registered themselves: what manages each of them (RFC 7592), as a digest, and how they came to be.

use crate::conn::on;
use crate::schema::{consents, registrations as r};
use crate::{Conn, Fault, Tx};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use idp_core::{ClientId, UnixMillis};

/// How a client came to be, and what manages it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The client.
    pub client_id: ClientId,
    /// SHA-256 of its registration access token.
    pub access_digest: Vec<u8>,
    /// By which initial access token; `None`: in open registration.
    pub registration_token: Option<String>,
    /// When.
    pub registered_at: UnixMillis,
}

type Row = (String, Vec<u8>, Option<String>, i64);

fn parse((client_id, access_digest, registration_token, registered_at): Row) -> Registered {
    Registered {
        client_id: ClientId::from_trusted(client_id),
        access_digest,
        registration_token,
        registered_at: UnixMillis(registered_at),
    }
}

/// Notes how a client came to be, beside the client.
///
/// # Errors
/// When the database says no.
pub fn insert(tx: &mut Tx<'_>, registered: &Registered) -> Result<(), Fault> {
    let row = (
        r::client_id.eq(registered.client_id.as_str()),
        r::access_digest.eq(&registered.access_digest),
        r::registration_token.eq(&registered.registration_token),
        r::registered_at.eq(registered.registered_at.0),
    );
    on!(tx.0, |c| diesel::insert_into(r::table).values(row).execute(c)?);
    Ok(())
}

/// How a client came to be. `None`: an operator registered it, or nobody did.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, id: &ClientId) -> Result<Option<Registered>, Fault> {
    let query = r::table.filter(r::client_id.eq(id.as_str()));
    let row: Option<Row> = on!(conn, |c| query.get_result(c).optional()?);
    Ok(row.map(parse))
}

/// By whose word a client is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An operator registered it.
    Operator,
    /// It registered itself with an initial access token.
    Token,
    /// It registered itself, as anybody could.
    Anybody,
}

/// Every client that registered itself, by whose word.
///
/// # Errors
/// When the database cannot be read.
pub fn origins(conn: &mut Conn) -> Result<Vec<(ClientId, Origin)>, Fault> {
    let query = r::table.select((r::client_id, r::registration_token.is_null())).order(r::client_id);
    let rows: Vec<(String, bool)> = on!(conn, |c| query.get_results(c)?);
    let origin = |anybody| if anybody { Origin::Anybody } else { Origin::Token };
    Ok(rows.into_iter().map(|(id, anybody)| (ClientId::from_trusted(id), origin(anybody))).collect())
}

/// How many clients there are of open registration.
///
/// # Errors
/// When the database cannot be read.
pub fn count_open(conn: &mut Conn) -> Result<i64, Fault> {
    Ok(on!(conn, |c| r::table.filter(r::registration_token.is_null()).count().get_result(c)?))
}

/// Clients of open registration that are older than `before` and that nobody ever entered, so many at most.
///
/// # Errors
/// When the database cannot be read.
pub fn unused(conn: &mut Conn, before: UnixMillis, most: i64) -> Result<Vec<ClientId>, Fault> {
    let entered = exists(consents::table.filter(consents::client_id.eq(r::client_id)));
    let query = r::table
        .filter(r::registration_token.is_null())
        .filter(r::registered_at.lt(before.0))
        .filter(not(entered))
        .select(r::client_id)
        .order(r::client_id)
        .limit(most);
    let ids: Vec<String> = on!(conn, |c| query.get_results(c)?);
    Ok(ids.into_iter().map(ClientId::from_trusted).collect())
}
