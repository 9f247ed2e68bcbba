//! Passwords: Argon2id on threads of its own, each with one buffer that is used again, behind a queue that sheds load.
//!
//! Owns hashing and comparing. The rule of wrong passwords is in `idp_core::people::password_attempt`.

use crate::failure::Failure;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use keys::same;
use password_hash::phc::{Ident, Output, ParamsString, PasswordHash, Salt};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

/// The longest password that is looked at, in bytes: a longer one is wrong, at the same cost.
pub const LONGEST: usize = 512;
/// Sign-ins that may wait for each hashing thread before further ones are asked to come back.
const WAITING_PER_THREAD: usize = 32;

/// What one hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
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
    hashed: Arc<AtomicU64>,
}

type Job = Box<dyn FnOnce(&mut Hasher) + Send>;

/// What a hashing thread owns.
struct Hasher {
    cost: Cost,
    memory: Vec<Block>,
    hashed: Arc<AtomicU64>,
}

impl Passwords {
    /// Starts `threads` hashing threads (0: half the cores, at least one).
    ///
    /// # Errors
    /// When a thread cannot be started or the cost is none Argon2 knows.
    pub fn start(cost: Cost, threads: usize) -> Result<Self, Failure> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if threads == 0 { (cores / 2).max(1) } else { threads };
        let (queue, jobs) = sync_channel::<Job>(threads.saturating_mul(WAITING_PER_THREAD));
        let jobs = Arc::new(Mutex::new(jobs));
        let hashed = Arc::<AtomicU64>::default();
        for number in 0..threads {
            let (jobs, hasher) = (jobs.clone(), Hasher { cost, memory: Vec::new(), hashed: hashed.clone() });
            std::thread::Builder::new()
                .name(format!("password-{number}"))
                .spawn(move || work(&jobs, hasher))
                .map_err(|why| Failure::Other(format!("cannot start a hashing thread: {why}")))?;
        }
        let decoy = Hasher { cost, memory: Vec::new(), hashed: Arc::default() }.hash(&keys::random::<16>()?)?;
        Ok(Self { queue, decoy: decoy.into(), hashed })
    }

    /// How many passwords were hashed since the start, decoys included: what signing in has cost so far.
    pub fn hashed(&self) -> u64 {
        self.hashed.load(Ordering::Relaxed)
    }

    /// Hashes a password with a fresh salt; gives the PHC string.
    ///
    /// # Errors
    /// [`Failure::Busy`] when too many wait.
    pub async fn hash(&self, password: Zeroizing<String>) -> Result<String, Failure> {
        self.run(move |hasher| hasher.hash(password.as_bytes())).await?
    }

    /// Compares a password with a stored hash, or, for a name that nobody has, with a decoy at the same cost.
    ///
    /// # Errors
    /// [`Failure::Busy`] when too many wait; a stored hash that cannot be read.
    pub async fn compare(&self, password: Zeroizing<String>, stored: Option<String>) -> Result<Compared, Failure> {
        let decoy = self.decoy.clone();
        self.run(move |hasher| {
            let compared = hasher.compare(password.as_bytes(), stored.as_deref().unwrap_or(&decoy))?;
            Ok(Compared { right: compared.right && stored.is_some(), ..compared })
        })
        .await?
    }

    async fn run<T: Send + 'static>(&self, act: impl FnOnce(&mut Hasher) -> T + Send + 'static) -> Result<T, Failure> {
        let (tell, told) = oneshot::channel();
        let job: Job = Box::new(move |hasher| drop(tell.send(act(hasher))));
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
    fn hash(&mut self, password: &[u8]) -> Result<String, Failure> {
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
        let output = self.digest(looked_at, &salt, &params)?;
        let right = same(&output, expected.as_bytes()) & (password.len() <= LONGEST);
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
        self.hashed.fetch_add(1, Ordering::Relaxed);
        let mut output = [0; 32];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        argon2.hash_password_into_with_memory(password, salt, &mut output, &mut self.memory).map_err(words)?;
        Ok(output)
    }
}

fn words(error: impl std::fmt::Display) -> Failure {
    Failure::Other(format!("password hash: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1 };

    fn password(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.into())
    }

    #[tokio::test]
    async fn a_password_is_recognised_and_another_is_not() {
        let passwords = Passwords::start(CHEAP, 1).unwrap();
        let stored = passwords.hash(password("abcd1234")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
        let right = passwords.compare(password("abcd1234"), Some(stored.clone())).await.unwrap();
        assert_eq!(right, Compared { right: true, outdated: false });
        assert!(!passwords.compare(password("Abcd1234"), Some(stored)).await.unwrap().right);
        assert!(!passwords.compare(password("abcd1234"), None).await.unwrap().right);
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_is_recognised_and_called_outdated() {
        let old = Passwords::start(CHEAP, 1).unwrap().hash(password("abcd1234")).await.unwrap();
        let raised = Passwords::start(Cost { memory_kib: 128, passes: 2 }, 1).unwrap();
        let compared = raised.compare(password("abcd1234"), Some(old)).await.unwrap();
        assert_eq!(compared, Compared { right: true, outdated: true });
    }

    #[tokio::test]
    async fn an_overlong_password_is_wrong_and_costs_no_more() {
        let passwords = Passwords::start(CHEAP, 1).unwrap();
        let stored = passwords.hash(password(&"a".repeat(LONGEST))).await.unwrap();
        assert!(passwords.compare(password(&"a".repeat(LONGEST)), Some(stored.clone())).await.unwrap().right);
        assert!(!passwords.compare(password(&"a".repeat(1 << 20)), Some(stored)).await.unwrap().right);
    }

    #[tokio::test]
    async fn more_than_can_wait_are_turned_away() {
        let passwords = Passwords::start(Cost { memory_kib: 19 * 1024, passes: 2 }, 1).unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..200 {
            let passwords = passwords.clone();
            tasks.spawn(async move { passwords.compare(password("x"), None).await });
        }
        let outcomes = tasks.join_all().await;
        let busy = outcomes.iter().filter(|outcome| matches!(outcome, Err(Failure::Busy))).count();
        assert!(busy > 0 && busy < 200, "{busy}");
    }
}
