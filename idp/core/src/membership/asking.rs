//! How often a mail or text message may be asked for at a name or an address that somebody types: alike whether anybody has it or not, so that no
//! answer tells. A mailbox is not to be filled by strangers, and nobody is to be kept from recovering by them.

use super::field::{Field, FieldError, Wrong};
use super::message::{Channel, Purpose};
use crate::people::account_name::AccountName;
use crate::people::email_address::EmailAddress;
use keys::UnixMillis;
use std::time::Duration;

/// What help is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Help {
    /// 忘記密碼, by mail.
    Password,
    /// 忘記密碼, by text message to the 救援手機.
    PasswordByText,
    /// 忘記帳號.
    Account,
    /// 重寄確認信.
    Confirmation,
}

impl Help {
    /// All.
    pub const ALL: [Self; 4] = [Self::Password, Self::PasswordByText, Self::Account, Self::Confirmation];

    /// As written down.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::PasswordByText => "password_by_text",
            Self::Account => "account",
            Self::Confirmation => "confirmation",
        }
    }

    /// By which way it comes.
    pub const fn channel(self) -> Channel {
        match self {
            Self::PasswordByText => Channel::Text,
            Self::Password | Self::Account | Self::Confirmation => Channel::Mail,
        }
    }

    /// How often it may be asked for.
    pub const fn limit(self) -> Limit {
        match self.channel() {
            Channel::Mail => MAILS,
            Channel::Text => TEXTS,
        }
    }

    /// The message that helps.
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::Password => Purpose::PasswordReset,
            Self::PasswordByText => Purpose::ResetCode,
            Self::Account => Purpose::AccountNames,
            Self::Confirmation => Purpose::ActivationAgain,
        }
    }

    /// What is typed for it.
    pub const fn field(self) -> Field {
        match self {
            Self::Password | Self::PasswordByText | Self::Confirmation => Field::Account,
            Self::Account => Field::Email,
        }
    }

    /// What those are told apart by who ask: whatever was typed, in lower case.
    ///
    /// # Errors
    /// What is wrong with what was typed: nobody can have such a name or address.
    pub fn key(self, typed: &str) -> Result<String, FieldError> {
        let wrong = |wrong| Err(FieldError::new(self.field(), wrong));
        let typed = typed.trim();
        if typed.is_empty() {
            return wrong(Wrong::Missing);
        }
        match self {
            Self::Password | Self::PasswordByText | Self::Confirmation => match AccountName::parse(typed) {
                Some(name) => Ok(name.key()),
                None => wrong(Wrong::AccountMalformed),
            },
            Self::Account => match EmailAddress::parse(typed) {
                Some(email) => Ok(email.as_str().to_lowercase()),
                None => wrong(Wrong::EmailMalformed),
            },
        }
    }
}

/// The next message of a kind goes out after this at the earliest.
pub const AT_LEAST: Duration = Duration::from_secs(60);
/// As long as the link in a mail works that sets a password: whoever is told to wait has one that still works.
pub const WINDOW: Duration = Duration::from_secs(60 * 60);

/// How many messages of a kind within how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// So many.
    pub most: usize,
    /// Within so long.
    pub window: Duration,
}

/// Mails.
pub const MAILS: Limit = Limit { most: 5, window: WINDOW };
/// Text messages: each costs money, and wakes somebody. With [`super::reset_code::TRIES`] for each it is also how often the codes of
/// an account can be guessed at in a day (NIST SP 800-63B-4 §3.2.2 wants a hundred at most).
pub const TEXTS: Limit = Limit { most: 6, window: Duration::from_secs(24 * 60 * 60) };

/// Whether a message may be asked for now.
///
/// * `before`: when one was noted before, within the limit's window, in any order.
///
/// # Errors
/// From when on it may be.
pub fn may_ask(limit: Limit, before: &[UnixMillis], now: UnixMillis) -> Result<(), UnixMillis> {
    let mut counted: Vec<_> = before.iter().filter(|at| at.plus(limit.window) > now).copied().collect();
    counted.sort_by_key(|at| std::cmp::Reverse(at.0));
    let soon = counted.first().map(|newest| newest.plus(AT_LEAST));
    // When the oldest of the last so many is over, there is room for one more.
    let many = counted.get(limit.most - 1).map(|oldest| oldest.plus(limit.window));
    match soon.into_iter().chain(many).filter(|until| *until > now).max_by_key(|until| until.0) {
        Some(until) => Err(until),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lifetimes;

    const START: UnixMillis = UnixMillis(1_763_000_000_000);

    fn after(seconds: u64) -> UnixMillis {
        START.plus(Duration::from_secs(seconds))
    }

    #[test]
    fn names_and_addresses_are_told_apart_without_regard_to_case() {
        assert_eq!(Help::Password.key(" ClaireSu1234 "), Ok("clairesu1234".into()));
        assert_eq!(Help::Account.key("Claire@Example.gov.tw"), Ok("claire@example.gov.tw".into()));
        let wrong = |help: Help, typed| help.key(typed).unwrap_err();
        assert_eq!(wrong(Help::Confirmation, " "), FieldError::new(Field::Account, Wrong::Missing));
        assert_eq!(wrong(Help::Password, "1"), FieldError::new(Field::Account, Wrong::AccountMalformed));
        assert_eq!(wrong(Help::Account, "claire"), FieldError::new(Field::Email, Wrong::EmailMalformed));
    }

    #[test]
    fn one_a_minute_and_five_an_hour() {
        assert_eq!(may_ask(MAILS, &[], START), Ok(()));
        assert_eq!(may_ask(MAILS, &[START], after(59)), Err(after(60)));
        assert_eq!(may_ask(MAILS, &[START], after(60)), Ok(()));
        let five = [after(180), START, after(60), after(240), after(120)];
        assert_eq!(may_ask(MAILS, &five[..4], after(300)), Ok(()));
        assert_eq!(may_ask(MAILS, &five, after(299)), Err(after(3600)));
        assert_eq!(may_ask(MAILS, &five, after(3599)), Err(after(3600)));
        assert_eq!(may_ask(MAILS, &five, after(3600)), Ok(()));
    }

    #[test]
    fn six_text_messages_a_day() {
        let six: Vec<_> = (0..6).map(|number| after(number * 60)).collect();
        assert_eq!(may_ask(TEXTS, &six[..5], after(360)), Ok(()));
        assert_eq!(may_ask(TEXTS, &six, after(86_399)), Err(after(86_400)));
        assert_eq!(may_ask(TEXTS, &six, after(86_400)), Ok(()));
    }

    #[test]
    fn whoever_is_told_to_wait_has_a_link_that_works_until_then() {
        let asked: Vec<_> = (0..5).map(|number| after(number * 60)).collect();
        let until = may_ask(MAILS, &asked, after(301)).unwrap_err();
        let newest = asked.last().unwrap();
        assert!(newest.plus(Lifetimes::default().reset_link) >= until);
    }
}
