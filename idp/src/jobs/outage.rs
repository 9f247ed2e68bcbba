//! What is said of jobs that fail. While the database is away every job fails at each run: it is said once that it is lost and
//! once that it is back, as of Redis.

use crate::failure::Failure;
use idp_store::Fault;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The jobs whose last run did not reach the database. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Outage(Arc<Mutex<HashSet<&'static str>>>);

/// What is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Nothing,
    Lost,
    StillLost,
    Back,
    /// The node may not act: that is said where it is found.
    Elsewhere,
    Failed,
}

impl Outage {
    /// Says how a run of a job ended, if there is anything to say.
    pub(super) fn over(&self, job: &'static str, run: Result<(), Failure>) {
        match (self.note(job, &run), run.err()) {
            (Said::Lost, Some(why)) => {
                tracing::error!(job, %why, "the database is not available; jobs wait until it is")
            }
            (Said::StillLost, Some(why)) => tracing::debug!(job, %why, "the database is still not available"),
            (Said::Elsewhere, Some(why)) => tracing::debug!(job, %why, "a job waits"),
            (Said::Back, _) => tracing::info!(job, "the database is available again"),
            (_, Some(why)) => tracing::error!(job, %why, "a job failed; it runs again"),
            (_, None) => {}
        }
    }

    fn note(&self, job: &'static str, run: &Result<(), Failure>) -> Said {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let was_lost = !waiting.is_empty();
        match run {
            Err(Failure::Fault(Fault::Unavailable(_))) => {
                waiting.insert(job);
                if was_lost { Said::StillLost } else { Said::Lost }
            }
            Err(Failure::NotReady | Failure::Outdated | Failure::WrongClock(_)) => Said::Elsewhere,
            Err(_) => Said::Failed,
            Ok(()) if waiting.remove(job) && waiting.is_empty() => Said::Back,
            Ok(()) => Said::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::WrongClock;

    fn away() -> Result<(), Failure> {
        Err(Fault::Unavailable("connection refused".into()).into())
    }

    #[test]
    fn an_outage_is_said_once_and_so_is_its_end_however_many_jobs_meet_it() {
        let outage = Outage::default();
        let runs = [
            ("directory", Ok(()), Said::Nothing),
            ("logout", away(), Said::Lost),
            ("directory", away(), Said::StillLost),
            ("logout", away(), Said::StillLost),
            ("directory", away(), Said::StillLost),
            // This one had nothing to ask for.
            ("rotation", Ok(()), Said::Nothing),
            ("logout", Ok(()), Said::Nothing),
            ("directory", Ok(()), Said::Back),
            ("directory", Ok(()), Said::Nothing),
            ("directory", away(), Said::Lost),
            ("directory", Ok(()), Said::Back),
        ];
        for (number, (job, run, said)) in runs.into_iter().enumerate() {
            assert_eq!(outage.note(job, &run), said, "{number}: {job}");
        }
    }

    #[test]
    fn a_job_that_this_node_may_not_do_is_no_error_of_the_job() {
        let outage = Outage::default();
        for why in [Failure::NotReady, Failure::Outdated, Failure::WrongClock(WrongClock { ahead: 9_000 })] {
            assert_eq!(outage.note("sweep", &Err(why)), Said::Elsewhere);
        }
        assert_eq!(outage.note("sweep", &Ok(())), Said::Nothing);
    }

    #[test]
    fn what_is_no_outage_is_said_each_time_also_during_one() {
        let (outage, bug) = (Outage::default(), || Err(Failure::Other("a bug".into())));
        assert_eq!(outage.note("sweep", &bug()), Said::Failed);
        assert_eq!(outage.note("directory", &away()), Said::Lost);
        assert_eq!(outage.note("sweep", &bug()), Said::Failed);
        assert_eq!(outage.note("directory", &Ok(())), Said::Back);
    }
}
