//! What the operator switches off and on again: accounts and clients.

use super::story::micros;
use crate::history::event::Operation;
use std::time::Duration;

/// Every time it was switched.
#[derive(Default)]
pub struct Switch<'a> {
    pub off: Vec<&'a Operation>,
    pub on: Vec<&'a Operation>,
}

impl<'a> Switch<'a> {
    /// The switching off that was in force, beyond doubt, from the question to the answer of an operation. `lag`: how late
    /// it may come into force.
    pub fn surely_off(&self, operation: &Operation, lag: Duration) -> Option<&'a Operation> {
        let off = self.off.iter().rev().filter(|off| off.succeeded() && off.before(operation));
        let mut in_force = off.filter(|off| off.answered.us + micros(lag) < operation.asked.us);
        let back = |off: &Operation| {
            self.on.iter().any(|on| !on.without_effect() && off.perhaps_before(on) && on.perhaps_before(operation))
        };
        in_force.find(|off| !back(off)).copied()
    }

    /// Whether it may have been off at some moment between question and answer.
    pub fn perhaps_off(&self, operation: &Operation, lag: Duration) -> bool {
        let mut off = self.off.iter().filter(|off| !off.without_effect() && off.perhaps_before(operation));
        let surely_back = |off: &Operation| {
            let in_force = |on: &Operation| on.answered.us.saturating_add(micros(lag)) < operation.asked.us;
            self.on.iter().any(|on| on.succeeded() && off.before(on) && in_force(on))
        };
        off.any(|off| !surely_back(off))
    }
}
