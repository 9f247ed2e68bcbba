//! Wrong passwords: nobody learns whether an account exists, and nobody guesses faster than the rule allows.

mod audit;
mod given_back;
mod input;
mod known_browser;
mod letters;
mod limits;
mod parallel;
mod same_answer;
mod sent_again;
mod waiting;

use crate::support::{Answer, Visitor};
use conformance::Provider;

/// One attempt, in a browser of its own.
async fn guess(provider: &Provider, username: &str, password: &str) -> Answer {
    let mut visitor = Visitor::of(provider);
    let interaction = visitor.sign_in_page().await;
    visitor.guess(&interaction, username, password).await
}
