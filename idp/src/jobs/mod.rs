//! What happens beside the requests: the directory is checked every second, keys rotate, logout tokens are delivered, old
//! rows are swept. Every job is safe to run on many nodes at once.

mod backchannel_logout;
mod key_rotation;
mod outage;
mod sealing;
pub mod sweep;

use crate::failure::Failure;
use crate::wiring::JobsCtx;
use outage::Outage;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A job that failed, or was not allowed to run, is tried again after so long: what runs once in an hour too.
const AGAIN: Duration = Duration::from_secs(5);

/// Jobs under way.
pub struct Running {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Running {
    /// Stops them; what is under way is finished.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Starts every job.
pub fn start(ctx: &JobsCtx) -> Running {
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let outage = Outage::default();
    let every = |period: Duration| Every { period, stopped: stopped.clone(), outage: outage.clone() };
    let directory = ctx.base.directory.clone();
    tasks.spawn(every(Duration::from_secs(1)).run("directory", move || {
        let directory = directory.clone();
        async move {
            directory.check().await?;
            directory.check_schema().await
        }
    }));
    let rotation = ctx.clone();
    tasks.spawn(
        every(Duration::from_secs(1))
            .run("key rotation", move || if_it_may(&rotation, key_rotation::run(rotation.clone()))),
    );
    let advancing = ctx.clone();
    let advance = move || if_it_may(&advancing, sealing::advance(advancing.clone()));
    tasks.spawn(every(Duration::from_secs(1)).run("sealing keys", advance));
    let (tidying, resealed) = (ctx.clone(), sealing::Resealed::default());
    let tidy = move || if_it_may(&tidying, sealing::tidy(tidying.clone(), resealed.clone()));
    tasks.spawn(every(Duration::from_secs(60)).run("sealing anew", tidy));
    let (sweeping, over) = (ctx.clone(), stopped.clone());
    let flooded = move || if_it_may(&sweeping, sweep::often(sweeping.clone(), over.clone()));
    tasks.spawn(every(sweep::OFTEN).run("sweep", flooded));
    let (sweeping, over) = (ctx.clone(), stopped.clone());
    let all = move || if_it_may(&sweeping, sweep::now_and_then(sweeping.clone(), over.clone()));
    tasks.spawn(every(sweep::NOW_AND_THEN).run("sweep of all", all));
    tasks.spawn(backchannel_logout::run(ctx.clone(), stopped, outage));
    Running { stop, tasks }
}

/// Runs a job if this node may act for all: the same gate as for issuing. A key must not begin to sign, a row must not be swept,
/// because one node is cut off, of a release that is over, or wrong about the time.
fn if_it_may<F>(ctx: &JobsCtx, job: F) -> impl Future<Output = Result<(), Failure>> + Send + use<F>
where
    F: Future<Output = Result<(), Failure>> + Send,
{
    let ctx = ctx.clone();
    async move {
        ctx.base.directory.for_issuing(ctx.base.clock.now())?;
        job.await
    }
}

struct Every {
    period: Duration,
    stopped: watch::Receiver<bool>,
    outage: Outage,
}

impl Every {
    /// Runs the job now and then; a failure is said, and the next run is soon.
    async fn run<F, J>(mut self, name: &'static str, job: J)
    where
        J: Fn() -> F + Send,
        F: Future<Output = Result<(), Failure>> + Send,
    {
        let mut ticks = tokio::time::interval(self.period);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = self.stopped.changed() => return,
            }
            let run = job().await;
            if run.is_err() {
                ticks.reset_after(self.period.min(AGAIN));
            }
            self.outage.over(name, run);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    #[expect(clippy::disallowed_methods, reason = "the time of the timers, which this test moves")]
    async fn a_job_of_every_hour_that_failed_runs_again_within_seconds_and_then_in_an_hour() {
        let (stop, stopped) = watch::channel(false);
        let every = Every { period: Duration::from_secs(3_600), stopped, outage: Outage::default() };
        let (begun, runs) = (Instant::now(), Arc::<AtomicU32>::default());
        let (seen, mut at) = tokio::sync::mpsc::unbounded_channel();
        let task = tokio::spawn(every.run("sweep", move || {
            let (seen, number) = (seen.clone(), runs.fetch_add(1, Ordering::Relaxed));
            async move {
                seen.send(begun.elapsed().as_secs()).unwrap();
                if number < 2 { Err(Failure::Busy) } else { Ok(()) }
            }
        }));
        for second in [0, 5, 10, 3_610, 7_210] {
            assert_eq!(at.recv().await, Some(second));
        }
        stop.send(true).unwrap();
        task.await.unwrap();
    }
}
