//! Where we go on whose behalf. Clients that registered themselves have places of their own, so that they cannot take those of the
//! operator's clients; and the operator's list of private hosts is not theirs, unless the operator says so: whoever may register
//! would otherwise have us call a neighbour's console.

use super::fetch::Fetch;

/// GETs under way at once for all clients that registered themselves.
const FOR_SELF_REGISTERED: usize = 16;

/// The outbound client, for each kind of clients. Cheap to clone; clones share connections and places.
#[derive(Clone, Debug)]
pub struct Reach {
    operators: Fetch,
    self_registered: Fetch,
}

impl Reach {
    /// * `fetch`: for the operator's clients.
    /// * `use_allow_hosts`: whether its allow-list holds for clients that registered themselves, too.
    pub fn new(fetch: Fetch, use_allow_hosts: bool) -> Self {
        let self_registered = match use_allow_hosts {
            true => fetch.apart(FOR_SELF_REGISTERED),
            false => fetch.to_public_addresses(FOR_SELF_REGISTERED),
        };
        Self { operators: fetch, self_registered }
    }

    /// For a client that registered itself, or one of the operator's.
    pub fn of(&self, self_registered: bool) -> &Fetch {
        if self_registered { &self.self_registered } else { &self.operators }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outside::fetch::{FetchError, FetchSettings};

    fn reach(use_allow_hosts: bool) -> Reach {
        let settings = FetchSettings { allow_hosts: vec!["10.1.2.3".into()], gets_at_once: 2, ..Default::default() };
        Reach::new(Fetch::new(settings).unwrap(), use_allow_hosts)
    }

    #[test]
    fn the_operators_list_is_not_that_of_clients_which_registered_themselves_unless_the_operator_says_so() {
        let (listed, public) = ("http://10.1.2.3/".parse().unwrap(), "https://a.example/".parse().unwrap());
        for (allowed, self_registered, fine) in
            [(false, false, true), (false, true, false), (true, false, true), (true, true, true)]
        {
            let reach = reach(allowed);
            assert_eq!(reach.of(self_registered).check_url(&listed).is_ok(), fine, "{allowed} {self_registered}");
            assert!(reach.of(self_registered).check_url(&public).is_ok());
        }
        let private = "https://10.1.2.3/".parse().unwrap();
        let refused = reach(false).of(true).check_url(&private);
        assert!(matches!(refused, Err(FetchError::PrivateAddress)), "{refused:?}");
    }

    #[test]
    fn clients_that_registered_themselves_do_not_take_the_places_of_the_others() {
        for allowed in [false, true] {
            let reach = reach(allowed);
            let theirs: Vec<_> = (0..FOR_SELF_REGISTERED).map(|_| reach.of(true).place().unwrap()).collect();
            assert!(matches!(reach.clone().of(true).place(), Err(FetchError::Busy)));
            let ours = [reach.of(false).place().unwrap(), reach.clone().of(false).place().unwrap()];
            assert!(matches!(reach.of(false).place(), Err(FetchError::Busy)));
            drop(theirs);
            assert!(reach.of(true).place().is_ok() && reach.of(false).place().is_err());
            drop(ours);
            assert!(reach.of(false).place().is_ok());
        }
    }
}
