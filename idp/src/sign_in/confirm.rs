//! The password of an account that is known already: before a dangerous change (`account::current_password`), and before an account is
//! activated (`membership::activate`).
//!
//! The guess goes the way of a sign-in ([`attempt`](super::attempt)): an attempt of the name is reserved before anything is hashed, and a
//! lock holds here as there. So neither a session nor a mailed link that somebody got hold of is a way to guess around it.

use super::attempt::{Guess, Outcome, Proven, judge};
use super::counters::Counters;
use super::interaction::start;
use super::problem::Problem;
use crate::failure::Failure;
use crate::pages::{ErrorKind, SignInProblem};
use crate::refusal::PageNo;
use crate::retry_after;
use crate::text::Language;
use crate::wiring::SignInCtx;
use axum::response::Response;
use http::HeaderMap;
use idp_core::UnixMillis;
use idp_core::people::account::Person;
use idp_core::sign_in::interaction::Interaction;
use std::net::IpAddr;
use std::panic::resume_unwind;
use zeroize::Zeroizing;

/// The field it is typed into.
pub const FIELD: &str = "current-password";

/// Why nothing was confirmed.
pub struct NotConfirmed {
    /// What the page says.
    pub problem: SignInProblem,
    /// Its HTTP status.
    pub status: u16,
    /// Seconds to wait, for `Retry-After`.
    retry_after: Option<u64>,
}

impl NotConfirmed {
    /// Says on the answer when to come back.
    pub fn on(&self, response: Response) -> Response {
        retry_after::on(response, self.retry_after)
    }
}

/// What was typed, and where.
pub struct Typed<'a> {
    /// Into [`FIELD`].
    pub password: &'a str,
    /// The address it came from.
    pub from: IpAddr,
    /// What the browser says.
    pub headers: &'a HeaderMap,
    /// The language of the page.
    pub lang: Language,
    /// What tells the page from others: a form that is sent twice waits for its time, here as at the sign-in page.
    pub page: &'a str,
    /// When the page was shown, at the earliest.
    pub shown_at: UnixMillis,
}

/// Whether it is the password of this person, in the state in which they were found. What it proves has to be used by
/// [`Proven::counts`], in the transaction of what it was typed for.
///
/// # Errors
/// The page to show instead: the name is another account's by now. A failure of ours, which counts for nobody.
pub async fn check(ctx: &SignInCtx, person: &Person, typed: Typed<'_>) -> Result<Result<Proven, NotConfirmed>, PageNo> {
    if typed.password.is_empty() {
        let problem = SignInProblem::MissingPassword;
        return Ok(Err(NotConfirmed { problem, status: 422, retry_after: None }));
    }
    let password = Zeroizing::new(typed.password.to_owned());
    // Nobody reads a picture here: who is signed in, or reads the mail, is no stranger who guesses.
    let (counters, proven) = (Counters::of(&ctx.base, typed.headers, &person.account), true);
    let browser = Some(Interaction::browser_digest(typed.page));
    let page = Interaction { browser, ..start(None, typed.shown_at) };
    let (judged_by, username, wanted) = (ctx.clone(), person.account.clone(), person.state);
    let (from, lang) = (typed.from, typed.lang);
    // On a task of its own: whoever hangs up in the middle must not keep the guess from being counted.
    let judging = tokio::spawn(async move {
        let guess = Guess { username: &username, password, from, page: &page, lang, counters, proven, wanted };
        judge(&judged_by, guess).await
    });
    let outcome = match judging.await {
        Ok(outcome) => outcome?,
        Err(why) => match why.try_into_panic() {
            Ok(why) => resume_unwind(why),
            // The program is stopping.
            Err(_) => return Err(Failure::Busy.into()),
        },
    };
    let not = Problem::of(&outcome, ctx.base.clock.now(), typed.lang);
    match (outcome, not.words) {
        // The name may be another account's by now.
        (Outcome::Right(proven), _) if proven.login.person.account_id == person.account_id => Ok(Ok(*proven)),
        (Outcome::Right(_), _) | (_, None) => Err(ErrorKind::ExpiredPage.into()),
        (_, Some(problem)) => Ok(Err(NotConfirmed { problem, status: not.status, retry_after: not.retry_after })),
    }
}
