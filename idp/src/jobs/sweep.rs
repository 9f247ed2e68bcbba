//! Removes what nobody needs any more: old sessions and grants, counters of names that nobody guesses at, delivered outbox
//! rows, audit lines past their time, old secrets of clients.
//!
//! In small transactions with a rest between them, so that sign-ins go on beside it, however much there is after a long
//! stop. Every node does it; what one removed the others do not find.

use crate::directory::{Known, open_secrets, seal_secrets};
use crate::failure::Failure;
use crate::wiring::JobsCtx;
use idp_core::UnixMillis;
use idp_core::audit::Event;
use idp_store::clients::StoredClient;
use idp_store::sweep::{AUDIT, GRANTS, OUTBOX, PASSWORD_ATTEMPTS, SESSIONS, Sweep};
use idp_store::{audit, clients, password_attempts};
use std::time::Duration;
use tokio::sync::watch;

/// Counters are forgotten after a day in any case; the rows may go a little later.
const COUNTERS: Duration = Duration::from_secs(2 * 86_400);
/// Names that are counted at most.
const MOST_NAMES: i64 = 100_000;
/// What became of a logout can be looked at for a week.
const OUTBOX_KEPT: Duration = Duration::from_secs(7 * 86_400);
/// A session or grant that is over can be looked at for a day. Much longer than a code lives and clocks are apart: a code
/// that comes again finds its grant.
const OVER_KEPT: Duration = Duration::from_secs(86_400);
/// Rows looked at in one read.
const STRETCH: i64 = 1_000;
/// Rows removed in one transaction at most: a few milliseconds of the only writer.
const BATCH: usize = 500;
/// The writer is everybody else's for so long after each.
const REST: Duration = Duration::from_millis(50);

/// What strangers can make many of: often.
pub async fn often(ctx: JobsCtx, stopped: watch::Receiver<bool>) -> Result<(), Failure> {
    let now = ctx.base.clock.now();
    // Whoever invents names cannot fill the table, and a name under attack is among those guessed at last.
    let flood = ctx.base.db.scan(|conn| password_attempts::last_guess_behind(conn, MOST_NAMES)).await?;
    let before = flood.map_or(now.minus(COUNTERS), |at| at.plus(Duration::from_millis(1)).max(now.minus(COUNTERS)));
    walk(&ctx, &stopped, &PASSWORD_ATTEMPTS, before).await?;
    walk(&ctx, &stopped, &OUTBOX, now.minus(OUTBOX_KEPT)).await
}

/// What takes a walk through large tables: now and then.
pub async fn now_and_then(ctx: JobsCtx, stopped: watch::Receiver<bool>) -> Result<(), Failure> {
    let now = ctx.base.clock.now();
    forget_old_secrets(&ctx, now).await?;
    // Grants first: a session goes when no grant hangs on it.
    walk(&ctx, &stopped, &GRANTS, now.minus(OVER_KEPT)).await?;
    walk(&ctx, &stopped, &SESSIONS, now.minus(OVER_KEPT)).await?;
    match ctx.audit_kept {
        Some(kept) => walk(&ctx, &stopped, &AUDIT, now.minus(kept)).await,
        None => Ok(()),
    }
}

/// Walks through a table once, from its first key to its last.
async fn walk<K>(
    ctx: &JobsCtx,
    stopped: &watch::Receiver<bool>,
    sweep: &'static Sweep<K>,
    before: UnixMillis,
) -> Result<(), Failure>
where
    K: Clone + Default + Send + Sync + 'static,
{
    let (mut after, mut removed) = (K::default(), 0);
    loop {
        let from = after.clone();
        let found = ctx.base.db.scan(move |conn| sweep.find(conn, &from, before, STRETCH)).await?;
        for batch in found.old.chunks(BATCH) {
            if *stopped.borrow() {
                return Ok(());
            }
            let keys = batch.to_vec();
            removed += ctx.base.db.write(move |tx| sweep.remove(tx, &keys, before)).await?;
            tokio::time::sleep(REST).await;
        }
        match found.end {
            Some(end) if !*stopped.borrow() => after = end,
            _ => break,
        }
    }
    if removed > 0 {
        tracing::info!(rows = removed, of = sweep.name, "old rows were removed");
    }
    Ok(())
}

/// A secret that was rotated out and works no more is kept nowhere.
async fn forget_old_secrets(ctx: &JobsCtx, now: UnixMillis) -> Result<(), Failure> {
    let snapshot = ctx.base.directory.snapshot();
    let old = |known: &&std::sync::Arc<Known>| known.secrets.iter().any(|secret| secret.is_over(now));
    for known in snapshot.clients().filter(old) {
        let id = known.client.id.clone();
        let Some(before) = ctx.base.db.read(move |conn| clients::find(conn, &id)).await? else { continue };
        let mut secrets = open_secrets(&snapshot.sealer, &before.client.id, &before.secrets_sealed)?;
        secrets.retain(|secret| secret.expires_at.is_none_or(|end| end > now.0));
        let secrets_sealed = seal_secrets(&snapshot.sealer, &before.client.id, &secrets)?;
        let after = StoredClient { secrets_sealed, ..before.clone() };
        // Changed by somebody meanwhile: the next run looks again.
        let unit = move |tx: &mut idp_store::Tx<'_>| {
            if clients::update(tx, &before, &after, now)? {
                let event = Event::OldSecretForgotten { client: after.client.id.clone() };
                audit::write(tx, event, now, keys::random()?)?;
            }
            Ok(())
        };
        ctx.base.db.write(unit).await?;
    }
    Ok(())
}
