//! Verifying what a client signed, with the public keys of its registration or those that it publishes (`jwks_uri`).
//!
//! A published set is fetched when it is needed and used for a minute at most, so that a key which a client takes back is worth
//! nothing soon. A token that names a key which the set lacks has it fetched anew: that is how a client rotates. One fetch at
//! a time for each client, some seconds from one to the next whatever strangers send, and a failure counts for as long. No lock is
//! held while somebody answers, and nobody who goes away breaks off a fetch for which others wait.

use super::Known;
use crate::clock::Clock;
use crate::outside::fetch::{Fetch, Fetched, Place};
use crate::outside::reach::Reach;
use idp_core::client::public_keys::{PublicKeys, read_published};
use idp_core::{ClientId, UnixMillis};
use keys::{Algorithm, JwsError, Typ, VerifiedJws, Verifier, VerifyingKey};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use url::Url;

/// For so long a fetched set is used at most. Its sender may want it shorter.
const FRESH: Duration = Duration::from_secs(60);
/// From the end of a fetch to the begin of the next for the same client.
const APART: Duration = Duration::from_secs(5);
/// So many sets are kept. What is dropped is fetched again.
const MOST: usize = 1_024;

/// Why a token is not believed.
#[derive(Debug, thiserror::Error)]
pub enum NotVerified {
    /// The token itself.
    #[error("{0}")]
    Token(#[from] JwsError),
    /// The client publishes its keys, and they could not be had.
    #[error("the client's keys could not be fetched from its jwks_uri")]
    Keys,
    /// Too many hosts are waited for.
    #[error("too many sets of keys are being fetched")]
    Busy,
}

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct ClientKeys(Arc<Shared>);

struct Shared {
    reach: Reach,
    clock: Clock,
    published: Mutex<HashMap<ClientId, Published>>,
}

/// What is known of the set at one address.
#[derive(Default)]
struct Published {
    uri: String,
    set: Option<Set>,
    /// The last fetch, successful or not.
    ended_at: Option<UnixMillis>,
    fetches: u64,
    /// Its other end is dropped when the fetch is over.
    under_way: Option<watch::Receiver<()>>,
}

#[derive(Clone)]
struct Set {
    keys: Arc<[VerifyingKey]>,
    /// Of two sets of one address the later has the higher one.
    number: u64,
    fetched_at: UnixMillis,
    fresh_for: Duration,
}

/// What is to be done for somebody who needs a set.
enum Next {
    Take(Set),
    Wait(watch::Receiver<()>),
    Fetch,
    GiveUp,
}

/// What there is for somebody who needs a set.
enum There {
    Is(Set),
    WillBe(watch::Receiver<()>),
}

impl ClientKeys {
    pub(super) fn new(reach: Reach, clock: Clock) -> Self {
        Self(Arc::new(Shared { reach, clock, published: Mutex::default() }))
    }

    /// Verifies a compact JWS with the keys of a client. Its claims are the caller's to judge.
    ///
    /// * `only`: the algorithm that the client is registered for; `None`: any that one of its keys serves.
    ///
    /// Not to be called within a transaction: another host may have to answer first, for 5 seconds at most.
    ///
    /// # Errors
    /// [`NotVerified`].
    pub async fn verify(
        &self,
        known: &Known,
        token: &str,
        typ: Typ<'_>,
        only: Option<Algorithm>,
    ) -> Result<VerifiedJws, NotVerified> {
        let with = |keys: &[VerifyingKey]| {
            let any = Verifier::new(keys);
            only.map_or(any, |algorithm| any.only(algorithm)).verify(token, typ)
        };
        let Some(uri) = known.client.public_keys.as_ref().and_then(PublicKeys::jwks_uri) else {
            return Ok(with(&known.keys)?);
        };
        let set = self.set(known, uri, None).await?;
        match with(&set.keys) {
            Err(why) if may_be_of_a_newer_key(&why, token) => {
                let newer = self.set(known, uri, Some(set.number)).await?;
                if newer.number == set.number { Err(why.into()) } else { Ok(with(&newer.keys)?) }
            }
            verified => Ok(verified?),
        }
    }

    /// A set that is fresh, and newer than number `than` if it can be had now.
    async fn set(&self, known: &Known, uri: &str, than: Option<u64>) -> Result<Set, NotVerified> {
        loop {
            let mut under_way = match self.look(known, uri, than)? {
                There::Is(set) => return Ok(set),
                There::WillBe(under_way) => under_way,
            };
            // An error says that the other end is gone: the fetch is over.
            while under_way.changed().await.is_ok() {}
        }
    }

