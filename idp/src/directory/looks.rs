//! Looking at the database for what memory lacks, for everybody together who misses something at that moment: however many names
//! are invented, one look follows the other, twenty in a second at most.

use crate::failure::Failure;
use idp_store::Fault;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Sleep, sleep};

/// From the end of a look to the begin of the next.
const APART: Duration = Duration::from_millis(50);

/// See the module.
#[derive(Default)]
pub(super) struct Looks {
    begun: AtomicU64,
    last: Mutex<Last>,
}

/// The last look that came to its end.
#[derive(Default)]
struct Last {
    number: u64,
    failed: bool,
    rest: Option<Pin<Box<Sleep>>>,
}

impl Looks {
    /// Looks, or waits for the look of another that begins after this question.
    ///
    /// # Errors
    /// That of the look.
    pub(super) async fn share(&self, look: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
        let before = self.begun.load(Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if last.number > before {
            let failed = || Fault::Unavailable("the look that was waited for failed".into()).into();
            return if last.failed { Err(failed()) } else { Ok(()) };
        }
        if let Some(rest) = last.rest.take() {
            rest.await;
        }
        // Whoever goes away in the middle of it leaves the number unused: the next one looks.
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let seen = look.await;
        *last = Last { number, failed: seen.is_err(), rest: Some(Box::pin(sleep(APART))) };
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicU32;

    fn ask(looks: &Arc<Looks>, made: &Arc<AtomicU32>) -> tokio::task::JoinHandle<Result<(), Failure>> {
        let (looks, made) = (looks.clone(), made.clone());
        tokio::spawn(async move {
            let look = async {
                made.fetch_add(1, Ordering::SeqCst);
                sleep(Duration::from_millis(20)).await;
                Ok(())
            };
            looks.share(look).await
        })
    }

    #[tokio::test]
    async fn everybody_who_asks_at_once_shares_a_look_that_began_after_they_asked() {
        let (looks, made) = (Arc::<Looks>::default(), Arc::<AtomicU32>::default());
        let first = ask(&looks, &made);
        sleep(Duration::from_millis(5)).await;
        // The first look is under way: it may have read before these asked.
        let crowd: Vec<_> = (0..200).map(|_| ask(&looks, &made)).collect();
        for one in crowd {
            one.await.unwrap().unwrap();
        }
        first.await.unwrap().unwrap();
        assert_eq!(made.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_look_that_was_broken_off_or_failed_is_no_answer_for_others() {
        let (looks, made) = (Arc::<Looks>::default(), Arc::<AtomicU32>::default());
        let gone = ask(&looks, &made);
        sleep(Duration::from_millis(5)).await;
        let waiting = ask(&looks, &made);
        sleep(Duration::from_millis(5)).await;
        gone.abort();
        waiting.await.unwrap().unwrap();
        assert_eq!(made.load(Ordering::SeqCst), 2);
        assert!(looks.share(async { Err(Failure::Busy) }).await.is_err());
        ask(&looks, &made).await.unwrap().unwrap();
    }
}
