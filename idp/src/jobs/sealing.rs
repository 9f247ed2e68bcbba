//! The life of sealing keys: the next one seals when every node knows it; what an old one sealed is sealed anew; an old one
//! that nothing needs goes.

use crate::failure::Failure;
use crate::keystore::{resealing, sealing};
use crate::wiring::JobsCtx;
use keys::SealingKeyId;
use std::sync::{Arc, Mutex, PoisonError};

/// Carries out what is due. Most runs find nothing, by looking at memory alone.
pub async fn advance(ctx: JobsCtx) -> Result<(), Failure> {
    let now = ctx.base.clock.now();
    let directory = &ctx.base.directory;
    let snapshot = directory.snapshot();
    // A node that waits for the new master key file leaves it to the others.
    if !snapshot.master_key_fits || sealing::due(&snapshot.sealing_keys, now, ctx.sealing_every).is_none() {
        return Ok(());
    }
    sealing::advance(&ctx.base.db, &directory.master(), now, ctx.sealing_every).await?;
    tracing::info!("sealing keys changed as planned");
    directory.check().await
}

/// Under which current key this program has sealed everything anew.
pub type Resealed = Arc<Mutex<Option<SealingKeyId>>>;

/// Seals anew what another key than the current one sealed, once for each current key; then lets old keys go.
pub async fn tidy(ctx: JobsCtx, resealed: Resealed) -> Result<(), Failure> {
    let now = ctx.base.clock.now();
    let snapshot = ctx.base.directory.snapshot();
    let superseded: Vec<_> = snapshot.sealing_keys.iter().filter_map(|row| Some((row, row.superseded_at?))).collect();
    let Some(newest) = superseded.iter().map(|(_, since)| *since).max() else { return Ok(()) };
    // Until every node has read of the change, some still seal with the key of before.
    if now < newest.plus(sealing::PUBLISHED_FOR) {
        return Ok(());
    }
    let current = snapshot.sealer.current();
    let done = *resealed.lock().unwrap_or_else(PoisonError::into_inner) == Some(current);
    if !done {
        let count = resealing::reseal(&ctx.base.db, &snapshot.sealer).await?;
        tracing::info!(count, key = %current, "stored values were sealed anew");
        *resealed.lock().unwrap_or_else(PoisonError::into_inner) = Some(current);
    }
    for (row, _) in superseded {
        if sealing::retire(&ctx.base.db, &row.id, now, &ctx.base.lifetimes).await?.is_ok() {
            tracing::info!(key = %row.id, "a sealing key that nothing needs was deleted");
        }
    }
    Ok(())
}
