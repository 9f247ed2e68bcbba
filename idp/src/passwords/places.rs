//! Places in front of the hashing threads: as many as are hashed within half a second. Whoever comes when all are taken is told at once to
//! come back. When half of them are, each address has an eighth: who knows one password can sign in with it all day, and that is not to
//! keep others out.

use crate::failure::Failure;
use crate::held_places::{HeldPlaces, Holder, holder};
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Whoever would wait longer than this for a hashing thread is asked to come back: an answer that comes late is asked for twice.
const LONGEST_WAIT: Duration = Duration::from_millis(500);
/// The most that wait, whatever a hash takes.
pub(super) const MOST_WAITING: usize = 1024;

/// What the hashing threads have done and have before them.
pub(super) struct Places {
    threads: usize,
    taken: Mutex<HeldPlaces>,
    hashed: AtomicU64,
    /// How long a hash takes these days, in microseconds.
    takes: AtomicU64,
}

/// A place in the queue: held until the password is hashed.
pub struct Place {
    places: Arc<Places>,
    from: Holder,
}

impl Places {
    /// None taken yet, in front of so many threads.
    pub(super) fn new(threads: usize) -> Arc<Self> {
        Arc::new(Self { threads, taken: Mutex::default(), hashed: AtomicU64::new(0), takes: AtomicU64::new(0) })
    }

    /// Takes a place.
    ///
    /// * `from`: who asks for it. `None`: nobody from outside, of whom there is no share.
    ///
    /// # Errors
    /// [`Failure::Busy`]: all are taken, or as many as this address may have now.
    pub(super) fn take(self: &Arc<Self>, from: Option<IpAddr>) -> Result<Place, Failure> {
        let from = from.map_or([None, None], holder);
        let mut taken = self.taken();
        if !self.has_room(&taken, from) {
            return Err(Failure::Busy);
        }
        taken.take(from);
        Ok(Place { places: self.clone(), from })
    }

    /// How many are taken.
    pub(super) fn waiting(&self) -> usize {
        self.taken().all()
    }

    /// How many passwords were hashed.
    pub(super) fn hashed(&self) -> u64 {
        self.hashed.load(Ordering::Relaxed)
    }

    /// A hash took so long: each counts for an eighth, so that a busier machine is noticed within a few.
    pub(super) fn took(&self, time: Duration) {
        self.hashed.fetch_add(1, Ordering::Relaxed);
        self.expect(time);
    }

    /// The same of a hash that was nobody's.
    pub(super) fn expect(&self, time: Duration) {
        let time = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let before = self.takes.load(Ordering::Relaxed);
        let now = if before == 0 { time } else { before - before / 8 + time / 8 };
        self.takes.store(now, Ordering::Relaxed);
    }

    /// How many there are, as long as a hash takes these days.
    fn fit(&self) -> usize {
        let longest = u64::try_from(LONGEST_WAIT.as_micros()).unwrap_or(u64::MAX);
        let rounds =
            longest.checked_div(self.takes.load(Ordering::Relaxed)).and_then(|rounds| usize::try_from(rounds).ok());
        let fit = rounds.and_then(|rounds| rounds.checked_add(1)?.checked_mul(self.threads));
        fit.map_or(MOST_WAITING, |fit| fit.min(MOST_WAITING))
    }

    fn has_room(&self, taken: &HeldPlaces, [address, network]: Holder) -> bool {
        let fit = self.fit();
        // One address alone keeps every thread busy, where there is room for another beside.
        let half = if fit > self.threads { fit.div_ceil(2).max(self.threads) } else { fit.div_ceil(2) };
        let has_less_than = |share: usize, net: Option<IpNet>| net.is_none() || taken.of(net) < share;
        // Of one /48 as often as elsewhere: four times.
        taken.all() < half
            || taken.all() < fit && has_less_than(fit.div_ceil(8), address) && has_less_than(fit.div_ceil(2), network)
    }

