//! What was ended works no more, once that was acknowledged.

use super::story::Story;
use super::{Rule, Violation};
use crate::history::event::{Action, Operation};
use std::time::Duration;

pub fn check(story: &Story<'_>, found: &mut Vec<Violation>) {
    for operation in story.operations.iter().filter(|operation| operation.succeeded()) {
        for end in story.ends_for(operation).iter().filter(|end| end.surely_before(operation)) {
            found.push(Violation::new(end.rule, &[end.cause, operation], words(operation)));
        }
        if let Action::SignIn { person } = &operation.action
            && let Some(lock) =
                story.accounts.get(person.as_str()).and_then(|one| one.surely_off(operation, Duration::ZERO))
        {
            found.push(Violation::new(Rule::AfterLock, &[lock, operation], words(operation)));
        }
        // Giving a token back takes nothing from anybody, even for a client that is off.
        if let Some(client) = story.client_of(operation)
            && !matches!(operation.action, Action::Revoke { .. })
            && let Some(off) =
                story.clients.get(client).and_then(|one| one.surely_off(operation, story.limits.directory_lag))
        {
            found.push(Violation::new(Rule::WhileDisabled, &[off, operation], words(operation)));
        }
    }
}

fn words(operation: &Operation) -> String {
    format!("{:?} was answered {:?}", operation.action, operation.answer)
}
