//! Names to addresses. The HTTP client connects to the addresses returned here and looks nothing up again: what is
//! checked is what is connected to.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use super::public_address::is_public;

/// Lookups at a time. The system's resolver blocks a thread for as long as it likes: without a bound, a client with a
/// name service that never answers could take every blocking thread of the process.
const LOOKUPS_AT_A_TIME: usize = 64;

/// Why a name yields no address to connect to.
#[derive(Debug, thiserror::Error)]
pub(super) enum LookupError {
    /// The first offending address.
    #[error("the name resolves to {0}, which is not a public address")]
    NotPublic(IpAddr),
    #[error("the name has no address")]
    NoAddress,
    #[error(transparent)]
    Failed(io::Error),
}

/// The system's resolver (hosts file, then DNS).
pub(super) struct SystemResolver {
    places: Arc<Semaphore>,
}

impl SystemResolver {
    pub(super) fn new() -> SystemResolver {
        SystemResolver { places: Arc::new(Semaphore::new(LOOKUPS_AT_A_TIME)) }
    }
}

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let places = self.places.clone();
        Box::pin(async move {
            let place = places.acquire_owned().await?;
            let addresses = tokio::task::spawn_blocking(move || {
                // Given back when the lookup is over, not when its caller stopped waiting.
                let _place = place;
                (name.as_str(), 0).to_socket_addrs().map(Vec::from_iter)
            });
            let addresses = addresses.await?.map_err(LookupError::Failed)?;
            if addresses.is_empty() {
                return Err(LookupError::NoAddress.into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Passes on what `names` answers if every address is public, and refuses otherwise: a name that is also inside is a
/// name set for us.
pub(super) struct PublicOnly {
    names: Arc<dyn Resolve>,
}

impl PublicOnly {
    pub(super) fn new(names: Arc<dyn Resolve>) -> PublicOnly {
        PublicOnly { names }
    }
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let answer = self.names.resolve(name);
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = answer.await?.collect();
            if let Some(inside) = addresses.iter().find(|address| !is_public(address.ip())) {
                return Err(LookupError::NotPublic(inside.ip()).into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
