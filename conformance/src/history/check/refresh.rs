//! The refresh tokens of a grant advance in one line. Which generation a token is follows from how it came about: the
//! redemption gives the first, a refresh the next. If two successors of one token both led on, the second would work after
//! the first was used, and that is reported.

use super::story::Story;
use super::{Rule, Violation};

pub fn check(story: &Story<'_>, found: &mut Vec<Violation>) {
    for (code, grant) in &story.grants {
        for using in grant.refreshes.iter().filter(|using| using.operation.succeeded()) {
            if using.by != grant.client {
                let detail = format!("a refresh token of {} worked for {}", grant.client, using.by);
                found.push(Violation::new(Rule::WrongPerson, &[using.operation], detail));
            } else if let Some((earlier, rule)) = story.surely_reuse(grant, using) {
                let detail = format!("grant of code {code}, generation {}", using.generation);
                found.push(Violation::new(rule, &[earlier, using.operation], detail));
            }
        }
    }
}
