//! Passwords: Argon2id on threads of its own, each with one buffer that is used again, behind a queue that sheds load.
//!
//! Owns hashing and comparing, and that either is done with the normalised password. Who has a [`Place`] in the queue will be hashed
//! soon; everybody else is told at once to come back, before anything is looked up or written for them. The rule of wrong passwords is
//! in `idp_core::people::password_attempt`.

mod places;

pub use places::Place;

use crate::failure::Failure;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use idp_core::people::account_name::AccountName;
use idp_core::people::password_rule::{is_common, normalised};
use keys::same;
use password_hash::phc::{Ident, Output, ParamsString, PasswordHash, Salt};
use places::{MOST_WAITING, Places};
use std::net::IpAddr;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

/// The longest password that is looked at, in bytes: a longer one is wrong, at the same cost.
pub const LONGEST: usize = 512;

/// What one hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// What is missing when a hash of before the cost was raised was computed: passes over memory, so that guessing at a
    /// name with an old hash takes as long as at one that nobody has. `None`: nothing.
    fn beyond(&self, old: &Params) -> Option<Params> {
        let filled = |memory: u32, passes: u32| u64::from(memory) * u64::from(passes);
        let missing = filled(self.memory_kib, self.passes).saturating_sub(filled(old.m_cost(), old.t_cost()));
        // In as many passes as may be without more memory than a hash has, and none over less than Argon2 takes.
        let passes = missing.div_ceil(u64::from(self.memory_kib.max(1))).max(1);
        let memory = u32::try_from(missing / passes).ok()?;
        Params::new(memory, u32::try_from(passes).ok()?, 1, Some(32)).ok()
    }
}

/// The outcome of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Whether the password is the one.
    pub right: bool,
    /// Whether the stored hash costs other than new ones do, and should be renewed.
    pub outdated: bool,
}

/// Hashes and compares passwords. Cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    queue: SyncSender<Job>,
    /// Compared with when nobody has the name, so that it costs the same.
    decoy: Arc<str>,
    places: Arc<Places>,
}

type Job = Box<dyn FnOnce(&mut Hasher) + Send>;

/// What a hashing thread owns.
struct Hasher {
    cost: Cost,
    memory: Vec<Block>,
    places: Arc<Places>,
    /// KiB filled so far, each pass counted: the work itself, which on a busy machine time does not tell.
    #[cfg(test)]
    filled: u64,
}

impl Passwords {
    /// Starts `threads` hashing threads (0: half the cores, at least one).
    ///
    /// # Errors
    /// When a thread cannot be started or the cost is none Argon2 knows.
    pub fn start(cost: Cost, threads: usize) -> Result<Self, Failure> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if threads == 0 { (cores / 2).max(1) } else { threads };
        let (queue, jobs) = sync_channel::<Job>(MOST_WAITING);
        let jobs = Arc::new(Mutex::new(jobs));
        let places = Places::new(threads);
        let decoy = Hasher::new(cost, places.clone()).decoy()?;
        for number in 0..threads {
            let (jobs, hasher) = (jobs.clone(), Hasher::new(cost, places.clone()));
            std::thread::Builder::new()
                .name(format!("password-{number}"))
                .spawn(move || work(&jobs, hasher))
                .map_err(|why| Failure::Other(format!("cannot start a hashing thread: {why}")))?;
        }
        Ok(Self { queue, decoy: decoy.into(), places })
    }

    /// How many passwords were hashed since the start, decoys included: what signing in has cost so far.
    pub fn hashed(&self) -> u64 {
        self.places.hashed()
    }

    /// How many wait or are hashed.
    pub fn waiting(&self) -> usize {
        self.places.waiting()
    }

    /// A place in the queue.
    ///
    /// * `from`: the address of whoever typed the password. `None`: nobody did.
    ///
    /// # Errors
    /// [`Failure::Busy`] when too many wait, or too many from there.
    pub fn place(&self, from: Option<IpAddr>) -> Result<Place, Failure> {
        self.places.take(from)
    }

    /// Hashes a password, normalised, with a fresh salt; gives the PHC string.
    ///
    /// # Errors
    /// As [`Self::place`].
    pub async fn hash(&self, from: Option<IpAddr>, password: Zeroizing<String>) -> Result<String, Failure> {
        let password = normalised(&password);
        self.run(self.place(from)?, move |hasher| hasher.hash(password.as_bytes())).await?
    }

    /// Hashes a password that somebody chooses, normalised, unless it is among those that are tried first: `None`. That is judged on the
    /// thread that hashes: it keeps a processor busy for milliseconds, at a stranger's will.
    ///
    /// # Errors
    /// As [`Self::hash`].
    pub async fn hash_chosen(
        &self,
        from: IpAddr,
        password: Zeroizing<String>,
        account: Option<AccountName>,
    ) -> Result<Option<String>, Failure> {
        let password = normalised(&password);
        self.run(self.place(Some(from))?, move |hasher| {
            if is_common(&password, account.as_ref()) {
                return Ok(None);
            }
            hasher.hash(password.as_bytes()).map(Some)
        })
        .await?
    }

    /// Compares a password, normalised, with a stored hash, or, for a name that nobody has, with a decoy at the same cost.
    ///
    /// Hashes of before passwords were normalised hold what was typed then. So what is wrong normalised is compared as it was typed too,
    /// where that is not the same: whatever the stored hash is, and with the decoy, so that what a guess costs depends on what was typed
    /// alone. Found so, the hash is outdated.
    ///
    /// # Errors
    /// A stored hash that cannot be read.
    pub async fn compare(
        &self,
        place: Place,
        password: Zeroizing<String>,
        stored: Option<String>,
    ) -> Result<Compared, Failure> {
        let (decoy, normalised) = (self.decoy.clone(), normalised(&password));
        self.run(place, move |hasher| {
            let with = stored.as_deref().unwrap_or(&decoy);
            let mut compared = hasher.compare(normalised.as_bytes(), with)?;
            if !compared.right && *normalised != *password {
                let Compared { right, outdated } = hasher.compare(password.as_bytes(), with)?;
                compared = Compared { right, outdated: outdated || right };
            }
            Ok(Compared { right: compared.right && stored.is_some(), ..compared })
        })
        .await?
    }

    async fn run<T, A>(&self, place: Place, act: A) -> Result<T, Failure>
    where
        T: Send + 'static,
        A: FnOnce(&mut Hasher) -> T + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let job: Job = Box::new(move |hasher| {
            let done = act(hasher);
            drop(place);
            drop(tell.send(done));
        });
        self.queue.try_send(job).map_err(|why| match why {
            TrySendError::Full(_) => Failure::Busy,
            TrySendError::Disconnected(_) => Failure::Other("the hashing threads are gone".into()),
        })?;
        told.await.map_err(|_| Failure::Other("hashing panicked".into()))
    }
}

