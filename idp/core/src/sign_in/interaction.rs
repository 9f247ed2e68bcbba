//! A sign-in in progress: sealed in the page it is on, bound to the browser by a cookie. Nothing is stored, so that two
//! tabs, the back button and a restart all just work.

use crate::ids::SessionId;
use crate::lifetimes::Lifetimes;
use crate::oauth::authorize::in_progress::{Came, InProgress};
use crate::oauth::par::Handle;
use keys::sealing::fields::{Reader, Writer};
use keys::sealing::{OpenError, Purpose, Sealer};
use keys::{KeyError, UnixMillis, sha256};

const PURPOSE: Purpose = Purpose::new("interaction");
/// Of a request that stood in its query.
const VERSION: u8 = 1;
/// Of one that was pushed or signed: what is said of that follows the rest.
const WITH_CAME: u8 = 2;
/// Of one at the provider itself that leads to a page of ours: its path follows.
const WITH_PAGE: u8 = 3;

/// What was done in this sign-in already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The person typed a password for this very request.
    pub signed_in: bool,
    /// The person said to go on as who they are.
    pub selected: bool,
    /// The person agreed to what the portal receives.
    pub agreed: bool,
}

/// A sign-in in progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interaction {
    /// The authorization request. `None`: the person signs in at the provider itself.
    pub request: Option<InProgress>,
    /// The page of ours that the person wanted to see, as path and query, if no portal asked. `None`: the first.
    pub page: Option<String>,
    /// Digest of the browser cookie. `None`: nobody's yet.
    pub browser: Option<[u8; 32]>,
    /// What was done already, in [`Self::session`].
    pub done: Done,
    /// The session in which it was done.
    pub session: Option<SessionId>,
    /// When its page was shown.
    pub shown_at: UnixMillis,
}

impl Interaction {
    /// What a browser cookie is remembered as.
    pub fn browser_digest(cookie: &str) -> [u8; 32] {
        sha256(cookie.as_bytes())
    }

    /// What was done already by whoever holds `session` now. Another session has done nothing, and after the
    /// life of a page nothing counts: an address out of the browser's history signs nobody in again.
    pub fn done_in(&self, session: Option<&SessionId>, now: UnixMillis, life: &Lifetimes) -> Done {
        let same = session.is_some() && self.session.as_ref() == session;
        if same && !self.is_expired(now, life) { self.done } else { Done::default() }
    }

    /// Whether its page was open for too long, or says that it was shown in a time that is still to come.
    pub fn is_expired(&self, now: UnixMillis, life: &Lifetimes) -> bool {
        self.shown_at.plus(life.sign_in_page) <= now || life.is_from_the_future(self.shown_at, now)
    }

    /// The same for a page that is shown anew: nothing was done yet, and it is no browser's.
    #[must_use]
    pub fn anew(&self, now: UnixMillis) -> Self {
        let (request, page) = (self.request.clone(), self.page.clone());
        Self { request, page, browser: None, done: Done::default(), session: None, shown_at: now }
    }

    /// Where a sign-in leads that no portal asked for.
    pub fn own_page(&self) -> &str {
        self.page.as_deref().unwrap_or("/")
    }

    /// As it stands in the page.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn seal(&self, sealer: &Sealer) -> Result<String, KeyError> {
        // Nodes of the release before read the first version alone.
        let came = self.request.as_ref().map(|request| &request.came).filter(|came| **came != Came::default());
        let version = match (came, &self.page) {
            (Some(_), _) => WITH_CAME,
            (None, Some(_)) => WITH_PAGE,
            (None, None) => VERSION,
        };
        let contents = Writer::new(version)
            .option(self.request.as_ref().map(|request| request.query.as_str()), Writer::text)
            .option(self.browser.as_ref(), Writer::array)
            .bool(self.done.signed_in)
            .bool(self.done.selected)
            .bool(self.done.agreed)
            .option(self.session.as_ref().map(SessionId::as_str), Writer::text)
            .i64(self.shown_at.0);
        let contents = match (came, &self.page) {
            (Some(came), _) => {
                contents.option(came.pushed.as_ref().map(Handle::as_str), Writer::text).bool(came.signed)
            }
            (None, Some(page)) => contents.text(page),
            (None, None) => contents,
        };
        let contents = contents.finish();
        sealer.seal(PURPOSE, &contents)
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
        let version = plain.first().copied().filter(|version| [WITH_CAME, WITH_PAGE].contains(version));
        let mut from = Reader::new(plain, version.unwrap_or(VERSION)).ok()?;
        let mut interaction = Self {
            request: from.option(Reader::text).ok()?.map(|query| InProgress::plain(query.to_owned())),
            page: None,
            browser: from.option(Reader::array).ok()?,
            done: Done { signed_in: from.bool().ok()?, selected: from.bool().ok()?, agreed: from.bool().ok()? },
            session: from.option(Reader::text).ok()?.map(SessionId::from_trusted),
            shown_at: UnixMillis(from.i64().ok()?),
        };
        if version == Some(WITH_CAME) {
            let pushed = from.option(Reader::text).ok()?.map(Handle::from_trusted);
            interaction.request.as_mut()?.came = Came { pushed, signed: from.bool().ok()? };
        }
        if version == Some(WITH_PAGE) {
            interaction.page = Some(from.text().ok()?.to_owned());
        }
        from.finish().ok()?;
        Some(interaction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_counts_for_its_life_and_not_before_it_was_shown() {
        let (life, shown) = (Lifetimes::default(), 1_763_000_000_000);
        let interaction = Interaction {
            request: None,
            page: None,
            browser: None,
            done: Done::default(),
            session: None,
            shown_at: UnixMillis(shown),
        };
        for (now, over) in [(-61, true), (-60, false), (0, false), (1799, false), (1800, true)] {
            assert_eq!(interaction.is_expired(UnixMillis(shown + now * 1000), &life), over, "{now} s");
        }
    }
}
