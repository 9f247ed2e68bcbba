//! Failures per address. They come before everything else and count failures only, since a ministry sits behind one address.
//!
//! All nodes count together in ephemeral state. While that cannot be reached, each counts for itself, so that a limit is at
//! most as many times higher as there are nodes; the rule of a name is in the database and holds in any case.

use crate::client_address::counted;
use idp_core::UnixMillis;
use idp_store::{Ephemeral, Fault};
use std::net::IpAddr;
use std::time::Duration;

/// How long failures from one address are counted together.
pub const WINDOW: Duration = Duration::from_secs(300);

/// The limit. Cheap to clone.
#[derive(Clone)]
pub struct AddressLimit {
    most: u64,
    together: Ephemeral,
    here: Ephemeral,
}

impl AddressLimit {
    /// A limit of `most` failures within [`WINDOW`].
    pub fn new(most: u64, together: Ephemeral, now: UnixMillis) -> Self {
        Self { most, together, here: Ephemeral::in_process(now) }
    }

    /// Whether an address failed too often.
    ///
    /// # Errors
    /// None that comes from Redis being away or holding what makes no sense.
    pub async fn is_reached(&self, from: IpAddr, now: UnixMillis) -> Result<bool, Fault> {
        let key = key(from);
        let together = match self.together.count(&key, now).await {
            // Whoever needs the store logs that it is away; every guess would be too many.
            Err(Fault::Unavailable(_) | Fault::Busy | Fault::Ephemeral(_)) => 0,
            counted => counted?,
        };
        Ok(together.saturating_add(self.here.count(&key, now).await?) >= self.most)
    }

    /// An address failed.
    ///
    /// # Errors
    /// As [`Self::is_reached`].
    pub async fn failed(&self, from: IpAddr, now: UnixMillis) -> Result<(), Fault> {
        let key = key(from);
        match self.together.bump(&key, WINDOW, now).await {
            Err(Fault::Unavailable(_) | Fault::Busy | Fault::Ephemeral(_)) => self.here.bump(&key, WINDOW, now).await?,
            counted => counted?,
        };
        Ok(())
    }
}

fn key(from: IpAddr) -> String {
    format!("limit:sign_in:{}", counted(from))
}
