//! How many GETs may be under way at once: in all, and for one host and one client. A host that answers slowly keeps its places until
//! the time is over; it shall not keep those of everybody.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use url::Url;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// In all.
    pub all: usize,
    /// To one host, whatever the port, and for one client.
    pub each: usize,
}

/// The places. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Places {
    most: Bounds,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// Only those that have any.
    by: HashMap<Holder, usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Holder {
    Host(String),
    Client(String),
}

/// A place; free again when it is dropped.
#[derive(Debug)]
pub struct Place {
    places: Places,
    holders: Vec<Holder>,
}

impl Places {
    pub(super) fn new(most: Bounds) -> Self {
        Self { most, taken: Arc::default() }
    }

    /// `None`: there is none now.
    pub(super) fn take(&self, url: &Url, client: Option<&str>) -> Option<Place> {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_owned();
        let holders: Vec<_> =
            [Holder::Host(host)].into_iter().chain(client.map(|id| Holder::Client(id.to_owned()))).collect();
        let mut taken = self.taken();
        let full = |holder| taken.by.get(holder).is_some_and(|has| *has >= self.most.each);
        if taken.all >= self.most.all || self.most.each == 0 || holders.iter().any(full) {
            return None;
        }
        taken.all += 1;
        for holder in &holders {
            *taken.by.entry(holder.clone()).or_default() += 1;
        }
        drop(taken);
        Some(Place { places: self.clone(), holders })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.all = taken.all.saturating_sub(1);
        for holder in &self.holders {
            if let Some(has) = taken.by.get_mut(holder) {
                *has = has.saturating_sub(1);
            }
        }
        taken.by.retain(|_, has| *has > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(host: &str) -> Url {
        format!("https://{host}/keys").parse().unwrap()
    }

    #[test]
    fn one_host_and_one_client_leave_places_for_others() {
        let places = Places::new(Bounds { all: 5, each: 2 });
        let of_host: Vec<_> =
            ["slow.example", "SLOW.example.:8443"].iter().map(|host| places.take(&url(host), None).unwrap()).collect();
        assert!(places.clone().take(&url("slow.example"), Some("a")).is_none(), "the host has two");
        let of_client: Vec<_> =
            ["a.example", "b.example"].iter().map(|host| places.take(&url(host), Some("a")).unwrap()).collect();
        assert!(places.take(&url("c.example"), Some("a")).is_none(), "the client has two");
        let last = places.take(&url("c.example"), Some("b")).unwrap();
        assert!(places.take(&url("d.example"), Some("c")).is_none(), "there are five");
        drop(last);
        drop(of_host);
        assert!(places.take(&url("slow.example"), Some("b")).is_some());
        drop(of_client);
        let left = places.taken();
        assert_eq!((left.all, left.by.len()), (0, 0), "nothing is remembered of who is gone");
    }

    /// A refusal takes nothing of whoever is refused.
    #[test]
    fn who_is_refused_a_place_holds_none() {
        let places = Places::new(Bounds { all: 9, each: 1 });
        let held = places.take(&url("a.example"), Some("a")).unwrap();
        assert!(places.take(&url("a.example"), Some("b")).is_none());
        assert!(places.take(&url("b.example"), Some("a")).is_none());
        assert!(places.take(&url("b.example"), Some("b")).is_some());
        drop(held);
        assert!(places.take(&url("a.example"), Some("a")).is_some());
        assert!(Places::new(Bounds { all: 1, each: 0 }).take(&url("a.example"), None).is_none());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_more_than_the_bounds_whoever_races() {
        let places = Places::new(Bounds { all: 16, each: 4 });
        let racers = (0..200).map(|number| {
            let places = places.clone();
            tokio::spawn(async move { places.take(&url(&format!("h{}.example", number % 3)), None) })
        });
        let mut held = Vec::new();
        for racer in racers.collect::<Vec<_>>() {
            held.extend(racer.await.unwrap());
        }
        assert_eq!(held.len(), 12, "four for each of three hosts");
    }
}
