//! The clock that everything is given, so that tests can move time.

use idp_core::UnixMillis;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Tells the time.
#[derive(Clone, Debug)]
pub enum Clock {
    /// That of the machine.
    System,
    /// Milliseconds since 1970, moved by hand: the time of everything.
    Manual(Arc<AtomicI64>),
    /// That of a machine whose clock is wrong, by so many milliseconds: before its time, or behind it.
    Wrong(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at the machine's time until it is moved.
    pub fn manual() -> Self {
        Self::Manual(Arc::new(AtomicI64::new(Self::System.now().0)))
    }

    /// Now.
    pub fn now(&self) -> UnixMillis {
        match self {
            Self::System => system_now(),
            Self::Manual(at) => UnixMillis(at.load(Ordering::SeqCst)),
            Self::Wrong(by) => UnixMillis(system_now().0.saturating_add(by.load(Ordering::SeqCst))),
        }
    }

    /// Whether it can be compared with the clocks of others: one that is moved by hand stands for all of them.
    pub fn is_one_of_many(&self) -> bool {
        !matches!(self, Self::Manual(_))
    }

    /// Moves a manual clock forward; the machine's goes by itself.
    pub fn advance(&self, by: Duration) {
        if let Self::Manual(at) = self {
            at.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
fn system_now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
