//! A form that arrives twice: a balancer repeats it when a node dies before it answered, and people click twice. The first one
//! took the attempt, so that the second comes too soon; it is kept here until its time has come, and nobody has to type a
//! password again because a node died.
//!
//! What was answered is noted in ephemeral state: who typed a wrong password is told so at once, however often the form is sent.

use super::attempt::Guess;
use crate::client_address::TrustedProxies;
use crate::server::connection_limits::{Most, Place, Places};
use crate::wiring::SignInCtx;
use idp_core::UnixMillis;
use idp_core::people::password_attempt::{TooSoon, sent_again};
use idp_core::sign_in::interaction::Interaction;
use idp_store::Fault;
use keys::b64;
use std::time::Duration;

/// So many forms are kept at once; others are told to wait. Half of them for one address or network at most, and an eighth when
/// few are left: nobody takes them all from everybody else.
const KEPT: Most = Most { all: 64, per_address: 32, per_network: 32 };
/// Nobody is kept waiting for a page for longer: where the rule lets wait longer, it is said at once.
const LONGEST: Duration = Duration::from_secs(5);
/// Between two looks: the first one may have been right, or was given back.
const LOOK: Duration = Duration::from_millis(500);

/// Places for forms that wait. Cheap to clone.
#[derive(Clone)]
pub struct SentAgain(Places);

impl Default for SentAgain {
    fn default() -> Self {
        Self(Places::new(KEPT, TrustedProxies::default()))
    }
}

/// Of one form.
pub(super) struct Patience<'a> {
    ctx: &'a SignInCtx,
    guess: &'a Guess<'a>,
    place: Option<Place>,
    looks: u128,
}

impl<'a> Patience<'a> {
    pub(super) fn new(ctx: &'a SignInCtx, guess: &'a Guess<'a>) -> Self {
        Self { ctx, guess, place: None, looks: 0 }
    }

    /// Waits a little, if the guess may be the one it has to wait for. `false`: it is not, or there is no room, or it waited
    /// for long enough.
    pub(super) async fn waits(&mut self, too_soon: TooSoon, now: UnixMillis) -> bool {
        let (ctx, page) = (self.ctx, self.guess.page);
        let Some(until) = sent_again(too_soon, page.shown_at, &ctx.attempts) else { return false };
        if until.since(now) > LONGEST || !self.looks_again() {
            return false;
        }
        self.place = self.place.take().or_else(|| ctx.sent_again.0.take(self.guess.from).ok());
        if self.place.is_none() || was_answered(ctx, page, now).await {
            return false;
        }
        tokio::time::sleep(until.since(now).min(LOOK)).await;
        true
    }

    /// Waits a little for a place in the queue of hashing. `false`: it was not kept, or for long enough.
    pub(super) async fn waits_to_be_hashed(&mut self) -> bool {
        let waits = self.place.is_some() && self.looks_again();
        if waits {
            tokio::time::sleep(LOOK).await;
        }
        waits
    }

    fn looks_again(&mut self) -> bool {
        self.looks += 1;
        self.looks <= LONGEST.as_millis() / LOOK.as_millis() + 2
    }
}

/// A guess of this page was wrong: the same form, sent again, is told to wait as any other.
///
/// # Errors
/// None that comes from Redis being away.
pub(super) async fn note_answered(ctx: &SignInCtx, page: &Interaction, now: UnixMillis) -> Result<(), Fault> {
    match ctx.base.ephemeral.put(&key(page), vec![], ctx.attempts.wait, now).await {
        Err(Fault::Unavailable(_) | Fault::Busy) => Ok(()),
        noted => noted,
    }
}

async fn was_answered(ctx: &SignInCtx, page: &Interaction, now: UnixMillis) -> bool {
    ctx.base.ephemeral.get(&key(page), now).await.is_ok_and(|found| found.is_some())
}

fn key(page: &Interaction) -> String {
    let browser = page.browser.map(|digest| b64::encode(&digest)).unwrap_or_default();
    format!("answered:{browser}:{}", page.shown_at.0)
}
