//! What people met in each phase of an upgrade.

use conformance::history::event::{Action, Answer, Event, Operation, What};
use std::fmt::Write;

/// A run, by its phases.
pub struct Phases {
    /// As Markdown.
    pub table: String,
    /// Sign-ins that were not answered: somebody typed the password again.
    pub typed_twice: usize,
}

/// Reads a history in which every `Fault` begins a phase.
pub fn read(events: &[Event], operations: &[Operation]) -> Phases {
    let mut begins = vec![(0, "both previous")];
    begins.extend(events.iter().filter_map(|event| match &event.what {
        What::Fault(words) => Some((event.us, words.as_str())),
        _ => None,
    }));
    let ends = begins.iter().skip(1).map(|(us, _)| *us).chain([u64::MAX]);
    let mut table = String::from(
        "| phase | operations | interrupted | nobody there | p50 ms | p99 ms | longest ms |\n|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for ((begin, name), end) in begins.iter().zip(ends) {
        let of_phase = |operation: &&Operation| (*begin..end).contains(&operation.asked.us) && by_people(operation);
        let all: Vec<_> = operations.iter().filter(of_phase).collect();
        let count = |is: fn(&Answer) -> bool| all.iter().filter(|operation| is(&operation.answer)).count();
        let interrupted = count(|answer| matches!(answer, Answer::Unknown { .. }));
        let unreached = count(|answer| matches!(answer, Answer::Unreached));
        let mut times: Vec<u64> =
            all.iter().map(|operation| operation.answered.us.saturating_sub(operation.asked.us)).collect();
        times.sort_unstable();
        let at = |percent: usize| times.get((times.len() * percent / 100).min(times.len().saturating_sub(1)));
        let ms = |percent: usize| at(percent).map_or(0.0, |us| *us as f64 / 1e3);
        let (p50, p99, longest) = (ms(50), ms(99), ms(100));
        let _ = writeln!(
            table,
            "| {name} | {} | {interrupted} | {unreached} | {p50:.1} | {p99:.1} | {longest:.1} |",
            all.len()
        );
    }
    let typed = |operation: &&Operation| {
        matches!((&operation.action, &operation.answer), (Action::SignIn { .. }, Answer::Unknown { .. }))
    };
    Phases { table, typed_twice: operations.iter().filter(typed).count() }
}

/// Not what an operator's commands and whoever watches the keys do: their times are their own.
fn by_people(operation: &Operation) -> bool {
    !matches!(
        operation.action,
        Action::Lock { .. }
            | Action::Unlock { .. }
            | Action::Disable { .. }
            | Action::Enable { .. }
            | Action::Rotate
            | Action::Jwks
    )
}
