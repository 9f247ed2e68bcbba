//! When a node may not issue: it could not check keys and clients for too long, its clock is wrong, or the schema does not
//! serve it any more. Requests ask [`Directory::for_issuing`], and so do the jobs.

use super::{Directory, Snapshot};
use crate::clock::Clock;
use crate::failure::Failure;
use idp_core::UnixMillis;
use idp_store::migrate::Fit;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A node that could not check for this long issues nothing.
const STALE_AFTER: Duration = Duration::from_secs(10);
/// No two clocks agree to the millisecond, whatever `keys.clock_skew` says.
const LEAST_SKEW: Duration = Duration::from_secs(1);

/// A node whose clock is further from the database's than setting `keys.clock_skew` allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongClock {
    /// By how many milliseconds it is before its time; less than zero: behind it.
    pub ahead: i64,
}

impl fmt::Display for WrongClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this node's clock is {} the database's; it issues nothing until that is set right", self.by())
    }
}

impl WrongClock {
    /// Judges a clock.
    ///
    /// * `asked_at`: what it showed when the database was asked for `there`, the time on its own clock.
    pub fn of(clock: &Clock, (asked_at, there): (UnixMillis, UnixMillis), skew: Duration) -> Option<Self> {
        Self::judge(ahead(clock, asked_at, there), skew)
    }

    fn judge(ahead: i64, skew: Duration) -> Option<Self> {
        let wrong = u128::from(ahead.unsigned_abs()) > skew.max(LEAST_SKEW).as_millis();
        wrong.then_some(Self { ahead })
    }

    /// By how much, in words: `300 s ahead of`, `5 s behind`.
    pub fn by(&self) -> String {
        let direction = if self.ahead > 0 { "ahead of" } else { "behind" };
        format!("{} s {direction}", (self.ahead.unsigned_abs() + 500) / 1000)
    }
}

/// The database looked at its clock between two looks at ours: only what lies outside of the two is a difference.
fn ahead(clock: &Clock, asked_at: UnixMillis, there: UnixMillis) -> i64 {
    let nearest = there.clamp(asked_at, clock.now().max(asked_at));
    nearest.0.saturating_sub(there.0)
}

impl Directory {
    /// The version in force, for issuing.
    ///
    /// # Errors
    /// [`Failure::NotReady`] if nobody could check for too long; [`Failure::Outdated`]; [`Failure::WrongClock`].
    pub fn for_issuing(&self, now: UnixMillis) -> Result<Arc<Snapshot>, Failure> {
        match self.wrong_clock() {
            _ if self.is_stale(now) => Err(Failure::NotReady),
            _ if self.is_outdated() => Err(Failure::Outdated),
            Some(wrong) => Err(Failure::WrongClock(wrong)),
            None => Ok(self.snapshot()),
        }
    }

    /// Whether the schema was changed under this program so that it does not serve it any more.
    pub fn is_outdated(&self) -> bool {
        self.0.outdated.load(Ordering::Relaxed)
    }

    /// Asks whether the schema still serves this program: another release may have contracted it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn check_schema(&self) -> Result<(), Failure> {
        let fit = idp_store::migrate::fit(&self.0.prepared.db).await?;
        let outdated = matches!(fit, Fit::TooNew { .. });
        match (self.0.outdated.swap(outdated, Ordering::Relaxed), outdated) {
            (false, true) => tracing::error!(why = %Failure::Outdated, "this node issues nothing any more"),
            (true, false) => tracing::info!("the schema serves this program again"),
            _ => {}
        }
        Ok(())
    }

    /// Whether this node's clock was wrong at the last check.
    pub fn wrong_clock(&self) -> Option<WrongClock> {
        WrongClock::judge(self.0.ahead.load(Ordering::Relaxed), self.0.clock_skew)
    }

    /// Whether the last check is too long ago.
    pub fn is_stale(&self, now: UnixMillis) -> bool {
        self.age(now) > STALE_AFTER
    }

    /// How long ago the last check was.
    pub fn age(&self, now: UnixMillis) -> Duration {
        now.since(UnixMillis(self.0.checked_at.load(Ordering::Relaxed)))
    }

    /// What the database's clock said, when it was asked then.
    pub(super) fn compare_clocks(&self, asked_at: UnixMillis, there: Option<UnixMillis>) {
        let Some(there) = there.filter(|_| self.0.clock.is_one_of_many()) else { return };
        let ahead = ahead(&self.0.clock, asked_at, there);
        let was = self.wrong_clock();
        self.0.ahead.store(ahead, Ordering::Relaxed);
        match (was, self.wrong_clock()) {
            (None, Some(wrong)) => tracing::error!(why = %wrong, "the clock is wrong"),
            (Some(_), None) => tracing::info!("the clock is right again"),
            _ => {}
        }
    }
}
