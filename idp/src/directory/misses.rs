//! Names of keys that were asked for and not found: for a second nobody asks for them again.

use idp_core::UnixMillis;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const REMEMBERED: Duration = Duration::from_secs(1);
/// So many names are remembered. Beyond them the database is asked: one row by key.
const MOST: usize = 1_024;

/// See the module.
#[derive(Default)]
pub(super) struct Misses(Mutex<HashMap<Vec<u8>, UnixMillis>>);

impl Misses {
    /// Whether this name is to be looked for; if so, it is remembered as missing from now on.
    pub(super) fn is_new(&self, name: &[u8], now: UnixMillis) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.get(name).is_some_and(|at| now.since(*at) < REMEMBERED) {
            return false;
        }
        if known.len() >= MOST {
            known.retain(|_, at| now.since(*at) < REMEMBERED);
        }
        if known.len() < MOST {
            known.insert(name.to_vec(), now);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_for_once_a_second_and_the_list_of_misses_is_bounded() {
        let (misses, now) = (Misses::default(), UnixMillis(1_763_000_000_000));
        assert!(misses.is_new(b"one", now));
        assert!(!misses.is_new(b"one", now.plus(Duration::from_millis(999))));
        assert!(misses.is_new(b"two", now));
        assert!(misses.is_new(b"one", now.plus(REMEMBERED)));
        for number in 0..5_000_u32 {
            assert!(misses.is_new(&number.to_be_bytes(), now.plus(REMEMBERED)));
        }
        assert!(misses.0.lock().unwrap().len() <= MOST);
        assert!(misses.is_new(b"three", now), "a full list must not refuse what was never asked for");
    }
}
