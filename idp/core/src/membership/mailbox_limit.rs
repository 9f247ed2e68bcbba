//! How many mails strangers can have sent to one mailbox within an hour, whatever they ask for and in whose name. Elsewhere are counted, where
//! they are noted: the code of an application, for its mailbox, and that a name is locked, once a day.
//!
//! It is counted when a mail leaves, where alone it is known to whom it goes: no page tells that somebody else asked for something. What
//! somebody waits for whose address is to be confirmed waits; what was asked for by a name goes, or does not.

use super::message::Purpose;
use std::time::Duration;

/// Mails to one mailbox are counted together within this.
pub const WINDOW: Duration = super::asking::WINDOW;
/// So many text messages that tell of a change go to one mobile within [`NOTICES_WITHIN`]: nobody has proven that it is theirs who named
/// it, and whoever is signed in brings about as many as they like.
pub const NOTICES: u32 = 6;
/// See [`NOTICES`].
pub const NOTICES_WITHIN: Duration = Duration::from_secs(24 * 60 * 60);
/// A mail that waits for the hour to be over is not sent any more after so long: who filled a mailbox yesterday does not fill it today.
pub const WAITS_AT_MOST: Duration = Duration::from_secs(3 * 60 * 60);

/// Who can bring it about that a mail goes to a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Something happened to an account: its person is told in any case.
    Account,
    /// An address is to be confirmed. Anybody applies with anybody's address.
    Confirmation,
    /// Help was asked for at an account whose address nobody has confirmed. Anybody makes as many of these as they like.
    Unconfirmed,
    /// Help was asked for at an account whose person has confirmed the address, and nobody else could.
    Confirmed,
}

impl Cause {
    /// So many go to one mailbox within [`WINDOW`]; `None`: all. Of [`Self::Confirmed`] the first of each kind for each account goes
    /// besides.
    pub const fn most(self) -> Option<u32> {
        match self {
            Self::Account => None,
            Self::Confirmation | Self::Unconfirmed => Some(6),
            Self::Confirmed => Some(12),
        }
    }

    /// Of a message. What is mailed to an address that somebody typed to have a code is counted where it is noted.
    ///
    /// * `confirmed`: whether the account has confirmed the address.
    pub const fn of(purpose: Purpose, confirmed: bool) -> Self {
        match purpose {
            Purpose::Activation | Purpose::EmailConfirm => Self::Confirmation,
            Purpose::PasswordReset | Purpose::AccountNames | Purpose::ActivationAgain | Purpose::SignInCode => {
                if confirmed {
                    Self::Confirmed
                } else {
                    Self::Unconfirmed
                }
            }
            Purpose::JoinCode
            | Purpose::PasswordChanged
            | Purpose::ResetCode
            | Purpose::SignInLocked
            | Purpose::HintForgotten
            | Purpose::DeletionAsked
            | Purpose::DeletionUndone
            | Purpose::AccountDeleted
            | Purpose::EmailChangeAsked
            | Purpose::EmailChanged
            | Purpose::RecoveryChanged => Self::Account,
        }
    }
}

/// What tells mailboxes apart: the address in lower case, without what many servers leave out of it (`claire+join@…`).
pub fn name(email: &str) -> String {
    let lower = email.to_lowercase();
    match lower.rsplit_once('@') {
        Some((local, domain)) => format!("{}@{domain}", local.split('+').next().unwrap_or(local)),
        None => lower,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_mailbox_are_counted_together() {
        for same in ["claire@example.tw", "Claire@Example.tw", "claire+1@example.tw", "CLAIRE+a+b@example.tw"] {
            assert_eq!(name(same), "claire@example.tw", "{same}");
        }
        assert_ne!(name("claire@example.tw"), name("claire@example.com"));
    }

    #[test]
    fn what_happened_to_an_account_is_told_in_any_case() {
        for purpose in [Purpose::PasswordChanged, Purpose::SignInLocked, Purpose::AccountDeleted, Purpose::EmailChanged]
        {
            assert_eq!(Cause::of(purpose, true).most(), None);
            assert_eq!(Cause::of(purpose, false).most(), None);
        }
    }
}
