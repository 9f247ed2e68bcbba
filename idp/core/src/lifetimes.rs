//! How long tokens, sessions, requests and mailed links live, with the defaults of those that are settings. No settings are: how
//! often a use is written, what is mailed or texted, and how long a grant's row stays.
//!
//! Not here, but where each belongs: the pages of 加入會員 (`membership::application`), pictures and the codes beside them
//! (`captcha`), browsers that are known (`sign_in::known_browser`).

use crate::membership::asking;
use keys::UnixMillis;
use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// How long each thing lives (settings `lifetimes.*` and `keys.clock_skew`, but for those that the module names).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// From issuing an authorization code to its redemption (RFC 6749 §4.1.2 allows 10 minutes at most).
    pub code: Duration,
    /// An access token (a sealed handle).
    pub access_token: Duration,
    /// An ID token's `exp`.
    pub id_token: Duration,
    /// A logout token's `exp` (OpenID Connect Back-Channel Logout 1.0 §2.4 recommends 2 minutes at most).
    pub logout_token: Duration,
    /// A session after it last let somebody into a portal, or a portal refreshed its tokens.
    pub session_idle: Duration,
    /// A session, used or not.
    pub session: Duration,
    /// How often the last use of a session is written at most.
    pub session_touch: Duration,
    /// A refresh token that nobody uses.
    pub refresh_idle: Duration,
    /// A chain of refresh tokens, used or not.
    pub refresh: Duration,
    /// For how long the same refresh token may be presented again by a client that lost the answer.
    pub refresh_grace: Duration,
    /// A pushed authorization request, from being pushed to being brought (RFC 9126 §2.2).
    pub pushed_request: Duration,
    /// A sign-in page, from being shown to being sent.
    pub sign_in_page: Duration,
    /// A link in a 帳號確認信 (manual of the account service: seven days).
    pub activation_link: Duration,
    /// A link that sets another password. As long as mails of a kind are counted: see `membership::asking`.
    pub reset_link: Duration,
    /// A code in a text message that sets another password (NIST SP 800-63B-4 §3.1.3.2 allows 10 minutes at most), and what
    /// remains to be done once it was typed.
    pub reset_code: Duration,
    /// A link that confirms another e-mail address.
    pub email_link: Duration,
    /// How far the clocks of two nodes may be apart. What says that it was made later than that was made by a wrong clock, and
    /// would live longer than anything may.
    pub clock_skew: Duration,
    /// A grant row without a session or refresh token that lives longer, so that sign-out knows its portals.
    pub grant_at_least: Duration,
}

/// A request may wait for the database for a few seconds, and find there what others wrote who asked after it.
const LONGEST_REQUEST: Duration = Duration::from_secs(10);

impl Default for Lifetimes {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            code: seconds(60),
            access_token: seconds(10 * MINUTE),
            id_token: seconds(10 * MINUTE),
            logout_token: seconds(2 * MINUTE),
            session_idle: seconds(8 * HOUR),
            session: seconds(DAY),
            session_touch: seconds(5 * MINUTE),
            refresh_idle: seconds(30 * DAY),
            refresh: seconds(365 * DAY),
            refresh_grace: seconds(10),
            pushed_request: seconds(90),
            sign_in_page: seconds(30 * MINUTE),
            activation_link: seconds(7 * DAY),
            reset_link: asking::WINDOW,
            reset_code: seconds(10 * MINUTE),
            email_link: seconds(DAY),
            clock_skew: seconds(MINUTE),
            grant_at_least: seconds(DAY),
        }
    }
}

impl Lifetimes {
    /// The longest a sealed value out there is worth something, refresh tokens aside: codes, access tokens, pages,
    /// mailed links.
    pub fn longest_handle(&self) -> Duration {
        let mailed = self.activation_link.max(self.reset_link).max(self.email_link);
        self.code.max(self.access_token).max(self.sign_in_page).max(mailed)
    }

    /// Whether something that says it was made at `made_at` was made by a clock that is wrong. `now` is when the request was
    /// asked.
    pub fn is_from_the_future(&self, made_at: UnixMillis, now: UnixMillis) -> bool {
        made_at > now.plus(self.clock_skew.max(LONGEST_REQUEST))
    }

    /// Whether what ends at `expires_at` counts no more, or says that it will count longer than things that live for `life` do.
    pub fn is_over(&self, expires_at: UnixMillis, life: Duration, now: UnixMillis) -> bool {
        expires_at <= now || self.is_from_the_future(expires_at.minus(life), now)
    }

    /// The longest a signed token of ours is valid: an old signing key stays published that long.
    pub fn longest_signed_token(&self) -> Duration {
        self.id_token.max(self.logout_token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_while_a_request_waited_is_not_from_the_future() {
        let exact = Lifetimes { clock_skew: Duration::ZERO, ..Lifetimes::default() };
        let asked = UnixMillis(1_000_000);
        assert!(!exact.is_from_the_future(asked.plus(Duration::from_secs(8)), asked));
        assert!(exact.is_from_the_future(asked.plus(Duration::from_secs(11)), asked));
        let a_minute = Lifetimes::default();
        assert!(!a_minute.is_from_the_future(asked.plus(Duration::from_secs(60)), asked));
        assert!(a_minute.is_from_the_future(asked.plus(Duration::from_secs(61)), asked));
    }
}
