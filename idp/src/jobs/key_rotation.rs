//! Carries out what the plan of the signing keys says is due.

use crate::failure::Failure;
use crate::keystore::signing_ring;
use crate::wiring::JobsCtx;

/// One run. Most runs find nothing due, by looking at memory alone.
pub async fn run(ctx: JobsCtx) -> Result<(), Failure> {
    let now = ctx.base.clock.now();
    let snapshot = ctx.base.directory.snapshot();
    // A node that waits for the new master key file leaves it to the others.
    if !snapshot.master_key_fits {
        return Ok(());
    }
    if keys::ring::plan(now, snapshot.ring.records(), &ctx.key_policy).is_empty() {
        return Ok(());
    }
    let master = ctx.base.directory.master();
    let policy = ctx.key_policy.clone();
    let planned = signing_ring::change(&ctx.base.db, &master, &ctx.key_policy, now, move |records| {
        Ok((keys::ring::plan(now, records, &policy), ()))
    });
    planned.await?.map_err(|refusal| Failure::Other(refusal.to_string()))?;
    tracing::info!("signing keys changed as planned");
    ctx.base.directory.check().await
}
