//! The master key of a running program. When the database was given another master key, the file is read again; until the new
//! file is in its place, the program goes on with the keys that it unwrapped before.

use super::master_key_file;
use arc_swap::ArcSwap;
use idp_store::Fault;
use keys::{MasterKey, Purpose};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

type Unwrapped = HashMap<(&'static str, String), Zeroizing<Vec<u8>>>;

/// A master key, its file, and what it unwrapped the last time.
pub struct MasterKeyInUse {
    file: PathBuf,
    master: ArcSwap<MasterKey>,
    unwrapped: Mutex<Unwrapped>,
}

impl MasterKeyInUse {
    /// Begins with a master key that was read from `file`.
    pub fn new(master: Arc<MasterKey>, file: PathBuf) -> Self {
        Self { file, master: ArcSwap::new(master), unwrapped: Mutex::default() }
    }

    /// The master key. What is wrapped with it is stored only if the database's check value is still its own
    /// ([`super::secrets::must_match`]).
    pub fn master(&self) -> Arc<MasterKey> {
        self.master.load_full()
    }

    /// Takes the master key of this check value: the one at hand, or the one that is in the file by now.
    pub fn for_check_value(&self, check: Option<&[u8]>) -> Unwrapping<'_> {
        let fits = |master: &MasterKey| check.is_some_and(|check| master.matches_check_value(check));
        let mut master = self.master();
        if !fits(&master)
            && let Ok(read) = master_key_file::read(&self.file)
            && fits(&read)
        {
            master = Arc::new(read);
            self.master.store(master.clone());
            tracing::info!(file = %self.file.display(), "the new master key was read");
        }
        let fits = fits(&master);
        Unwrapping { key: self, master, fits, fresh: Mutex::default() }
    }

    fn lacks(&self) -> Fault {
        Fault::Keys(format!("{} does not hold the database's master key any more", self.file.display()))
    }
}

/// One reading of the wrapped keys.
pub struct Unwrapping<'a> {
    key: &'a MasterKeyInUse,
    master: Arc<MasterKey>,
    fits: bool,
    fresh: Mutex<Unwrapped>,
}

impl Unwrapping<'_> {
    /// Unwraps a key, or gives what it was before the master key changed: a wrapped key never changes under its name.
    ///
    /// # Errors
    /// When it does not unwrap, or was never seen.
    pub fn unwrap(&self, purpose: Purpose, name: &str, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let key = (purpose.as_str(), name.to_owned());
        if !self.fits {
            let unwrapped = self.key.unwrapped.lock().unwrap_or_else(PoisonError::into_inner);
            return unwrapped.get(&key).cloned().ok_or_else(|| self.key.lacks());
        }
        let plain = self.master.unwrap(purpose, wrapped)?;
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner).insert(key, plain.clone());
        Ok(plain)
    }

    /// All was read: what was unwrapped now is what is remembered. Whether the master key at hand is the database's.
    pub fn done(self) -> bool {
        if self.fits {
            let fresh = self.fresh.into_inner().unwrap_or_else(PoisonError::into_inner);
            *self.key.unwrapped.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        }
        self.fits
    }
}
