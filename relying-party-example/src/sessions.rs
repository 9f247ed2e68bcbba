//! Who is signed in here. A session ends after 30 minutes without a page, after eight hours in any case, at sign-out, and
//! when the provider says so (`oidc/backchannel_logout.rs`). Sessions are in the portal's file: a restart ends none.

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{Nonce, RefreshToken, SubjectIdentifier};
use ring::digest::{SHA256, digest};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, MutexGuard};

use crate::clock::Clock;
use crate::failure::Failure;
use crate::oidc::IdToken;
use crate::person::Person;
use crate::store::{Once, Store};
use crate::visitor::random;

const IDLE: TimeDelta = TimeDelta::minutes(30);
const LONGEST: TimeDelta = TimeDelta::hours(8);
/// Every page begins the idle time anew; the file is written when that moves its end by as much.
const WRITE_USE_AFTER: TimeDelta = TimeDelta::minutes(1);
const MOST_SESSIONS: i64 = 100_000;
/// How many sessions may refresh at once.
const LOCKS: usize = 64;

/// One person's session, as the last checked answer of the provider made it.
#[derive(Clone, Deserialize, Serialize)]
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
    /// The refresh token was sent and no answer has come: the provider may have taken it for used.
    pub(crate) refresh_unanswered: bool,
    /// When the provider last said who this is.
    pub(crate) checked_at: DateTime<Utc>,
    /// When to ask it again.
    pub(crate) fresh_until: DateTime<Utc>,
    /// Stands in the sign-out form, so that no other site can sign the person out.
    pub(crate) form_token: String,
    pub(crate) began_at: DateTime<Utc>,
}

/// What a session cookie stands for.
pub(crate) enum Found {
    /// A session that is over by its age, or never was.
    Nobody,
    /// The provider has ended it, and the person should read so.
    Ended,
    SignedIn(Box<Session>),
}

pub(crate) struct Sessions {
    clock: Clock,
    store: Store,
    refreshing: [Mutex<()>; LOCKS],
}

impl Sessions {
    pub(crate) fn new(clock: Clock, store: Store) -> Self {
        Self { clock, store, refreshing: std::array::from_fn(|_| Mutex::default()) }
    }

    /// Begins a session in the place of the one that this browser had, and returns its id, always a new one. `None`: the
    /// provider has named this very session in a logout token, and these tokens may have been on their way then. Asked
    /// anew, it knows: it signs nobody in whose session is over there, and one that goes on (a capacity ended, a grant was
    /// revoked) is as good as before.
    pub(crate) async fn begin(&self, session: Session, before: Option<&str>) -> Result<Option<String>, Failure> {
        let id = random();
        let (hash, before, now) = (hash(&id), before.map(hash), self.clock.now());
        let json = json(&session)?;
        let began = self.store.run(move |tx| {
            if session.sid.as_deref().map_or(Ok(false), |sid| Once::Sid.forget(tx, sid))? {
                return Ok(false);
            }
            tx.execute("DELETE FROM sessions WHERE id = ?1 OR ends <= ?2", params![before, now.timestamp()])?;
            tx.execute(
                "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions ORDER BY ends DESC LIMIT -1 OFFSET ?1)",
                [MOST_SESSIONS - 1],
            )?;
            tx.execute(
                "INSERT INTO sessions (id, subject, sid, ends, session) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![hash, session.subject.as_str(), session.sid, (now + IDLE).timestamp(), json],
            )?;
            Ok(true)
        });
        Ok(began.await?.then_some(id))
    }

    /// Finds a session; a page was opened, so its idle time begins again.
    pub(crate) async fn find(&self, id: &str) -> Result<Found, Failure> {
        let (id, now) = (hash(id), self.clock.now());
        let found = self.store.run(move |tx| {
            let row = tx
                .query_row(
                    "SELECT session, ends FROM sessions WHERE id = ?1 AND ends > ?2",
                    params![id, now.timestamp()],
                    |row| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, i64>(1)?)),
                )
                .optional()?;
            let Some((Some(json), ends)) = row else { return Ok(row.map(|_| None)) };
            // One that an earlier version of this program wrote otherwise counts as ended: sign in again.
            let Ok(session) = serde_json::from_str::<Session>(&json) else { return Ok(Some(None)) };
            let idle_end = (now + IDLE).min(session.began_at + LONGEST).timestamp();
            if idle_end - ends >= WRITE_USE_AFTER.num_seconds() {
                tx.execute("UPDATE sessions SET ends = ?2 WHERE id = ?1", params![id, idle_end])?;
            }
            Ok(Some(Some(session)))
        });
        Ok(match found.await? {
            None => Found::Nobody,
            Some(None) => Found::Ended,
            Some(Some(session)) => Found::SignedIn(Box::new(session)),
        })
    }

    /// Stores what a refresh has brought, unless the session has ended in the meantime.
    pub(crate) async fn update(&self, id: &str, changed: &Session) -> Result<(), Failure> {
        let (id, json, sid) = (hash(id), json(changed)?, changed.sid.clone());
        let update = "UPDATE sessions SET session = ?2, sid = ?3 WHERE id = ?1 AND session IS NOT NULL";
        self.store.run(move |tx| tx.execute(update, params![id, json, sid])).await.map(drop)
    }

    pub(crate) async fn end(&self, id: &str) -> Result<(), Failure> {
        let id = hash(id);
        self.store.run(move |tx| tx.execute("DELETE FROM sessions WHERE id = ?1", [id])).await.map(drop)
    }

    /// Waits until nobody else refreshes this session: two open pages must not use one refresh token twice.
    pub(crate) async fn alone(&self, id: &str) -> Option<MutexGuard<'_, ()>> {
        let lock = usize::from(hash(id).first().copied().unwrap_or_default()) % LOCKS;
        Some(self.refreshing.get(lock)?.lock().await)
    }
}

/// Ends what a logout token names (Back-Channel Logout §2.4): the session `sid`, or all of `subject` if there is no `sid`.
/// What is known of the person is gone at once; that the provider ended it stays, for the person to read.
pub(crate) fn end_named(tx: &Transaction<'_>, subject: Option<&str>, sid: Option<&str>) -> rusqlite::Result<usize> {
    let end = "UPDATE sessions SET session = NULL WHERE session IS NOT NULL AND ";
    match (subject, sid) {
        (Some(subject), Some(sid)) => tx.execute(&format!("{end} sid = ?1 AND subject = ?2"), params![sid, subject]),
        (None, Some(sid)) => tx.execute(&format!("{end} sid = ?1"), [sid]),
        (Some(subject), None) => tx.execute(&format!("{end} subject = ?1"), [subject]),
        (None, None) => Ok(0),
    }
}

/// What stands in the file for a session id.
fn hash(id: &str) -> Vec<u8> {
    digest(&SHA256, id.as_bytes()).as_ref().to_vec()
}

fn json(session: &Session) -> Result<String, Failure> {
    serde_json::to_string(session).map_err(|error| Failure::Storage(error.to_string()))
}
