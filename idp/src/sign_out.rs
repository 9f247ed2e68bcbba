//! Ending a session, wherever it is ended from: the session, the outbox rows that tell its portals, the audit line, in
//! one transaction.

use crate::directory::Snapshot;
use idp_core::audit::Event;
use idp_core::ids::time_ordered;
use idp_core::sign_in::session::Session;
use idp_core::{ClientId, UnixMillis};
use idp_store::{Fault, Tx, audit, grants, outbox, sessions};

/// Why a session ends, for the audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The person signed out.
    Person,
    /// Another person signed in on the same browser.
    AnotherPerson,
}

/// Ends a session. Gives back the portals that will be told; none if it had ended before.
///
/// # Errors
/// When the database says no.
pub fn end(
    tx: &mut Tx<'_>,
    snapshot: &Snapshot,
    session: &Session,
    reason: Reason,
    now: UnixMillis,
) -> Result<Vec<ClientId>, Fault> {
    if !sessions::end(tx, &session.id, now)? {
        return Ok(Vec::new());
    }
    let reached = grants::clients_of_session(tx.conn(), &session.id)?;
    let listens =
        |id: &ClientId| snapshot.client(id).is_some_and(|known| known.client.backchannel_logout_uri.is_some());
    let told: Vec<ClientId> = reached.into_iter().filter(listens).collect();
    let mut rows = Vec::with_capacity(told.len());
    for client in &told {
        rows.push((time_ordered(now, keys::random()?), client.clone()));
    }
    outbox::add_logouts(tx, &rows, &session.account_id, &session.id, now)?;
    let reason = match reason {
        Reason::Person => "person",
        Reason::AnotherPerson => "another_person",
    };
    let event = Event::SignedOut { account: session.account_id.clone(), reason, portals: told.len() };
    audit::write(tx, event, now, keys::random()?)?;
    Ok(told)
}
