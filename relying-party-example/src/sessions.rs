//! Who is signed in here. A session ends after 30 minutes without a page, after eight hours in any case, at sign-out, and
//! when the provider says so (`oidc/backchannel_logout.rs`).

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{Nonce, RefreshToken, SubjectIdentifier};
use tokio::sync::Mutex;

use crate::bounded::Bounded;
use crate::clock::Clock;
use crate::oidc::IdToken;
use crate::person::Person;
use crate::visitor::random;

pub(crate) const IDLE: TimeDelta = TimeDelta::minutes(30);
const LONGEST: TimeDelta = TimeDelta::hours(8);
const MOST_SESSIONS: usize = 10_000;

/// One person's session, as the last checked answer of the provider made it.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) person: Person,
    /// The person's stable identifier at this portal, the key for records of one's own: never the name or the e-mail.
    pub(crate) subject: SubjectIdentifier,
    /// The provider's name for this session, by which a logout token ends it.
    pub(crate) sid: Option<String>,
    /// Kept to say at sign-out which session is meant.
    pub(crate) id_token: IdToken,
    pub(crate) nonce: Nonce,
    pub(crate) auth_time: Option<DateTime<Utc>>,
    pub(crate) refresh_token: Option<RefreshToken>,
    /// When the provider last said who this is.
    pub(crate) checked_at: DateTime<Utc>,
    /// When to ask it again.
    pub(crate) fresh_until: DateTime<Utc>,
    /// Stands in the sign-out form, so that no other site can sign the person out.
    pub(crate) form_token: String,
    pub(crate) began_at: DateTime<Utc>,
    /// Held while refreshing: two open pages must not use one refresh token twice.
    pub(crate) refreshing: Arc<Mutex<()>>,
}

pub(crate) struct Sessions {
    clock: Clock,
    by_id: Bounded<Arc<Session>>,
}

impl Sessions {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { by_id: Bounded::new(clock.clone(), MOST_SESSIONS), clock }
    }

    /// Begins a session and returns its id, always a new one.
    pub(crate) fn begin(&self, session: Session) -> String {
        let id = random();
        self.by_id.put(id.clone(), Arc::new(session), self.clock.now() + IDLE);
        id
    }

    /// Finds a session; a page was opened, so its idle time begins again.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Session>> {
        let idle_end = self.clock.now() + IDLE;
        self.by_id.change(id, |session, ends| *ends = idle_end.min(session.began_at + LONGEST));
        self.by_id.get(id)
    }

    /// Stores what a refresh has brought, unless the session has ended in the meantime.
    pub(crate) fn update(&self, id: &str, changed: Session) {
        self.by_id.change(id, |session, _| *session = Arc::new(changed));
    }

    pub(crate) fn end(&self, id: &str) -> Option<Arc<Session>> {
        self.by_id.take_if(id, |_| true)
    }

    /// Ends what a logout token names (Back-Channel Logout §2.4): the session `sid`, or all of `subject` if there is no `sid`.
    pub(crate) fn end_named(&self, subject: Option<&str>, sid: Option<&str>) -> usize {
        self.by_id.remove_all(|session| {
            let is_subject = subject.is_none_or(|subject| session.subject.as_str() == subject);
            let is_session = sid.is_none_or(|sid| session.sid.as_deref() == Some(sid));
            (subject.is_some() || sid.is_some()) && is_subject && is_session
        })
    }
}
