//! The code that is texted to the 救援手機 of somebody who forgot the password, and what stands in the page where it is typed.
//!
//! The code is kept nowhere: it is made out of what it was asked for and of the account as it is now, when it leaves and when it is
//! typed. Another password, another lock or another mobile makes another code of it. What is typed is counted before it is compared
//! (`idp_store::reset_codes`).

use super::reset_key::{Proofs, ResetKey};
use super::typed;
use crate::ids::AccountId;
use crate::people::account::Person;
use keys::sealing::fields::{Reader, Writer};
use keys::sealing::{OpenError, Purpose, Sealer};
use keys::{KeyError, MacKey, UnixMillis, hmac_sha256};

const PURPOSE: Purpose = Purpose::new("membership/reset_code");
const VERSION: u8 = 1;

/// Digits of a code.
pub const DIGITS: usize = 8;
/// How often one may be typed.
pub const TRIES: u32 = 5;
/// Messages with a code to one mobile within a day, of whichever accounts: it may stand in many.
pub const MOST_TO_A_MOBILE: i64 = 10;
/// The first of each account go besides those: whoever gives accounts of their own somebody else's number shuts nobody out.
pub const FIRST_OF_AN_ACCOUNT: i64 = 2;
/// So many go to one mobile within a day in all.
pub const MOST_IN_ALL: i64 = 20;

/// Whether one more may go to a mobile.
///
/// * `sent`: what went there within a day.
/// * `own`: of those, what was asked for at the same account.
pub const fn may_send(sent: i64, own: i64) -> bool {
    sent < MOST_TO_A_MOBILE || (own < FIRST_OF_AN_ACCOUNT && sent < MOST_IN_ALL)
}

/// A key for nothing but these codes, out of one that is kept.
pub fn key(kept: &MacKey) -> MacKey {
    MacKey::from(hmac_sha256(kept, b"\0reset code"))
}

/// The code of a message.
///
/// * `key`: as [`key`] gives it.
/// * `message`: id of the message.
/// * `mobile`: blind index of the mobile that it goes to.
pub fn code(key: &MacKey, message: &str, (account, security_epoch): (&AccountId, i64), mobile: &[u8; 32]) -> String {
    let about = Writer::new(VERSION).text(message).text(account.as_str()).i64(security_epoch).array(mobile).finish();
    let made = hmac_sha256(key, &about);
    let number = made.first_chunk().map_or(0, |first| u64::from_be_bytes(*first));
    format!("{:08}", number % 100_000_000)
}

/// The code of a message to a person. `None`: nobody is sent one who cannot use the account, or has no confirmed address where the
/// change is told.
pub fn code_for(key: &MacKey, message: &str, person: &Person, mobile: &[u8; 32]) -> Option<String> {
    ResetKey::new(person, Proofs::TEXT, UnixMillis(0))?;
    Some(code(key, message, (&person.account_id, person.security_epoch), mobile))
}

/// What was typed, as a code is written. `None`: no code.
pub fn typed(typed: &str) -> Option<String> {
    typed::digits(typed, DIGITS..=DIGITS)
}

/// What stands in the page where the code is typed. Sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodePage {
    /// Id of the message; it begins with when it was noted.
    pub message: String,
    /// The account name that was typed, in lower case, whether anybody has it or not.
    pub name: String,
    /// Digest of the cookie of the browser that asked.
    pub browser: [u8; 32],
    /// The sealed [`ResetKey`] of what was proven before; empty for nothing.
    pub before: String,
}

impl CodePage {
    /// As it stands in the page's address.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn seal(&self, sealer: &Sealer) -> Result<String, KeyError> {
        let contents = Writer::new(VERSION).text(&self.message).text(&self.name).array(&self.browser);
        sealer.seal(PURPOSE, &contents.text(&self.before).finish())
    }

    /// Back from a page.
    ///
    /// # Errors
    /// When this provider did not make it.
    pub fn open(sealer: &Sealer, text: &str) -> Result<Self, OpenError> {
        let plain = sealer.open(PURPOSE, text)?;
        Self::read(&plain).ok_or(OpenError::Malformed)
    }

    fn read(plain: &[u8]) -> Option<Self> {
        let mut from = Reader::new(plain, VERSION).ok()?;
        let page = Self {
            message: from.text().ok()?.to_owned(),
            name: from.text().ok()?.to_owned(),
            browser: from.array().ok()?,
            before: from.text().ok()?.to_owned(),
        };
        from.finish().ok()?;
        Some(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_code_is_of_its_message_account_epoch_and_mobile() {
        let key = key(&MacKey::new(&[3; 32]));
        let (one, other) = (AccountId::new([1; 16]), AccountId::new([2; 16]));
        let codes = [
            code(&key, "m1", (&one, 1), &[7; 32]),
            code(&key, "m2", (&one, 1), &[7; 32]),
            code(&key, "m1", (&other, 1), &[7; 32]),
            code(&key, "m1", (&one, 2), &[7; 32]),
            code(&key, "m1", (&one, 1), &[8; 32]),
            code(&super::key(&MacKey::new(&[4; 32])), "m1", (&one, 1), &[7; 32]),
        ];
        assert!(codes.iter().all(|code| code.len() == DIGITS && code.bytes().all(|digit| digit.is_ascii_digit())));
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), codes.len(), "{codes:?}");
        assert_eq!(code(&key, "m1", (&one, 1), &[7; 32]), codes[0], "alike on every node");
        assert_eq!(codes[0], "53144312");
    }

    #[test]
    fn ten_go_to_a_mobile_and_the_first_two_of_each_account_besides_but_never_more_than_twenty() {
        for (sent, own, may) in
            [(0, 0, true), (9, 9, true), (10, 0, true), (11, 1, true), (10, 2, false), (19, 1, true), (20, 0, false)]
        {
            assert_eq!(may_send(sent, own), may, "{sent} {own}");
        }
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        assert_eq!(typed(" 1234 5678 ").as_deref(), Some("12345678"));
        assert_eq!(typed("１２３４－５６７８").as_deref(), Some("12345678"));
        for bad in ["", "1234567", "123456789", "1234567x", "٠١٢٣٤٥٦٧"] {
            assert_eq!(typed(bad), None, "{bad}");
        }
    }
}
