//! Tokens speak of the person who signed in, to the client that asked, about its own request.

use super::story::{Grant, Story};
use super::{Rule, Violation};
use crate::history::event::{Action, Answer, IdTokenSeen, Operation};
use std::collections::HashMap;

/// By client and `sub`: whom it stands for, and who learnt it first.
type Known<'a> = HashMap<(&'a str, &'a str), (&'a str, &'a Operation)>;
/// By client and person: their `sub`.
type Subjects<'a> = HashMap<(&'a str, &'a str), (&'a str, &'a Operation)>;

pub fn check(story: &Story<'_>, found: &mut Vec<Violation>) {
    let (mut known, mut subjects) = (Known::new(), Subjects::new());
    for operation in story.operations {
        let Some((_, grant)) = story.grant_of(operation) else { continue };
        let Some(session) = story.sessions.get(grant.session) else { continue };
        let sub = match &operation.answer {
            Answer::Subject { sub } => sub,
            Answer::Tokens(tokens) => match &tokens.id_token {
                Some(token) => {
                    check_token(operation, grant, token, found);
                    &token.sub
                }
                None => continue,
            },
            _ => continue,
        };
        let (person, _) = *known.entry((grant.client, sub)).or_insert((session.person, operation));
        let (first, learnt) = *subjects.entry((grant.client, session.person)).or_insert((sub, operation));
        if person != session.person || first != sub {
            let detail = format!("{} at {} is {first}, and now {sub}", session.person, grant.client);
            found.push(Violation::new(Rule::WrongPerson, &[learnt, operation], detail));
        }
    }
}

fn check_token(operation: &Operation, grant: &Grant<'_>, token: &IdTokenSeen, found: &mut Vec<Violation>) {
    if let Some(problem) = &token.problem {
        found.push(Violation::new(Rule::BadIdToken, &[operation], problem.clone()));
    }
    if token.aud != grant.client {
        let detail = format!("aud is {} instead of {}", token.aud, grant.client);
        found.push(Violation::new(Rule::WrongPerson, &[grant.authorize, operation], detail));
    }
    // OpenID Connect Core 1.0 §12.2: an ID token of a refresh should have none.
    let refreshed = matches!(operation.action, Action::Refresh { .. }) && token.nonce.is_none();
    if !refreshed && token.nonce.as_deref() != Some(grant.nonce) {
        let detail = format!("nonce is {:?} instead of {}", token.nonce, grant.nonce);
        found.push(Violation::new(Rule::WrongPerson, &[grant.authorize, operation], detail));
    }
}
