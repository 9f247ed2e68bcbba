//! Sweeps what nobody needs any more: counters of names that nobody guesses at, delivered outbox rows.

use crate::failure::Failure;
use crate::wiring::JobsCtx;
use idp_store::{outbox, password_attempts};
use std::time::Duration;

/// Counters are forgotten after a day in any case; the rows may go a little later.
const COUNTERS: Duration = Duration::from_secs(2 * 86_400);
/// Names that are counted at most.
const MOST_NAMES: i64 = 100_000;
/// What became of a logout can be looked at for a week.
const OUTBOX: Duration = Duration::from_secs(7 * 86_400);

/// One run.
pub async fn run(ctx: JobsCtx) -> Result<(), Failure> {
    let now = ctx.base.clock.now();
    ctx.base.db.write(move |tx| password_attempts::sweep(tx, now.minus(COUNTERS))).await?;
    ctx.base.db.write(move |tx| password_attempts::sweep_all_but(tx, MOST_NAMES)).await?;
    ctx.base.db.write(move |tx| outbox::sweep(tx, now.minus(OUTBOX))).await?;
    Ok(())
}
