//! Delivers mail and text messages out of the table of messages, where each act wrote its own in its transaction.
//!
//! What a message says is put together when it is delivered ([`written`]): a link in it is sealed then. A code waits sealed, and is forgotten once it
//! was sent; no secret waits in the database in the clear.

pub(super) mod written;

use super::mailbox_limit::{self, DROPPED, DROPPED_TEXT};
use super::outage::Outage;
use super::texts;
use crate::failure::Failure;
use crate::messages::sealed::Part;
use crate::outside::not_sent::NotSent;
use crate::wiring::JobsCtx;
use idp_core::UnixMillis;
use idp_core::membership::message::Channel;
use idp_store::messages::{self, Outcome, Waiting};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

/// Rows taken at once.
const AT_ONCE: i64 = 32;
/// Deliveries under way at most on each channel: a gateway for text messages that never answers holds no mail back.
const UNDER_WAY: usize = 32;
/// What a lease is longer than a delivery can take: then another node may try.
const SLACK: Duration = Duration::from_secs(30);
/// How long what is under way may take when the program is told to stop. What is cut off is tried again after its lease.
const ENDING: Duration = Duration::from_secs(10);
/// Between two tries to write down what became of an attempt.
const SETTLE_AGAIN: Duration = Duration::from_secs(1);
/// How long to wait after the first, second, … failed attempt, in seconds: RFC 5321 §4.5.4.1 wants days, people wait minutes.
const RETRIES: [u64; 12] = [5, 15, 30, 60, 120, 300, 900, 1800, 3600, 2 * 3600, 4 * 3600, 12 * 3600];

/// Runs until told to stop. Woken by whoever notes a message, by a delivery that is over, and every second for what is due.
pub(super) async fn run(ctx: JobsCtx, mut stopped: watch::Receiver<bool>, outage: Outage) {
    let (mut mails, mut texts) = (JoinSet::new(), JoinSet::new());
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = ctx.base.message_bell.notified() => {}
            Some(delivery) = mails.join_next() => over(delivery),
            Some(delivery) = texts.join_next() => over(delivery),
            _ = stopped.changed() => break,
        }
        let taken = async {
            take(&ctx, Channel::Mail, &mut mails).await?;
            take(&ctx, Channel::Text, &mut texts).await
        };
        outage.over("messages", taken.await);
    }
    let rest = async {
        while let Some(delivery) = mails.join_next().await {
            over(delivery);
        }
        while let Some(delivery) = texts.join_next().await {
            over(delivery);
        }
    };
    if tokio::time::timeout(ENDING, rest).await.is_err() {
        tracing::warn!("stopped before every message under way was delivered; they are tried again");
    }
}

/// A delivery says itself how it went, unless it panicked.
fn over(delivery: Result<(), JoinError>) {
    if let Err(why) = delivery {
        tracing::error!(job = "messages", %why, "a delivery broke off; it is tried again after its lease");
    }
}

async fn take(ctx: &JobsCtx, channel: Channel, under_way: &mut JoinSet<()>) -> Result<(), Failure> {
    let free = UNDER_WAY.saturating_sub(under_way.len());
    if free == 0 {
        return Ok(());
    }
    let now = ctx.base.clock.now();
    ctx.base.directory.for_issuing(now)?;
    let most = AT_ONCE.min(i64::try_from(free).unwrap_or(AT_ONCE));
    let due = ctx.base.db.scan(move |conn| messages::due(conn, channel, now, most)).await?;
    if due.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = due.iter().map(|row| row.id.clone()).collect();
    let patience = match channel {
        Channel::Mail => ctx.post.patience(),
        Channel::Text => ctx.texts.patience(),
    };
    let until = now.plus(patience + SLACK);
    let leased = ctx.base.db.write(move |tx| messages::lease(tx, &ids, now, until)).await?;
    let leased: HashSet<String> = leased.into_iter().collect();
    for row in due.into_iter().filter(|row| leased.contains(&row.id)) {
        under_way.spawn(deliver(ctx.clone(), row, until));
    }
    Ok(())
}

