//! Removes what nobody needs any more: old sessions and grants, counters of names that nobody guesses at, delivered outbox
//! rows and messages, audit lines past their time, old secrets of clients.
//!
//! In small transactions with a rest between them, so that sign-ins go on beside it, however much there is after a long
//! stop. Of all nodes one does it each time: it takes the turn, and keeps it as long as it walks.

use super::{deletion, not_activated};
use crate::directory::{Known, open_secrets, seal_secrets};
use crate::failure::Failure;
use crate::wiring::JobsCtx;
use idp_core::UnixMillis;
use idp_core::audit::{Event, RemovedBy};
use idp_store::clients::StoredClient;
use idp_store::job_turns::{self, Turn};
use idp_store::sweep::{AUDIT, GRANTS, MESSAGES, OUTBOX, PASSWORD_ATTEMPTS, RESET_CODES, SESSIONS, Sweep};
use idp_store::{Fault, audit, clients, email_changes, former_emails, password_attempts, registrations};
use std::time::Duration;
use tokio::sync::watch;

/// Counters are forgotten after a day in any case; the rows may go a little later.
const COUNTERS: Duration = Duration::from_secs(2 * 86_400);
/// Names that are counted at most.
const MOST_NAMES: i64 = 100_000;
/// What became of a logout can be looked at for a week.
const OUTBOX_KEPT: Duration = Duration::from_secs(7 * 86_400);
/// What became of a mail can be looked at for a month.
const MESSAGES_KEPT: Duration = Duration::from_secs(30 * 86_400);
/// Codes of text messages are counted for a day.
const CODES_KEPT: Duration = Duration::from_secs(2 * 86_400);
/// A session or grant that is over can be looked at for a day. Much longer than a code lives and clocks are apart: a code
/// that comes again finds its grant.
const OVER_KEPT: Duration = Duration::from_secs(86_400);
/// Rows looked at in one read.
const STRETCH: i64 = 1_000;
/// Rows removed in one transaction at most: a few milliseconds of the only writer.
const BATCH: usize = 500;
/// The writer is everybody else's for so long after each.
const REST: Duration = Duration::from_millis(50);

/// How often what strangers can make many of is looked at.
pub const OFTEN: Duration = Duration::from_secs(300);
/// How often the rest is.
pub const NOW_AND_THEN: Duration = Duration::from_secs(3600);

/// A turn that this node took.
struct Walker {
    ctx: JobsCtx,
    stopped: watch::Receiver<bool>,
    job: &'static str,
    every: Duration,
    turn: Turn,
    taken_at: UnixMillis,
}

impl Walker {
    /// `None`: another node has the turn, or had it a moment ago.
    async fn take(
        ctx: JobsCtx,
        stopped: watch::Receiver<bool>,
        (job, every): (&'static str, Duration),
    ) -> Result<Option<Self>, Failure> {
        let taken_at = ctx.base.clock.now();
        // A little less than the time between two looks: whoever took the last turn finds this one due.
        let every = every - every / 60;
        let turn = ctx.base.db.write(move |tx| job_turns::take(tx, job, taken_at, every)).await?;
        Ok(turn.map(|turn| Self { ctx, stopped, job, every, turn, taken_at }))
    }

    /// Before each stretch. `false`: this program stops, or took so long that another node goes on.
    async fn goes_on(&mut self) -> Result<bool, Failure> {
        let (job, turn, every, now) = (self.job, self.turn, self.every, self.ctx.base.clock.now());
        if *self.stopped.borrow() {
            return Ok(false);
        }
        if now.since(self.taken_at) < every / 2 {
            return Ok(true);
        }
        let kept = self.ctx.base.db.write(move |tx| job_turns::keep(tx, job, turn, (now, every))).await?;
        if let Some(kept) = kept {
            (self.turn, self.taken_at) = (kept, now);
        }
        Ok(kept.is_some())
    }
}

/// How the steps of a sweep went: one that fails keeps no other from its turn.
#[derive(Default)]
struct Steps(Option<Failure>);

impl Steps {
    /// Notes how a step went.
    fn over(&mut self, step: &'static str, went: Result<(), Failure>) {
        let Err(why) = went else { return };
        match &why {
            // That is said of all jobs together.
            Failure::Fault(Fault::Unavailable(_)) => tracing::debug!(step, %why, "a step of the sweep waits"),
            _ => tracing::error!(step, %why, "a step of the sweep failed; the others go on"),
        }
        self.0.get_or_insert(why);
    }

