//! Failures per address, and per /48 of IPv6, which holds 65,536 times what counts as one address. They come before everything
//! else and count failures only (of other things what each limit is of), since a ministry sits behind one address.
//!
//! All nodes count together in ephemeral state. While that cannot be reached, each counts for itself, so that a limit is at
//! most as many times higher as there are nodes; the rule of a name is in the database and holds in any case.

use crate::client_address::{counted, counted_network};
use idp_core::UnixMillis;
use idp_store::ephemeral::Counted;
use idp_store::{Ephemeral, Fault};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// How long failures from one address are counted together.
pub const WINDOW: Duration = Duration::from_secs(300);

/// So many times the failures of one address may come from one /48.
const NETWORK: u64 = 4;

/// The limit. Cheap to clone.
#[derive(Clone)]
pub struct AddressLimit {
    of: Arc<str>,
    window: Duration,
    most: u64,
    together: Ephemeral,
    here: Ephemeral,
}

impl AddressLimit {
    /// A limit of `most` within [`WINDOW`], counted apart from limits of other things.
    pub fn new(of: &'static str, most: u64, together: Ephemeral, now: UnixMillis) -> Self {
        Self { of: of.into(), window: WINDOW, most, together, here: Ephemeral::in_process(now) }
    }

    /// The same within another time.
    #[must_use]
    pub fn within(self, window: Duration) -> Self {
        Self { window, ..self }
    }

    /// The same counted apart for each `what`.
    #[must_use]
    pub fn for_each(&self, what: &str) -> Self {
        Self { of: format!("{}:{what}", self.of).into(), ..self.clone() }
    }

    /// Counts one more. `Err`: there were too many already; when the window ends, and there is room again.
    ///
    /// # Errors
    /// As [`Self::room`].
    pub async fn take(&self, from: IpAddr, now: UnixMillis) -> Result<Result<(), UnixMillis>, Fault> {
        self.failed(from, now).await?;
        self.has_room(from, 1, now).await
    }

    /// Takes one back that [`Self::take`] counted: what it was counted for did not happen.
    ///
    /// # Errors
    /// As [`Self::room`].
    pub async fn give_back(&self, from: IpAddr, now: UnixMillis) -> Result<(), Fault> {
        for (key, _) in self.keys(from) {
            self.unbump(&key, now).await?;
        }
        Ok(())
    }

    /// The same of [`Self::take_named`].
    ///
    /// # Errors
    /// As [`Self::room`].
    pub async fn give_back_named(&self, name: &str, now: UnixMillis) -> Result<(), Fault> {
        self.unbump(&format!("limit:{}:{name}", self.of), now).await
    }

    /// Where one of the two counts; the sum is what limits.
    async fn unbump(&self, key: &str, now: UnixMillis) -> Result<(), Fault> {
        if self.here.count(key, now).await?.count > 0 {
            return self.here.unbump(key, now).await;
        }
        match self.together.unbump(key, now).await {
            Err(Fault::Unavailable(_) | Fault::Busy | Fault::Ephemeral(_)) => Ok(()),
            given => given,
        }
    }

    /// Whether an address may fail once more. `Err`: it failed too often; when the window ends.
    ///
    /// # Errors
    /// None that comes from Redis being away or holding what makes no sense.
    pub async fn room(&self, from: IpAddr, now: UnixMillis) -> Result<Result<(), UnixMillis>, Fault> {
        self.has_room(from, 0, now).await
    }

    /// Whether there were fewer than the limit allows, and `more`.
    async fn has_room(&self, from: IpAddr, more: u64, now: UnixMillis) -> Result<Result<(), UnixMillis>, Fault> {
        let mut room = Ok(());
        for (key, share) in self.keys(from) {
            let limit = self.most.saturating_mul(share).saturating_add(more);
            if let Err(until) = self.below(&key, limit, now).await? {
                room = Err(room.err().map_or(until, |other: UnixMillis| other.max(until)));
            }
        }
        Ok(room)
    }

    /// Counts one more of something that is told apart by a name, such as the digest of a mailbox. `Err` as of [`Self::take`].
    ///
    /// # Errors
    /// As [`Self::room`].
    pub async fn take_named(&self, name: &str, now: UnixMillis) -> Result<Result<(), UnixMillis>, Fault> {
        let key = format!("limit:{}:{name}", self.of);
        self.bump(&key, now).await?;
        self.below(&key, self.most.saturating_add(1), now).await
    }

    /// Whether fewer than `limit` were counted, here and together. `Err`: when there will be.
    async fn below(&self, key: &str, limit: u64, now: UnixMillis) -> Result<Result<(), UnixMillis>, Fault> {
        let together = match self.together.count(key, now).await {
            // Whoever needs the store logs that it is away; every guess would be too many.
            Err(Fault::Unavailable(_) | Fault::Busy | Fault::Ephemeral(_)) => Counted { count: 0, until: now },
            counted => counted?,
        };
        let here = self.here.count(key, now).await?;
        if together.count.saturating_add(here.count) < limit {
            return Ok(Ok(()));
        }
        let (first, last) = if together.until <= here.until { (together, here) } else { (here, together) };
        Ok(Err(if last.count < limit { first.until } else { last.until }))
    }

    async fn bump(&self, key: &str, now: UnixMillis) -> Result<(), Fault> {
        match self.together.bump(key, self.window, now).await {
            Err(Fault::Unavailable(_) | Fault::Busy | Fault::Ephemeral(_)) => {
                self.here.bump(key, self.window, now).await?
            }
            counted => counted?,
        };
        Ok(())
    }

    /// An address failed.
    ///
    /// # Errors
    /// As [`Self::room`].
    pub async fn failed(&self, from: IpAddr, now: UnixMillis) -> Result<(), Fault> {
        for (key, _) in self.keys(from) {
            self.bump(&key, now).await?;
        }
        Ok(())
    }

    /// Under which keys it counts, and how many times the limit each bears.
    fn keys(&self, from: IpAddr) -> impl Iterator<Item = (String, u64)> + use<> {
        let (of, both) =
            (self.of.clone(), [Some((counted(from), 1)), counted_network(from).map(|network| (network, NETWORK))]);
        both.into_iter().flatten().map(move |(net, share)| (format!("limit:{of}:{net}"), share))
    }
}
