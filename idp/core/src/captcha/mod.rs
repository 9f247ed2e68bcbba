//! 圖形驗證碼, and the code by mail beside it: what a page asks that a person reads and a program does not.
//!
//! Owns what stands in a challenge, for which page and browser it counts, and which answers are right. Nothing is written to make
//! one: its answer is sealed, and that it was answered is remembered ([`crate::captcha::Challenge::id`]) until it is over. Does not
//! own the picture, nor how often a code may be tried.

mod letters;

pub use letters::{CODE_DIGITS, LENGTH};

use keys::sealing::fields::{Reader, Writer};
use keys::sealing::{OpenError, Purpose, Sealer};
use keys::{KeyError, UnixMillis};
use std::time::Duration;

const PURPOSE: Purpose = Purpose::new("captcha");
const VERSION: u8 = 1;

/// How long a picture can be answered.
pub const PICTURE_LIFE: Duration = Duration::from_secs(10 * 60);
/// How long a mailed code can be typed: a mail may take a while.
pub const CODE_LIFE: Duration = Duration::from_secs(15 * 60);
/// How many times a mailed code may be tried: of a million codes.
pub const CODE_TRIES: u64 = 5;

/// The page that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The last step of 加入會員.
    Join,
    /// 忘記密碼.
    ForgotPassword,
    /// 忘記帳號.
    ForgotAccount,
    /// 重寄確認信.
    ResendConfirmation,
    /// 會員登入.
    SignIn,
}

impl Place {
    const ALL: [Self; 5] =
        [Self::Join, Self::ForgotPassword, Self::ForgotAccount, Self::ResendConfirmation, Self::SignIn];

    /// One word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::ForgotPassword => "forgot_password",
            Self::ForgotAccount => "forgot_account",
            Self::ResendConfirmation => "resend_confirmation",
            Self::SignIn => "sign_in",
        }
    }

    const fn byte(self) -> u8 {
        match self {
            Self::Join => 1,
            Self::ForgotPassword => 2,
            Self::ForgotAccount => 3,
            Self::ResendConfirmation => 4,
            Self::SignIn => 5,
        }
    }
}

/// How the answer reaches the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// In a picture.
    Picture,
    /// By mail.
    Mailed {
        /// Keyed digest of the address or name that it was mailed for: it counts for no other.
        about: [u8; 32],
    },
}

impl How {
    /// How long it can be answered.
    pub const fn life(self) -> Duration {
        match self {
            Self::Picture => PICTURE_LIFE,
            Self::Mailed { .. } => CODE_LIFE,
        }
    }
}

/// A challenge.
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge {
    /// By which it is remembered that it was answered, and from which its picture is drawn.
    pub id: [u8; 16],
    /// The page that asks.
    pub place: Place,
    /// Digest of the browser cookie.
    pub browser: [u8; 32],
    /// How the answer reaches the person.
    pub how: How,
    /// The answer.
    answer: String,
    /// When it was made.
    pub issued_at: UnixMillis,
}

/// The answer is not for logs.
impl std::fmt::Debug for Challenge {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Challenge").field("place", &self.place).field("how", &self.how).finish_non_exhaustive()
    }
}

impl Challenge {
    /// One that is shown as a picture.
    pub fn picture(place: Place, browser: [u8; 32], (id, dice): ([u8; 16], [u8; LENGTH]), now: UnixMillis) -> Self {
        Self { id, place, browser, how: How::Picture, answer: letters::text(dice), issued_at: now }
    }

    /// One whose answer is mailed.
    ///
    /// * `about`: keyed digest of the address or name that it is mailed for.
    pub fn mailed(
        place: Place,
        (browser, about): ([u8; 32], [u8; 32]),
        (id, dice): ([u8; 16], [u8; 8]),
        now: UnixMillis,
    ) -> Self {
        Self { id, place, browser, how: How::Mailed { about }, answer: letters::code(dice), issued_at: now }
    }

    /// The answer, to be drawn or mailed.
    pub fn answer(&self) -> &str {
        &self.answer
    }