    /// The first failure, if there was one.
    fn end(self) -> Result<(), Failure> {
        self.0.map_or(Ok(()), Err)
    }
}

/// What strangers can make many of: often.
pub async fn often(ctx: JobsCtx, stopped: watch::Receiver<bool>) -> Result<(), Failure> {
    let Some(mut walker) = Walker::take(ctx, stopped, ("sweep", OFTEN)).await? else { return Ok(()) };
    let swept = walker.sweep_often().await;
    walker.over(swept).await
}

/// What takes a walk through large tables: now and then.
pub async fn now_and_then(ctx: JobsCtx, stopped: watch::Receiver<bool>) -> Result<(), Failure> {
    let turn = Walker::take(ctx, stopped, ("sweep of all", NOW_AND_THEN)).await?;
    let Some(mut walker) = turn else { return Ok(()) };
    let swept = walker.sweep_all().await;
    walker.over(swept).await
}

impl Walker {
    async fn sweep_often(&mut self) -> Result<(), Failure> {
        let (ctx, stopped, now) = (self.ctx.clone(), self.stopped.clone(), self.taken_at);
        let mut steps = Steps::default();
        steps.over("counters of wrong passwords", self.forget_guesses(now).await);
        steps.over("clients that nobody entered", remove_unused(&ctx, now).await);
        steps.over("accounts that nobody activated", not_activated::remove_over(&ctx, &stopped, now).await);
        let expired = ctx.base.db.write(move |tx| email_changes::forget_expired(tx, now)).await;
        steps.over("changes of address", expired.map(drop).map_err(Failure::from));
        let settled = ctx.base.db.write(move |tx| former_emails::forget_settled(tx, now)).await;
        steps.over("addresses of before", settled.map(drop).map_err(Failure::from));
        steps.over(OUTBOX.name, self.walk(&OUTBOX, now.minus(OUTBOX_KEPT)).await);
        steps.over(MESSAGES.name, self.walk(&MESSAGES, now.minus(MESSAGES_KEPT)).await);
        steps.over(RESET_CODES.name, self.walk(&RESET_CODES, now.minus(CODES_KEPT)).await);
        steps.over("sessions of who leaves", deletion::end_sessions(&ctx, now).await);
        steps.over("accounts of who left", deletion::remove_due(&ctx, &stopped, now).await);
        // Last, of all that was removed for good. Whoever keeps it from that is gone at one of the next looks.
        let forgotten = ctx.base.db.forget_removed().await;
        steps.over("the log of the database", forgotten.map(drop).map_err(Failure::from));
        steps.end()
    }

    async fn sweep_all(&mut self) -> Result<(), Failure> {
        let (now, audit_kept) = (self.taken_at, self.ctx.audit_kept);
        let mut steps = Steps::default();
        steps.over("old secrets of clients", forget_old_secrets(&self.ctx, now).await);
        // Grants first: a session goes when no grant hangs on it.
        steps.over(GRANTS.name, self.walk(&GRANTS, now.minus(OVER_KEPT)).await);
        steps.over(SESSIONS.name, self.walk(&SESSIONS, now.minus(OVER_KEPT)).await);
        if let Some(kept) = audit_kept {
            steps.over(AUDIT.name, self.walk(&AUDIT, now.minus(kept)).await);
        }
        steps.end()
    }

    /// Whoever invents names cannot fill the table, and a name under attack is among those guessed at last.
    async fn forget_guesses(&mut self, now: UnixMillis) -> Result<(), Failure> {
        let flood = self.ctx.base.db.scan(|conn| password_attempts::last_guess_behind(conn, MOST_NAMES)).await?;
        let before = flood.map_or(now.minus(COUNTERS), |at| at.plus(Duration::from_millis(1)).max(now.minus(COUNTERS)));
        self.walk(&PASSWORD_ATTEMPTS, before).await
    }

    /// A turn that failed is given back, so that what is left of it does not wait for the next.
    async fn over(self, swept: Result<(), Failure>) -> Result<(), Failure> {
        if swept.is_err() {
            let (job, turn, now) = (self.job, self.turn, self.ctx.base.clock.now());
            self.ctx.base.db.write(move |tx| job_turns::give_back(tx, job, turn, now)).await?;
        }
        swept
    }

    /// Walks through a table once, from its first key to its last.
    async fn walk<K>(&mut self, sweep: &'static Sweep<K>, before: UnixMillis) -> Result<(), Failure>
    where
        K: Clone + Default + Send + Sync + 'static,
    {
        let db = self.ctx.base.db.clone();
        let (mut after, mut removed) = (K::default(), 0);
        while self.goes_on().await? {
            let from = after.clone();
            let found = db.scan(move |conn| sweep.find(conn, &from, before, STRETCH)).await?;
            for batch in found.old.chunks(BATCH) {
                if *self.stopped.borrow() {
                    break;
                }
                let keys = batch.to_vec();
                removed += db.write(move |tx| sweep.remove(tx, &keys, before)).await?;
                tokio::time::sleep(REST).await;
            }
            match found.end {
                Some(end) => after = end,
                None => break,
            }
        }
        if removed > 0 {
            tracing::info!(rows = removed, of = sweep.name, "old rows were removed");
        }
        Ok(())
    }
}

/// Clients of open registration at which nobody ever signed in.
async fn remove_unused(ctx: &JobsCtx, now: UnixMillis) -> Result<(), Failure> {
    let Some(kept) = ctx.unused_kept else { return Ok(()) };
    let before = now.minus(kept);
    let unused = ctx.base.db.scan(move |conn| registrations::unused(conn, before, STRETCH)).await?;
    for batch in unused.chunks(BATCH) {
        let ids = batch.to_vec();
        let unit = move |tx: &mut idp_store::Tx<'_>| {
            // Somebody may have entered one meanwhile.
            let still = registrations::unused(tx.conn(), before, STRETCH)?;
            for id in ids.iter().filter(|id| still.contains(id)) {
                clients::remove(tx, id)?;
                let event = Event::ClientRemoved { client: id.clone(), by: RemovedBy::Sweep };
                audit::write(tx, event, now, keys::random()?)?;
            }
            Ok(())
        };
        ctx.base.db.write(unit).await?;
        tokio::time::sleep(REST).await;
    }
    if !unused.is_empty() {
        tracing::info!(
            clients = unused.len(),
            "clients that registered themselves and that nobody entered were removed"
        );
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
