//! What a run was like, for people.

use crate::history::check::Violation;
use crate::history::event::{Action, Answer, Event, Operation, What};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Duration;

/// Violations that are printed; more are counted.
const SHOWN: usize = 20;

/// How one kind of operation went.
#[derive(Default)]
struct Kind {
    done: u64,
    refused: u64,
    unknown: u64,
    unreached: u64,
    times: Vec<u64>,
}

/// The report, as Markdown.
pub fn report(events: &[Event], operations: &[Operation], violations: &[Violation]) -> String {
    let mut kinds: BTreeMap<&str, Kind> = BTreeMap::new();
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for operation in operations {
        let kind = kinds.entry(name(&operation.action)).or_default();
        match &operation.answer {
            Answer::Refused { .. } => kind.refused += 1,
            Answer::Unreached => kind.unreached += 1,
            Answer::Unknown { why } => {
                kind.unknown += 1;
                *reasons.entry(why.split(':').next().unwrap_or_default()).or_default() += 1;
            }
            _ => kind.done += 1,
        }
        if !matches!(operation.answer, Answer::Unreached | Answer::Unknown { .. }) {
            kind.times.push(operation.answered.us - operation.asked.us);
        }
    }
    let mut out = String::from(
        "| operation | done | refused | unknown | nobody there | p50 ms | p99 ms |\n|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for (name, kind) in &mut kinds {
        kind.times.sort_unstable();
        let (p50, p99) = (percentile(&kind.times, 50), percentile(&kind.times, 99));
        let counts = format!("{} | {} | {} | {}", kind.done, kind.refused, kind.unknown, kind.unreached);
        let _ = writeln!(out, "| {name} | {counts} | {p50:.1} | {p99:.1} |");
    }
    for (why, count) in reasons {
        let _ = writeln!(out, "\nunknown, {why}: {count}");
    }
    for event in events {
        if let What::Fault(words) = &event.what {
            let _ = writeln!(out, "\n{:.3} s: {words}", event.us as f64 / 1e6);
        }
    }
    let kids: BTreeSet<&str> = operations.iter().filter_map(kid).collect();
    let _ =
        writeln!(out, "\n{} operations, {} keys signed, {} violations", operations.len(), kids.len(), violations.len());
    for violation in violations.iter().take(SHOWN) {
        let _ = writeln!(out, "\n* {violation}");
    }
    out
}

/// How long starts took, as a line for people: how many, median, least and most. Empty if there were none.
pub fn starts(times: &[Duration]) -> String {
    let mut us: Vec<u64> = times.iter().map(|time| u64::try_from(time.as_micros()).unwrap_or(u64::MAX)).collect();
    us.sort_unstable();
    let (median, least, most) = (percentile(&us, 50), percentile(&us, 0), percentile(&us, 100));
    match us.len() {
        0 => String::new(),
        count => format!("{count} starts to the first 200: {median:.0} ms ({least:.0}–{most:.0})\n"),
    }
}

/// The key that signed what an operation gave.
pub fn kid(operation: &Operation) -> Option<&str> {
    let Answer::Tokens(tokens) = &operation.answer else { return None };
    Some(&tokens.id_token.as_ref()?.kid)
}

fn percentile(sorted: &[u64], percent: usize) -> f64 {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).map_or(0.0, |us| *us as f64 / 1e3)
}

fn name(action: &Action) -> &'static str {
    match action {
        Action::SignIn { .. } => "sign in",
        Action::Authorize { .. } => "authorize",
        Action::Redeem { .. } => "redeem",
        Action::Refresh { .. } => "refresh",
        Action::Revoke { .. } => "revoke",
        Action::UserInfo { .. } => "UserInfo",
        Action::SignOut { .. } => "sign out",
        Action::Lock { .. } => "lock",
        Action::Unlock { .. } => "unlock",
        Action::Disable { .. } => "disable a client",
        Action::Enable { .. } => "enable a client",
        Action::Rotate => "rotate keys",
        Action::Jwks => "JWKS",
    }
}
