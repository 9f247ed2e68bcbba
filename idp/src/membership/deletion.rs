//! 刪除帳號, wherever it is asked for or undone: the account, its sessions, the rows that say how its portals are told, mail and audit
//! line, in one transaction.

use crate::sign_out::{self, many};
use idp_core::audit::{DeletedBy, EndedBy, Event};
use idp_core::client::LogoutChannels;
use idp_core::people::account::Person;
use idp_core::{AccountId, ClientId, SessionId, UnixMillis};
use idp_store::grants::of_account;
use idp_store::messages::NewMessage;
use idp_store::{Fault, Tx, account_roles, audit, deletion, messages};

/// The role of which the last holder cannot leave: nobody would be there to give it to another.
const ADMINISTRATOR: &str = "administrator";
/// Portals that act while the person is away and are told in the transaction that ends it: the writer is not held for long.
const MOST_TOLD: i64 = 500;

/// Why nothing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAsked {
    /// The account changed since it was read.
    Changed,
    /// Nobody else is an administrator.
    LastAdministrator,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Asking {
    /// Whose account, as it was read.
    pub person: Person,
    /// When it is removed.
    pub until: UnixMillis,
    /// Who asks.
    pub by: DeletedBy,
    /// What the person is told; empty: they have no address.
    pub mails: Vec<NewMessage>,
}

/// What was asked for, and what ended with it.
pub type Asked = (many::Ended, Option<SessionId>);

/// Asks for it: from here on nothing of the account works, and its portals are told. Gives the last session that ended if there may
/// be more of them: those are ended by [`many::batch`].
///
/// * `channels`: how a portal can be told.
///
/// # Errors
/// When the database says no.
pub fn ask(
    tx: &mut Tx<'_>,
    channels: &dyn Fn(&ClientId) -> LogoutChannels,
    asking: &Asking,
    now: UnixMillis,
) -> Result<Result<Asked, NotAsked>, Fault> {
    let Asking { person, until, by, mails } = asking;
    let id = &person.account_id;
    let leads = account_roles::of(tx.conn(), id)?.iter().any(|role| role == ADMINISTRATOR);
    if leads && !deletion::others_with_role(tx.conn(), id, ADMINISTRATOR)? {
        return Ok(Err(NotAsked::LastAdministrator));
    }
    let away = of_account::act_while_away(tx.conn(), person, now, MOST_TOLD)?;
    if !deletion::ask(tx, id, (person.security_epoch, person.state), *until, now)? {
        return Ok(Err(NotAsked::Changed));
    }
    audit::write(tx, Event::DeletionAsked { account: id.clone(), until: *until, by: *by }, now, keys::random()?)?;
    for mail in mails {
        messages::add(tx, mail, now)?;
    }
    let mut told = Vec::new();
    for (client, session) in away.into_iter().filter(|(client, _)| channels(client).back) {
        // The session is over; its portals heard of that. What they did since without it ends now.
        sign_out::tell(tx, &client, (id, &session), now)?;
        told.push(client);
    }
    let (ended, last) = many::batch(tx, channels, &which(id), now)?;
    Ok(Ok((ended.plus(many::Ended { sessions: 0, told }), last)))
}

/// The sessions that end.
pub fn which(account: &AccountId) -> many::Which {
    many::Which { account: Some(account.clone()), except: None, after: None, by: EndedBy::Deletion }
}

/// Ends a batch of the sessions of an account, if it still leaves. Gives the last one if there may be more: those behind it come next.
///
/// * `after`: those behind this one alone.
///
/// # Errors
/// When the database says no.
pub fn end_sessions(
    tx: &mut Tx<'_>,
    channels: &dyn Fn(&ClientId) -> LogoutChannels,
    (id, after): (&AccountId, Option<&SessionId>),
    now: UnixMillis,
) -> Result<Option<SessionId>, Fault> {
    if !deletion::is_leaving(tx.conn(), id)? {
        return Ok(None);
    }
    let which = many::Which { after: after.cloned(), ..which(id) };
    Ok(many::batch(tx, channels, &which, now)?.1)
}

/// Undoes it. `false`: the time has come, or it was undone or asked for anew.
///
/// * `before`: security epoch of the account and the moment of its removal, as they were read.
///
/// # Errors
/// When the database says no.
pub fn undo(
    tx: &mut Tx<'_>,
    (id, before): (&AccountId, (i64, UnixMillis)),
    by: DeletedBy,
    mails: &[NewMessage],
    now: UnixMillis,
) -> Result<bool, Fault> {
    if !deletion::undo(tx, id, before, now)? {
        return Ok(false);
    }
    audit::write(tx, Event::DeletionUndone { account: id.clone(), by }, now, keys::random()?)?;
    for mail in mails {
        messages::add(tx, mail, now)?;
    }
    Ok(true)
}