    fn look(&self, known: &Known, uri: &str, than: Option<u64>) -> Result<There, NotVerified> {
        let id = &known.client.id;
        let now = self.0.clock.now();
        let mut published = self.0.published();
        make_room(&mut published, id, now);
        let entry = published.entry(id.clone()).or_default();
        if entry.uri != uri {
            *entry = Published { uri: uri.to_owned(), ..Published::default() };
        }
        match entry.next(than, now) {
            Next::Take(set) => return Ok(There::Is(set)),
            Next::Wait(under_way) => return Ok(There::WillBe(under_way)),
            Next::GiveUp => return Err(NotVerified::Keys),
            Next::Fetch => {}
        }
        // A host that does not answer keeps its place for 5 seconds.
        let by = self.0.reach.of(known.self_registered).clone();
        let Ok(url) = Url::parse(uri) else { return Err(NotVerified::Keys) };
        let place = by.place(&url, Some(id.as_str())).map_err(|_| NotVerified::Busy)?;
        let (done, under_way) = watch::channel(());
        entry.under_way = Some(under_way.clone());
        let (shared, id, uri) = (self.0.clone(), id.clone(), uri.to_owned());
        tokio::spawn(async move {
            let outcome = ask(&by, place, &url).await;
            shared.note(&id, &uri, outcome);
            drop(done);
        });
        Ok(There::WillBe(under_way))
    }
}

/// With a `kid`, one that the set lacks. Without one, anything that a change of the only key would explain.
fn may_be_of_a_newer_key(why: &JwsError, token: &str) -> bool {
    match why {
        JwsError::UnknownKid(_) => true,
        JwsError::NoKid | JwsError::Signature => keys::jws::kid_named_in(token).is_none(),
        _ => false,
    }
}

fn make_room(published: &mut HashMap<ClientId, Published>, id: &ClientId, now: UnixMillis) {
    if published.len() < MOST || published.contains_key(id) {
        return;
    }
    published.retain(|_, entry| entry.is_under_way() || entry.fresh(now).is_some());
    while published.len() >= MOST {
        let oldest =
            published.iter().filter(|(_, entry)| !entry.is_under_way()).min_by_key(|(_, entry)| entry.ended_at);
        let Some(oldest) = oldest.map(|(id, _)| id.clone()) else { return };
        published.remove(&oldest);
    }
}

impl Published {
    fn is_under_way(&self) -> bool {
        self.under_way.as_ref().is_some_and(|under_way| under_way.has_changed().is_ok())
    }

    fn fresh(&self, now: UnixMillis) -> Option<&Set> {
        self.set.as_ref().filter(|set| set.fetched_at <= now && now.since(set.fetched_at) < set.fresh_for)
    }

    fn next(&self, than: Option<u64>, now: UnixMillis) -> Next {
        let fresh = self.fresh(now);
        if let Some(set) = fresh.filter(|set| than.is_none_or(|number| set.number > number)) {
            return Next::Take(set.clone());
        }
        if let Some(under_way) = self.under_way.as_ref().filter(|_| self.is_under_way()) {
            return Next::Wait(under_way.clone());
        }
        let rested = self.ended_at.is_none_or(|at| at > now || now.since(at) >= APART);
        match fresh {
            _ if rested => Next::Fetch,
            Some(set) => Next::Take(set.clone()),
            None => Next::GiveUp,
        }
    }
}

async fn ask(by: &Fetch, place: Place, url: &Url) -> Result<(Vec<VerifyingKey>, Duration), String> {
    let answer: Fetched = by.get_in(place, url).await.map_err(|why| match why.detail() {
        Some(detail) => format!("{why} ({detail})"),
        None => why.to_string(),
    })?;
    if answer.status != 200 {
        return Err(format!("the answer has status {}", answer.status));
    }
    let keys = read_published(&answer.body).map_err(|why| format!("the set {why}"))?;
    Ok((keys, answer.max_age.unwrap_or(FRESH).clamp(APART, FRESH)))
}

impl Shared {
    fn published(&self) -> MutexGuard<'_, HashMap<ClientId, Published>> {
        self.published.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, id: &ClientId, uri: &str, outcome: Result<(Vec<VerifyingKey>, Duration), String>) {
        if let Err(why) = &outcome {
            tracing::warn!(client = id.as_str(), why, "the keys of a client could not be fetched");
        }
        let now = self.clock.now();
        let mut published = self.published();
        // Unless the client has another address by now.
        let Some(entry) = published.get_mut(id).filter(|entry| entry.uri == uri) else { return };
        entry.fetches += 1;
        entry.ended_at = Some(now);
        entry.under_way = None;
        if let Ok((keys, fresh_for)) = outcome {
            entry.set = Some(Set { keys: keys.into(), number: entry.fetches, fetched_at: now, fresh_for });
        }
    }
}
