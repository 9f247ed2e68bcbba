//! State that a person can redo, kept in process: `put`, `get`, `take`, `once`, `bump`, and `count` to look at what was bumped.
//! Bounded: when full, what is over goes, then the half that would be over soonest.

use idp_core::UnixMillis;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The most entries that are kept of one kind.
const MOST: usize = 200_000;
/// The most bytes that are kept of one kind, keys and values: what strangers post must not fill the memory.
const MOST_BYTES: usize = 64 << 20;

/// Ephemeral state. What stands before the first colon of a key is its kind (`nonce:`, `limit:`); each kind has room of its
/// own, so that a flood of one pushes out no other.
#[derive(Clone)]
pub struct Ephemeral {
    kinds: Arc<Mutex<HashMap<String, Memory>>>,
}

#[derive(Default)]
struct Memory {
    entries: HashMap<String, Entry>,
    bytes: usize,
}

struct Entry {
    value: Vec<u8>,
    count: u64,
    expires_at: UnixMillis,
}

impl Default for Ephemeral {
    fn default() -> Self {
        Self::in_process()
    }
}

impl Ephemeral {
    /// State in this process.
    pub fn in_process() -> Self {
        Self { kinds: Arc::default() }
    }

    /// Keeps a value for `life`.
    pub async fn put(&self, key: &str, value: Vec<u8>, life: Duration, now: UnixMillis) {
        self.with(key, now, |memory| {
            memory.insert(key, Entry { value, count: 0, expires_at: now.plus(life) });
        });
    }

    /// The value, which stays.
    pub async fn get(&self, key: &str, now: UnixMillis) -> Option<Vec<u8>> {
        self.with(key, now, |memory| memory.alive(key, now).map(|entry| entry.value.clone()))
    }

    /// The value, for one caller alone: it is gone afterwards.
    pub async fn take(&self, key: &str, now: UnixMillis) -> Option<Vec<u8>> {
        self.with(key, now, |memory| {
            memory.alive(key, now)?;
            memory.remove(key).map(|entry| entry.value)
        })
    }

    /// Whether the caller is the first with this key within `life`.
    pub async fn once(&self, key: &str, life: Duration, now: UnixMillis) -> bool {
        self.with(key, now, |memory| {
            if memory.alive(key, now).is_some() {
                return false;
            }
            memory.insert(key, Entry { value: Vec::new(), count: 0, expires_at: now.plus(life) });
            true
        })
    }

    /// Counts one more within the window that began with the first; gives the count.
    pub async fn bump(&self, key: &str, window: Duration, now: UnixMillis) -> u64 {
        self.with(key, now, |memory| {
            if let Some(entry) = memory.alive(key, now) {
                entry.count = entry.count.saturating_add(1);
                return entry.count;
            }
            memory.insert(key, Entry { value: Vec::new(), count: 1, expires_at: now.plus(window) });
            1
        })
    }

    /// The count within the window, without counting.
    pub async fn count(&self, key: &str, now: UnixMillis) -> u64 {
        self.with(key, now, |memory| memory.alive(key, now).map_or(0, |entry| entry.count))
    }

    /// No await inside: the lock is held for a few map operations.
    fn with<T>(&self, key: &str, now: UnixMillis, act: impl FnOnce(&mut Memory) -> T) -> T {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = key.split(':').next().unwrap_or_default();
        let memory = kinds.entry(kind.to_owned()).or_default();
        memory.make_room(now);
        act(memory)
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
