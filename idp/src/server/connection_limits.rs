//! Places for connections: so many in all, so many from one address, so many from one network of IPv6. Whoever comes when all
//! are taken is turned away at once; those who are there go on. When places are few, each address has a quarter of its share, so
//! that no few of them take what is left.

use crate::client_address::TrustedProxies;
use crate::held_places::{HeldPlaces, Holder, holder};
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The places of the listener. Cheap to clone.
#[derive(Clone)]
pub struct Places(Arc<Shared>);

/// How many connections there may be at once.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    /// In all.
    pub all: usize,
    /// From one address that is no trusted proxy: an IPv4 address, or a /64 of IPv6.
    pub per_address: usize,
    /// From one /48 of IPv6, of which whoever asks for one has 65,536 times a /64. IPv4 has no such limit: addresses there are
    /// few, and the neighbours of one are strangers behind a carrier's NAT, or a ministry.
    pub per_network: usize,
}

struct Shared {
    most: Most,
    /// Everybody comes through them: no limit but the overall one.
    proxies: TrustedProxies,
    taken: Mutex<HeldPlaces>,
    turned_away: [AtomicU64; 3],
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// All are taken.
    Everywhere,
    /// This address has as many as it may have.
    ForThisAddress,
    /// The network of this address has as many as it may have.
    ForThisNetwork,
}

/// A taken place; dropped, it is free again.
pub struct Place {
    places: Places,
    from: Holder,
}

impl Places {
    /// None taken yet; for trusted proxies only the limit of all holds.
    pub fn new(most: Most, proxies: TrustedProxies) -> Self {
        let turned_away = Default::default();
        Self(Arc::new(Shared { most, proxies, taken: Mutex::default(), turned_away }))
    }

    /// Takes a place.
    ///
    /// # Errors
    /// [`Full`], counted.
    pub fn take(&self, peer: IpAddr) -> Result<Place, Full> {
        let from = if self.0.proxies.contains(peer) { [None, None] } else { holder(peer) };
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(full) = self.0.full(&taken, from) {
            self.0.turned_away(full).fetch_add(1, Ordering::Relaxed);
            return Err(full);
        }
        taken.take(from);
        Ok(Place { places: self.clone(), from })
    }

    /// Whether three quarters are taken: then those who say nothing, or little, lose theirs sooner.
    pub fn crowded(&self) -> bool {
        self.0.crowded(self.open())
    }

    /// How many are taken.
    pub fn open(&self) -> usize {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner).all()
    }

    /// How many were turned away since the start.
    pub fn turned_away(&self, why: Full) -> u64 {
        self.0.turned_away(why).load(Ordering::Relaxed)
    }
}

impl Shared {
    fn crowded(&self, open: usize) -> bool {
        open >= self.most.all - self.most.all / 4
    }

    fn full(&self, taken: &HeldPlaces, [address, network]: Holder) -> Option<Full> {
        if taken.all() >= self.most.all {
            return Some(Full::Everywhere);
        }
        let share = if self.crowded(taken.all()) { 4 } else { 1 };
        let has_its_share = |net: Option<IpNet>, most: usize| net.is_some() && taken.of(net) >= most.div_ceil(share);
        if has_its_share(address, self.most.per_address) {
            return Some(Full::ForThisAddress);
        }
        has_its_share(network, self.most.per_network).then_some(Full::ForThisNetwork)
    }

    fn turned_away(&self, why: Full) -> &AtomicU64 {
        let [everywhere, for_this_address, for_this_network] = &self.turned_away;
        match why {
            Full::Everywhere => everywhere,
            Full::ForThisAddress => for_this_address,
            Full::ForThisNetwork => for_this_network,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.0.taken.lock().unwrap_or_else(PoisonError::into_inner).give_back(self.from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(all: usize, per_address: usize, per_network: usize) -> Places {
        let most = Most { all, per_address, per_network };
        Places::new(most, TrustedProxies::parse(&["10.0.0.1".into()]).unwrap())
    }

    fn from(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    /// Takes as many as it is given, one from each address.
    fn taken(places: &Places, addresses: impl Iterator<Item = String>) -> (Vec<Place>, Option<Full>) {
        let mut all = Vec::new();
        for address in addresses {
            match places.take(from(&address)) {
                Ok(place) => all.push(place),
                Err(full) => return (all, Some(full)),
            }
        }
        (all, None)
    }

    #[test]
    fn who_comes_when_all_are_taken_is_turned_away_until_somebody_leaves() {
        let places = places(2, 2, 2);
        let first = places.take(from("198.51.100.1")).unwrap();
        let _second = places.take(from("198.51.100.2")).unwrap();
        assert_eq!(places.take(from("198.51.100.3")).err(), Some(Full::Everywhere));
        drop(first);
        assert!(places.take(from("198.51.100.3")).is_ok());
        assert_eq!((places.turned_away(Full::Everywhere), places.turned_away(Full::ForThisAddress)), (1, 0));
    }

    #[test]
    fn one_address_leaves_room_for_the_others_and_a_trusted_proxy_brings_as_many_as_there_is_room_for() {
        let places = places(100, 2, 50);
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
    fn whoever_was_given_a_network_of_ipv6_is_one_neighbour_and_the_neighbours_of_an_ipv4_address_are_many() {
        let places = places(1000, 2, 10);
        let (kept, full) = taken(&places, (0..100).map(|subnet| format!("2001:db8:5:{subnet:x}::1")));
        assert_eq!((kept.len(), full), (10, Some(Full::ForThisNetwork)));
        assert_eq!(places.turned_away(Full::ForThisNetwork), 1);
        assert!(places.take(from("2001:db8:6::1")).is_ok(), "another network");
        let (strangers, full) = taken(&places, (0..200).map(|host| format!("198.51.100.{host}")));
        assert_eq!((strangers.len(), full), (200, None));
    }

    #[test]
    fn when_places_are_few_eight_addresses_that_take_all_they_can_leave_room_for_others() {
        let places = places(800, 100, 200);
        let mut crowd = Vec::new();
        for address in 0..8 {
            crowd.extend(taken(&places, (0..100).map(|_| format!("198.51.100.{address}"))).0);
        }
        assert_eq!(crowd.len(), 6 * 100 + 2 * 25);
        assert_eq!(places.take(from("198.51.100.0")).err(), Some(Full::ForThisAddress));
        let (_others, full) = taken(&places, (0..150).map(|host| format!("203.0.113.{host}")));
        assert_eq!(full, None);
        // Who lost places gets a quarter of them back at most.
        crowd.drain(..100);
        let (again, _) = taken(&places, (0..100).map(|_| "198.51.100.0".to_owned()));
        assert_eq!(again.len(), 25);
    }
}
