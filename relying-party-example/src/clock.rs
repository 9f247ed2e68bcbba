//! The clock that every time limit asks. Tests hold a hand on it; product code does not read the system's clock elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

/// How far the clocks of provider and portal may differ.
pub(crate) const SKEW: TimeDelta = TimeDelta::seconds(30);

/// The system's time, plus what a test has moved it by.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// The time now.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from(std::time::SystemTime::now()) + TimeDelta::seconds(self.0.load(Ordering::Relaxed))
    }

    /// Moves this clock and all its clones forward, for tests.
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}
