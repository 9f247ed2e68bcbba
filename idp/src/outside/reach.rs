//! Where we go on whose behalf. Clients that registered themselves have places of their own, so that they cannot take those of the
//! operator's clients; and the operator's list of private hosts is not theirs, unless the operator says so: whoever may register
//! would otherwise have us call a neighbour's console.

use super::fetch::{Bounds, Fetch};

/// GETs under way at once for clients that registered themselves: for all of them, and for one of them or to one host, so that one
/// that never answers does not stop the others.
const FOR_SELF_REGISTERED: Bounds = Bounds { all: 16, each: 4 };

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
    use crate::outside::fetch::{FetchError, FetchSettings, Place};

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

    /// Each to a host of its own.
    fn place(fetch: &Fetch, number: usize) -> Result<Place, FetchError> {
        fetch.place(&format!("https://h{number}.example/").parse().unwrap(), None)
    }

    #[test]
    fn clients_that_registered_themselves_do_not_take_the_places_of_the_others() {
        for allowed in [false, true] {
            let reach = reach(allowed);
            let theirs: Vec<_> = (0..16).map(|number| place(reach.of(true), number).unwrap()).collect();
            assert!(matches!(place(reach.clone().of(true), 16), Err(FetchError::Busy)));
            let ours = [place(reach.of(false), 0).unwrap(), place(reach.clone().of(false), 0).unwrap()];
            assert!(matches!(place(reach.of(false), 0), Err(FetchError::Busy)));
            drop(theirs);
            assert!(place(reach.of(true), 0).is_ok() && place(reach.of(false), 0).is_err());
            drop(ours);
            assert!(place(reach.of(false), 0).is_ok());
        }
    }

    #[test]
    fn one_client_that_registered_itself_and_one_host_take_a_quarter_of_their_places() {
        for allowed in [false, true] {
            let reach = reach(allowed);
            let theirs = reach.of(true);
            let url = |number: usize| format!("https://h{number}.example/").parse().unwrap();
            let of_one_client: Vec<_> = (0..4).map(|number| theirs.place(&url(number), Some("a")).unwrap()).collect();
            assert!(matches!(theirs.place(&url(4), Some("a")), Err(FetchError::Busy)));
            let to_one_host: Vec<_> =
                ["b", "c", "d", "e"].iter().map(|id| theirs.place(&url(9), Some(id)).unwrap()).collect();
            assert!(matches!(theirs.place(&url(9), Some("f")), Err(FetchError::Busy)));
            assert!(theirs.place(&url(5), Some("f")).is_ok(), "others go on");
            drop((of_one_client, to_one_host));
            assert!(theirs.place(&url(9), Some("a")).is_ok());
        }
    }
}
