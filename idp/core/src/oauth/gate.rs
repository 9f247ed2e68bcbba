//! The one gate that lets tokens out: may this person, in this state, give this client this?
//!
//! Every grant and every use of a token goes through here (redemption, refresh, UserInfo), so that a rule cannot hold in
//! one and be forgotten in its sibling. Where something is written, what it judges is read inside that transaction.

use crate::client::{AuthMethod, Client, GrantType};
use crate::ids::{AccountId, ClientId, GrantId, SessionId};
use crate::lifetimes::Lifetimes;
use crate::people::account::{AccountState, Person};
use crate::scope::{Scope, ScopeSet};
use crate::sign_in::authentication::Acr;
use crate::sign_in::session::{Session, SessionOver};
use keys::UnixMillis;

/// What a grant's life hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The session: over at sign-out.
    ToSession,
    /// The person's standing leave (`offline_access`): over when it or the account ends.
    Offline,
}

/// The generation of a grant that was written when tokens came from the authorization endpoint beside a code that has not been
/// redeemed yet.
pub const AWAITS_CODE: i64 = -1;

/// What a person gave a client, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Also the id of the code it was redeemed with.
    pub id: GrantId,
    /// Whose.
    pub account_id: AccountId,
    /// The session it was given in.
    pub session_id: SessionId,
    /// To whom.
    pub client_id: ClientId,
    /// What.
    pub scope: ScopeSet,
    /// What its life hangs on.
    pub bound: Bound,
    /// The account's epoch when it was given.
    pub security_epoch: i64,
    /// The epoch of the person's capacity when it was given.
    pub capacity_epoch: i64,
    /// When the person had proved who they are.
    pub auth_time: UnixMillis,
    /// How strongly.
    pub acr: Acr,
    /// Generation of the newest refresh token; 0: it has none; [`AWAITS_CODE`].
    pub generation: i64,
    /// When the newest generation was made.
    pub refreshed_at: UnixMillis,
    /// When the row counts no more.
    pub expires_at: UnixMillis,
    /// When it was revoked.
    pub revoked_at: Option<UnixMillis>,
}

/// Why nothing is given. The words are for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateRefusal {
    /// The operator switched the client off.
    ClientDisabled,
    /// The client is not registered to act for itself.
    NotForItself,
    /// The grant is somebody else's.
    AnotherClient,
    /// Revoked: by the client, by reuse, by an administrator.
    GrantRevoked,
    /// Too old.
    GrantExpired,
    /// Made or refreshed later than now, by a wrong clock.
    GrantFromTheFuture,
    /// The session it hangs on is over.
    Session(SessionOver),
    /// Locked, not activated or gone.
    AccountNotActive,
    /// Locked, reset or deleted since.
    EpochChanged,
    /// The official capacity it speaks of was suspended or ended.
    CapacityEnded,
    /// The person took back what the portal had of them.
    Withdrawn,
}

impl GateRefusal {
    /// For the log.
    pub const fn detail(self) -> &'static str {
        match self {
            Self::ClientDisabled => "the client is disabled",
            Self::NotForItself => "the client is not registered for client_credentials",
            Self::AnotherClient => "the grant belongs to another client",
            Self::GrantRevoked => "the grant was revoked",
            Self::GrantExpired => "the grant is expired",
            Self::GrantFromTheFuture => "the grant was made by a wrong clock",
            Self::Session(SessionOver::FromTheFuture) => "the session was made by a wrong clock",
            Self::Session(SessionOver::Ended) => "the session was ended",
            Self::Session(SessionOver::Expired) => "the session is expired",
            Self::Session(SessionOver::EpochChanged) | Self::EpochChanged => "the account changed since",
            Self::Session(SessionOver::AccountNotActive) | Self::AccountNotActive => "the account is not active",
            Self::CapacityEnded => "the official capacity ended",
            Self::Withdrawn => "the person withdrew it",
        }
    }
}

/// Judges a client that is to have, or has, a token of its own (RFC 6749 §4.4).
///
/// # Errors
/// Why it has none.
pub fn client_may_have(client: &Client) -> Result<(), GateRefusal> {
    if client.disabled {
        return Err(GateRefusal::ClientDisabled);
    }
    let registered = client.may_use(GrantType::ClientCredentials) && client.auth_method != AuthMethod::None;
    if registered { Ok(()) } else { Err(GateRefusal::NotForItself) }
}

/// Judges a session that is to give a code or a grant.
///
/// # Errors
/// Why nothing is given.
pub fn session_may_give(
    client: &Client,
    session: &Session,
    person: &Person,
    now: UnixMillis,
    lifetimes: &Lifetimes,
) -> Result<(), GateRefusal> {
    if client.disabled {
        return Err(GateRefusal::ClientDisabled);
    }
    session.check(person, now, lifetimes).map_err(GateRefusal::Session)
}

/// Judges a session that gave a code which becomes a grant now.
///
/// * `issued_at`: when the code was issued.
/// * `withdrawn_at`: since when what the person gave this client before is worth nothing.
///
/// # Errors
/// Why nothing is given.
pub fn code_may_give(
    client: &Client,
    (session, person): (&Session, &Person),
    (issued_at, withdrawn_at): (UnixMillis, Option<UnixMillis>),
    now: UnixMillis,
    lifetimes: &Lifetimes,
) -> Result<(), GateRefusal> {
    session_may_give(client, session, person, now, lifetimes)?;
    match withdrawn_at {
        Some(at) if issued_at <= at => Err(GateRefusal::Withdrawn),
        _ => Ok(()),
    }
}

/// Judges a grant whose token is presented.
///
/// # Errors
/// Why nothing is given.
pub fn grant_may_give(
    client: &Client,
    grant: &Grant,
    (session, person): (&Session, &Person),
    now: UnixMillis,
    lifetimes: &Lifetimes,
) -> Result<(), GateRefusal> {
    if client.disabled {
        return Err(GateRefusal::ClientDisabled);
    }
    if grant.client_id != client.id {
        return Err(GateRefusal::AnotherClient);
    }
    if grant.revoked_at.is_some() {
        return Err(GateRefusal::GrantRevoked);
    }
    if grant.expires_at <= now {
        return Err(GateRefusal::GrantExpired);
    }
    if lifetimes.is_from_the_future(grant.refreshed_at, now) {
        return Err(GateRefusal::GrantFromTheFuture);
    }
    if grant.bound == Bound::ToSession {
        session.check(person, now, lifetimes).map_err(GateRefusal::Session)?;
    }
    if person.state != AccountState::Active {
        return Err(GateRefusal::AccountNotActive);
    }
    if grant.security_epoch != person.security_epoch {
        return Err(GateRefusal::EpochChanged);
    }
    if grant.scope.has(Scope::Identity) && grant.capacity_epoch != person.capacity_epoch {
        return Err(GateRefusal::CapacityEnded);
    }
    Ok(())
}
