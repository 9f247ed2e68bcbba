//! 目前的密碼: whoever changes what is dangerous proves anew who they are.
//!
//! The guess goes the way of a sign-in (`sign_in::attempt`): an attempt of the name is reserved before anything is hashed, and a lock
//! holds here as there. So a session that somebody else got hold of is no way to guess around it.

use super::AccountCtx;
use super::member::Member;
use crate::failure::Failure;
use crate::pages::{ErrorKind, SignInProblem};
use crate::refusal::PageNo;
use crate::sign_in::attempt::{Guess, Outcome, Proven, judge};
use crate::sign_in::counters::Counters;
use crate::sign_in::interaction::start;
use crate::sign_in::problem::Problem;
use axum::response::Response;
use http::header::{HeaderValue, RETRY_AFTER};
use idp_core::membership::member_page::MemberPage;
use idp_core::oauth::params::Params;
use idp_core::sign_in::interaction::Interaction;
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
    pub fn on(&self, mut response: Response) -> Response {
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Whether the current password stands in the form. What it proves has to be used by [`Proven::counts`], in the transaction of the
/// change.
///
/// * `page`: the page that the form was on.
///
/// # Errors
/// A failure of ours, which counts for nobody.
pub async fn check(
    ctx: &AccountCtx,
    member: &Member,
    (form, page): (&Params<'_>, &MemberPage),
) -> Result<Result<Proven, NotConfirmed>, PageNo> {
    let password = Zeroizing::new(form.get(FIELD).unwrap_or_default().to_owned());
    if password.is_empty() {
        let problem = SignInProblem::MissingPassword;
        return Ok(Err(NotConfirmed { problem, status: 422, retry_after: None }));
    }
    // Nobody reads a picture here: who is signed in did, if that was asked for.
    let (counters, proven) = (Counters::of(&ctx.base, &member.headers, &member.person.account), true);
    let (sign_in, username, from, lang) =
        (ctx.sign_in.clone(), member.person.account.clone(), member.from, member.lang);
    // A form that is sent twice waits for its time here as there.
    let browser = Some(Interaction::browser_digest(page.session.as_str()));
    let page = Interaction { browser, ..start(None, page.shown_at) };
    // On a task of its own: whoever hangs up in the middle must not keep the guess from being counted.
    let judging = tokio::spawn(async move {
        let guess = Guess { username: &username, password, from, page: &page, lang, counters, proven };
        judge(&sign_in, guess).await
    });
    let outcome = match judging.await {
        Ok(outcome) => outcome?,
        Err(why) => match why.try_into_panic() {
            Ok(why) => resume_unwind(why),
            // The program is stopping.
            Err(_) => return Err(Failure::Busy.into()),
        },
    };
    let not = Problem::of(&outcome, ctx.base.clock.now(), member.lang);
    match (outcome, not.words) {
        // The name may be another account's by now.
        (Outcome::Right(proven), _) if proven.login.person.account_id == member.person.account_id => Ok(Ok(*proven)),
        (Outcome::Right(_), _) | (_, None) => Err(ErrorKind::ExpiredPage.into()),
        (_, Some(problem)) => Ok(Err(NotConfirmed { problem, status: not.status, retry_after: not.retry_after })),
    }
}
