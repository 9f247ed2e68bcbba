//! Figures as Markdown: the median of the rounds, and in brackets the least and the most.

use crate::rounds::Figures;
use std::fmt::Write;
use std::time::Duration;

/// A duration in milliseconds.
pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// Median, least and most.
pub fn spread(values: impl Iterator<Item = f64>, digits: usize) -> String {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
    let (half, last) = (sorted.len() / 2, sorted.len().saturating_sub(1));
    let median =
        if sorted.len().is_multiple_of(2) { f64::midpoint(at(half.saturating_sub(1)), at(half)) } else { at(half) };
    format!("{median:.digits$} ({:.digits$}–{:.digits$})", at(0), at(last))
}

/// The time in milliseconds that so many percent did not exceed.
pub fn percentile(times: &[Duration], percent: usize) -> String {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(at).map_or_else(|| "–".into(), |time| format!("{:.1}", milliseconds(*time)))
}

/// A table of rounds.
pub struct Table(String);

impl Table {
    /// Its head.
    pub fn new() -> Self {
        let head = "| | CPU ms | a second | p50 ms | p99 ms | commits | server busy | load program busy |\n\
                    |---|---|---|---|---|---|---|---|\n";
        Self(head.into())
    }

    /// A row: the rounds of one kind of load.
    pub fn row(&mut self, name: &str, rounds: &[Figures]) {
        let spread = |of: &dyn Fn(&Figures) -> f64, digits| spread(rounds.iter().map(of), digits);
        let share = |part: Duration, one: &Figures| 100.0 * part.as_secs_f64() / one.wall.as_secs_f64();
        // Writing to a string cannot fail.
        let _ = writeln!(
            self.0,
            "| {name} | {} | {} | {} | {} | {} | {} % | {} % |",
            spread(&|one| milliseconds(one.cpu) / f64::from(one.count), 3),
            spread(&|one| f64::from(one.count) / one.wall.as_secs_f64(), 0),
            spread(&|one| milliseconds(one.percentile(50)), 2),
            spread(&|one| milliseconds(one.percentile(99)), 2),
            spread(&|one| f64::from(one.commits) / f64::from(one.count), 2),
            spread(&|one| share(one.cpu, one), 0),
            spread(&|one| share(one.own_cpu, one), 0),
        );
    }

    /// The table.
    pub fn finish(self) -> String {
        self.0
    }
}