    /// Whether it can be answered on this page in this browser now.
    ///
    /// * `about`: what the page would have had a code mailed for now.
    pub fn counts(&self, place: Place, (browser, about): (&[u8; 32], Option<&[u8; 32]>), now: UnixMillis) -> bool {
        let same_about = match &self.how {
            How::Picture => true,
            How::Mailed { about: mine } => about.is_some_and(|theirs| keys::same(mine, theirs)),
        };
        self.place == place && keys::same(&self.browser, browser) && same_about && !self.is_over(now)
    }

    /// Whether its time is over.
    pub fn is_over(&self, now: UnixMillis) -> bool {
        self.issued_at.plus(self.how.life()) <= now
    }

    /// Whether what somebody typed is the answer: in either case, in full-width characters, with spaces between.
    pub fn is_answered_by(&self, typed: &str) -> bool {
        let typed = letters::typed(typed);
        keys::same(typed.as_bytes(), self.answer.as_bytes())
    }

    /// As it stands in the page, and in the address of its picture.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn seal(&self, sealer: &Sealer) -> Result<String, KeyError> {
        let about = match &self.how {
            How::Picture => None,
            How::Mailed { about } => Some(about),
        };
        let contents = Writer::new(VERSION)
            .array(&self.id)
            .array(&[self.place.byte()])
            .array(&self.browser)
            .option(about, Writer::array)
            .text(&self.answer)
            .i64(self.issued_at.0);
        sealer.seal(PURPOSE, &contents.finish())
    }

    /// Back from what a form or an address sends.
    ///
    /// # Errors
    /// When this provider did not make it.
    pub fn open(sealer: &Sealer, text: &str) -> Result<Self, OpenError> {
        let plain = sealer.open(PURPOSE, text)?;
        Self::read(&plain).ok_or(OpenError::Malformed)
    }

    fn read(plain: &[u8]) -> Option<Self> {
        let mut from = Reader::new(plain, VERSION).ok()?;
        let id = from.array().ok()?;
        let [place] = from.array::<1>().ok()?;
        let challenge = Self {
            id,
            place: Place::ALL.into_iter().find(|one| one.byte() == place)?,
            browser: from.array().ok()?,
            how: from.option(Reader::array).ok()?.map_or(How::Picture, |about| How::Mailed { about }),
            answer: from.text().ok()?.to_owned(),
            issued_at: UnixMillis(from.i64().ok()?),
        };
        from.finish().ok()?;
        Some(challenge)
    }
}

/// Whether somebody typed what can be a mailed code, and no picture.
pub fn is_like_a_code(typed: &str) -> bool {
    let typed = letters::typed(typed);
    typed.len() == CODE_DIGITS && typed.bytes().all(|byte| byte.is_ascii_digit())
}

/// Why an answer does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum No {
    /// Nothing was typed from the picture.
    Missing,
    /// It is not what the picture shows.
    Wrong,
    /// The picture is over, was answered before, or is another page's.
    Over,
    /// No code was typed.
    CodeMissing,
    /// It is not the code.
    CodeWrong,
    /// The code is over, was used or tried too often, or is another page's.
    CodeOver,
    /// No code is mailed now: one was a moment ago, or many were, or too many from that network address.
    MailedOften {
        /// Seconds until the next may be.
        seconds: u64,
    },
    /// The same, and the one that was mailed to this browser still counts.
    CodeSent {
        /// Seconds until the next may be.
        seconds: u64,
    },
    /// So many wrong answers came from one network address that none is looked at.
    TooMany {
        /// Seconds until one is.
        seconds: u64,
    },
}

impl No {
    /// How many seconds to wait, if that is what has to be done.
    pub fn wait(self) -> Option<u64> {
        match self {
            Self::MailedOften { seconds } | Self::CodeSent { seconds } | Self::TooMany { seconds } => Some(seconds),
            Self::Missing | Self::Wrong | Self::Over | Self::CodeMissing | Self::CodeWrong | Self::CodeOver => None,
        }
    }
}

#[cfg(test)]
mod tests;
