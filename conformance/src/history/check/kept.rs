//! What was given is still there later. Every refusal needs a reason in the history.

use super::story::{Story, micros};
use super::{Rule, Violation};
use crate::history::event::{Action, Operation};
use std::time::Duration;

pub fn check(story: &Story<'_>, found: &mut Vec<Violation>) {
    for operation in story.operations {
        let Some(error) = operation.refused() else { continue };
        if !has_reason(story, operation) {
            let given = giver(story, operation);
            let involved: Vec<&Operation> = given.into_iter().chain([operation]).collect();
            found.push(Violation::new(
                Rule::NotKept,
                &involved,
                format!("{:?} was refused: {error}", operation.action),
            ));
        }
    }
}

fn has_reason<'a>(story: &Story<'a>, operation: &'a Operation) -> bool {
    let lag = story.limits.directory_lag;
    let off = |client: &str| story.clients.get(client).is_some_and(|switch| switch.perhaps_off(operation, lag));
    story.client_of(operation).is_some_and(off)
        || story.ends_for(operation).iter().any(|end| end.cause.perhaps_before(operation))
        || own_reason(story, operation)
}

/// Reasons that only this kind of operation has.
fn own_reason<'a>(story: &Story<'a>, operation: &'a Operation) -> bool {
    let limits = story.limits;
    let older_than = |given: &Operation, life: Duration| given.asked.us + micros(life) <= operation.answered.us;
    match &operation.action {
        Action::SignIn { person } => {
            let locked =
                story.accounts.get(person.as_str()).is_some_and(|one| one.perhaps_off(operation, Duration::ZERO));
            let waits = |broken: &&Operation| {
                broken.asked.us + micros(limits.password_wait + limits.slack) > operation.asked.us
                    && broken.perhaps_before(operation)
            };
            locked || story.broken_sign_ins.get(person.as_str()).is_some_and(|broken| broken.iter().any(waits))
        }
        Action::Redeem { client, fits, .. } => match story.grant_of(operation) {
            Some((_, grant)) => {
                let another = |other: &&&Operation| other.id != operation.id && !other.without_effect();
                let used = grant.redemptions.iter().filter(another).any(|other| other.perhaps_before(operation));
                used || !fits || client != grant.client || older_than(grant.authorize, limits.code)
            }
            None => true,
        },
        Action::Refresh { token, client } => match story.grant_of(operation) {
            Some((_, grant)) => client != grant.client || story.is_perhaps_reuse(grant, operation.id),
            None => !story.tokens.contains_key(token.as_str()),
        },
        Action::UserInfo { token } => match story.tokens.get(token.as_str()) {
            Some(token) => older_than(token.given_by, limits.access_token),
            None => true,
        },
        Action::Revoke { client, .. } => story.grant_of(operation).is_none_or(|(_, grant)| client != grant.client),
        Action::Authorize { session, .. } => !story.sessions.contains_key(session.as_str()),
        // What an operator asks for may be refused: somebody else did it before.
        _ => true,
    }
}

/// The operation that gave what is refused.
fn giver<'a>(story: &Story<'a>, operation: &'a Operation) -> Option<&'a Operation> {
    match &operation.action {
        Action::Authorize { session, .. } => Some(story.sessions.get(session.as_str())?.sign_in),
        Action::Redeem { .. } => Some(story.grant_of(operation)?.1.authorize),
        Action::Refresh { token, .. } | Action::UserInfo { token } => Some(story.tokens.get(token.as_str())?.given_by),
        _ => None,
    }
}
