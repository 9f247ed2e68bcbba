//! An application for an account (加入會員) on its way through the steps: sealed in the page it is on, bound to the browser by a
//! cookie. Nothing is stored before the last step, so that two tabs, the back button and a restart all just work, and nobody
//! fills the database with half accounts.

use super::field::Field;
use super::further::Further;
use super::recovery::Recovery;
use super::steps::{Basics, Step};
use crate::ids::AccountId;
use crate::lifetimes::Lifetimes;
use keys::sealing::{OpenError, Purpose, Sealer};
use keys::{KeyError, UnixMillis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

const PURPOSE: Purpose = Purpose::new("membership/application");
/// How long a page of it may be open: somebody looks for their postal code, or answers the telephone. Mailed links live longer, and
/// so do the keys that seal both.
const LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// So many bytes make less than 4,000 characters, sealed: it goes through the address bar, and some proxies take no more.
const LONGEST: usize = 2_900;

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
    /// What was typed into a step that was left by 「上一步」, not judged: field and text, where that is not what the step took before.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub typed: BTreeMap<String, String>,
}

impl Application {
    /// One that begins now.
    pub fn begin(id: AccountId, kind: Kind, browser: [u8; 32], now: UnixMillis) -> Self {
        let (chosen, basics, further, recovery) = (None, None, None, None);
        let (step, typed) = (Step::Account, BTreeMap::new());
        Self { id, kind, browser, shown_at: now.0, step, chosen, basics, further, recovery, typed }
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

    /// Keeps what was typed into these fields, as long as the whole fits into an address: what is longest goes first.
    pub fn keep_typed(&mut self, fields: impl Iterator<Item = (Field, String)>) {
        self.typed.extend(fields.map(|(field, text)| (field.id().to_owned(), text)));
        while self.contents().len() > LONGEST {
            let longest = self.typed.iter().max_by_key(|(_, text)| text.len()).map(|(field, _)| field.clone());
            let Some(longest) = longest else { return };
            self.typed.remove(&longest);
        }
    }

    /// What was typed into a field of a step that was left.
    pub fn typed(&self, field: Field) -> Option<&str> {
        self.typed.get(field.id()).map(String::as_str)
    }

    /// Forgets what was typed into these fields: they are sent, or left out.
    pub fn forget_typed(&mut self, fields: &[Field]) {
        self.typed.retain(|known, _| fields.iter().all(|field| field.id() != known.as_str()));
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
        sealer.seal(PURPOSE, &shown.contents())
    }

    fn contents(&self) -> Vec<u8> {
        // Its own types always become JSON.
        serde_json::to_vec(self).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn application() -> Application {
        Application::begin(AccountId::from_trusted("a"), Kind::General, [7; 32], UnixMillis(0))
    }

    #[test]
    fn what_was_typed_is_kept_until_it_is_forgotten_and_as_long_as_it_fits() {
        let mut one = application();
        let typed =
            [(Field::Name, "蘇小美".to_owned()), (Field::Email, String::new()), (Field::Street, "x".repeat(9_000))];
        one.keep_typed(typed.into_iter());
        assert_eq!(one.typed(Field::Name), Some("蘇小美"));
        assert_eq!(one.typed(Field::Email), Some(""), "emptied, which is not the same as left alone");
        assert_eq!((one.typed(Field::Street), one.typed(Field::Phone)), (None, None));
        assert!(one.contents().len() <= LONGEST);
        one.forget_typed(&[Field::Name, Field::Phone]);
        assert_eq!((one.typed(Field::Name), one.typed(Field::Email)), (None, Some("")));
    }

    /// Pages of before, and other nodes of before, in a rolling upgrade.
    #[test]
    fn an_application_without_anything_typed_is_written_as_before() {
        let mut one = application();
        let before = serde_json::to_value(&one).expect("JSON");
        assert!(before.get("typed").is_none(), "{before}");
        assert_eq!(serde_json::from_value::<Application>(before).expect("an application"), one);
        one.keep_typed(std::iter::once((Field::Name, "蘇".to_owned())));
        let after = serde_json::to_value(&one).expect("JSON");
        assert_eq!(serde_json::from_value::<Application>(after).expect("an application"), one);
    }
}
