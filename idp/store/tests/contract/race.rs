//! Many at once.

use idp_store::Db;
use std::sync::Arc;
use tokio::sync::Barrier;

/// Lets as many racers as asked start at the same moment; gives what each came back with.
pub(crate) async fn race<T, R>(racers: usize, racer: impl Fn(usize) -> R) -> Vec<T>
where
    T: Send + 'static,
    R: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(racers));
    let run = |number| {
        let (start, racer) = (Arc::clone(&start), racer(number));
        tokio::spawn(async move {
            start.wait().await;
            racer.await
        })
    };
    let running: Vec<_> = (0..racers).map(run).collect();
    let mut results = Vec::with_capacity(racers);
    for racer in running {
        results.push(racer.await.unwrap());
    }
    results
}

/// How many said `true`.
pub(crate) fn winners(results: &[bool]) -> usize {
    results.iter().filter(|won| **won).count()
}

/// The node of a racer: every other one runs elsewhere.
pub(crate) fn node_of(number: usize, (one, other): (&Db, &Db)) -> Db {
    if number.is_multiple_of(2) { one.clone() } else { other.clone() }
}
