//! Delivers logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.5) out of the outbox.
//!
//! A fresh token for each attempt; each delivery is a task of its own, so that a slow portal delays no other.

use super::outage::Outage;
use crate::directory::Snapshot;
use crate::failure::Failure;
use crate::outside::fetch::FetchError;
use crate::wiring::JobsCtx;
use idp_core::ClientId;
use idp_core::identity::subject::{session_at_client, subject};
use idp_core::oauth::logout_token::{self, Ended};
use idp_store::outbox::{self, Outcome, Waiting};
use keys::b64;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Rows taken at once.
const AT_ONCE: i64 = 64;
/// Deliveries under way at most.
const UNDER_WAY: usize = 256;
/// Deliveries under way to one client at most: one that hangs leaves room for the others.
const UNDER_WAY_PER_CLIENT: usize = 16;
/// Longer than a delivery can take: then another node may try.
const LEASE: Duration = Duration::from_secs(30);
/// How long to wait after the first, second, … failed attempt. After the last the portal is given up.
const RETRIES: [u64; 9] = [1, 5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600];

/// Runs until told to stop. Woken by whoever puts something into the outbox, by a delivery that is over, and every second
/// for what is due.
pub(super) async fn run(ctx: JobsCtx, mut stopped: watch::Receiver<bool>, outage: Outage) {
    let mut under_way = UnderWay::default();
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = ctx.base.outbox_bell.notified() => {}
            Some(over) = under_way.tasks.join_next() => under_way.forget(over.ok()),
            _ = stopped.changed() => break,
        }
        outage.over("back-channel logout", take(&ctx, &mut under_way).await);
    }
    while under_way.tasks.join_next().await.is_some() {}
}

/// Deliveries under way, and how many go to each client.
#[derive(Default)]
struct UnderWay {
    tasks: JoinSet<ClientId>,
    by_client: HashMap<ClientId, usize>,
}

impl UnderWay {
    /// Counts a delivery; `false`: its client has enough under way.
    fn claim(&mut self, client: &ClientId) -> bool {
        let count = self.by_client.entry(client.clone()).or_default();
        let free = *count < UNDER_WAY_PER_CLIENT;
        *count += usize::from(free);
        free
    }

    fn forget(&mut self, client: Option<ClientId>) {
        match client.and_then(|client| self.by_client.get_mut(&client)) {
            Some(count) => *count = count.saturating_sub(1),
            // A delivery panicked and cannot say whose it was: what is counted is forgotten rather than held for ever.
            None => self.by_client.clear(),
        }
    }

    fn full(&self) -> Vec<ClientId> {
        let full = self.by_client.iter().filter(|(_, count)| **count >= UNDER_WAY_PER_CLIENT);
        full.map(|(client, _)| client.clone()).collect()
    }
}

async fn take(ctx: &JobsCtx, under_way: &mut UnderWay) -> Result<(), Failure> {
    if under_way.tasks.len() >= UNDER_WAY {
        return Ok(());
    }
    ctx.base.directory.for_issuing(ctx.base.clock.now())?;
    let now = ctx.base.clock.now();
    let full = under_way.full();
    let mut due = ctx.base.db.scan(move |conn| outbox::due(conn, &full, now, AT_ONCE)).await?;
    due.retain(|row| under_way.claim(&row.client_id()));
    if due.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = due.iter().map(|row| row.id.clone()).collect();
    let leasing = ctx.base.db.write(move |tx| outbox::lease(tx, &ids, now, now.plus(LEASE))).await;
    let (leased, failure) = match leasing {
        Ok(leased) => (leased.into_iter().collect(), None),
        Err(fault) => (HashSet::<String>::new(), Some(fault)),
    };
    let snapshot = ctx.base.directory.snapshot();
    for row in due {
        if leased.contains(&row.id) {
            under_way.tasks.spawn(deliver(ctx.clone(), snapshot.clone(), row));
        } else {
            under_way.forget(Some(row.client_id()));
        }
    }
    failure.map_or(Ok(()), |fault| Err(fault.into()))
}

