//! State that a person can redo: in this process, or in a Redis that many nodes share. Seven verbs, each of them atomic: `put`, `get`,
//! `take`, `once`, `bump`, `count` to look at what was bumped, and `unbump` to take one back.
//!
//! **Time.** Whoever calls says what time it is; an entry is over once that moment has come. Redis drops it besides by
//! its own clock, counted from the moment it was written: what comes first ends it. Guards of `once` stay in Redis for
//! [`SLOW_CLOCKS`] longer, so that a node whose clock is late still finds them.
//!
//! **Start.** Either store begins to remember at some moment: the start of the process, or the first time that a Redis
//! is seen empty or newly started. [`Ephemeral::once`] refuses what was issued before it, since an earlier memory may have
//! let it pass; entries of before are not found.
//!
//! **Room.** What stands before the first colon of a key is its kind (`nonce:`, `limit:`). Each kind has room of its own,
//! so that a flood of one takes nothing from another. A key has at most [`LONGEST_KEY`] bytes, a value [`LONGEST_VALUE`].

mod in_process;
mod redis;
mod url;

pub use url::{EphemeralUrl, RedisSettings, RedisUrl};

use crate::Fault;
use idp_core::UnixMillis;
use in_process::InProcess;
use redis::Redis;
use std::sync::Arc;
use std::time::Duration;

/// The longest key, in bytes.
pub const LONGEST_KEY: usize = 256;
/// The longest value, in bytes.
pub const LONGEST_VALUE: usize = 64 << 10;
/// How far in the future `issued_at` may lie: clocks of portals run ahead a little (FAPI 2.0 Security Profile §5.3.2.1 has servers
/// accept 10 seconds).
pub const AHEAD: Duration = Duration::from_secs(10);
/// How late the clock of a node may be without its forgetting what another has seen.
const SLOW_CLOCKS: Duration = Duration::from_secs(600);

/// Tells the time.
pub type Now = Arc<dyn Fn() -> UnixMillis + Send + Sync>;

/// Ephemeral state. Cheap to clone.
#[derive(Clone)]
pub enum Ephemeral {
    /// In this process.
    InProcess(InProcess),
    /// In a Redis.
    Redis(Redis),
}

/// What a single-use proof is to this store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Once {
    /// Nobody presented it before.
    First,
    /// It was presented before.
    Seen,
    /// It was issued before this store began to remember, or so little later that an earlier one may have let it pass
    /// ([`AHEAD`]). Whoever issued it issues a new one.
    BeforeStart,
    /// It claims to be issued later than [`AHEAD`] from now.
    FromTheFuture,
}

/// How much was bumped under a key, and until when it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// So often.
    pub count: u64,
    /// The end of the window that began with the first; now, if there was none.
    pub until: UnixMillis,
}

impl Ephemeral {
    /// State in this process, which remembers from `now` on.
    pub fn in_process(now: UnixMillis) -> Self {
        Self::InProcess(InProcess::new(now))
    }

    /// State in a Redis. Waits a second at most for it to answer, and then goes on without: it is connected to in the
    /// background, now and whenever it was lost, and until then every verb is [`Fault::Unavailable`] at once.
    pub async fn redis(settings: RedisSettings, now: Now) -> Self {
        Self::Redis(Redis::open(settings, now).await)
    }

    /// Why the store does not answer, if it does not.
    pub fn problem(&self) -> Option<String> {
        match self {
            Self::InProcess(_) => None,
            Self::Redis(redis) => redis.problem(),
        }
    }

    /// Keeps a value for `life`, in place of what the key had.
    ///
    /// # Errors
    /// [`Fault::Unavailable`]; [`Fault::Busy`] while the kind is flooded; [`Fault::Ephemeral`] when it is too long.
    pub async fn put(&self, key: &str, value: Vec<u8>, life: Duration, now: UnixMillis) -> Result<(), Fault> {
        check_key(key)?;
        if value.len() > LONGEST_VALUE {
            let words = format!("a value of {} bytes; {LONGEST_VALUE} at most are kept", value.len());
            return Err(Fault::Ephemeral(words));
        }
        match self {
            Self::InProcess(memory) => memory.put(key, value, life, now),
            Self::Redis(redis) => redis.put(key, &value, life, now).await?,
        }
        Ok(())
    }

