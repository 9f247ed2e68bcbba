//! A browser's session at the provider. It has an id, which is never sent, and a secret, which the cookie holds.

use super::authentication::Acr;
use crate::ids::{AccountId, SessionId};
use crate::lifetimes::Lifetimes;
use crate::people::account::{AccountState, Person};
use keys::UnixMillis;

/// A session as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// For `sid` and the grants; never sent.
    pub id: SessionId,
    /// Whose it is.
    pub account_id: AccountId,
    /// The account's epoch when it began.
    pub security_epoch: i64,
    /// When the person last proved who they are.
    pub auth_time: UnixMillis,
    /// How strongly.
    pub acr: Acr,
    /// Last use, as written (at most every few minutes).
    pub last_used_at: UnixMillis,
    /// When it ends, used or not.
    pub expires_at: UnixMillis,
    /// When it was ended: by its person, an operator or a lock (the audit says by whom).
    pub ended_at: Option<UnixMillis>,
}

/// Why a session counts no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionOver {
    /// Signed out.
    Ended,
    /// Too old, or unused for too long.
    Expired,
    /// Made or used later than now, by a wrong clock.
    FromTheFuture,
    /// The account was locked, reset or deleted since.
    EpochChanged,
    /// The account cannot be used.
    AccountNotActive,
}

impl Session {
    /// Whether the session still counts for `person`, its account.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, person: &Person, now: UnixMillis, lifetimes: &Lifetimes) -> Result<(), SessionOver> {
        if self.ended_at.is_some() {
            return Err(SessionOver::Ended);
        }
        if self.expires_at <= now || self.last_used_at.plus(lifetimes.session_idle) <= now {
            return Err(SessionOver::Expired);
        }
        if lifetimes.is_from_the_future(self.last_used_at.max(self.auth_time), now) {
            return Err(SessionOver::FromTheFuture);
        }
        if self.security_epoch != person.security_epoch {
            return Err(SessionOver::EpochChanged);
        }
        if person.state != AccountState::Active {
            return Err(SessionOver::AccountNotActive);
        }
        Ok(())
    }

    /// Whether the last use is old enough to be written again.
    pub fn wants_touch(&self, now: UnixMillis, lifetimes: &Lifetimes) -> bool {
        now.since(self.last_used_at) >= lifetimes.session_touch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_a_wrong_clock_began_or_used_gives_nothing_until_its_time_has_come() {
        let now = UnixMillis(1_763_000_000_000);
        let id = AccountId::new([1; 16]);
        let person = Person {
            account_id: id.clone(),
            account: "fireman0119".into(),
            name: "林大勇".into(),
            email: None,
            email_verified: false,
            state: AccountState::Active,
            security_epoch: 1,
            capacity_epoch: 1,
            capacity: None,
        };
        let session = |seconds: i64| Session {
            id: SessionId::new([1; 16]),
            account_id: id.clone(),
            security_epoch: 1,
            auth_time: now,
            acr: Acr::Password,
            last_used_at: UnixMillis(now.0 + seconds * 1000),
            expires_at: UnixMillis(now.0 + 86_400_000),
            ended_at: None,
        };
        let life = Lifetimes::default();
        let check = |session: &Session| session.check(&person, now, &life);
        assert_eq!(check(&session(60)), Ok(()));
        assert_eq!(check(&session(61)), Err(SessionOver::FromTheFuture));
        let began = Session { auth_time: UnixMillis(now.0 + 61_000), ..session(0) };
        assert_eq!(check(&began), Err(SessionOver::FromTheFuture));
    }
}
