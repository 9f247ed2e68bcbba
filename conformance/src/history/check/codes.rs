//! A code works once, for its own client, with its own verifier.

use super::story::Story;
use super::{Rule, Violation};
use crate::history::event::Action;

pub fn check(story: &Story<'_>, found: &mut Vec<Violation>) {
    for (code, grant) in &story.grants {
        let gave: Vec<_> = grant.redemptions.iter().copied().filter(|operation| operation.succeeded()).collect();
        if gave.len() > 1 {
            found.push(Violation::new(Rule::CodeTwice, &gave, format!("code {code}")));
        }
        for operation in gave {
            let Action::Redeem { client, fits, .. } = &operation.action else { continue };
            if client != grant.client || !fits {
                let detail = format!("code {code} of {}, presented by {client}; verifier fits: {fits}", grant.client);
                found.push(Violation::new(Rule::CodeOfAnother, &[grant.authorize, operation], detail));
            }
        }
    }
}
