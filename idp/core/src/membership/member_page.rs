//! What stands sealed in each form of 我的專區: in which session its page was shown, when, and of which state of the person's record it
//! was made. Nothing is stored for it.

use crate::ids::SessionId;
use crate::lifetimes::Lifetimes;
use keys::sealing::fields::{Reader, Writer};
use keys::sealing::{OpenError, Purpose, Sealer};
use keys::{KeyError, UnixMillis};

const PURPOSE: Purpose = Purpose::new("membership/page");
const VERSION: u8 = 1;

/// A page that a form was shown on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberPage {
    /// The session it was shown in: no form of one person counts in another's session.
    pub session: SessionId,
    /// The number of the record it was made of, where a form changes one; otherwise 0.
    pub made_of: i64,
    /// When it was shown.
    pub shown_at: UnixMillis,
}

impl MemberPage {
    /// Whether it was open for too long, or says that it was shown in a time that is still to come.
    pub fn is_expired(&self, now: UnixMillis, life: &Lifetimes) -> bool {
        self.shown_at.plus(life.sign_in_page) <= now || life.is_from_the_future(self.shown_at, now)
    }

    /// As it stands in the form.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn seal(&self, sealer: &Sealer) -> Result<String, KeyError> {
        let contents = Writer::new(VERSION).text(self.session.as_str()).i64(self.made_of).i64(self.shown_at.0);
        sealer.seal(PURPOSE, &contents.finish())
    }

    /// Back from what a form sends.
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
            session: SessionId::from_trusted(from.text().ok()?),
            made_of: from.i64().ok()?,
            shown_at: UnixMillis(from.i64().ok()?),
        };
        from.finish().ok()?;
        Some(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::SealingKey;

    #[test]
    fn a_page_comes_back_as_it_was_and_counts_for_half_an_hour() {
        let sealer = Sealer::new(SealingKey::new("09dc0fa9".parse().unwrap(), [2; 32]), []);
        let shown = 1_763_000_000_000;
        let page = MemberPage { session: SessionId::new([1; 16]), made_of: 7, shown_at: UnixMillis(shown) };
        assert_eq!(MemberPage::open(&sealer, &page.seal(&sealer).unwrap()), Ok(page.clone()));
        let life = Lifetimes::default();
        for (now, over) in [(-61, true), (-60, false), (0, false), (1799, false), (1800, true)] {
            assert_eq!(page.is_expired(UnixMillis(shown + now * 1000), &life), over, "{now} s");
        }
    }
}
