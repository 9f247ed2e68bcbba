//! Failures per address, and per /48 of IPv6, which holds 65,536 times what counts as one address. They come before everything
//! else and count failures only (of other things what each limit is of), since a ministry sits behind one address.
//!
//! All nodes count together in ephemeral state. While that cannot be reached, each counts for itself, so that a limit is at
//! most as many times higher as there are nodes; the rule of a name is in the database and holds in any case.

use crate::client_address::{counted, counted_network};
use idp_core::UnixMillis;
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

    /// Counts one more. `false`: there were too many already.
    ///
    /// # Errors
    /// As [`Self::is_reached`].
    pub async fn take(&self, from: IpAddr, now: UnixMillis) -> Result<bool, Fault> {
        self.failed(from, now).await?;
        Ok(!self.has_come_to(from, 1, now).await?)
    }

    /// Takes one back that [`Self::take`] counted: what it was counted for did not happen.
    ///
    /// # Errors
    /// As [`Self::is_reached`].
    pub async fn give_back(&self, from: IpAddr, now: UnixMillis) -> Result<(), Fault> {
        for (key, _) in self.keys(from) {
            self.unbump(&key, now).await?;
        }
        Ok(())
    }

    /// The same of [`Self::take_named`].
    ///
    /// # Errors
    /// As [`Self::is_reached`].
    pub async fn give_back_named(&self, name: &str, now: UnixMillis) -> Result<(), Fault> {
        self.unbump(&format!("limit:{}:{name}", self.of), now).await
    }

    /// Where one of the two counts; the sum is what limits.
    async fn unbump(&self, key: &str, now: UnixMillis) -> Result<(), Fault> {
        if self.here.count(key, now).await? > 0 {
            return self.here.unbump(key, now).await;
        }
        match self.together.unbump(key, now).await {
            Err(Fault::Unavailable(_) | Fault::Busy | Fault::Ephemeral(_)) => Ok(()),
            given => given,
        }
    }

    /// Whether an address failed too often.
    ///
    /// # Errors
    /// None that comes from Redis being away or holding what makes no sense.
    pub async fn is_reached(&self, from: IpAddr, now: UnixMillis) -> Result<bool, Fault> {
        self.has_come_to(from, 0, now).await
    }

    /// Whether there were as many as the limit allows, and `more`.
    async fn has_come_to(&self, from: IpAddr, more: u64, now: UnixMillis) -> Result<bool, Fault> {
        for (key, share) in self.keys(from) {
            let limit = self.most.saturating_mul(share).saturating_add(more);
            if self.count(&key, now).await? >= limit {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Counts one more of something that is told apart by a name, such as the digest of a mailbox. `false`: there were too many
    /// already.
    ///
    /// # Errors
    /// As [`Self::is_reached`].
    pub async fn take_named(&self, name: &str, now: UnixMillis) -> Result<bool, Fault> {
        let key = format!("limit:{}:{name}", self.of);
        self.bump(&key, now).await?;
        Ok(self.count(&key, now).await? <= self.most)
    }

    async fn count(&self, key: &str, now: UnixMillis) -> Result<u64, Fault> {
        let together = match self.together.count(key, now).await {
            // Whoever needs the store logs that it is away; every guess would be too many.
            Err(Fault::Unavailable(_) | Fault::Busy | Fault::Ephemeral(_)) => 0,
            counted => counted?,
        };
        Ok(together.saturating_add(self.here.count(key, now).await?))
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
    /// As [`Self::is_reached`].
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
