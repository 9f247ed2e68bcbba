//! A form that arrives twice: a balancer repeats it when a node dies before it answered, and people click twice. The first one
//! took the attempt, so that the second comes too soon; it is kept here until its time has come, and nobody has to type a
//! password again because a node died.
//!
//! What was answered is noted in ephemeral state: who typed a wrong password is told so at once, however often the form is sent.

use crate::wiring::SignInCtx;
use idp_core::UnixMillis;
use idp_core::people::password_attempt::{TooSoon, sent_again};
use idp_core::sign_in::interaction::Interaction;
use idp_store::Fault;
use keys::b64;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many forms are kept at once; others are told to wait.
const KEPT: usize = 64;
/// Nobody is kept waiting for a page for longer: where the rule lets wait longer, it is said at once.
const LONGEST: Duration = Duration::from_secs(5);
/// Between two looks: the first one may have been right, or was given back.
const LOOK: Duration = Duration::from_millis(500);

/// Places for forms that wait. Cheap to clone.
#[derive(Clone)]
pub struct SentAgain(Arc<Semaphore>);

impl Default for SentAgain {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(KEPT)))
    }
}

/// Of one form.
pub(super) struct Patience<'a> {
    ctx: &'a SignInCtx,
    page: &'a Interaction,
    place: Option<OwnedSemaphorePermit>,
    looks: u128,
}

impl<'a> Patience<'a> {
    pub(super) fn new(ctx: &'a SignInCtx, page: &'a Interaction) -> Self {
        Self { ctx, page, place: None, looks: 0 }
    }

    /// Waits a little, if the guess may be the one it has to wait for. `false`: it is not, or there is no room, or it waited
    /// for long enough.
    pub(super) async fn waits(&mut self, too_soon: TooSoon, now: UnixMillis) -> bool {
        let (ctx, policy) = (self.ctx, &self.ctx.attempts);
        let Some(until) = sent_again(too_soon, self.page.shown_at, policy) else { return false };
        if until.since(now) > LONGEST {
            return false;
        }
        self.looks += 1;
        if self.looks > LONGEST.as_millis() / LOOK.as_millis() + 2 {
            return false;
        }
        self.place = self.place.take().or_else(|| Arc::clone(&ctx.sent_again.0).try_acquire_owned().ok());
        if self.place.is_none() || was_answered(ctx, self.page, now).await {
            return false;
        }
        tokio::time::sleep(until.since(now).min(LOOK)).await;
        true
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