fn work(jobs: &Mutex<Receiver<Job>>, mut hasher: Hasher) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(job) => job(&mut hasher),
            Err(_) => return,
        }
    }
}

impl Hasher {
    fn new(cost: Cost, places: Arc<Places>) -> Self {
        Self {
            cost,
            memory: Vec::new(),
            places,
            #[cfg(test)]
            filled: 0,
        }
    }

    /// The hash of a password that nobody has. It tells how long one takes here, and counts as none.
    fn decoy(&mut self) -> Result<String, Failure> {
        let begun = stopwatch();
        let decoy = self.hash_uncounted(&keys::random::<16>()?)?;
        self.places.expect(begun.elapsed());
        Ok(decoy)
    }

    fn hash(&mut self, password: &[u8]) -> Result<String, Failure> {
        let begun = stopwatch();
        let hash = self.hash_uncounted(password)?;
        self.places.took(begun.elapsed());
        Ok(hash)
    }

    fn hash_uncounted(&mut self, password: &[u8]) -> Result<String, Failure> {
        let params = self.params()?;
        let salt = keys::random::<16>()?;
        let output = self.digest(password, &salt, &params)?;
        let hash = PasswordHash {
            algorithm: Ident::new("argon2id").map_err(words)?,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params).map_err(words)?,
            salt: Some(Salt::new(&salt).map_err(words)?),
            hash: Some(Output::new(&output).map_err(words)?),
        };
        Ok(hash.to_string())
    }

    fn compare(&mut self, password: &[u8], stored: &str) -> Result<Compared, Failure> {
        let parsed = PasswordHash::new(stored).map_err(words)?;
        let params = Params::try_from(&parsed).map_err(words)?;
        let (Some(salt), Some(expected)) = (parsed.salt, parsed.hash) else {
            return Err(Failure::Other("a stored password hash lacks its salt or digest".into()));
        };
        // A longer one is compared cut off, and wrong whatever comes out.
        let looked_at = password.get(..LONGEST).unwrap_or(password);
        let begun = stopwatch();
        let output = self.digest(looked_at, &salt, &params)?;
        let right = same(&output, expected.as_bytes()) & (password.len() <= LONGEST);
        if !right && let Some(rest) = self.cost.beyond(&params) {
            self.digest(looked_at, &salt, &rest)?;
        }
        self.places.took(begun.elapsed());
        let outdated = params.m_cost() != self.cost.memory_kib || params.t_cost() != self.cost.passes;
        Ok(Compared { right, outdated })
    }

    fn params(&self) -> Result<Params, Failure> {
        Params::new(self.cost.memory_kib, self.cost.passes, 1, Some(32)).map_err(words)
    }

    fn digest(&mut self, password: &[u8], salt: &[u8], params: &Params) -> Result<[u8; 32], Failure> {
        let blocks = params.block_count();
        if self.memory.len() < blocks {
            self.memory.resize(blocks, Block::default());
        }
        #[cfg(test)]
        {
            self.filled += u64::from(params.m_cost()) * u64::from(params.t_cost());
        }
        let mut output = [0; 32];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        argon2.hash_password_into_with_memory(password, salt, &mut output, &mut self.memory).map_err(words)?;
        Ok(output)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a hash takes on this machine decides how many may wait for one"
)]
fn stopwatch() -> Instant {
    Instant::now()
}

fn words(error: impl std::fmt::Display) -> Failure {
    Failure::Other(format!("password hash: {error}"))
}

#[cfg(test)]
mod tests;
