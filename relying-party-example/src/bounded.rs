//! A map that cannot grow without end: every entry has a time to live, and a full map drops what would end soonest.
//! Sign-ins in progress, sessions and used logout tokens live in one of these each; they are lost when the portal stops.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use crate::clock::Clock;

pub(crate) struct Bounded<V> {
    clock: Clock,
    capacity: usize,
    entries: Mutex<HashMap<String, Entry<V>>>,
}

struct Entry<V> {
    ends: DateTime<Utc>,
    value: V,
}

impl<V> Bounded<V> {
    pub(crate) fn new(clock: Clock, capacity: usize) -> Self {
        Self { clock, capacity, entries: Mutex::default() }
    }

    /// Stores `value` until `ends`.
    pub(crate) fn put(&self, key: String, value: V, ends: DateTime<Utc>) {
        let mut entries = self.lock();
        self.make_room(&mut entries);
        entries.insert(key, Entry { ends, value });
    }

    /// Stores `value` unless the key is in use; says whether it did. Of several callers with one key exactly one wins.
    pub(crate) fn put_once(&self, key: String, value: V, ends: DateTime<Utc>) -> bool {
        let mut entries = self.lock();
        if self.live(&entries, &key).is_some() {
            return false;
        }
        self.make_room(&mut entries);
        entries.insert(key, Entry { ends, value });
        true
    }

    pub(crate) fn get(&self, key: &str) -> Option<V>
    where
        V: Clone,
    {
        self.live(&self.lock(), key).cloned()
    }

    /// Takes the entry out if it passes `check`; otherwise it stays for its owner.
    pub(crate) fn take_if(&self, key: &str, check: impl FnOnce(&V) -> bool) -> Option<V> {
        let mut entries = self.lock();
        if self.live(&entries, key).is_some_and(check) { entries.remove(key).map(|entry| entry.value) } else { None }
    }

    /// Changes value and end of a living entry; does nothing if it has gone in the meantime.
    pub(crate) fn change(&self, key: &str, change: impl FnOnce(&mut V, &mut DateTime<Utc>)) {
        let now = self.clock.now();
        if let Some(entry) = self.lock().get_mut(key).filter(|entry| entry.ends > now) {
            change(&mut entry.value, &mut entry.ends);
        }
    }

    /// Removes every entry that matches and says how many.
    pub(crate) fn remove_all(&self, matches: impl Fn(&V) -> bool) -> usize {
        let mut entries = self.lock();
        let before = entries.len();
        entries.retain(|_, entry| !matches(&entry.value));
        before - entries.len()
    }

    fn live<'a>(&self, entries: &'a HashMap<String, Entry<V>>, key: &str) -> Option<&'a V> {
        entries.get(key).filter(|entry| entry.ends > self.clock.now()).map(|entry| &entry.value)
    }

    fn make_room(&self, entries: &mut HashMap<String, Entry<V>>) {
        if entries.len() < self.capacity {
            return;
        }
        let now = self.clock.now();
        entries.retain(|_, entry| entry.ends > now);
        if entries.len() >= self.capacity
            && let Some(soonest) = entries.iter().min_by_key(|(_, entry)| entry.ends).map(|(key, _)| key.clone())
        {
            entries.remove(&soonest);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry<V>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_full_map_drops_what_would_end_soonest() {
        let clock = Clock::default();
        let map = Bounded::new(clock.clone(), 2);
        let now = clock.now();
        map.put("soon".into(), 1, now + TimeDelta::seconds(10));
        map.put("late".into(), 2, now + TimeDelta::seconds(90));
        map.put("new".into(), 3, now + TimeDelta::seconds(60));
        assert_eq!((map.get("soon"), map.get("late"), map.get("new")), (None, Some(2), Some(3)));
    }

    #[test]
    fn an_entry_is_gone_when_its_time_is_over() {
        let clock = Clock::default();
        let map = Bounded::new(clock.clone(), 2);
        map.put("key".into(), 1, clock.now() + TimeDelta::seconds(10));
        clock.advance(11);
        assert_eq!(map.get("key"), None);
        assert!(map.put_once("key".into(), 2, clock.now() + TimeDelta::seconds(10)));
        assert!(!map.put_once("key".into(), 3, clock.now() + TimeDelta::seconds(10)));
    }

    #[test]
    fn what_does_not_pass_the_check_stays_for_its_owner() {
        let clock = Clock::default();
        let map = Bounded::new(clock.clone(), 2);
        map.put("key".into(), "owner", clock.now() + TimeDelta::seconds(10));
        assert_eq!(map.take_if("key", |value| *value == "other"), None);
        assert_eq!(map.take_if("key", |value| *value == "owner"), Some("owner"));
        assert_eq!(map.take_if("key", |_| true), None);
    }
}