/// * `until`: of the lease.
async fn deliver(ctx: JobsCtx, row: Waiting, until: UnixMillis) {
    let outcome = if was_tried_often_enough(&row) {
        never(&row, "every attempt broke off")
    } else {
        attempt(&ctx, &row).await.unwrap_or_else(|failure| {
            tracing::error!(job = "messages", why = %failure, "a delivery failed; it is tried again");
            later(&ctx, &row, "our own failure", None)
        })
    };
    ctx.metrics.message(word(&outcome));
    match &outcome {
        Outcome::Retry(_, why) => {
            tracing::warn!(
                message_id = row.id,
                attempt = row.attempts + 1,
                why,
                "a message was not taken; it is tried again"
            );
        }
        Outcome::Refused(why) => tracing::info!(message_id = row.id, why, "a message was refused for ever"),
        Outcome::Held(until) => tracing::info!(message_id = row.id, until = until.0, "a mailbox is full for now"),
        Outcome::GivenUp(why) if why == DROPPED || why == DROPPED_TEXT => {
            tracing::info!(message_id = row.id, why, "a mailbox or mobile is full; this is not sent");
        }
        Outcome::Sent(_) | Outcome::GivenUp(_) => {}
    }
    settle(&ctx, (row.id, row.attempts + 1), outcome, until).await;
}

/// Writes down what became of an attempt, and as long as the database is away, tries again until the lease is over: what left and is
/// not written down goes out once more.
async fn settle(ctx: &JobsCtx, (id, attempt): (String, i64), outcome: Outcome, until: UnixMillis) {
    let now = ctx.base.clock.now();
    let noted = Arc::new((id, outcome));
    loop {
        let unit = noted.clone();
        let settled = ctx.base.db.write(move |tx| messages::settle(tx, (&unit.0, attempt), &unit.1, now)).await;
        let Err(why) = settled else { return };
        if ctx.base.clock.now().plus(SETTLE_AGAIN) >= until {
            let message_id = &noted.0;
            tracing::error!(job = "messages", message_id, %why, "the outcome could not be written; it is tried again");
            return;
        }
        tokio::time::sleep(SETTLE_AGAIN).await;
    }
}

async fn attempt(ctx: &JobsCtx, row: &Waiting) -> Result<Outcome, Failure> {
    let Some(sealed) = &row.recipient_sealed else { return Ok(Outcome::GivenUp("has no recipient".into())) };
    let typed = Part::Recipient.open(&ctx.base.directory.snapshot().sealer, &row.id, sealed)?;
    let now = ctx.base.clock.now();
    if row.channel()? == Channel::Text {
        return texts::attempt(ctx, row, typed, now).await;
    }
    let Some(written) = written::write(ctx, row, typed, now).await? else {
        return Ok(Outcome::GivenUp("not needed any more".into()));
    };
    if written.to.parse::<lettre::Address>().is_err() {
        return Ok(Outcome::Refused("no mail can be addressed to it".into()));
    }
    if let Some(outcome) = mailbox_limit::full(ctx, row, &written, now).await? {
        return Ok(outcome);
    }
    let (envelope, mail) = written.letter.to_mail((&ctx.sender, &written.to), &row.id, now)?;
    Ok(match ctx.post.send(&row.id, &envelope, &mail).await {
        Ok(said) => Outcome::Sent(said),
        Err(NotSent::Refused(said)) => Outcome::Refused(said),
        Err(NotSent::Later(said)) => later(ctx, row, &said, None),
        Err(NotSent::NotBefore(said, after)) => later(ctx, row, &said, Some(after)),
    })
}

/// * `asked`: how long the other side asked to be left alone.
pub(super) fn later(ctx: &JobsCtx, row: &Waiting, why: &str, asked: Option<Duration>) -> Outcome {
    let attempt = usize::try_from(row.attempts).unwrap_or(usize::MAX);
    match RETRIES.get(attempt) {
        Some(seconds) => {
            let wait = Duration::from_secs(*seconds).max(asked.unwrap_or_default());
            Outcome::Retry(ctx.base.clock.now().plus(wait), why.to_owned())
        }
        None => never(row, why),
    }
}

/// Whether as many attempts were begun as there are, and none came to an outcome: it ends whoever delivers it.
fn was_tried_often_enough(row: &Waiting) -> bool {
    usize::try_from(row.attempts).is_ok_and(|attempts| attempts > RETRIES.len())
}

fn never(row: &Waiting, why: &str) -> Outcome {
    tracing::error!(message_id = row.id, why, "a message was never delivered");
    Outcome::GivenUp(why.to_owned())
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Sent(_) => "sent",
        Outcome::Refused(_) => "refused",
        Outcome::GivenUp(why) if why == DROPPED || why == DROPPED_TEXT => "dropped",
        Outcome::GivenUp(_) => "given_up",
        Outcome::Held(_) => "held",
        Outcome::Retry(..) => "retried",
    }
}
