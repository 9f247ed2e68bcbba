//! What a person is told when a guess gives no session, with the status and how long to wait.

use super::attempt::Outcome;
use crate::pages::SignInProblem;
use crate::pages::dates::again_text;
use crate::retry_after;
use crate::text::Language;
use idp_core::UnixMillis;
use idp_core::people::account::AccountState;
use idp_core::people::password_attempt::TooSoon;

/// What is told.
pub struct Problem {
    /// Beside the form.
    pub words: Option<SignInProblem>,
    /// HTTP status.
    pub status: u16,
    /// Seconds to wait, for `Retry-After`.
    pub retry_after: Option<u64>,
}

impl Problem {
    /// The problem of an outcome that gives no session.
    pub fn of(outcome: &Outcome, now: UnixMillis, lang: Language) -> Self {
        let later = |until: UnixMillis| (again_text(until.0, now.0, lang), retry_after::seconds(until, now));
        let told = |words, status, retry_after| Self { words: Some(words), status, retry_after };
        match outcome {
            // Each leads to a page of its own.
            Outcome::Right(_) | Outcome::Leaving(_) => Self { words: None, status: 200, retry_after: None },
            // The field says it.
            Outcome::NeedsProof => Self { words: None, status: 422, retry_after: None },
            Outcome::Wrong { too_soon: TooSoon::Wait { until }, locks_for } => {
                let (when, seconds) = later(*until);
                let locks_for = locks_for.map(|time| time.as_secs().div_ceil(60));
                told(SignInProblem::Wrong { when: Some(when), locks_for }, 422, Some(seconds))
            }
            Outcome::NotLookedAt(TooSoon::Wait { until }) => {
                let (when, seconds) = later(*until);
                told(SignInProblem::Wait { when }, 429, Some(seconds))
            }
            Outcome::Wrong { too_soon: TooSoon::Locked { until }, .. }
            | Outcome::NotLookedAt(TooSoon::Locked { until }) => {
                let (when, seconds) = later(*until);
                told(SignInProblem::Locked { when }, 429, Some(seconds))
            }
            Outcome::Busy => told(SignInProblem::Busy, 503, Some(retry_after::BUSY)),
            Outcome::TooManyFromAddress { until } => {
                let (when, seconds) = later(*until);
                told(SignInProblem::TooManyFromAddress { when }, 429, Some(seconds))
            }
            Outcome::Unusable(AccountState::NotActivated) => told(SignInProblem::NotActivated, 403, None),
            Outcome::Unusable(_) => told(SignInProblem::LockedByAdministrator, 403, None),
        }
    }
}