    /// The value, which stays.
    ///
    /// # Errors
    /// [`Fault::Unavailable`].
    pub async fn get(&self, key: &str, now: UnixMillis) -> Result<Option<Vec<u8>>, Fault> {
        check_key(key)?;
        match self {
            Self::InProcess(memory) => Ok(memory.get(key, now)),
            Self::Redis(redis) => redis.get(key, now).await,
        }
    }

    /// The value, for one caller alone: it is gone afterwards.
    ///
    /// # Errors
    /// [`Fault::Unavailable`]: nobody knows whether the value is gone.
    pub async fn take(&self, key: &str, now: UnixMillis) -> Result<Option<Vec<u8>>, Fault> {
        check_key(key)?;
        match self {
            Self::InProcess(memory) => Ok(memory.take(key, now)),
            Self::Redis(redis) => redis.take(key, now).await,
        }
    }

    /// Whether the caller is the first to present this within `life`, which has to cover the time for which the proof is
    /// accepted. `issued_at` is its `iat`; where there is none, its `exp` minus the longest life that is accepted.
    ///
    /// # Errors
    /// [`Fault::Unavailable`]: nobody knows whether it counts as presented. [`Fault::Busy`] while the kind is flooded.
    pub async fn once(&self, key: &str, issued_at: UnixMillis, life: Duration, now: UnixMillis) -> Result<Once, Fault> {
        check_key(key)?;
        if issued_at > now.plus(AHEAD) {
            return Ok(Once::FromTheFuture);
        }
        match self {
            Self::InProcess(memory) => memory.once(key, issued_at, life, now),
            Self::Redis(redis) => redis.once(key, issued_at, life, now).await,
        }
    }

    /// Counts one more within the window that began with the first; gives the count.
    ///
    /// # Errors
    /// [`Fault::Unavailable`]: nobody knows whether it was counted. [`Fault::Busy`] while the kind is flooded.
    pub async fn bump(&self, key: &str, window: Duration, now: UnixMillis) -> Result<u64, Fault> {
        check_key(key)?;
        match self {
            Self::InProcess(memory) => Ok(memory.bump(key, window, now)),
            Self::Redis(redis) => redis.bump(key, window, now).await,
        }
    }

    /// Takes one back that was counted, if its window is not over: what it was counted for did not happen.
    ///
    /// # Errors
    /// [`Fault::Unavailable`]: nobody knows whether it was taken back.
    pub async fn unbump(&self, key: &str, now: UnixMillis) -> Result<(), Fault> {
        check_key(key)?;
        match self {
            Self::InProcess(memory) => memory.unbump(key, now),
            Self::Redis(redis) => redis.unbump(key, now).await?,
        }
        Ok(())
    }

    /// The count within the window and the window's end, without counting.
    ///
    /// # Errors
    /// [`Fault::Unavailable`].
    pub async fn count(&self, key: &str, now: UnixMillis) -> Result<Counted, Fault> {
        check_key(key)?;
        match self {
            Self::InProcess(memory) => Ok(memory.count(key, now)),
            Self::Redis(redis) => redis.count(key, now).await,
        }
    }
}

fn check_key(key: &str) -> Result<(), Fault> {
    if key.len() > LONGEST_KEY {
        let words = format!("a key of {} bytes; {LONGEST_KEY} at most are taken", key.len());
        return Err(Fault::Ephemeral(words));
    }
    Ok(())
}

/// What stands before the first colon.
fn kind(key: &str) -> &str {
    key.split(':').next().unwrap_or_default()
}

/// Whether a store that began at `start` can vouch for what was issued then.
fn vouches_for(start: UnixMillis, issued_at: UnixMillis) -> bool {
    issued_at >= start.plus(AHEAD)
}
