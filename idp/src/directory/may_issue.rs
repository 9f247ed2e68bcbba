//! When a node may not issue: it could not check keys and clients for too long, its clock is wrong, or the schema does not
//! serve it any more. Requests ask [`Directory::for_issuing`], and so do the jobs.

use super::{Directory, Snapshot};
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
        let direction = if self.ahead > 0 { "ahead of" } else { "behind" };
        let seconds = (self.ahead.unsigned_abs() + 500) / 1000;
        write!(
            f,
            "this node's clock is {seconds} s {direction} the database's; it issues nothing until that is set right"
        )
    }
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
        let ahead = self.0.ahead.load(Ordering::Relaxed);
        let wrong = u128::from(ahead.unsigned_abs()) > self.0.clock_skew.max(LEAST_SKEW).as_millis();
        wrong.then_some(WrongClock { ahead })
    }

    /// Whether the last check is too long ago.
    pub fn is_stale(&self, now: UnixMillis) -> bool {
        self.age(now) > STALE_AFTER
    }

    /// How long ago the last check was.
    pub fn age(&self, now: UnixMillis) -> Duration {
        now.since(UnixMillis(self.0.checked_at.load(Ordering::Relaxed)))
    }

    /// The database looked at its clock between two looks at ours: only what lies outside of the two is a difference.
    pub(super) fn compare_clocks(&self, before: UnixMillis, clock: Option<UnixMillis>) {
        let Some(clock) = clock.filter(|_| self.0.clock.is_one_of_many()) else { return };
        let nearest = clock.clamp(before, self.0.clock.now().max(before));
        let ahead = nearest.0.saturating_sub(clock.0);
        let was = self.wrong_clock();
        self.0.ahead.store(ahead, Ordering::Relaxed);
        match (was, self.wrong_clock()) {
            (None, Some(wrong)) => tracing::error!(why = %wrong, "the clock is wrong"),
            (Some(_), None) => tracing::info!("the clock is right again"),
            _ => {}
        }
    }
}
