//! Ephemeral state in this process. Bounded: when a kind is full, what is over goes, then the half that would be over soonest. Guards
//! of `once` never go before their time: a guard that went is a replay that is let pass. While they fill their kind, `once` is
//! [`Fault::Busy`].

use super::{Counted, Once, kind, vouches_for};
use crate::Fault;
use idp_core::UnixMillis;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The most entries that are kept of one kind.
const MOST: usize = 200_000;
/// The most bytes that are kept of one kind, keys and values: what strangers post must not fill the memory.
const MOST_BYTES: usize = 64 << 20;
/// A kind that is full of what lives is not looked through again for so long: a flood pays for itself.
const PAUSE: Duration = Duration::from_secs(1);

/// The store of this process. Cheap to clone.
#[derive(Clone)]
pub struct InProcess {
    kinds: Arc<Mutex<HashMap<String, Memory>>>,
    start: UnixMillis,
}

#[derive(Default)]
struct Memory {
    entries: HashMap<String, Entry>,
    bytes: usize,
    /// Until when nothing is looked for that is over.
    full_until: Option<UnixMillis>,
}

struct Entry {
    value: Vec<u8>,
    count: u64,
    expires_at: UnixMillis,
}

impl InProcess {
    pub(super) fn new(start: UnixMillis) -> Self {
        Self { kinds: Arc::default(), start }
    }

    pub(super) fn put(&self, key: &str, value: Vec<u8>, life: Duration, now: UnixMillis) {
        self.with(key, |memory| {
            memory.make_room(now);
            memory.insert(key, Entry { value, count: 0, expires_at: now.plus(life) });
        });
    }

    pub(super) fn get(&self, key: &str, now: UnixMillis) -> Option<Vec<u8>> {
        self.with(key, |memory| memory.alive(key, now).map(|entry| entry.value.clone()))
    }

    pub(super) fn take(&self, key: &str, now: UnixMillis) -> Option<Vec<u8>> {
        self.with(key, |memory| {
            memory.alive(key, now)?;
            memory.remove(key).map(|entry| entry.value)
        })
    }

    pub(super) fn once(
        &self,
        key: &str,
        issued_at: UnixMillis,
        life: Duration,
        now: UnixMillis,
    ) -> Result<Once, Fault> {
        if !vouches_for(self.start, issued_at) {
            return Ok(Once::BeforeStart);
        }
        self.with(key, |memory| {
            if memory.alive(key, now).is_some() {
                return Ok(Once::Seen);
            }
            if !memory.has_room(now) {
                return Err(Fault::Busy);
            }
            memory.insert(key, Entry { value: Vec::new(), count: 0, expires_at: now.plus(life) });
            Ok(Once::First)
        })
    }

    pub(super) fn bump(&self, key: &str, window: Duration, now: UnixMillis) -> u64 {
        self.with(key, |memory| {
            if let Some(entry) = memory.alive(key, now) {
                entry.count = entry.count.saturating_add(1);
                return entry.count;
            }
            memory.make_room(now);
            memory.insert(key, Entry { value: Vec::new(), count: 1, expires_at: now.plus(window) });
            1
        })
    }

    pub(super) fn unbump(&self, key: &str, now: UnixMillis) {
        self.with(key, |memory| {
            if let Some(entry) = memory.alive(key, now) {
                entry.count = entry.count.saturating_sub(1);
            }
        });
    }

    pub(super) fn count(&self, key: &str, now: UnixMillis) -> Counted {
        let counted = |entry: &mut Entry| Counted { count: entry.count, until: entry.expires_at };
        self.with(key, |memory| memory.alive(key, now).map_or(Counted { count: 0, until: now }, counted))
    }

    /// The lock is held for a few map operations.
    fn with<T>(&self, key: &str, act: impl FnOnce(&mut Memory) -> T) -> T {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        act(kinds.entry(kind(key).to_owned()).or_default())
    }
}

impl Memory {
    fn alive(&mut self, key: &str, now: UnixMillis) -> Option<&mut Entry> {
        self.entries.get_mut(key).filter(|entry| entry.expires_at > now)
    }

    fn insert(&mut self, key: &str, entry: Entry) {
        self.bytes += key.len() + entry.value.len();
        if let Some(before) = self.entries.insert(key.to_owned(), entry) {
            self.bytes -= key.len() + before.value.len();
        }
    }

    fn remove(&mut self, key: &str) -> Option<Entry> {
        let entry = self.entries.remove(key)?;
        self.bytes -= key.len() + entry.value.len();
        Some(entry)
    }

    fn is_full(&self) -> bool {
        self.entries.len() >= MOST || self.bytes >= MOST_BYTES
    }

    fn retain(&mut self, mut keep: impl FnMut(&Entry) -> bool) {
        self.entries.retain(|_, entry| keep(entry));
        self.bytes = self.entries.iter().map(|(key, entry)| key.len() + entry.value.len()).sum();
    }

    /// Whether there is room once what expired is gone.
    fn has_room(&mut self, now: UnixMillis) -> bool {
        if !self.is_full() {
            return true;
        }
        if self.full_until.is_some_and(|until| now < until) {
            return false;
        }
        self.retain(|entry| entry.expires_at > now);
        self.full_until = self.is_full().then(|| now.plus(PAUSE));
        self.full_until.is_none()
    }

    /// What expired goes first; if that is not enough, the half that expires soonest.
    fn make_room(&mut self, now: UnixMillis) {
        if !self.is_full() {
            return;
        }
        self.retain(|entry| entry.expires_at > now);
        if !self.is_full() {
            return;
        }
        let mut ends: Vec<_> = self.entries.values().map(|entry| entry.expires_at).collect();
        let half = ends.len() / 2;
        let (_, middle, _) = ends.select_nth_unstable(half);
        let (middle, mut to_go) = (*middle, half);
        // Counted, because many may expire at the same moment.
        self.retain(|entry| {
            let goes = to_go > 0 && entry.expires_at <= middle;
            to_go -= usize::from(goes);
            !goes
        });
    }
}

#[cfg(test)]
mod tests;
