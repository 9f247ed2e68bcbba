//! An application for an account (加入會員) on its way through the steps: sealed in the page it is on, bound to the browser by a
//! cookie. Nothing is stored before the last step, so that two tabs, the back button and a restart all just work, and nobody
//! fills the database with half accounts.

use super::further::Further;
use super::recovery::Recovery;
use super::steps::{Basics, Step};
use crate::ids::AccountId;
use crate::lifetimes::Lifetimes;
use keys::sealing::{OpenError, Purpose, Sealer};
use keys::{KeyError, UnixMillis};
use serde::{Deserialize, Serialize};
use std::time::Duration;

const PURPOSE: Purpose = Purpose::new("membership/application");
/// How long a page of it may be open: somebody looks for their postal code, or answers the telephone. Mailed links live longer, and
/// so do the keys that seal both.
const LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// Which kind of account is applied for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 申請一般會員.
    General,
    /// 申請公務帳號: asks for everything that the application for an official capacity needs.
    Official,
}

impl Kind {
    /// As a form sends it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Official => "official",
        }
    }

    /// From what a form sends.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::General, Self::Official].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What was chosen in the first step.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// 帳號, well-formed.
    pub account: String,
    /// Argon2id, as a PHC string: the password itself is kept nowhere.
    pub password_hash: String,
}

impl std::fmt::Debug for Chosen {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Chosen").field("account", &self.account).finish_non_exhaustive()
    }
}

/// An application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// The id that the account will have: the last step, sent twice, makes one account.
    pub id: AccountId,
    /// Which kind.
    pub kind: Kind,
    /// Digest of the browser cookie.
    #[serde(with = "digest_text")]
    pub browser: [u8; 32],
    /// When its last page was shown, in milliseconds since 1970.
    pub shown_at: i64,
    /// The step that comes now.
    pub step: Step,
    /// Step 1.
    pub chosen: Option<Chosen>,
    /// Step 2.
    pub basics: Option<Basics>,
    /// Step 3.
    #[serde(default)]
    pub further: Option<Further>,
    /// Step 4.
    #[serde(default)]
    pub recovery: Option<Recovery>,
}

impl Application {
    /// One that begins now.
    pub fn begin(id: AccountId, kind: Kind, browser: [u8; 32], now: UnixMillis) -> Self {
        let (chosen, basics, further, recovery) = (None, None, None, None);
        Self { id, kind, browser, shown_at: now.0, step: Step::Account, chosen, basics, further, recovery }
    }

    /// The step that can be taken now: the one it has come to, unless one before it lacks what the account needs.
    pub fn due(&self) -> Step {
        let lacking = match () {
            () if self.chosen.is_none() => Some(Step::Account),
            () if self.basics.is_none() => Some(Step::Basics),
            () if self.kind == Kind::Official && !self.further.as_ref().is_some_and(Further::is_complete) => {
                Some(Step::Further)
            }
            () => None,
        };
        lacking.filter(|lacking| lacking.number() < self.step.number()).unwrap_or(self.step)
    }

    /// Whether it belongs to the browser with this cookie.
    pub fn belongs_to(&self, browser: &[u8; 32]) -> bool {
        keys::same(browser, &self.browser)
    }

    /// Whether its page was open for too long, or says that it was shown in a time that is still to come.
    pub fn is_expired(&self, now: UnixMillis, life: &Lifetimes) -> bool {
        let shown_at = UnixMillis(self.shown_at);
        shown_at.plus(LIFE) <= now || life.is_from_the_future(shown_at, now)
    }

    /// As it stands in the page that is shown now.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn seal(&self, sealer: &Sealer, now: UnixMillis) -> Result<String, KeyError> {
        let shown = Self { shown_at: now.0, ..self.clone() };
        // Its own types always become JSON.
        let contents = serde_json::to_vec(&shown).unwrap_or_default();
        sealer.seal(PURPOSE, &contents)
    }

    /// Back from what a form or an address sends.
    ///
    /// # Errors
    /// When this provider did not make it.
    pub fn open(sealer: &Sealer, text: &str) -> Result<Self, OpenError> {
        serde_json::from_slice(&sealer.open(PURPOSE, text)?).map_err(|_| OpenError::Malformed)
    }
}

/// A digest as base64url: as a list of numbers it would be three times as long.
mod digest_text {
    use keys::b64;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<S: Serializer>(digest: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
        b64::encode(digest).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(from)?;
        b64::decode_array(&text).ok_or_else(|| D::Error::custom("no digest"))
    }
}
