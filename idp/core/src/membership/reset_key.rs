//! What stands in the link that sets another password (忘記密碼): whose, and what was proven so far. Sealed; nothing is stored for it.
//!
//! It works once: it names the security epoch of the account, which every change of the password raises, and so does every lock. Another
//! address makes the links of before worthless, because they name the old one.

use super::mailed_to;
use crate::ids::AccountId;
use crate::people::account::{AccountState, Person};
use keys::sealing::fields::{Reader, Writer};
use keys::sealing::{OpenError, Purpose, Sealer};
use keys::{KeyError, UnixMillis};

const PURPOSE: Purpose = Purpose::new("membership/reset");
const VERSION: u8 = 1;

/// What somebody who forgot the password has proven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proofs {
    /// They read the mail.
    pub mail: bool,
    /// They read the text message.
    pub text: bool,
    /// They know the answer to the hint question.
    pub answer: bool,
}

impl Proofs {
    /// By mail.
    pub const MAIL: Self = Self { mail: true, text: false, answer: false };
    /// By text message.
    pub const TEXT: Self = Self { mail: false, text: true, answer: false };
    /// By the answer, which never stands alone.
    pub const ANSWER: Self = Self { mail: false, text: false, answer: true };

    /// Both.
    #[must_use]
    pub const fn and(self, more: Self) -> Self {
        Self { mail: self.mail || more.mail, text: self.text || more.text, answer: self.answer || more.answer }
    }

    /// As written down.
    pub fn names(self) -> Vec<&'static str> {
        let given = [("mail", self.mail), ("text_code", self.text), ("answer", self.answer)];
        given.into_iter().filter_map(|(name, is)| is.then_some(name)).collect()
    }

    /// Whether they let another password be set. A hint question adds to a mail or a text message and never stands in its place
    /// (NIST SP 800-63B-4 §3.1.1.2); who forgot its answer proves both of the others instead.
    ///
    /// * `has_question`: whether the account has a hint question.
    pub const fn suffice(self, has_question: bool) -> bool {
        match (self.mail, self.text) {
            (false, false) => false,
            (true, true) => true,
            _ => !has_question || self.answer,
        }
    }
}

/// What stands in the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResetKey {
    /// Whose.
    pub account: AccountId,
    /// The security epoch that the account had when it was mailed.
    pub security_epoch: i64,
    /// Digest of the address that the account had.
    address: [u8; 16],
    /// What was proven.
    pub proofs: Proofs,
    /// From when on it is worth nothing.
    pub expires_at: UnixMillis,
}

impl ResetKey {
    /// A key for this person; `None`: there is no address that was confirmed, where they are told of it, or the account cannot be
    /// used. Whoever leaves gets one: where a thief changed the password and asked for 刪除帳號, it is the way to undo that.
    pub fn new(person: &Person, proofs: Proofs, expires_at: UnixMillis) -> Option<Self> {
        let email = person.email.as_deref().filter(|_| person.email_verified)?;
        matches!(person.state, AccountState::Active | AccountState::Leaving { .. }).then(|| Self {
            account: person.account_id.clone(),
            security_epoch: person.security_epoch,
            address: mailed_to(email),
            proofs,
            expires_at,
        })
    }

    /// The same with one proof more.
    #[must_use]
    pub fn and(self, proofs: Proofs) -> Self {
        Self { proofs: self.proofs.and(proofs), ..self }
    }

    /// Whether it still fits the person as they are now.
    pub fn fits(&self, person: &Person) -> bool {
        Self::new(person, self.proofs, self.expires_at).is_some_and(|now| {
            now.account == self.account
                && now.security_epoch == self.security_epoch
                && keys::same(&now.address, &self.address)
        })
    }

    /// As it stands in the link.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn seal(&self, sealer: &Sealer) -> Result<String, KeyError> {
        let Proofs { mail, text, answer } = self.proofs;
        let contents = Writer::new(VERSION).text(self.account.as_str()).i64(self.security_epoch);
        let contents = contents.bool(mail).bool(text).bool(answer);
        sealer.seal(PURPOSE, &contents.array(&self.address).i64(self.expires_at.0).finish())
    }

    /// Back from a link.
    ///
    /// # Errors
    /// When this provider did not make it.
    pub fn open(sealer: &Sealer, text: &str) -> Result<Self, OpenError> {
        let plain = sealer.open(PURPOSE, text)?;
        Self::read(&plain).ok_or(OpenError::Malformed)
    }

    fn read(plain: &[u8]) -> Option<Self> {
        let mut from = Reader::new(plain, VERSION).ok()?;
        let key = Self {
            account: AccountId::from_trusted(from.text().ok()?),
            security_epoch: from.i64().ok()?,
            proofs: Proofs { mail: from.bool().ok()?, text: from.bool().ok()?, answer: from.bool().ok()? },
            address: from.array().ok()?,
            expires_at: UnixMillis(from.i64().ok()?),
        };
        from.finish().ok()?;
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::SealingKey;

    fn person() -> Person {
        Person {
            account_id: AccountId::new([1; 16]),
            account: "clairesu1234".into(),
            name: "蘇小美".into(),
            email: Some("claire@example.gov.tw".into()),
            email_verified: true,
            state: AccountState::Active,
            security_epoch: 3,
            capacity_epoch: 1,
            capacity: None,
        }
    }

    #[test]
    fn a_link_fits_the_person_to_whom_it_was_mailed_until_something_changes() {
        let sealer = Sealer::new(SealingKey::new("09dc0fa9".parse().unwrap(), [2; 32]), []);
        let key = ResetKey::new(&person(), Proofs::MAIL, UnixMillis(7)).unwrap();
        let back = ResetKey::open(&sealer, &key.seal(&sealer).unwrap()).unwrap();
        assert_eq!(back, key);
        assert!(back.fits(&person()));
        assert!(back.fits(&Person { state: AccountState::Leaving { until: UnixMillis(9) }, ..person() }));
        let others = [
            Person { security_epoch: 4, ..person() },
            Person { email: Some("other@example.gov.tw".into()), ..person() },
            Person { email_verified: false, ..person() },
            Person { state: AccountState::Locked, ..person() },
            Person { state: AccountState::NotActivated, ..person() },
            Person { account_id: AccountId::new([2; 16]), ..person() },
        ];
        for other in others {
            assert!(!back.fits(&other), "{other:?}");
        }
        assert_eq!(ResetKey::new(&Person { email: None, ..person() }, Proofs::MAIL, UnixMillis(7)), None);
    }

    #[test]
    fn an_answer_adds_to_a_message_and_never_stands_alone() {
        let (mail, text, answer) = (Proofs::MAIL, Proofs::TEXT, Proofs::ANSWER);
        for (proofs, without_question, with_question) in [
            (Proofs::default(), false, false),
            (answer, false, false),
            (mail, true, false),
            (text, true, false),
            (mail.and(answer), true, true),
            (text.and(answer), true, true),
            (mail.and(text), true, true),
        ] {
            assert_eq!((proofs.suffice(false), proofs.suffice(true)), (without_question, with_question), "{proofs:?}");
        }
    }
}
