//! What happens beside the requests: the directory is checked every second, keys rotate, logout tokens and messages are
//! delivered, logos are fetched, old rows are swept. Every job is safe to run on many nodes at once.

mod asked;
mod backchannel_logout;
mod client_logos;
mod deletion;
mod key_rotation;
pub mod mailbox_limit;
mod messages;
mod not_activated;
mod outage;
mod sealing;
pub mod sweep;
mod texts;

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
    let every = |period: Duration| Every { period, again: AGAIN, stopped: stopped.clone(), outage: outage.clone() };
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
    tasks.spawn(client_logos::run(ctx.clone(), stopped.clone(), outage.clone()));
    tasks.spawn(backchannel_logout::run(ctx.clone(), stopped.clone(), outage.clone()));
    tasks.spawn(messages::run(ctx.clone(), stopped, outage));
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
    /// From a run that failed to the next.
    again: Duration,
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
                ticks.reset_after(self.period.min(self.again));
            }
            self.outage.over(name, run);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc::unbounded_channel;

    #[tokio::test]
    async fn a_job_of_every_hour_that_failed_does_not_wait_for_the_next() {
        let (stop, stopped) = watch::channel(false);
        let (period, again) = (Duration::from_secs(3_600), Duration::from_millis(10));
        let every = Every { period, again, stopped, outage: Outage::default() };
        let (run, mut runs) = unbounded_channel();
        let (outcomes, told) = (std::sync::Mutex::new(vec![Ok(()), Err(Failure::Busy), Err(Failure::NotReady)]), run);
        let task = tokio::spawn(every.run("sweep", move || {
            let outcome = outcomes.lock().unwrap().pop().unwrap();
            told.send(outcome.is_ok()).unwrap();
            std::future::ready(outcome)
        }));
        for went_well in [false, false, true] {
            assert_eq!(runs.recv().await, Some(went_well));
        }
        tokio::time::sleep(again * 10).await;
        assert!(runs.is_empty(), "after one that went well it waits for its time");
        stop.send(true).unwrap();
        task.await.unwrap();
    }
}
