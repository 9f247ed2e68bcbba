//! Places for connections: so many in all, so many from one address. Whoever comes when all are taken is turned away at
//! once; those who are there go on.

use crate::client_address::{TrustedProxies, counted};
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The places of the listener. Cheap to clone.
#[derive(Clone)]
pub struct Places(Arc<Shared>);

struct Shared {
    most: usize,
    most_per_address: usize,
    /// Everybody comes through them: no limit but the overall one.
    proxies: TrustedProxies,
    taken: Mutex<Taken>,
    turned_away: [AtomicU64; 2],
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpNet, usize>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// All are taken.
    Everywhere,
    /// This address has as many as it may have.
    ForThisAddress,
}

/// A taken place; dropped, it is free again.
pub struct Place {
    places: Places,
    address: Option<IpNet>,
}

impl Places {
    /// `most` in all, `most_per_address` for each address that is no trusted proxy.
    pub fn new(most: usize, most_per_address: usize, proxies: TrustedProxies) -> Self {
        let turned_away = Default::default();
        Self(Arc::new(Shared { most, most_per_address, proxies, taken: Mutex::default(), turned_away }))
    }

    /// Takes a place.
    ///
    /// # Errors
    /// [`Full`], counted.
    pub fn take(&self, peer: IpAddr) -> Result<Place, Full> {
        let address = (!self.0.proxies.contains(peer)).then(|| counted(peer));
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let full = if taken.all >= self.0.most {
            Some(Full::Everywhere)
        } else {
            let of_address = address.and_then(|address| taken.by_address.get(&address)).copied().unwrap_or_default();
            (of_address >= self.0.most_per_address).then_some(Full::ForThisAddress)
        };
        if let Some(full) = full {
            self.0.turned_away(full).fetch_add(1, Ordering::Relaxed);
            return Err(full);
        }
        taken.all += 1;
        if let Some(address) = address {
            *taken.by_address.entry(address).or_default() += 1;
        }
        Ok(Place { places: self.clone(), address })
    }

    /// Whether three quarters are taken: then those who say nothing lose theirs sooner.
    pub fn crowded(&self) -> bool {
        self.open() >= self.0.most - self.0.most / 4
    }

    /// How many are taken.
    pub fn open(&self) -> usize {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner).all
    }

    /// How many were turned away since the start.
    pub fn turned_away(&self, why: Full) -> u64 {
        self.0.turned_away(why).load(Ordering::Relaxed)
    }
}

impl Shared {
    fn turned_away(&self, why: Full) -> &AtomicU64 {
        let [everywhere, for_this_address] = &self.turned_away;
        match why {
            Full::Everywhere => everywhere,
            Full::ForThisAddress => for_this_address,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all = taken.all.saturating_sub(1);
        let Some(address) = self.address else { return };
        if let Some(count) = taken.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(most: usize, most_per_address: usize) -> Places {
        Places::new(most, most_per_address, TrustedProxies::parse(&["10.0.0.1".into()]).unwrap())
    }

    fn from(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    #[test]
    fn who_comes_when_all_are_taken_is_turned_away_until_somebody_leaves() {
        let places = places(2, 2);
        let first = places.take(from("198.51.100.1")).unwrap();
        let _second = places.take(from("198.51.100.2")).unwrap();
        assert_eq!(places.take(from("198.51.100.3")).err(), Some(Full::Everywhere));
        drop(first);
        assert!(places.take(from("198.51.100.3")).is_ok());
        assert_eq!((places.turned_away(Full::Everywhere), places.turned_away(Full::ForThisAddress)), (1, 0));
    }

    #[test]
    fn one_address_leaves_room_for_the_others_and_a_trusted_proxy_brings_as_many_as_there_is_room_for() {
        let places = places(100, 2);
        let _taken: Vec<_> = (1..=2).map(|n| places.take(from(&format!("2001:db8::{n}"))).unwrap()).collect();
        assert_eq!(places.take(from("2001:db8::99")).err(), Some(Full::ForThisAddress));
        let _other = places.take(from("2001:db8:0:1::1")).unwrap();
        let through: Vec<_> = (0..97).map(|_| places.take(from("::ffff:10.0.0.1")).unwrap()).collect();
        assert_eq!(places.open(), 100);
        assert!(places.crowded());
        drop(through);
        assert_eq!((places.open(), places.crowded()), (3, false));
    }

    #[test]
    fn addresses_that_left_are_forgotten() {
        let places = places(10, 2);
        drop(places.take(from("198.51.100.1")).unwrap());
        assert!(places.0.taken.lock().unwrap().by_address.is_empty());
    }
}
