//! A key is published at every node before it signs, as long before as portals may keep an older JWKS, and stays published as
//! long as what it signed.

use super::story::{Story, micros};
use super::{Rule, Violation};
use crate::history::event::{Answer, Operation};
use std::collections::HashMap;

pub fn check(story: &Story<'_>, found: &mut Vec<Violation>) {
    let fetched = story.operations.iter().filter_map(|operation| match &operation.answer {
        Answer::Keys { kids } => Some((operation, kids)),
        _ => None,
    });
    let fetched: Vec<(&Operation, &Vec<String>)> = fetched.collect();
    let mut lacking: HashMap<&str, Vec<&Operation>> = HashMap::new();
    let (lead, life) = (micros(story.limits.jwks_max_age), micros(story.limits.id_token));
    for operation in story.operations {
        let Answer::Tokens(tokens) = &operation.answer else { continue };
        let Some(token) = &tokens.id_token else { continue };
        let without = lacking.entry(&token.kid).or_insert_with(|| {
            fetched.iter().filter(|(_, kids)| !kids.contains(&token.kid)).map(|(jwks, _)| *jwks).collect()
        });
        let while_needed = |jwks: &&&Operation| {
            let kept_by_a_portal = jwks.before(operation) && jwks.asked.us + lead >= operation.asked.us;
            let needed_still = operation.before(jwks) && jwks.answered.us <= operation.asked.us.saturating_add(life);
            kept_by_a_portal || needed_still
        };
        if let Some(jwks) = without.iter().find(while_needed) {
            let detail = format!("key {} is not in the JWKS of node {}", token.kid, jwks.node);
            found.push(Violation::new(Rule::KeyNotPublished, &[*jwks, operation], detail));
        }
    }
}
