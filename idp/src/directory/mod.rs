//! What every request needs and nobody may look up each time: clients and keys. Held in memory under
//! the database's version, which is asked for every second.

mod client_keys;
mod client_secrets;
mod logos;
mod looks;
mod may_issue;
mod misses;
mod snapshot;

pub use client_keys::{ClientKeys, NotVerified};
pub use client_secrets::{StoredSecret, open_secrets, reseal_secrets, seal_secrets};
pub use logos::{Logo, LogoWork, addresses};
pub use may_issue::WrongClock;
pub use snapshot::{Known, Snapshot};

use crate::clock::Clock;
use crate::failure::Failure;
use crate::keystore::Prepared;
use crate::keystore::master_key_in_use::MasterKeyInUse;
use crate::outside::reach::Reach;
use arc_swap::ArcSwap;
use idp_core::ClientId;
use keys::{MasterKey, Sealer};
use looks::Looks;
use misses::Misses;
use snapshot::read;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The directory. Cheap to clone.
#[derive(Clone)]
pub struct Directory(Arc<Shared>);

struct Shared {
    current: ArcSwap<Snapshot>,
    prepared: Prepared,
    in_use: Arc<MasterKeyInUse>,
    misses: Misses,
    looks: Looks,
    client_keys: ClientKeys,
    clock: Clock,
    /// How far this node's clock and the database's may be apart.
    clock_skew: Duration,
    turns: AtomicU64,
    /// The turn that `checked_at` is of: an older one that comes to its end later changes nothing.
    last_check: Mutex<u64>,
    checked_at: AtomicI64,
    outdated: AtomicBool,
    /// How far this node's clock was before the database's at the last check, in milliseconds.
    ahead: AtomicI64,
}

impl Directory {
    /// Reads the directory for the first time.
    ///
    /// * `reach`: for the keys that clients publish.
    /// * `clock_skew`: how far this node's clock and the database's may be apart.
    ///
    /// # Errors
    /// When the database cannot be read or a key does not unwrap.
    pub async fn load(
        prepared: Prepared,
        reach: Reach,
        (clock, clock_skew): (Clock, Duration),
    ) -> Result<Self, Failure> {
        let in_use = Arc::new(MasterKeyInUse::new(prepared.master.clone(), prepared.master_key_file.clone()));
        let (misses, checked_at, ahead) = (Misses::default(), AtomicI64::new(clock.now().0), AtomicI64::new(0));
        let first = read(&prepared, &in_use, 0).await?;
        first.say_unreadable(None);
        let current = ArcSwap::from_pointee(first);
        let (turns, outdated) = (AtomicU64::new(1), AtomicBool::new(false));
        let shared = Shared {
            current,
            prepared,
            in_use,
            misses,
            looks: Looks::default(),
            client_keys: ClientKeys::new(reach, clock.clone()),
            clock,
            clock_skew,
            turns,
            last_check: Mutex::default(),
            checked_at,
            outdated,
            ahead,
        };
        let directory = Self(Arc::new(shared));
        directory.check().await?;
        Ok(directory)
    }

    /// The version in force.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.0.current.load_full()
    }

    /// A client. One that memory does not know is looked for in the database once before it is refused: it may have been
    /// added a moment ago.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn client(&self, id: &ClientId) -> Result<Option<Arc<Known>>, Failure> {
        if let Some(known) = self.snapshot().client(id) {
            return Ok(Some(known.clone()));
        }
        self.0.looks.share(self.check()).await?;
        Ok(self.snapshot().client(id).cloned())
    }

    /// What verifies the signatures of clients.
    pub fn client_keys(&self) -> &ClientKeys {
        &self.0.client_keys
    }

    /// Asks for the version and reads anew if it moved.
    ///
    /// # Errors
    /// When the database cannot be read; what is in memory stays.
    pub async fn check(&self) -> Result<(), Failure> {
        let db = &self.0.prepared.db;
        // Before the question: an answer that was long on its way tells of then, not of now.
        let asked_at = self.0.clock.now();
        let turn = self.0.turns.fetch_add(1, Ordering::Relaxed);
        let (version, clock) = db.read(idp_store::directory_version::current_with_clock).await?;
        self.compare_clocks(asked_at, clock);
        let known = self.snapshot();
        // Without its master key a node looks each time whether the new file is there by now.
        if version != known.version || !known.master_key_fits {
            let fresh = Arc::new(read(&self.0.prepared, &self.0.in_use, turn).await?);
            fresh.say_unreadable(Some(&*known));
            // Several may read at once, and who asked first may be the last to get an answer.
            self.0.current.rcu(|current| if current.turn > turn { current.clone() } else { fresh.clone() });
        }
        let mut last = self.0.last_check.lock().unwrap_or_else(PoisonError::into_inner);
        if *last < turn {
            *last = turn;
            self.0.checked_at.store(asked_at.0, Ordering::Relaxed);
        }
        Ok(())
    }

    /// A value is to be opened that may be sealed with a key which another node knows already: one that memory does not know
    /// is looked for in the database once. A miss is remembered for a second.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn learn_sealing_key(&self, sealed: &str) -> Result<(), Failure> {
        match Sealer::key_named_in(sealed) {
            Some(id) if !self.snapshot().sealer.knows(id) => self.look_for(&id.0).await,
            _ => Ok(()),
        }
    }

    /// The same for a token of ours that may be signed with a key which another node knows already.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn learn_signing_key(&self, token: &str) -> Result<(), Failure> {
        match keys::jws::kid_named_in(token) {
            Some(kid) if !self.snapshot().ring.records().iter().any(|record| record.kid == kid) => {
                self.look_for(kid.as_str().as_bytes()).await
            }
            _ => Ok(()),
        }
    }

    async fn look_for(&self, name: &[u8]) -> Result<(), Failure> {
        if self.0.misses.is_new(name, self.0.clock.now()) { self.0.looks.share(self.check()).await } else { Ok(()) }
    }

    /// The master key at hand: for jobs that make keys.
    pub fn master(&self) -> Arc<MasterKey> {
        self.0.in_use.master()
    }

    /// What the directory is read with: for jobs that change it.
    pub fn prepared(&self) -> &Prepared {
        &self.0.prepared
    }
}

#[cfg(test)]
mod tests;