    fn taken(&self) -> MutexGuard<'_, HeldPlaces> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.taken().give_back(self.from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Room for so many.
    fn places(fit: u64) -> Arc<Places> {
        let places = Places::new(1);
        places.expect(LONGEST_WAIT / u32::try_from(fit - 1).unwrap());
        assert_eq!(places.fit() as u64, fit);
        places
    }

    fn take_all(places: &Arc<Places>, from: &str) -> Vec<Place> {
        std::iter::from_fn(|| places.take(Some(from.parse().unwrap())).ok()).collect()
    }

    #[test]
    fn nobody_waits_longer_than_half_a_second_for_a_thread() {
        let places = Places::new(2);
        assert_eq!(places.fit(), MOST_WAITING, "nothing was hashed yet");
        places.expect(Duration::from_millis(20));
        assert_eq!(places.fit(), 2 * 26);
        for _ in 0..40 {
            places.expect(Duration::from_millis(100));
        }
        assert!((2 * 6..=2 * 7).contains(&places.fit()), "{}", places.fit());
        places.expect(Duration::from_secs(3600));
        assert_eq!(places.fit(), 2, "each thread has one, and nobody waits");
    }

    #[test]
    fn one_address_has_half_of_the_places_and_others_find_theirs() {
        let places = places(40);
        let greedy = take_all(&places, "192.0.2.1");
        assert_eq!(greedy.len(), 20);
        let others: Vec<_> = (2..10).map(|host| take_all(&places, &format!("192.0.2.{host}"))).collect();
        assert_eq!(others.iter().map(Vec::len).collect::<Vec<_>>(), [5, 5, 5, 5, 0, 0, 0, 0]);
        assert!(places.take(None).is_err() && places.waiting() == 40);
        drop(others);
        // Whoever goes leaves room for those who have less than their share.
        assert!(places.take(Some("192.0.2.1".parse().unwrap())).is_err());
        assert!(places.take(Some("192.0.2.2".parse().unwrap())).is_ok());
        drop(greedy);
        assert_eq!(places.waiting(), 0);
        assert_eq!(take_all(&places, "192.0.2.1").len(), 20);
    }

    #[test]
    fn a_network_counts_as_four_addresses_and_a_64_as_one() {
        let places = places(40);
        let first = take_all(&places, "192.0.2.1");
        assert_eq!(first.len(), 20);
        assert_eq!(take_all(&places, "2001:db8:1:1::1").len(), 5);
        let one = take_all(&places, "2001:db8:1:1::1");
        assert_eq!(take_all(&places, "2001:db8:1:1:ffff::2").len(), 0, "the same /64");
        drop((first, one));
        let network: Vec<_> = (0..9).map(|number| take_all(&places, &format!("2001:db8:1:{number}::1"))).collect();
        assert_eq!(network.iter().map(Vec::len).collect::<Vec<_>>(), [20, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(take_all(&places, "2001:db8:2::1").len(), 5);
    }

    #[test]
    fn a_slow_machine_has_a_place_for_another_address_too() {
        for (threads, takes, fit, of_one) in
            [(1, 300, 2, 1), (2, 300, 4, 2), (4, 300, 8, 4), (2, 600, 2, 1), (1, 600, 1, 1)]
        {
            let places = Places::new(threads);
            places.expect(Duration::from_millis(takes));
            assert_eq!(places.fit(), fit);
            let first = take_all(&places, "192.0.2.1");
            assert_eq!(first.len(), of_one, "{threads} threads, {takes} ms");
            assert_eq!(take_all(&places, "192.0.2.2").is_empty(), fit == 1);
        }
    }

    #[test]
    fn what_is_nobodys_takes_all_there_are() {
        let places = places(40);
        let all: Vec<_> = std::iter::from_fn(|| places.take(None).ok()).collect();
        assert_eq!(all.len(), 40);
    }
}
