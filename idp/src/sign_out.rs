//! Ending a session, wherever it is ended from: the session, the rows that say how its portals are told, the audit line,
//! in one transaction.

pub mod many;

use idp_core::audit::{EndedBy, Event};
use idp_core::client::LogoutChannels;
use idp_core::ids::time_ordered;
use idp_core::sign_in::session::Session;
use idp_core::{AccountId, ClientId, SessionId, UnixMillis};
use idp_store::outbox::{Channel, Notice};
use idp_store::{Conn, Fault, Tx, audit, clients, grants, outbox, sessions};
use std::collections::{HashMap, HashSet};

/// Ends a session. Gives back a notice for each portal that it had reached and each way of telling it; none if it had ended
/// before.
///
/// * `channels`: how a portal can be told.
///
/// # Errors
/// When the database says no.
pub fn end(
    tx: &mut Tx<'_>,
    channels: &dyn Fn(&ClientId) -> LogoutChannels,
    session: &Session,
    by: EndedBy,
    now: UnixMillis,
) -> Result<Vec<Notice>, Fault> {
    if !sessions::end(tx, &session.id, now)? {
        return Ok(Vec::new());
    }
    let reached = grants::clients_of_session(tx.conn(), &session.id)?;
    // Only whoever signs out has a page of ours open that can tell.
    let browser = by == EndedBy::Person;
    let each =
        reached.into_iter().flat_map(|client| ways(channels(&client), browser).map(move |way| (client.clone(), way)));
    let notices = noted(tx, each, (&session.account_id, &session.id), now)?;
    let portals = notices.iter().filter(|notice| notice.channel.tells()).map(|notice| &notice.client);
    let portals = portals.collect::<HashSet<_>>().len();
    audit::write(tx, Event::SignedOut { account: session.account_id.clone(), by, portals }, now, keys::random()?)?;
    Ok(notices)
}

fn ways(channels: LogoutChannels, browser: bool) -> impl Iterator<Item = Channel> {
    let front = if browser { Channel::Front } else { Channel::NoBrowser };
    let neither = !channels.back && !channels.front;
    // What a token tells needs no browser.
    let front_too = channels.front && (browser || !channels.back);
    [(channels.back, Channel::Back), (front_too, front), (neither, Channel::Neither)]
        .into_iter()
        .filter_map(|(so, way)| so.then_some(way))
}

fn noted(
    tx: &mut Tx<'_>,
    each: impl Iterator<Item = (ClientId, Channel)>,
    (account, session): (&AccountId, &SessionId),
    now: UnixMillis,
) -> Result<Vec<Notice>, Fault> {
    let mut notices = Vec::new();
    for (client, channel) in each {
        notices.push(Notice { id: time_ordered(now, keys::random()?), client, channel });
    }
    outbox::add_logouts(tx, &notices, account, session, now)?;
    Ok(notices)
}

/// Notes that a portal has to be told by a logout token that an account's session is over, or that what it knows of it is.
///
/// # Errors
/// When the database says no.
pub fn tell(
    tx: &mut Tx<'_>,
    portal: &ClientId,
    (account, session): (&AccountId, &SessionId),
    now: UnixMillis,
) -> Result<(), Fault> {
    noted(tx, std::iter::once((portal.clone(), Channel::Back)), (account, session), now).map(drop)
}

/// How the portals can be told, as the database has them: for who has no directory in memory.
///
/// # Errors
/// When the database cannot be read.
pub fn channels(conn: &mut Conn) -> Result<Channels, Fault> {
    let all = clients::all(conn)?;
    let readable = all.readable.into_iter().map(|stored| (stored.client.id.clone(), stored.client.logout_channels()));
    let unreadable = all.unreadable.into_iter().map(|client| (client.id, client.channels));
    Ok(Channels(readable.chain(unreadable).collect()))
}

/// See [`channels`].
pub struct Channels(HashMap<ClientId, LogoutChannels>);

impl Channels {
    /// How a portal can be told.
    pub fn of(&self, client: &ClientId) -> LogoutChannels {
        self.0.get(client).copied().unwrap_or_default()
    }
}
