//! Removes the accounts that somebody applied for and nobody activated in time, each in a transaction of its own: one that cannot go
//! keeps no other.

use crate::failure::Failure;
use crate::wiring::JobsCtx;
use idp_core::audit::Event;
use idp_core::{AccountId, UnixMillis};
use idp_store::not_activated::{self, Over};
use idp_store::{Fault, Tx, audit};
use std::time::Duration;
use tokio::sync::watch;

/// Accounts that are looked for at once.
const AT_ONCE: i64 = 1_000;
/// The writer is everybody else's for so long after each.
const REST: Duration = Duration::from_millis(20);

/// Anybody can ask for the mail of an application again and again, and so keep what somebody else typed: after so many times the time that
/// one is kept, no other link is mailed, and it goes when the last is over.
const PROLONGED: u32 = 3;

/// Applied for before this moment, an account is mailed no link any more. `None`: however long ago.
///
/// * `kept`: how long an account stays that nobody activates; `None`: for ever.
pub(super) fn longest(kept: Option<Duration>, now: UnixMillis) -> Option<UnixMillis> {
    Some(now.minus(kept?.saturating_mul(PROLONGED)))
}

/// Removes those whose time is over: made long enough ago, and the newest link to activate them does not work any more.
///
/// # Errors
/// The first failure.
pub(super) async fn remove_over(
    ctx: &JobsCtx,
    stopped: &watch::Receiver<bool>,
    now: UnixMillis,
) -> Result<(), Failure> {
    let Some(kept) = ctx.not_activated_kept else { return Ok(()) };
    let over = Over { made_before: now.minus(kept), mailed_before: now.minus(ctx.base.lifetimes.activation_link) };
    let found = ctx.base.db.scan(move |conn| not_activated::over(conn, over, AT_ONCE)).await?;
    let (mut removed, mut failed) = (0_usize, None);
    for id in found {
        if *stopped.borrow() {
            break;
        }
        match ctx.base.db.write(move |tx| remove(tx, &id, over, now)).await {
            Ok(gone) => removed += usize::from(gone),
            Err(fault) => failed = failed.or(Some(fault)),
        }
        tokio::time::sleep(REST).await;
    }
    if removed > 0 {
        ctx.base.db.removed();
        tracing::info!(accounts = removed, "accounts that nobody activated were removed");
    }
    failed.map_or(Ok(()), |fault| Err(fault.into()))
}

fn remove(tx: &mut Tx<'_>, id: &AccountId, over: Over, now: UnixMillis) -> Result<bool, Fault> {
    let gone = not_activated::remove_over(tx, id, over)?;
    if gone {
        audit::write(tx, Event::AccountNeverActivated { account: id.clone() }, now, keys::random()?)?;
    }
    Ok(gone)
}