async fn deliver(ctx: JobsCtx, snapshot: Arc<Snapshot>, row: Waiting) -> ClientId {
    let client = row.client_id();
    let outcome = match attempt(&ctx, &snapshot, &row).await {
        Ok(outcome) => outcome,
        Err(failure) => {
            tracing::error!(job = "back-channel logout", why = %failure, "a delivery failed; it is tried again");
            later(&ctx, &row, "our own failure")
        }
    };
    let now = ctx.base.clock.now();
    let settled = ctx.base.db.write(move |tx| outbox::settle(tx, (&row.id, row.attempts + 1), &outcome, now)).await;
    if let Err(fault) = settled {
        tracing::error!(job = "back-channel logout", why = %fault, "the outcome could not be written; tried again after the lease");
    }
    client
}

async fn attempt(ctx: &JobsCtx, snapshot: &Snapshot, row: &Waiting) -> Result<Outcome, Failure> {
    let id = row.client_id();
    if snapshot.unreadable(&id).is_some() {
        return Ok(later(ctx, row, "this program cannot read the portal's registration"));
    }
    let known = snapshot.client(&id);
    let Some((known, uri)) = known.and_then(|known| Some((known, known.client.backchannel_logout_uri.as_deref()?)))
    else {
        ctx.metrics.delivery("dropped");
        return Ok(Outcome::Finished("the portal has no back-channel logout URI any more".into()));
    };
    let Ok(url) = uri.parse() else { return Ok(Outcome::Finished("the portal's URI cannot be read".into())) };
    let token = sign(ctx, snapshot, row, &known.client)?;
    let sent = ctx.reach.of(known.self_registered).post_form(&url, &[("logout_token", &token)]).await;
    Ok(judge(ctx, row, sent.map(|fetched| fetched.status)))
}

fn sign(
    ctx: &JobsCtx,
    snapshot: &Snapshot,
    row: &Waiting,
    client: &idp_core::client::Client,
) -> Result<String, Failure> {
    let sid = row.session_id().map(|session| session_at_client(&snapshot.secrets.sid, &session, &client.id));
    let ended = Ended {
        issuer: &ctx.base.provider.issuer,
        client_id: client.id.as_str(),
        subject: &subject(&snapshot.secrets.subject, client, &row.account_id()),
        sid: sid.as_deref(),
        jti: &b64::encode(&keys::random::<16>()?),
    };
    let now = ctx.base.clock.now();
    let payload = logout_token::payload(&ended, now, &ctx.base.lifetimes)?;
    let algorithm = client.id_token_signed_response_alg;
    let key = snapshot.signing_key(client, algorithm, now.plus(ctx.base.lifetimes.logout_token))?;
    Ok(key.sign(Some(logout_token::TYP), &payload)?)
}

/// §2.8: 200 is done, and 204 of those who have nothing to say. Anything else may pass: also a 400, which a portal gives
/// while it cannot fetch our keys.
fn judge(ctx: &JobsCtx, row: &Waiting, answered: Result<u16, FetchError>) -> Outcome {
    match answered {
        Ok(200 | 204) => {
            ctx.metrics.delivery("delivered");
            Outcome::Finished(outbox::DELIVERED.into())
        }
        Ok(400) => later(ctx, row, "the portal refused the logout token (400)"),
        Ok(status) => later(ctx, row, &format!("the portal answered {status}")),
        Err(error) => {
            tracing::warn!(client = %row.client_id(), why = %error, detail = error.detail(), "a logout token was not delivered");
            later(ctx, row, &error.to_string())
        }
    }
}

fn later(ctx: &JobsCtx, row: &Waiting, why: &str) -> Outcome {
    let attempt = usize::try_from(row.attempts).unwrap_or(usize::MAX);
    let retry = RETRIES.get(attempt);
    ctx.metrics.delivery(if retry.is_some() { "retried" } else { "given_up" });
    match retry {
        Some(seconds) => Outcome::Retry(ctx.base.clock.now().plus(Duration::from_secs(*seconds)), why.to_owned()),
        None => {
            tracing::error!(client = %row.client_id(), why, "a portal was never told of a sign-out");
            Outcome::Finished(format!("given up: {why}"))
        }
    }
}
