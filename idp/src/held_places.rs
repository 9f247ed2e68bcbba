//! Places that are taken, in all and from each address: for limits that leave room for others.

use crate::client_address::{counted, counted_network};
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;

/// Who holds a place: what counts as one address, and the /48 of IPv6 that it is of.
pub type Holder = [Option<IpNet>; 2];

/// How many are taken, and by whom.
#[derive(Default)]
pub struct HeldPlaces {
    all: usize,
    /// By address, and by network: prefixes of another length.
    from: HashMap<IpNet, usize>,
}

/// Who takes a place from an address.
pub fn holder(address: IpAddr) -> Holder {
    [Some(counted(address)), counted_network(address)]
}

impl HeldPlaces {
    /// In all.
    pub fn all(&self) -> usize {
        self.all
    }

    /// From an address or a network; none from nobody.
    pub fn of(&self, net: Option<IpNet>) -> usize {
        net.and_then(|net| self.from.get(&net)).copied().unwrap_or(0)
    }

    /// One more.
    pub fn take(&mut self, holder: Holder) {
        self.all += 1;
        for net in holder.into_iter().flatten() {
            *self.from.entry(net).or_default() += 1;
        }
    }

    /// One fewer, of those that were taken.
    pub fn give_back(&mut self, holder: Holder) {
        self.all = self.all.saturating_sub(1);
        for net in holder.into_iter().flatten() {
            if let Some(held) = self.from.get_mut(&net) {
                *held = held.saturating_sub(1);
                if *held == 0 {
                    self.from.remove(&net);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_left_is_forgotten() {
        let mut held = HeldPlaces::default();
        let [first, second] = ["198.51.100.1", "2001:db8:1:2::1"].map(|address| holder(address.parse().unwrap()));
        for who in [first, second, second, [None, None]] {
            held.take(who);
        }
        assert_eq!((held.all(), held.of(first[0]), held.of(second[1]), held.of(None)), (4, 1, 2, 0));
        for who in [first, second, [None, None], second] {
            held.give_back(who);
        }
        assert_eq!((held.all(), held.from.len()), (0, 0));
    }
}
