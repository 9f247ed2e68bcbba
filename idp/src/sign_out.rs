//! Ending a session, wherever it is ended from: the session, the outbox rows that tell its portals, the audit line, in
//! one transaction.

use idp_core::audit::{EndedBy, Event};
use idp_core::ids::time_ordered;
use idp_core::sign_in::session::Session;
use idp_core::{AccountId, ClientId, SessionId, UnixMillis};
use idp_store::{Conn, Fault, Tx, audit, clients, grants, outbox, sessions};
use std::collections::HashSet;

/// Ends a session. Gives back the portals that will be told; none if it had ended before.
///
/// * `tells`: whether a portal wants to be told.
///
/// # Errors
/// When the database says no.
pub fn end(
    tx: &mut Tx<'_>,
    tells: &dyn Fn(&ClientId) -> bool,
    session: &Session,
    by: EndedBy,
    now: UnixMillis,
) -> Result<Vec<ClientId>, Fault> {
    if !sessions::end(tx, &session.id, now)? {
        return Ok(Vec::new());
    }
    let reached = grants::clients_of_session(tx.conn(), &session.id)?;
    let told: Vec<ClientId> = reached.into_iter().filter(tells).collect();
    tell(tx, &told, (&session.account_id, &session.id), now)?;
    let event = Event::SignedOut { account: session.account_id.clone(), by, portals: told.len() };
    audit::write(tx, event, now, keys::random()?)?;
    Ok(told)
}

/// Notes that portals have to be told that an account's session is over, or that what they know of it is.
///
/// # Errors
/// When the database says no.
pub fn tell(
    tx: &mut Tx<'_>,
    portals: &[ClientId],
    (account, session): (&AccountId, &SessionId),
    now: UnixMillis,
) -> Result<(), Fault> {
    let mut rows = Vec::with_capacity(portals.len());
    for client in portals {
        rows.push((time_ordered(now, keys::random()?), client.clone()));
    }
    outbox::add_logouts(tx, &rows, account, session, now)
}

/// The portals that want to be told, as the database has them: for who has no directory in memory.
///
/// # Errors
/// When the database cannot be read.
pub fn listening(conn: &mut Conn) -> Result<HashSet<ClientId>, Fault> {
    let all = clients::all(conn)?;
    let readable = all.readable.into_iter().map(|stored| stored.client);
    let listening = readable.filter(|client| client.backchannel_logout_uri.is_some()).map(|client| client.id);
    let unreadable = all.unreadable.into_iter().filter(|client| client.listens).map(|client| client.id);
    Ok(listening.chain(unreadable).collect())
}
